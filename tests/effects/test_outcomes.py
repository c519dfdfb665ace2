"""Outcomes beyond the alliance: by hand, against R, truth given back, laws, refusals, words."""

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alliance import AllianceError, DataError, find_ruptures
from alliance.effects import (
    drop_and_return,
    outcome_by_history,
    outcome_gain,
    outcome_rates,
)
from alliance.effects.outcome_scores import gather_outcome
from alliance.rules import RepairRule, Rule, RuptureRule
from alliance.ruptures.history import histories
from alliance.simulate import simulate, worlds

HERE = Path(__file__).parent / "witness_outcomes"
ROOT = HERE.parents[2]


@pytest.fixture(scope="module")
def study():
    return simulate(worlds()["R0d"].but(symptom_repair=-2.0), clients=80, seed=7)


@pytest.fixture(scope="module")
def courses(study):
    return histories(find_ruptures(study.sessions, drop_and_return()))


# The catalogue: PHQ-9 falls, ORS rises for the better; 6 and 5 points are reliable.
def outcomes(*rows, instrument="phq-9") -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["client", "session", "total"])
    return table.assign(instrument=instrument)


FALL = Rule(
    name="fall",
    rupture=RuptureRule(reference="previous session", unit="points", threshold=2),
    repair=RepairRule(target="before", amount=0, unit="points", window=10),
)
SESSIONS = pd.DataFrame(
    [
        (client, number, "client", float(score))
        for client, scores in {
            "calm": [5, 5, 5, 5],
            "mends": [5, 3, 5, 5],
            "stays": [5, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3],
            "open": [5, 5, 5, 3],
            "short": [5],
        }.items()
        for number, score in enumerate(scores, start=1)
    ],
    columns=["client", "session", "rater", "total"],
)
SCORES = outcomes(
    ("calm", 0, 20), ("calm", 4, 14), ("mends", 1, 10), ("mends", 2, 22), ("mends", 4, 15.5),
    ("stays", 1, 10), ("stays", 9, 16), ("open", 1, 9), ("short", 1, 5), ("stranger", 1, 3),
)  # fmt: skip


def test_reliable_change_by_hand():
    found = outcome_by_history(histories(find_ruptures(SESSIONS, FALL)), SCORES)
    changes = found.clients.set_index("client")["change"].to_dict()
    assert changes == {
        "calm": "improved",
        "mends": "no reliable change",
        "stays": "deteriorated",
        "open": "not measured twice",
        "short": "not measured twice",
    }
    assert found.clients.set_index("client").loc["mends", "better_by"] == -5.5
    kinds = found.change.set_index("kind")
    assert kinds.loc["uninterrupted", ["clients", "improved", "better_by"]].tolist() == [1, 1, 6]
    assert kinds.loc["unrepaired", "deteriorated"] == kinds.loc["open", "clients"] == 1
    assert found.unmatched == 1
    assert found.frame["estimate"].isna().all()
    assert "8 clients of each are needed" in found.text()


def test_the_other_direction_and_another_amount():
    courses = histories(find_ruptures(SESSIONS, FALL))
    turned = SCORES.assign(total=40 - SCORES["total"], instrument="ors")
    assert (
        outcome_by_history(courses, turned)
        .clients["better_by"]
        .equals(outcome_by_history(courses, SCORES).clients["better_by"])
    )
    strict = outcome_by_history(courses, SCORES, reliable_change=7)
    assert set(strict.clients["change"]) == {"no reliable change", "not measured twice"}


def test_contrasts_agree_with_r():
    # lm and HC3 written out in base R: witness_outcomes/make_reference.R
    sessions = pd.read_csv(HERE / "sessions.csv")
    courses = histories(find_ruptures(sessions, drop_and_return()))
    found = outcome_by_history(courses, pd.read_csv(HERE / "outcomes.csv"))
    theirs = pd.read_csv(HERE / "reference.csv", comment="#").set_index("contrast")
    ours = found.frame.set_index("contrast")
    assert theirs.index.tolist() == ours.index.tolist()
    theirs = theirs.rename(columns={"se": "standard_error"})
    for name in ("estimate", "standard_error", "df"):
        assert ours[name].tolist() == pytest.approx(theirs[name].tolist(), rel=1e-7)
    counts = pd.read_csv(HERE / "changes.csv", index_col=0)
    kinds = found.change.set_index("kind").reindex(counts.index)
    mine = kinds[["deteriorated", "no reliable change", "improved"]]
    assert mine.to_numpy().tolist() == counts.to_numpy().tolist()


def test_what_repair_does_for_symptoms_is_given_back_and_a_log_tells_it_more_sharply():
    studies = [
        simulate(worlds()["R0d"].but(symptom_repair=-3.0), 80, np.random.default_rng([4, number]))
        for number in range(4)
    ]
    alone = [outcome_gain(s.sessions, s.outcomes) for s in studies]
    beside = [outcome_gain(s.sessions, s.outcomes, log=s.log) for s in studies]
    for answers in (alone, beside):
        assert np.mean([each.estimate for each in answers]) == pytest.approx(3, abs=0.6)
    errors = [
        np.mean([each.frame["standard_error"].iloc[0] for each in answers])
        for answers in (alone, beside)
    ]
    assert errors[1] < errors[0]


def test_without_ruptures_to_be_expected_there_is_no_answer():
    study = simulate(worlds()["N0"], clients=40, seed=5)
    answer = outcome_gain(study.sessions, study.outcomes)
    assert not answer.answered and answer.frame["estimate"].isna().all()
    assert "too few" in answer.text()


def test_order_and_strangers_do_not_matter(study):
    plain = outcome_gain(study.sessions, study.outcomes)
    more = pd.DataFrame(
        {"client": ["new", "c001"], "session": [1, 0], "instrument": "phq-9", "total": [4.0, 9.0]}
    )
    moved = pd.concat([study.outcomes, more]).sample(frac=1, random_state=3)
    other = outcome_gain(study.sessions.sample(frac=1, random_state=4), moved)
    assert other.estimate == pytest.approx(plain.estimate, rel=1e-9)
    assert other.unmatched == plain.unmatched + 2


def test_points_and_direction(study):
    plain = outcome_gain(study.sessions, study.outcomes, log=study.log)
    turned = study.outcomes.assign(total=27 - study.outcomes["total"], instrument="own")
    other = outcome_gain(study.sessions, turned, log=study.log, outcome={"higher_is_better": True})
    assert other.estimate == pytest.approx(plain.estimate, rel=1e-9)
    assert "points better than" in plain.text()


def test_words_and_keeping(study, courses):
    answer = outcome_gain(study.sessions, study.outcomes)
    assert "the PHQ-9 was" in answer.text() and "beyond what goes with" in answer.text()
    assert len(answer.text().split()) <= 120
    assert answer.to_table().title == "Difference in PHQ-9 for Each Repaired Rupture"
    changed = outcome_by_history(courses, study.outcomes)
    for part in (
        "None of this is an effect of repair",
        "only when therapy is over",
    ):
        assert part in changed.text()
    for result in (answer, changed):
        assert pickle.loads(pickle.dumps(result)).text() == result.text()


REFUSED = {
    "Whether high scores are good is not known": {"instrument": "own"},
    "several instruments": {"instrument": ["phq-9", "gad-7"]},
    "has no scale 'total'": {"drop": "total"},
    "between 0 and 27": {"total": 99.0},
}


@pytest.mark.parametrize("message", REFUSED)
def test_refusals(study, message):
    table, change = study.outcomes.head(4).copy(), dict(REFUSED[message])
    dropped = change.pop("drop", None)
    table = table.drop(columns=dropped) if dropped else table
    for name, value in change.items():
        table[name] = value * 2 if isinstance(value, list) else value
    with pytest.raises((AllianceError, DataError), match=message):
        gather_outcome(table)


def test_refusals_of_the_test_by_session(study):
    others = study.outcomes.assign(client="x" + study.outcomes["client"])
    with pytest.raises(AllianceError, match="80 of 80 clients of the outcomes are in no session"):
        outcome_gain(study.sessions, others)


def test_plot(study, courses):
    import matplotlib

    matplotlib.use("Agg")
    assert "PHQ-9" in outcome_by_history(courses, study.outcomes).plot().get_xlabel()
    matplotlib.pyplot.close("all")


@pytest.fixture(scope="module")
def calibration():
    table = ROOT / "src" / "alliance" / "effects" / "calibration" / "outcomes.csv"
    return pd.read_csv(table).set_index(["analysis", "detection", "world"])


@pytest.mark.parametrize("analysis", ["expected", "expected with a log"])
def test_false_positives_of_the_test_by_session(calibration, analysis):
    rows = calibration.loc[analysis].droplevel("detection")
    null = rows[~rows.index.str.startswith("S")]
    # Without ruptures to be expected there is no answer, and no row.
    assert null.index.str.startswith("R").sum() >= 3 and null["replications"].min() >= 5
    reach = 3.3 * np.sqrt(0.05 * 0.95 / null["replications"])
    assert (null["rate"] <= 0.05 + reach).all()
    studies = null["replications"].sum()
    assert null["rejected"].sum() <= 0.065 * studies + 2.6 * np.sqrt(0.05 * 0.95 * studies)
    assert rows.loc["S2d", "estimate"] == pytest.approx(rows.loc["S2d", "truth"], abs=0.3)


def test_a_log_finds_what_repair_does_for_symptoms(calibration):
    rates = calibration["rate"].droplevel("detection").xs("S1d", level="world")
    assert rates["expected with a log"] > rates["expected"] > 0.4


def test_results_quote_the_measured_rates(study, courses, calibration):
    table = calibration.loc["repaired v unrepaired"].query("replications >= 50")
    assert outcome_rates("repaired v unrepaired") == (table["rate"].min(), table["rate"].max())
    found = outcome_by_history(courses, study.outcomes)
    quoted = found.frame.set_index("contrast").loc["repaired v unrepaired"]
    rates = calibration.loc["repaired v unrepaired"]
    enough = rates.loc[rates["replications"] >= 50, "rate"]
    assert quoted["false_positive_highest"] == pytest.approx(enough.max(), nan_ok=True)
    highest = found.frame.loc[found.frame["estimate"].notna(), "false_positive_highest"].max()
    assert f"up to {100 * highest:.0f}% of simulated studies" in found.text()
    others = histories(find_ruptures(study.sessions, "own-mean"))
    unmeasured = outcome_by_history(others, study.outcomes).frame["false_positive_highest"]
    assert unmeasured.isna().all()
