"""What becomes of a rupture, in tables small enough to check by eye."""

from dataclasses import replace

import pandas as pd
import pytest

from alliance.rules import RepairRule, Rule, RuptureRule, own_mean
from alliance.ruptures import find_ruptures

from .conftest import fall_rule, sessions_of


def episodes(scores, rule, **settings) -> list[tuple]:
    frame = find_ruptures(sessions_of({"a": scores}), rule, **settings).frame
    return [tuple(row) for row in frame[["onset", "low", "end", "outcome"]].itertuples(index=False)]


# Fall of a point from the session before; repaired at the level before less .25 within 3 sessions.
CASES = {
    "back at once": ([6, 4.5, 6], [(2, 2, 3, "repaired")]),
    "back within tolerance": ([6, 4.5, 5.75], [(2, 2, 3, "repaired")]),
    "just short": ([6, 4.5, 5.7, 5.7, 5.7], [(2, 2, 5, "unrepaired")]),
    "back in the last session of the window": ([6, 5, 5, 5, 6], [(2, 2, 5, "repaired")]),
    "back too late": ([6, 5, 5, 5, 5, 6], [(2, 2, 5, "unrepaired")]),
    "record ends inside the window": ([6, 5, 5, 5], [(2, 2, 4, "open")]),
    "record ends with the fall": ([6, 5], [(2, 2, 2, "open")]),
    "deeper on the way": ([6, 5, 3.5, 6], [(2, 3, 4, "repaired")]),
    "first of equal lows": ([6, 5, 4, 4, 6], [(2, 3, 5, "repaired")]),
    "two in a row": ([6, 4, 6, 4, 6], [(2, 2, 3, "repaired"), (4, 4, 5, "repaired")]),
    "new one after giving up": (
        [6, 4.9, 4.9, 4.9, 4.9, 3.8, 5],
        [(2, 2, 5, "unrepaired"), (6, 6, 7, "repaired")],
    ),
    "exactly a point": ([6, 5, 6], [(2, 2, 3, "repaired")]),
    "exactly a point in binary": ([4 / 3, 1 / 3, 4 / 3], [(2, 2, 3, "repaired")]),
    "not quite a point": ([6, 5.01, 6], []),
    "one session": ([6], []),
}


@pytest.mark.parametrize("name", CASES)
def test_fall_and_return(name):
    scores, expected = CASES[name]
    assert episodes(scores, fall_rule()) == expected


GAPS = {
    "fall across a missed session is not judged": ({1: 6, 3: 4, 4: 6}, 1, []),
    "unless it may be": ({1: 6, 3: 4, 4: 6}, 2, [(3, 3, 4, "repaired")]),
    "window counts session numbers": ({1: 6, 2: 4, 4: 4, 6: 6}, 1, [(2, 2, 4, "unrepaired")]),
    "nothing in the window rated": ({1: 6, 2: 4, 6: 4, 7: 4}, 1, [(2, 2, 2, "open")]),
    "window seen to its end": ({1: 6, 2: 4, 5: 4}, 1, [(2, 2, 5, "unrepaired")]),
    "window not seen to its end": ({1: 6, 2: 4, 4: 4}, 1, [(2, 2, 4, "open")]),
    "an unrated session is a gap": ({1: 6, 2: None, 3: 4, 4: 6}, 1, []),
    "unrated sessions at the end are none": (
        {1: 6, 2: 4, 3: None, 9: None},
        1,
        [(2, 2, 2, "open")],
    ),
}


@pytest.mark.parametrize("name", GAPS)
def test_missed_sessions(name):
    scores, max_gap, expected = GAPS[name]
    assert episodes(scores, fall_rule(), max_gap=max_gap) == expected


def low_rule(**repair) -> Rule:
    repair = {"target": "own mean", "window": 2} | repair
    return replace(own_mean(threshold=1), repair=RepairRule(**repair), minimum_sessions=2)


def test_still_low_after_the_window_is_no_new_rupture():
    scores = [6, 6, 6, 6, 6, 6, 3, 3, 3, 3, 3]  # mean 4.636, SD 1.567, limit 3.07
    found = find_ruptures(sessions_of({"a": scores}), low_rule())
    assert found.frame[["onset", "end", "outcome"]].to_numpy().tolist() == [[7, 9, "unrepaired"]]
    assert found.flags["state"].tolist()[6:] == [
        "onset",
        "in rupture",
        "in rupture",
        "still low",
        "still low",
    ]
    assert "not a new rupture" in found.why("a", 10)
    again = find_ruptures(sessions_of({"a": [*scores, 6, 3]}), low_rule())
    assert again.frame["onset"].tolist() == [7, 13]


TARGETS = {  # rupture at session 3: 6 to 4; then 4.5, 5, 5.5, 6, 6.5
    "before": ({"target": "before"}, 7),
    "before less a point": ({"target": "before", "amount": 1}, 5),
    "beyond before": ({"target": "before", "inequality": "more than"}, 8),
    "half regained": ({"target": "share", "amount": 0.5}, 5),
    "more than half regained": ({"target": "share", "amount": 0.5, "inequality": "more than"}, 6),
    "limit": ({"target": "limit"}, 5),
    "own mean, 5.4375": ({"target": "own mean"}, 6),
    "own mean less half a point": ({"target": "own mean", "amount": 0.5}, 5),
    "a rise of 1.5": ({"target": "rise", "amount": 1.5}, 6),
    "a rise of 9 or the level before": ({"target": "rise", "amount": 9}, 7),
    "before less an own SD of .8634": ({"target": "before", "amount": 1, "unit": "own sd"}, 6),
}


@pytest.mark.parametrize("name", TARGETS)
def test_repair_targets(name):
    repair, end = TARGETS[name]
    rule = replace(fall_rule(), repair=RepairRule(window=9, **repair))
    assert episodes([6, 6, 4, 4.5, 5, 5.5, 6, 6.5], rule) == [(3, 3, end, "repaired")]


def test_share_is_of_the_fall_at_the_onset():
    rule = replace(fall_rule(), repair=RepairRule(target="share", amount=0.5, window=9))
    # 6 to 5, half of it is 5.5, although the score went on to 2 in between
    assert episodes([6, 5, 2, 4, 5.4, 5.5], rule) == [(2, 3, 6, "repaired")]


def test_rise_is_from_the_lowest():
    rule = replace(fall_rule(), repair=RepairRule(target="rise", amount=2, window=9))
    assert episodes([6, 5, 2, 3.9, 4], rule) == [(2, 3, 5, "repaired")]


def test_without_a_window_nothing_is_given_up():
    rule = replace(fall_rule(), repair=RepairRule(target="before", window=None))
    assert episodes([6, 5, *[5] * 50], rule) == [(2, 2, 52, "open")]
    assert episodes([6, 5, *[5] * 50, 6], rule) == [(2, 2, 53, "repaired")]


def test_overlapping_follows_each_fall():
    scores = [7, 6, 5, 6, 7]
    assert episodes(scores, fall_rule()) == [(2, 3, 5, "repaired")]
    each = episodes(scores, fall_rule(), overlapping=True)
    assert each == [(2, 3, 5, "repaired"), (3, 3, 4, "repaired")]


def test_multi_session_decline():
    rule = Rule(
        name="decline",
        rupture=RuptureRule(reference="start of decline", unit="points", threshold=1),
        repair=RepairRule(target="before", window=9),
    )
    found = find_ruptures(sessions_of({"a": [6, 5.6, 5.3, 5.3, 4.9, 5, 6]}), rule)
    episode = found.frame.iloc[0]
    assert episode[["onset", "before_session", "before", "end"]].tolist() == [5, 1, 6.0, 7]
    # A missed session breaks the decline.
    assert episodes({1: 6, 2: 5.6, 4: 5.3, 5: 4.9}, rule) == []


def test_raters_and_scales_are_chosen():
    client = sessions_of({"a": [6, 4, 6]})
    therapist = sessions_of({"a": [6, 6, 6]}, rater="therapist").assign(bond=[6, 6, 4])
    both = pd.concat([client, therapist])
    found = find_ruptures(both, fall_rule(), rater="client")
    assert found.frame["rater"].tolist() == ["client"]
    other = find_ruptures(both, fall_rule(), rater="therapist")
    assert other.clients[["rater", "ruptures"]].to_numpy().tolist() == [["therapist", 0]]
    bond = find_ruptures(both, fall_rule(), scale="bond", rater="therapist")
    assert bond.frame[["rater", "scale", "onset", "outcome"]].to_numpy().tolist() == [
        ["therapist", "bond", 3, "open"]
    ]
    unrated = find_ruptures(both, fall_rule(), scale="bond", rater="client")
    assert unrated.clients["reason"].tolist() == ["no rated session"]


def test_raters_are_pooled_apart():
    rule = replace(
        fall_rule(),
        rupture=RuptureRule(reference="previous session", unit="pooled sd", threshold=1),
    )
    client = sessions_of({"a": [6, 4, 6], "b": [5, 6, 5]})
    alone = find_ruptures(client, rule).flags
    therapist = sessions_of({"a": [1, 7, 1]}, rater="therapist")
    together = find_ruptures(pd.concat([client, therapist]), rule, rater="client").flags
    pd.testing.assert_frame_equal(alone, together)
    # (8/3 + 2/3) / 4 = .8333
    assert alone["unit"].dropna().unique() == pytest.approx([0.8333333**0.5], abs=1e-6)
