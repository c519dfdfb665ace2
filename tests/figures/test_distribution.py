"""The spread of scores: shares add up, and the ceiling is counted exactly."""

import numpy as np
import pandas as pd
import pytest

from alliance.errors import AllianceError
from alliance.figures import score_distribution

from .conftest import sessions_of


def bars_of(ax, gid="bars"):
    return [bar for bar in ax.patches if bar.get_gid() == gid]


def test_ceiling_share_by_hand():
    sessions = pd.concat(
        [
            sessions_of({1: 5, 2: 5, 3: 4, 4: 4 + 11 / 12}),
            sessions_of({1: 3, 2: 4, 3: np.nan}, rater="therapist"),
        ]
    )
    ax = score_distribution(sessions)
    assert [text.get_text() for text in ax.texts] == [
        "therapist\nn = 2 scores\n0 % at the highest score (0)",
        "client\nn = 4 scores\n50 % at the highest score (2)",
    ]
    assert ax.get_title(loc="left") == "n = 6 scores of 1 client"
    assert ax.get_xlabel() == "WAI-SR total, item mean 1–5"
    assert ax.get_ylabel() == "share of the rater's scores (%)"


def test_bars_add_up_and_hold_equally_many_values():
    # Every possible WAI-SR item mean once: 49 values, two in each of the 24 bars, one on top.
    every = {step + 1: 1 + step / 12 for step in range(49)}
    ax = score_distribution(sessions_of(every))
    heights = [round(bar.get_height(), 9) for bar in bars_of(ax)]
    assert len(heights) == 24
    assert len(set(heights)) == 1
    (top,) = bars_of(ax, "highest score")
    assert top.get_height() == pytest.approx(heights[0] / 2)
    assert top.get_x() == 5
    assert top.get_hatch()


def test_peak_of_the_axis_is_the_largest_share():
    ax = score_distribution(sessions_of({1: 2, 2: 2, 3: 2, 4: 4}))
    assert [label.get_text() for label in ax.get_yticklabels()] == ["0", "75"]
    assert max(bar.get_height() for bar in bars_of(ax)) == pytest.approx(ax.get_yticks()[1])


def test_unknown_ceiling_is_not_guessed():
    ax = score_distribution(sessions_of({1: 2, 2: 2, 3: 4}, instrument="my_key"))
    assert ax.texts[0].get_text() == "client\nn = 3 scores\nhighest score not known"
    assert not bars_of(ax, "highest score")
    ax = score_distribution(sessions_of({1: 2, 2: 4}, instrument="my_key"), score_range=(0, 4))
    assert "50 % at the highest score (1)" in ax.texts[0].get_text()


def test_all_scores_equal():
    ax = score_distribution(sessions_of({1: 2, 2: 2}, instrument="my_key"))
    assert sum(bar.get_height() > 0 for bar in bars_of(ax)) == 1


def test_mistakes_are_named(no_sessions):
    with pytest.raises(AllianceError, match="sessions table is empty"):
        score_distribution(no_sessions)
    with pytest.raises(AllianceError, match="Did you mean 'total'"):
        score_distribution(sessions_of({1: 4}), scale="totl")
    with pytest.raises(AllianceError, match="no session has a total score"):
        score_distribution(sessions_of({1: np.nan, 2: np.nan}))
    two = pd.concat([sessions_of({1: 4}), sessions_of({1: 30}, metric="sum", client="x")])
    with pytest.raises(AllianceError, match="more than one metric: mean, sum"):
        score_distribution(two)
