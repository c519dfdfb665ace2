"""Sudden falls as the R package suddengains finds them, in the data it ships (MIT, e964e74e).

`gains_by_interval.csv` is what that package printed; see data/sudden_gains_example/README.md.
"""

from pathlib import Path

import pandas as pd
import pytest

from alliance.rules import sudden_loss
from alliance.ruptures import find_ruptures

from .conftest import sessions_of

DATA = Path(__file__).parents[2] / "data" / "sudden_gains_example"

# Person: session before the fall. From the same package; higher scores are more symptoms.
GAINS = {
    1: [3, 7], 3: [8], 4: [3], 5: [3, 8], 9: [3], 10: [2, 4], 12: [3], 13: [3, 8], 14: [2], 18: [3],
    39: [3], 40: [2, 5, 8], 41: [6, 9], 42: [5, 8], 43: [5, 7],
}  # fmt: skip
LOSSES = {4: [9], 34: [7], 35: [7]}


@pytest.fixture(scope="module")
def sessions():
    wide = pd.read_csv(DATA / "sgdata.csv")
    columns = [f"bdi_s{number}" for number in range(1, 13)]
    long = wide.melt("id", columns, value_name="total")
    long["session"] = long["variable"].str.removeprefix("bdi_s").astype(int)
    return long.rename(columns={"id": "client"}).assign(
        rater="client", client=lambda t: t["client"].astype(str)
    )


def falls(found) -> dict:
    flagged = found.flags[found.flags["flagged"].fillna(False)]
    by_client = (flagged["session"] - 1).groupby(flagged["client"].astype(int)).agg(list)
    return by_client.to_dict()


def test_every_gain(sessions):
    found = find_ruptures(sessions, sudden_loss(7))
    assert falls(found) == GAINS
    assert found.summary().loc[0, ["clients", "flagged", "with_rupture"]].tolist() == [43, 24, 15]


def test_every_rise(sessions):
    assert falls(find_ruptures(sessions, sudden_loss(7), higher_is_better=False)) == LOSSES


def test_every_interval_and_what_could_not_be_judged(sessions):
    printed = pd.read_csv(DATA / "gains_by_interval.csv").set_index("id")
    flags = find_ruptures(sessions, sudden_loss(7)).flags
    ours = flags.assign(client=flags["client"].astype(int)).set_index(["client", "session"])[
        "flagged"
    ]
    compared = 0
    for person, row in printed.iterrows():
        for before in range(2, 11):
            theirs, flag = row[f"sg_{before}to{before + 1}"], ours.get((person, before + 1), pd.NA)
            assert pd.isna(theirs) == pd.isna(flag), (person, before)
            assert pd.isna(theirs) or bool(theirs) == bool(flag), (person, before)
            compared += 1
    assert compared == 43 * 9


def test_reversals_and_size(sessions):
    found = find_ruptures(sessions, sudden_loss(7, window=None), overlapping=True)
    assert len(found.frame) == 24
    assert (found.frame["outcome"] == "repaired").sum() == 4
    at_onset = found.frame.merge(
        found.flags, left_on=["client", "onset"], right_on=["client", "session"]
    )
    size = at_onset["before"] - at_onset["score"]
    assert size.mean().round(1) == 11.0
    assert size.std().round(2) == 3.43


UNIT_ROWS = [  # scores of sessions 1, 2, 3 ...; the session before the fall, None if there is none
    ((28, 19, 23, 12, 13, None), None),  # a t test would pass it: t = 3.204 > 3.182
    ((28, 19, 23, 11, 12, None), 3),
    ((35, 37, 23, 23, 24, 21), 2),
    ((35, 37, 34, 24, 24, 21), 3),
    ((35, 37, 34, 34, 24, 21), 4),
]
RISE_ROWS = [
    ((10, 11, 12, 30, 28, 33), 3),
    ((10, 11, 12, 10, 28, 33), 4),
    ((10, 11, 30, 30, 28, 33), 2),
]


@pytest.mark.parametrize(("scores", "before"), UNIT_ROWS)
def test_unit_rows(scores, before):
    assert falls(find_ruptures(sessions_of({1: scores}), sudden_loss(7))) == (
        {1: [before]} if before else {}
    )


@pytest.mark.parametrize(("scores", "before"), RISE_ROWS)
def test_unit_rows_of_rises(scores, before):
    found = find_ruptures(sessions_of({1: scores}), sudden_loss(7), higher_is_better=False)
    assert falls(found) == {1: [before]}


PATTERNS = {  # sessions n-2 ... n+3 of the step from n = 3 to 4; which may be missing
    ".xxxx.": True, ".xxx.x": True, "x.xxx.": True, "x.xx.x": True,
    "..xxx.": False, ".xxx..": False, "xx.xxx": False, "xxx.xx": False,
}  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
def test_missing_sessions_make_not_judged_never_no(pattern):
    scores = {n: 30.0 - n for n, mark in enumerate(pattern, start=1) if mark == "x"}
    flags = find_ruptures(sessions_of({1: scores}), sudden_loss(7)).flags
    judged = flags.loc[flags["session"] == 4, "flagged"].notna().tolist()
    assert judged == ([PATTERNS[pattern]] if pattern[3] == "x" else [])


def test_three_criteria_are_explained(sessions):
    why = find_ruptures(sessions, sudden_loss(7)).why("1", 4)
    # 34 to 23; .25 x 34 = 8.5; means 35.333 and 22.667; variances 2.333 and 2.333, so
    # 2.776 x 1.5275 = 4.241
    for part in ("flagged", "34 to 23", "11 points", "8.5", "4.241", "12.67"):
        assert part in why


def test_the_latest_session_cannot_be_judged_on_its_day(sessions):
    found = find_ruptures(sessions, sudden_loss(7), prospective=True)
    assert found.flags["flagged"].isna().all()
    assert "cannot judge a session on its day" in found.clients["reason"].iloc[0]
    assert "could not be judged" in found.text()
