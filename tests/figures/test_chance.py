"""The strip of noise: what was found stands beside what noise gives."""

import numpy as np
import pandas as pd
import pytest

from alliance.errors import AllianceError
from alliance.figures import chance_strip

from .conftest import artists, points


@pytest.fixture
def frame():
    rows = [
        ("own mean", "clients with a rupture", 0.40, "shuffled", 0.38, 0.31, 0.45),
        ("own mean", "clients with a rupture", 0.40, "simulated", 0.30, 0.24, 0.37),
        ("V-episode", "clients with a rupture", 0.50, "shuffled", 0.55, 0.50, 0.60),
        ("V-episode", "clients with a rupture", 0.50, "simulated", 0.52, 0.45, 0.59),
        ("own mean", "episodes repaired", 0.60, "shuffled", 0.62, 0.50, 0.74),
        ("own mean", "episodes repaired", 0.60, "simulated", 0.61, 0.48, 0.73),
    ]
    columns = ["rule", "quantity", "observed", "null", "expected", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def test_every_row_is_drawn_in_per_cent(frame):
    ax = chance_strip(frame)
    assert [round(x) for x, _ in points(ax, "observed")] == [40, 50, 60]
    assert [round(x) for x, _ in points(ax, "interval-shuffled")] == [31, 45, 50, 60, 50, 74]
    assert [round(x) for x, _ in points(ax, "interval-simulated")] == [24, 37, 45, 59, 48, 73]
    assert [round(x) for x, _ in points(ax, "expected-simulated")] == [30, 52, 61]
    assert ax.get_xlabel() == "share (%)"


def test_rows_are_labelled_in_blocks(frame):
    ax = chance_strip(frame)
    labels = [text.get_text() for text in ax.get_yticklabels()]
    assert labels == ["own mean", "V-episode", "own mean"]
    headings = [(text.get_text(), round(text.get_position()[1])) for text in ax.texts]
    assert headings == [("clients with a rupture", 0), ("episodes repaired", 3)]
    assert ax.get_yticks().tolist() == [1, 2, 4]


def test_n_is_printed_where_given(frame):
    ax = chance_strip(frame.assign(n=[58, 58, 58, 58, 31, 31]))
    assert [text.get_text() for text in ax.get_yticklabels()][::2] == [
        "own mean, n = 58",
        "own mean, n = 31",
    ]


def test_nulls_differ_without_colour(frame):
    ax = chance_strip(frame)
    styles = {
        artists(ax, f"interval-{null}")[0].get_linestyle() for null in ("shuffled", "simulated")
    }
    assert len(styles) == 2


def test_nothing_found_is_said_not_drawn(frame):
    frame.loc[4:, ["observed", "expected", "low", "high"]] = np.nan
    ax = chance_strip(frame)
    assert len(artists(ax, "observed")) == 2
    assert "nothing to divide by" in [text.get_text() for text in ax.texts]


def test_mistakes_are_named(frame):
    with pytest.raises(AllianceError, match="lacks expected"):
        chance_strip(frame.drop(columns="expected"))
    with pytest.raises(AllianceError, match="empty"):
        chance_strip(frame.iloc[:0])
    with pytest.raises(AllianceError, match="divide percentages by 100"):
        chance_strip(frame.assign(observed=40))
    with pytest.raises(AllianceError, match="not bootstrap"):
        chance_strip(frame.assign(null="bootstrap"))
    with pytest.raises(AllianceError, match="low above high"):
        chance_strip(frame.assign(low=0.9))
