"""The figure of error rates: a ring for each null world, the rate of the gain world beside it."""

import pandas as pd
import pytest

from alliance.errors import AllianceError
from alliance.figures import error_rates


@pytest.fixture
def frame():
    rows = [
        ("t-test", "usual", "N0", 0.0, 0.4),
        ("t-test", "usual", "R0d", 0.0, 0.9),
        ("t-test", "usual", "A3d", 0.3, 0.95),
        ("P1", "calibrated", "N0", 0.0, 0.0),
        ("P1", "calibrated", "R0d", 0.0, 0.06),
        ("P1", "calibrated", "A3d", 0.3, 0.14),
    ]
    columns = ["analysis", "kind", "world", "true_gain", "rate"]
    return pd.DataFrame(rows, columns=columns).assign(replications=500)


def test_every_null_world_is_a_ring_and_zero_is_not_lost(frame):
    false, _ = error_rates(frame)
    rings = [sorted(part.get_offsets().data[:, 0].tolist()) for part in false.collections]
    assert [0.4, 0.9] in rings
    assert [0.01, 0.06] in rings
    assert "2 null worlds" in false.get_title(loc="left")


def test_the_rate_where_there_is_a_gain_stands_beside(frame):
    _, found = error_rates(frame)
    assert [bar.get_width() for bar in found.patches] == pytest.approx([95, 14])
    assert "0.3 SD" in found.get_title(loc="left")


def test_analyses_stand_in_the_order_of_the_table_from_above(frame):
    false, _ = error_rates(frame)
    assert [label.get_text() for label in false.get_yticklabels()] == ["t-test", "P1"]
    assert false.get_ylim()[0] > false.get_ylim()[1]


def test_missing_columns_are_named(frame):
    with pytest.raises(AllianceError, match="lacks rate"):
        error_rates(frame.drop(columns="rate"))
