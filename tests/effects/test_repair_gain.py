"""The answer on tables: laws, refusals, words, truth given back, the same bytes from a seed."""

import copy
import pickle
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance import AllianceError
from alliance.effects import Design, Scores, designs, estimate_gain, repair_gain, reported_exposure
from alliance.rules import own_mean
from alliance.simulate import simulate, worlds

UNITS = ["points", "within-person SD", "SD of all scores"]


@pytest.fixture(scope="module")
def study():
    return simulate(worlds()["A3d"], clients=150, rng=7)


def numbers(answer) -> np.ndarray:
    return answer.frame.drop(columns="unit").to_numpy(dtype=float)


@pytest.mark.parametrize("name", ["P1", "P2", "P3", "P4", "4d", "log"])
def test_every_design_answers_and_can_be_kept(study, name):
    told = {"items": study.responses} if designs()[name].parts else {}
    told |= {"log": study.log} if name == "log" else {}
    answer = repair_gain(study.sessions, design=name, **told)
    assert answer.answered
    assert answer.frame["unit"].tolist() == UNITS
    lower, upper = answer.interval
    assert lower < answer.estimate < upper
    assert 0 < answer.p < 1
    parts = ("used", "rupture", "reference", "recovery", "settling", "unrated", "without_parts")
    assert (
        sum(answer.counts[part] for part in parts) == answer.counts["rows"] == len(study.sessions)
    )
    assert answer.clients["share"].sum() == pytest.approx(1)
    again = pickle.loads(pickle.dumps(copy.deepcopy(answer)))
    assert again.text() == answer.text()


def test_the_design_that_is_meant(study):
    assert repair_gain(study.sessions).design.name == "P4"
    assert repair_gain(study.sessions, items=study.responses).design.name == "P3"
    assert repair_gain(study.sessions, log=study.log).design.name == "log"


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 1000), st.floats(-5, 5), st.floats(0.1, 20))
def test_order_names_and_scale_do_not_matter(study, seed, shift, stretch):
    for name in ("P1", "P4"):
        plain = repair_gain(study.sessions, design=name)
        moved = study.sessions.sample(frac=1, random_state=seed)
        moved["client"] = moved["client"].map(
            lambda client: f"{(int(client[1:]) * 7919 + seed) % 1009}-{client}"
        )
        moved["total"] = shift + stretch * moved["total"]
        other = repair_gain(moved, design=name)
        assert other.estimate == pytest.approx(stretch * plain.estimate, rel=1e-6)
        assert other.frame["estimate"][1:].tolist() == pytest.approx(
            plain.frame["estimate"][1:].tolist()
        )
        assert other.p == pytest.approx(plain.p, rel=1e-6)


def test_mirrored_scores_give_the_same_gain(study):
    mirrored = study.sessions.assign(total=10 - study.sessions["total"])
    for told in ({}, {"log": study.log}, {"design": "P4"}):
        plain = repair_gain(study.sessions, **told)
        other = repair_gain(mirrored, higher_is_better=False, **told)
        assert numbers(other) == pytest.approx(numbers(plain), rel=1e-9)


def test_unrated_sessions_and_one_session_clients_are_counted_and_change_nothing(study):
    plain = repair_gain(study.sessions, log=study.log)
    more = pd.DataFrame(
        {"client": ["new", "c001"], "session": [1, 99], "rater": "client", "instrument": "simulated",
         "total": [4.0, np.nan]}
    )  # fmt: skip
    other = repair_gain(pd.concat([study.sessions, more]), log=study.log)
    assert other.estimate == pytest.approx(plain.estimate, rel=1e-9)
    assert other.p == pytest.approx(plain.p, rel=1e-9)
    assert other.counts["unrated"] == 1
    assert other.counts["rows"] == plain.counts["rows"] + 2


def test_a_log_makes_the_scores_free_of_the_rule(study):
    """Scores change which sessions a rule sets aside, never which ones a log does."""
    noisy = study.sessions.assign(
        total=study.sessions["total"] + np.random.default_rng(1).normal(size=len(study.sessions))
    )
    with_log = [repair_gain(table, log=study.log).counts for table in (study.sessions, noisy)]
    assert with_log[0] == with_log[1]
    with_rule = [repair_gain(table).counts for table in (study.sessions, noisy)]
    assert with_rule[0] != with_rule[1]


def test_too_few_exposed_clients_are_not_answered():
    few = simulate(worlds()["A3d"], clients=12, rng=2)
    answer = repair_gain(few.sessions)
    assert not answer.answered
    assert answer.exposed < 8
    assert np.isnan(numbers(answer)[:, 1:]).all()
    assert "not answered: only" in answer.text()
    assert answer.counts["rows"] == len(few.sessions)
    assert not repair_gain(few.sessions, surrogates=19).answered


def test_words(study):
    text = repair_gain(study.sessions).text()
    for part in (
        "within-person SD",
        "lower bound",
        "were set aside as part of a rupture",
        "clients",
    ):
        assert part in text
    text = repair_gain(study.sessions, log=study.log).text()
    assert "taken from a rupture log" in text
    assert "2 sessions after a repair were given a level of their own" in text


REFUSED = {
    "There is no design 'P9'": {"design": "P9"},
    "takes ruptures from a log": {"design": "log"},
    "needs the answers to the items": {"design": "P2"},
    "has no scale 'bond'": {"scale": "bond"},
    "There is no rater 'therapist'": {"rater": "therapist"},
    "19 surrogates or more": {"surrogates": 5},
    "There is no rule 'own-meen'. Did you mean 'own-mean'": {"rule": "own-meen"},
    "confidence must be a number": {"confidence": 1.5},
}


@pytest.mark.parametrize("message", REFUSED)
def test_refusals_say_what_to_do(study, message):
    with pytest.raises(AllianceError) as refused:
        repair_gain(study.sessions, **REFUSED[message])
    assert message in str(refused.value)


def test_a_log_and_a_rule_exclude_each_other(study):
    with pytest.raises(AllianceError, match="there is a log, too"):
        repair_gain(study.sessions, design="P1", log=study.log)
    with pytest.raises(AllianceError, match="there is no rule"):
        repair_gain(study.sessions, log=study.log, rule="own-mean")
    with pytest.raises(AllianceError, match="a rupture log needs none"):
        repair_gain(study.sessions, log=study.log, surrogates=19)


def test_sessions_must_count_from_one(study):
    with pytest.raises(AllianceError, match="sessions count from 1"):
        repair_gain(study.sessions.assign(session=study.sessions["session"] - 1))


def test_a_scale_without_any_score_is_refused(study):
    with pytest.raises(AllianceError, match="there is nothing to test"):
        repair_gain(study.sessions.assign(total=np.nan))


def test_reports_of_strangers_are_counted(study):
    stranger = pd.DataFrame({"client": ["x"], "session": [3], "tension": 1, "resolution": 1})
    answer = repair_gain(study.sessions, log=pd.concat([study.log, stranger]))
    assert answer.reports_set_aside == 1
    assert "1 reports were of clients without rated sessions" in answer.text()


def test_another_rule(study):
    answer = repair_gain(study.sessions, rule=own_mean(threshold=1.0))
    assert answer.design.rule.name == "own-mean"
    assert "own standard deviation" in answer.text()


def oracle(studies, growth: str) -> tuple[np.ndarray, np.ndarray]:
    """Return gains estimated from the true episodes, in SD, and whether intervals hold the truth."""
    estimates, covered = [], []
    for study in studies:
        sheet, clients = study.sheets[0], len(study.client_names)
        lengths = np.bincount(sheet.client, minlength=clients)
        scores = Scores(
            sessions=sheet.session,
            offsets=np.concatenate([[0], np.cumsum(lengths)]),
            total=sheet.total,
        )
        truth = study.episodes
        told = reported_exposure(
            scores.series(scores.total),
            pd.Index(study.client_names).get_indexer(truth["client"]),
            truth["onset"].to_numpy(),
            truth["end"].to_numpy(),
            truth["repaired"].to_numpy(),
            settle=0,
        )
        found = estimate_gain(scores, Design(name="truth", rule=None, growth=growth), (told,))
        estimates.append(found.estimate[0] / study.world.unit)
        off = abs(estimates[-1] - study.world.gain) * study.world.unit / found.standard_error[0]
        covered.append(off < 2.1)
    return np.array(estimates), np.array(covered)


@pytest.mark.parametrize("gain", [0.0, 0.3, 0.8])
def test_true_episodes_give_back_the_gain_that_was_put_in(gain):
    world = worlds()["R0d"].but(gain=gain)
    studies = [simulate(world, 200, np.random.default_rng([9, number])) for number in range(60)]
    estimates, covered = oracle(studies, "common")
    error = estimates.std(ddof=1) / np.sqrt(len(estimates))
    assert abs(estimates.mean() - gain) < 3 * error
    assert error < 0.012
    assert covered.mean() > 0.85


def test_one_study_of_200_clients_takes_less_than_a_second():
    study = simulate(worlds()["A3d"], clients=200, rng=1)
    sessions, items, log = study.sessions, study.responses, study.log
    for told in ({}, {"items": items}, {"log": log}):
        start = time.process_time()
        repair_gain(sessions, **told)
        assert time.process_time() - start < 1


def test_plot(study):
    import matplotlib

    matplotlib.use("Agg")
    axes = repair_gain(study.sessions).plot()
    assert "points of total" in axes.get_ylabel()
    matplotlib.pyplot.close("all")
