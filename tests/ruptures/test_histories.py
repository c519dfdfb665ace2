"""What became of each course of therapy: kinds by eye, the flow adds up, laws."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

from alliance import AllianceError, chance_baseline, cumulative_incidence, find_ruptures
from alliance.compare import against_truth
from alliance.rules import RepairRule, Rule, RuptureRule
from alliance.ruptures.history import KINDS, histories
from alliance.simulate import simulate, worlds

RULE = Rule(
    name="fall of a point",
    rupture=RuptureRule(reference="previous session", unit="points", threshold=1),
    repair=RepairRule(target="before", amount=0.25, window=2),
    minimum_sessions=3,
)
COURSES = {
    "never": ([6, 6, 6, 6], "uninterrupted"),
    "mended": ([6, 4.5, 6, 6, 6], "repaired"),
    "twice": ([6, 4.5, 6, 4.5, 6], "repaired"),
    "stayed": ([6, 4.5, 4.5, 4.5, 4.5], "unrepaired"),
    "both": ([6, 4.5, 6, 6, 4.5, 4.5, 4.5, 4.5], "mixed"),
    "ended": ([6, 6, 6, 4.5], "open"),
    "mended-then-open": ([6, 4.5, 6, 4.5], "repaired"),
    "short": ([6, 4.5], "not judged"),
    "unrated": ([np.nan, np.nan, np.nan], "not judged"),
}


@pytest.fixture
def sessions():
    rows = [
        (client, number, "client", score)
        for client, (scores, _) in COURSES.items()
        for number, score in enumerate(scores, start=1)
    ]
    return pd.DataFrame(rows, columns=["client", "session", "rater", "total"])


@pytest.fixture
def told(sessions):
    return histories(find_ruptures(sessions, RULE))


def test_kinds_by_eye(told):
    kinds = told.frame.set_index("client")["kind"]
    assert kinds.to_dict() == {client: kind for client, (_, kind) in COURSES.items()}
    assert set(kinds) == set(KINDS)


def test_one_row_for_each_course_with_its_counts(told):
    row = told.frame.set_index("client").loc["both"]
    assert row[["sessions", "first", "last", "ruptures", "repaired", "unrepaired", "open"]].tolist() == [
        8, 1, 8, 2, 1, 1, 0,
    ]  # fmt: skip
    assert row["followed"] == 5
    assert told.frame.set_index("client").loc["stayed", "followed"] == 0
    unrated = told.frame.set_index("client").loc["unrated"]
    assert unrated["sessions"] == 0
    assert pd.isna(unrated["first"])
    assert unrated["reason"] == "no rated session"


def test_the_flow_by_hand(told):
    flow = told.flow().set_index("step")
    assert flow["courses"].to_dict() == {
        "clients": 9,
        "rated": 8,
        "judged": 7,
        "without rupture": 1,
        "with rupture": 6,
        "all repaired": 3,
        "all unrepaired": 1,
        "some repaired, some not": 1,
        "only open": 1,
    }
    assert flow["share"].isna().tolist() == [True, True] + [False] * 7
    assert flow.loc["with rupture", "share"] == pytest.approx(6 / 7)


def test_words(told):
    assert told.text().startswith(
        "Of 9 clients rated by the client, 8 had a score and 7 could be judged; 6 of these (86%) had a "
        "rupture: all repaired in 3, none in 1, some in 1, still open in 1."
    )


def test_the_summary_counts_every_kind(told):
    summary = told.kinds()
    assert summary["kind"].tolist() == list(KINDS)
    assert summary["courses"].sum() == 9
    assert summary.set_index("kind").loc["repaired", "ruptures"] == pytest.approx(5 / 3)


def test_order_and_names_do_not_matter_and_the_flow_adds_up():
    study = simulate(worlds()["R0d"], clients=80, seed=2)
    plain = histories(find_ruptures(study.sessions, "own-mean"))
    mixed = study.sessions.sample(frac=1, random_state=1)
    other = histories(find_ruptures(mixed, "own-mean"))
    pd.testing.assert_frame_equal(plain.frame, other.frame)
    assert len(plain.frame) == 80
    for _, part in plain.flow().groupby("rater"):
        count = part.set_index("step")["courses"]
        assert count["judged"] == count["without rupture"] + count["with rupture"]
        assert count["with rupture"] == count[-4:].sum()
    counts = plain.frame[["repaired", "unrepaired", "open"]].sum(axis=1)
    assert (counts == plain.frame["ruptures"]).all()


def test_anything_but_ruptures_is_refused(sessions):
    found = find_ruptures(sessions, RULE)
    truth = partial(against_truth, true_episodes=found.frame)
    for question in (histories, cumulative_incidence, chance_baseline, truth):
        with pytest.raises(AllianceError, match="not DataFrame"):
            question(found.frame)


def test_an_empty_table():
    empty = pd.DataFrame({"client": [], "session": [], "rater": [], "total": []})
    told = histories(find_ruptures(empty, RULE))
    assert told.frame.empty
    assert told.text() == "There were no courses of therapy."


def test_several_cases_of_a_client_are_said_to_count_as_clients():
    course = [5.5, 5.6, 5.5, 4.2, 5.4, 5.6, 5.7]
    one = pd.DataFrame(
        {"client": "007", "case": "1", "session": range(1, 8), "rater": "client", "total": course}
    )
    both = pd.concat([one, one.assign(case="2")], ignore_index=True)
    said = "Each case counts as a client of its own: 2 courses of 1 client."
    found = find_ruptures(both, RULE)
    for result in (found, histories(found)):
        assert result.text().startswith(said)
    assert "case" not in find_ruptures(one, RULE).text()
