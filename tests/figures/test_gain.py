"""The gain: every number on the picture is one of the table."""

import numpy as np
import pandas as pd
import pytest

from alliance.errors import AllianceError
from alliance.figures import gain

FRAME = pd.DataFrame(
    {"client": ["a", "b", "c"], "share": [0.7, 0.3, 0.0], "without": [0.3, 0.1, 9.0]}
)


def test_each_client_that_carries_it_is_a_dot_as_large_as_its_share():
    ax = gain(FRAME, estimate=0.2, interval=(-0.1, 0.5), scale="total")
    (dots,) = [c for c in ax.collections if len(c.get_offsets()) == 2]
    assert dots.get_offsets()[:, 1].tolist() == [0.1, 0.3]
    assert np.diff(dots.get_sizes())[0] == pytest.approx(400 * 0.4)
    assert "n = 2 clients" in ax.get_title(loc="left")
    assert ax.get_legend() is not None and ax.get_xlabel()


def test_nothing_to_draw_is_said():
    with pytest.raises(AllianceError, match="no client carries"):
        gain(FRAME.assign(share=0.0), estimate=0, interval=(0, 0), scale="total")
    with pytest.raises(AllianceError, match="lacks share"):
        gain(FRAME.drop(columns="share"), estimate=0, interval=(0, 0), scale="total")
