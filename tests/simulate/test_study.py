"""The tables of a study hold together: keys, types, totals, episodes, log."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alliance import instruments
from alliance.simulate import World, simulate, worlds
from alliance.tables import RESPONSES, SESSIONS, tidy

ITEMS = [f"item_{number}" for number in range(1, 13)]


@pytest.fixture(scope="module")
def wai():
    world = worlds()["A5w"].but(second_rater=True, unanswered_items=0.02)
    return simulate(world, clients=120, seed=5)


@pytest.mark.parametrize("name", ["R0d", "R0w", "R0s"])
def test_tables_are_the_packages_own(name):
    study = simulate(worlds()[name], clients=30, seed=1)
    pd.testing.assert_frame_equal(
        tidy(study.sessions, SESSIONS), study.sessions, check_dtype=False, check_exact=True
    )
    pd.testing.assert_frame_equal(tidy(study.responses, RESPONSES), study.responses)


def test_same_seed_same_study_and_another_seed_another():
    first, again = (simulate(worlds()["R0w"], clients=40, seed=7) for _ in range(2))
    for table in ("sessions", "responses", "truth", "episodes", "log", "outcomes", "clients"):
        assert getattr(first, table).to_csv() == getattr(again, table).to_csv(), table
    assert not simulate(worlds()["R0w"], clients=40, seed=8).sessions.equals(first.sessions)


def test_a_generator_is_used_up_so_that_studies_differ():
    rng = np.random.default_rng(7)
    first, second = (simulate(worlds()["N0"], clients=20, seed=rng) for _ in range(2))
    assert first.sessions["total"].iloc[0] != second.sessions["total"].iloc[0]


def test_the_order_in_which_tables_are_asked_for_does_not_matter():
    one, two = (simulate(worlds()["R0d"], clients=40, seed=2) for _ in range(2))
    log = one.log
    assert two.truth.equals(one.truth)
    assert two.log.equals(log)


@pytest.mark.parametrize(("name", "low", "high"), [("R0w", 1, 5), ("R0s", 0, 10)])
def test_answers_fit_the_questionnaire(name, low, high):
    study = simulate(worlds()[name], clients=60, seed=3)
    instrument = instruments.load(study.responses["instrument"].iloc[0])
    answers = study.responses[instrument.item_columns].to_numpy()
    assert answers.min() >= low == instrument.minimum
    assert answers.max() == high == instrument.maximum
    step = 1 if instrument.whole_numbers else 0.1
    assert np.allclose(answers / step, np.round(answers / step))


@pytest.mark.parametrize("name", ["R0w", "R0s"])
def test_scores_are_what_a_pencil_gives(name):
    study = simulate(worlds()[name], clients=15, seed=3)
    instrument = instruments.load(study.responses["instrument"].iloc[0])
    answers = study.responses[instrument.item_columns].to_numpy()
    for scale in set(instrument.scales) & set(study.sessions.columns):
        pencil = [instrument.pencil_score(row, scale, study.world.metric) for row in answers]
        assert np.allclose(study.sessions[scale], pencil)
    assert study.sessions["metric"].eq(instrument.metric).all()


def test_unanswered_items_follow_the_instruments_rule(wai):
    answers = wai.responses[ITEMS]
    assert 0.01 < answers.isna().to_numpy().mean() < 0.03
    assert wai.sessions["answered"].equals(answers.notna().sum(axis=1))
    enough = wai.sessions["answered"].ge(10)
    assert np.allclose(wai.sessions["total"][enough], answers.mean(axis=1)[enough])
    task = answers[["item_1", "item_2", "item_10", "item_12"]]
    assert wai.sessions["task"].isna().equals(task.isna().any(axis=1))


def test_halves_are_the_odd_and_even_items():
    study = simulate(worlds()["R0d"], clients=30, seed=3)
    halves, answers = study.halves, study.responses[ITEMS].to_numpy()
    assert np.allclose(halves["odd"], answers[:, ::2].mean(axis=1))
    assert np.allclose(halves["even"], answers[:, 1::2].mean(axis=1))
    assert np.allclose((halves["odd"] + halves["even"]) / 2, study.sessions["total"])
    noise = halves["odd"] - halves["even"]
    # Each half holds 6 of 12 items: error SD .65 * sqrt(.1) * sqrt(2), the difference sqrt(2) more.
    assert abs(noise.std() / (0.65 * 0.1**0.5 * 2) - 1) < 0.12


def test_srs_halves_are_in_the_metric_of_the_total():
    study = simulate(worlds()["R0s"], clients=30, seed=3)
    assert np.allclose(study.halves[["odd", "even"]].mean(axis=1), study.sessions["total"])


def test_the_truth_has_every_attended_session_and_marks_the_rated(wai):
    truth = wai.truth
    assert not truth.duplicated(["client", "session", "rater"]).any()
    attended = truth[truth["rater"].eq("client")].groupby("client")["session"].agg(["size", "max"])
    told = wai.clients.set_index("client")["attended"]
    assert attended["size"].eq(told).all() and attended["max"].eq(told).all()
    rated = truth[truth["rated"]].set_index(["client", "session", "rater"]).index
    given = wai.sessions.set_index(["client", "session", "rater"]).index
    assert rated.sort_values().equals(given.sort_values())
    assert 0.12 < 1 - truth["rated"].mean() < 0.23


def test_episodes_are_the_runs_of_rupture_in_the_truth(wai):
    truth = wai.truth[wai.truth["rater"].eq("client") & wai.truth["in_rupture"]]
    runs = truth.groupby(["client", "episode"])["session"].agg(["min", "max", "size"])
    found = wai.episodes.set_index(["client", "episode"])
    assert runs.index.equals(found.index) and len(found) > 20
    assert runs["min"].eq(found["onset"]).all() and runs["max"].eq(found["end"]).all()
    assert (runs["max"] - runs["min"] + 1).eq(runs["size"]).all()


def test_outcomes_of_episodes_follow_from_the_course(wai):
    found = wai.episodes.merge(wai.clients[["client", "attended"]], on="client")
    last = found["end"].eq(found["attended"])
    assert found["repaired"].eq(~last).all()
    assert found["repaired"].eq(found["outcome"].eq("repaired")).all()
    states = wai.truth[wai.truth["rater"].eq("client")].set_index(["client", "session"])["state"]
    at_end = states.loc[pd.MultiIndex.from_frame(found[["client", "end"]])].to_numpy()
    assert (found["outcome"].eq("unrepaired") == (at_end == "unrepaired")).all()
    assert set(found["outcome"]) == {"repaired", "unrepaired", "open"}
    closed = found[found["repaired"]]
    assert closed["duration"].eq(closed["end"] - closed["onset"] + 1).all()


def test_sessions_between_two_ruptures_are_never_missing():
    study = simulate(World(hazard=1.0, repair_probability=1.0), clients=50, seed=1)
    found = study.episodes
    gap = found.groupby("client")["onset"].shift(-1) - found["end"]
    assert gap.min() == 2
    assert found["onset"].min() == 3


def test_observed_means_rated_during_the_episode(wai):
    rated = wai.truth[wai.truth["rater"].eq("client") & wai.truth["rated"]]
    seen = set(
        rated.loc[rated["episode"].gt(0), ["client", "episode"]].itertuples(index=False, name=None)
    )
    for row in wai.episodes.itertuples():
        assert row.observed == ((row.client, row.episode) in seen)


def test_log_rows_are_the_reports_session_by_session():
    study = simulate(worlds()["R0d"], clients=150, seed=4)
    reports, log = study.reports, study.log
    assert len(log) == (reports["end"] - reports["onset"] + 1).sum()
    assert log["resolution"].sum() == reports["repaired"].sum()
    assert log["intensity"].between(1, 5).all() and log["tension"].eq(1).all()
    assert not log.duplicated(["client", "session", "source"]).any()
    genuine = reports[reports["genuine"]].merge(
        study.episodes, on=["client", "onset", "end", "repaired"]
    )
    assert len(genuine) == reports["genuine"].sum()
    false = reports[~reports["genuine"]]
    assert false["onset"].eq(false["end"]).all()
    quiet = study.truth.set_index(["client", "session"])["state"]
    assert quiet.loc[pd.MultiIndex.from_frame(false[["client", "onset"]])].eq("none").all()


def test_each_source_keeps_its_own_log():
    alone = simulate(worlds()["R0d"], clients=400, seed=4)
    world = worlds()["R0d"].but(therapist_log_sensitivity=0.4, observer_log_sensitivity=0.9)
    study = simulate(world, clients=400, seed=4)
    assert study.sessions.equals(alone.sessions)
    told = study.reports
    assert told[told["source"].eq("client")].equals(alone.reports)
    assert list(told["source"].unique()) == ["client", "therapist", "observer"]
    heard = told[told["genuine"]].groupby("source").size() / len(study.episodes)
    assert heard["therapist"] == pytest.approx(0.4, abs=0.1)
    assert heard["observer"] == pytest.approx(0.9, abs=0.06)
    # Independent given the truth: both hold a rupture as often as chance makes them.
    held = told[told["genuine"]].groupby(["client", "onset"])["source"].agg(set)
    both = held.map(lambda sources: {"client", "therapist"} <= sources).sum()
    assert both / len(study.episodes) == pytest.approx(0.7 * 0.4, abs=0.08)
    assert not study.log.duplicated(["client", "session", "source"]).any()
    assert study.log["source"].value_counts().gt(50).all()


def test_a_world_without_reports_gives_empty_tables_of_the_same_form():
    empty = simulate(worlds()["N0"].but(log_false_rate=0.0), clients=20, seed=1)
    full = simulate(worlds()["R0d"], clients=100, seed=1)
    for table in ("log", "reports", "episodes"):
        assert len(getattr(empty, table)) == 0
        assert getattr(empty, table).dtypes.equals(getattr(full, table).dtypes), table
    assert np.isnan(empty.summary()["false_reports"])
    assert "0 true ruptures in 0 clients" in empty.text()


def test_one_client_is_a_study():
    study = simulate(worlds()["R0w"], clients=1, seed=2)
    assert study.clients["client"].tolist() == ["c001"]
    assert study.sessions["client"].eq("c001").all()


def test_outcomes_are_whole_symptom_totals_at_rated_sessions(wai):
    outcomes = wai.outcomes
    assert outcomes["total"].between(0, 27).all() and outcomes["total"].mod(1).eq(0).all()
    rated = wai.sessions[wai.sessions["rater"].eq("client")]
    assert outcomes["session"].tolist() == rated["session"].tolist()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 10**6), shift=st.floats(-3, 3), name=st.sampled_from(["N0", "R0d", "R0g"])
)
def test_a_shifted_level_shifts_scores_and_nothing_else(seed, shift, name):
    world = worlds()[name]
    plain = simulate(world, clients=15, seed=seed)
    moved = simulate(world.but(level=world.level + shift), clients=15, seed=seed)
    assert np.allclose(moved.sessions["total"], plain.sessions["total"] + shift)
    assert np.allclose(moved.truth["latent"], plain.truth["latent"] + shift)
    assert moved.episodes.equals(plain.episodes)
    assert moved.log.equals(plain.log)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), factor=st.floats(0.2, 5))
def test_stretching_the_scale_stretches_scores_around_the_level(seed, factor):
    world = worlds()["R0d"]
    plain = simulate(world, clients=15, seed=seed)
    wide = simulate(world.but(points_per_latent=factor), clients=15, seed=seed)
    level = world.level
    assert np.allclose(wide.sessions["total"] - level, factor * (plain.sessions["total"] - level))
    assert wide.outcomes.equals(plain.outcomes)
