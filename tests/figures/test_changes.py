"""Reliable change: the shares that are drawn are those of the table."""

import pandas as pd
import pytest

from alliance.errors import AllianceError
from alliance.figures import reliable_changes


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
