"""The specification curve: in order, with its band, its choices and its numbers."""

import numpy as np
import pandas as pd
import pytest

from alliance.errors import AllianceError
from alliance.figures import save, specification_curve


@pytest.fixture
def frame():
    estimates = np.array([0.3, -0.1, np.nan, 0.1])
    return pd.DataFrame(
        {
            "estimate_sd": estimates,
            "lower_sd": estimates - 0.2,
            "upper_sd": estimates + 0.2,
            "significant": [True, False, False, False],
            "flanks": ["kept", "dropped", "kept", "dropped"],
            "threshold": [1.0, 1.0, 1.5, 1.5],
            "halves": False,
        }
    )


def heights(ax, gid):
    return [tuple(line.get_ydata()) for line in ax.lines if line.get_gid() == gid]


def test_estimates_stand_in_order_and_refused_ones_are_left_out(frame):
    curve, _ = specification_curve(frame)
    assert heights(curve, "others") == [(-0.1, 0.1)]
    assert heights(curve, "alone") == [(0.3,)]
    assert "3 of 4 specifications" in curve.get_title(loc="left")
    assert "SD" in curve.get_ylabel()


def test_choices_below_are_those_that_differ(frame):
    _, below = specification_curve(frame)
    assert [label.get_text() for label in below.get_yticklabels()] == [
        "1",
        "1.5",
        "dropped",
        "kept",
    ]
    told = {tuple(line.get_xdata()) for line in below.lines if line.get_marker() == "|"}
    assert {(1,), (3,), (2,), (1, 2)} <= told


def test_the_band_is_drawn_and_named(frame, tmp_path):
    band = pd.DataFrame({"place": [1, 2, 3], "lower": -0.2, "median": 0.0, "upper": 0.2})
    axes = specification_curve(frame, band, title="client's total, 9 clients", surrogates=39)
    words = [text.get_text() for text in axes[0].get_legend().get_texts()]
    assert "no gain: middle 95% of 39 surrogate studies" in words
    assert "9 clients" in axes[0].get_title(loc="left")
    assert save(axes, tmp_path / "curve.png").stat().st_size > 10_000


def test_mistakes_are_named(frame):
    with pytest.raises(AllianceError, match="lack significant"):
        specification_curve(frame.drop(columns="significant"))
    with pytest.raises(AllianceError, match="no specification has an estimate"):
        specification_curve(frame.assign(estimate_sd=np.nan))
