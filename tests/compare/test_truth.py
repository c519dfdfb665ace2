"""Found against true ruptures: a table that can be checked with a pencil, and laws."""

import numpy as np
import pandas as pd
import pytest

from alliance import rules, simulate
from alliance.compare import against_truth
from alliance.errors import AllianceError
from alliance.ruptures import find_ruptures


def table(**courses):
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "client": who,
                    "session": range(1, len(scores) + 1),
                    "rater": "client",
                    "total": scores,
                }
            )
            for who, scores in courses.items()
        ],
        ignore_index=True,
    ).astype({"total": float})


def truth(*rows):
    return pd.DataFrame(rows, columns=["client", "onset", "end", "outcome"])


COURSES = table(
    a=[6, 6, 4, 4, 6, 6, 6, 6],  # found: 3-4, repaired at 5
    b=[6, 6, 6, 4.9, 6, 6, 6, 6],  # found: 4, repaired at 5; nothing is true: false
    c=[6, 6, 6, 6, 6, 5.2, 5.2, 6],  # true at 6-7, too shallow for the rule: missed
    d=[6, 6, 6, 4, 4, 4, 4, 4],  # found from 4 on, unrepaired at 9? no: open
)
TRUE = truth(
    ("a", 4, 4, "repaired"), ("c", 6, 7, "repaired"), ("d", 3, 8, "unrepaired"), ("a", 9, 9, "open")
)


def test_by_hand():
    result = against_truth(find_ruptures(COURSES, rules.v_episode()), TRUE)
    # Four true ones; that at session 9 of a has no rated session. Found: a and d, not c.
    assert result.episodes["rated"].tolist() == [True, True, True, False]
    assert result.episodes["found"].tolist() == [True, False, True, False]
    assert result["sensitivity"] == pytest.approx(2 / 3)
    # Found episodes in a, b, d; b's is false, in one of four clients.
    assert result.detections["true"].tolist() == [True, False, True]
    assert result["ppv"] == pytest.approx(2 / 3)
    assert result["f1"] == pytest.approx(2 / 3)
    assert result["false_per_client"] == 0.25
    # Repair: a agrees; d is open in the finding, so it says nothing.
    assert result["repair_agreement"] == 1
    # Sessions truly in rupture: a4; c6 c7; d3-d7 (five at most). Called: a3 a4; b4; d4-d8.
    assert result.frame.set_index("measure").loc["session_sensitivity", "of"] == 8
    assert result["session_sensitivity"] == pytest.approx((1 + 0 + 4) / 8)
    assert result["session_ppv"] == pytest.approx(5 / 8)
    assert "Of 3 true episodes with a rated session 67% were found" in result.text()


def test_all_sessions_of_a_long_rupture_count_if_asked_for():
    result = against_truth(find_ruptures(COURSES, rules.v_episode()), TRUE, longest=None)
    assert result.frame.set_index("measure").loc["session_sensitivity", "of"] == 9
    assert result["session_ppv"] == pytest.approx(6 / 8)


def test_a_repair_session_is_no_part_of_the_rupture():
    after = truth(("a", 5, 5, "repaired"))
    result = against_truth(find_ruptures(COURSES, rules.v_episode()), after)
    assert result["sensitivity"] == 0
    assert not result.detections["true"].any()


def test_average_precision_is_that_of_the_fall():
    sessions = table(a=[6, 5, 6, 3, 6, 5.5])
    result = against_truth(
        find_ruptures(sessions, rules.v_episode()), truth(("a", 2, 2, "repaired"))
    )
    # Falls: 1 at session 2, 3 at session 4, .5 at 6: the true one is second of six.
    assert result["average_precision"] == pytest.approx(0.5)


def test_nothing_found_and_nothing_true():
    quiet = table(a=[6, 6, 6], b=[5, 5, 5])
    none = truth().astype({"client": "str", "onset": int, "end": int})
    result = against_truth(find_ruptures(quiet, rules.v_episode()), none)
    assert result["false_per_client"] == 0
    for measure in ("sensitivity", "ppv", "f1", "repair_agreement", "average_precision"):
        assert np.isnan(result[measure]), measure


def test_episodes_in_clients_not_judged_are_missed():
    result = against_truth(find_ruptures(COURSES[COURSES["session"] < 5], rules.own_mean()), TRUE)
    assert result.episodes["judged"].tolist() == [False] * 4
    assert result["sensitivity"] == 0


def test_the_truth_itself_is_found_by_its_own_dips():
    # Ruptures of 20 SD with nothing else going on: every rule on points must find all of them.
    world = simulate.worlds()["R0d"].but(
        depth=(20, 20), repair_probability=1.0, dropout_logit=-30.0, dropout_rupture=0.0,
        missing_sessions=(0, 0),
    )  # fmt: skip
    study = simulate.simulate(world, clients=100, seed=1)
    result = against_truth(
        find_ruptures(study.sessions, rules.v_episode(drop=5, tolerance=2)), study.episodes
    )
    for measure in (
        "sensitivity",
        "ppv",
        "f1",
        "repair_agreement",
        "session_ppv",
        "session_sensitivity",
    ):
        assert result[measure] == 1, measure
    assert result["false_per_client"] == 0


def test_order_of_rows_changes_nothing():
    found = find_ruptures(COURSES, rules.v_episode())
    one, other = against_truth(found, TRUE), against_truth(found, TRUE.iloc[::-1])
    pd.testing.assert_frame_equal(one.frame, other.frame)


def test_mistakes_are_named():
    found = find_ruptures(COURSES, rules.v_episode())
    with pytest.raises(AllianceError, match="lacks onset"):
        against_truth(found, TRUE.drop(columns="onset"))
    with pytest.raises(AllianceError, match="no measure 'recall'"):
        against_truth(found, TRUE)["recall"]
    two = pd.concat([COURSES, COURSES.assign(rater="therapist")])
    with pytest.raises(AllianceError, match="several raters"):
        against_truth(find_ruptures(two, rules.v_episode()), TRUE)
