"""After a rupture: what stands on the pictures is what stands in the tables."""

import numpy as np
import pandas as pd
import pytest

from alliance.errors import AllianceError
from alliance.figures import against_surrogates, before_and_after, reliable_changes


def test_the_study_stands_among_those_surrogates_that_could_be_tested():
    ax = against_surrogates([0.1, np.nan, 0.2, 0.4], observed=0.3, label="points")
    assert ax.get_title(loc="left") == "n = 3 surrogate studies"
    assert sum(bar.get_height() for bar in ax.patches) == 3
    assert [line.get_xdata()[0] for line in ax.lines] == [0, 0.3]
    with pytest.raises(AllianceError, match="no surrogate"):
        against_surrogates([np.nan], observed=0.3, label="points")


def test_groups_are_told_apart_without_colour():
    clients = pd.DataFrame(
        {"repaired": [True, True, False], "before": [4.0, 5, 4], "after": [5.0, 5, 3]}
    )
    ax = before_and_after(clients, label="total")
    assert [line.get_ydata().tolist() for line in ax.lines] == [[4.5, 5.0], [4.0, 3.0]]
    assert len({(line.get_linestyle(), line.get_marker()) for line in ax.lines}) == 2
    assert "n = 2" in ax.get_legend().get_texts()[0].get_text()


def test_shares_add_up_to_a_hundred():
    change = pd.DataFrame(
        {
            "kind": ["repaired", "open"],
            "improved": [3, 0],
            "deteriorated": [1, 0],
            "no reliable change": [4, 0],
        }
    )
    ax = reliable_changes(change, label="PHQ-9")
    assert sum(bar.get_width() for bar in ax.patches) == 100
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["repaired, n = 8"]
    with pytest.raises(AllianceError, match="measured twice"):
        reliable_changes(change.iloc[1:], label="PHQ-9")
