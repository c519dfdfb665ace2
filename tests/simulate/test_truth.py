"""What is put into a world comes out of its studies."""

import time

import numpy as np
import pandas as pd
import pytest

from alliance.simulate import World, moments, simulate, worlds
from alliance.simulate.courses import autoregression, draw_persons

# Nobody leaves, nothing is missing, nobody is like anybody else by chance.
STAYING = World(
    dropout_logit=-30.0,
    missing_sessions=(0.0, 0.0),
    planned_range=(20, 20),
    dropout_level=0.0,
    dropout_unrepaired=0.0,
    dropout_rupture=0.0,
)
STILL = STAYING.but(
    trait_sd=0.0, slope_sd=0.0, state_sd=0.0, growth=0.0, reliability=1.0, unit=1.0, level=3.0
)


def by_hand(**changes):
    world = STILL.but(planned_range=(12, 12), hazard=1.0, depth=(1.0, 1.0), **changes)
    return simulate(world, clients=1, seed=1)


def test_a_course_with_repairs_worked_by_hand():
    study = by_hand(durations=(0.0, 1.0), repair_probability=1.0, gain=0.5)
    # Two sessions of dip from session 3 on, then one free session, then the next dip;
    # half a point is gained with each dip that is over.
    expected = [3, 3, 2, 2, 3.5, 2.5, 2.5, 4, 3, 3, 4.5, 3.5]
    assert study.sessions["total"].tolist() == pytest.approx(expected)
    assert study.truth["repairs"].tolist() == [0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3]
    assert study.episodes[["onset", "end"]].to_numpy().tolist() == [
        [3, 4],
        [6, 7],
        [9, 10],
        [12, 12],
    ]
    assert study.episodes["outcome"].tolist() == ["repaired"] * 3 + ["open"]


def test_a_gradual_recovery_worked_by_hand():
    study = by_hand(durations=(1.0,), repair_probability=1.0, recovery_sessions=2)
    dips = [0, 0, 1, 2 / 3, 1 / 3, 1, 2 / 3, 1 / 3, 1, 2 / 3, 1 / 3, 1]
    assert study.truth["dip"].tolist() == pytest.approx(dips)
    assert study.truth["state"].tolist()[2:6] == ["rupture", "recovering", "recovering", "rupture"]


def test_a_gradual_onset_worked_by_hand():
    study = by_hand(durations=(1.0,), repair_probability=1.0, onset_sessions=2, gain=0.5)
    # Two sessions on the way down, one of full depth, one free session, and again.
    dips = [0, 0, 1 / 3, 2 / 3, 1, 0, 1 / 3, 2 / 3, 1, 0, 1 / 3, 2 / 3]
    repairs = [0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2]
    assert study.truth["dip"].tolist() == pytest.approx(dips)
    assert study.sessions["total"].tolist() == pytest.approx(
        [3 + 0.5 * gained - dip for gained, dip in zip(repairs, dips, strict=True)]
    )
    assert study.episodes[["onset", "end"]].to_numpy().tolist() == [[3, 5], [7, 9], [11, 12]]
    assert study.episodes["duration"].tolist() == [3, 3, 2]
    assert study.episodes["outcome"].tolist() == ["repaired", "repaired", "open"]


def test_an_unrepaired_rupture_worked_by_hand():
    study = by_hand(durations=(0.0, 0.0, 1.0), repair_probability=0.0, gain=0.5)
    assert study.sessions["total"].tolist() == pytest.approx([3] * 2 + [2] * 3 + [2.2] * 7)
    assert study.episodes["outcome"].tolist() == ["unrepaired"]
    assert study.episodes["duration"].tolist() == [3]
    assert study.truth["repairs"].eq(0).all()


def test_hazard_comes_back():
    study = simulate(STAYING, clients=800, seed=1)
    truth = study.truth
    previous = truth.groupby("client")["state"].shift().fillna("none")
    onset = truth["state"].eq("rupture") & previous.eq("none")
    at_risk = truth["session"].ge(3) & previous.eq("none")
    # The session after a dip is never an onset, and is not at risk.
    just_over = truth.groupby("client")["in_rupture"].shift(2, fill_value=False) & previous.eq(
        "none"
    )
    at_risk &= ~just_over | truth.groupby("client")["state"].shift(2).eq("none")
    assert onset[at_risk].mean() == pytest.approx(0.06, abs=0.006)
    assert not onset[truth["session"].lt(3)].any()


def test_depth_duration_and_repair_come_back():
    study = simulate(STAYING, clients=800, seed=2)
    found = study.episodes
    assert found["depth"].between(0.75, 2.0).all()
    assert found["depth"].mean() == pytest.approx(1.375, abs=0.05)
    early = found[found["onset"].le(16)]
    shares = early["duration"].value_counts(normalize=True).sort_index()
    assert shares.tolist() == pytest.approx([0.45, 0.30, 0.15, 0.10], abs=0.05)
    decided = found[found["outcome"].ne("open")]
    assert decided["repaired"].mean() == pytest.approx(0.6, abs=0.05)


def test_ruptures_take_their_depth_from_the_scores_and_nothing_else():
    quiet = simulate(STAYING.but(hazard=0.0), clients=100, seed=3).sessions["total"]
    study = simulate(STAYING.but(gain=0.3), clients=100, seed=3)
    truth = study.truth
    lost = truth["dip"] - 0.3 * 0.65 * truth["repairs"]
    assert np.allclose(quiet - study.sessions["total"], lost)
    dips = truth[truth["state"].eq("rupture")].merge(study.episodes, on=["client", "episode"])
    assert np.allclose(dips["dip"], dips["depth"] * 0.65)


def test_the_lasting_gain_lasts():
    without = simulate(STAYING, clients=100, seed=4)
    with_gain = simulate(STAYING.but(gain=0.5), clients=100, seed=4)
    risen = with_gain.sessions["total"] - without.sessions["total"]
    assert np.allclose(risen, 0.5 * 0.65 * without.truth["repairs"])
    last = without.truth["session"].eq(20)
    assert risen[last].max() > 0.5 * 0.65 - 1e-9


def oracle_gain(study):
    """Within-client regression on true repairs, dips taken out, in SD."""
    truth = study.truth[study.truth["rated"]].reset_index(drop=True)
    kept = ~truth["in_rupture"]
    table = pd.DataFrame(
        {
            "y": study.sessions["total"],
            "repairs": truth["repairs"],
            "time": np.log(truth["session"]),
        }
    )[kept]
    centred = table - table.groupby(truth["client"][kept]).transform("mean")
    slopes, *_ = np.linalg.lstsq(centred[["repairs", "time"]], centred["y"], rcond=None)
    return slopes[0] / study.world.score_points_per_sd


@pytest.mark.parametrize(("name", "gain", "times"), [("R0d", 0.0, 12), ("A3d", 0.3, 40)])
def test_with_the_true_episodes_the_gain_is_estimated_without_bias(name, gain, times):
    world = worlds()[name]
    found = [oracle_gain(simulate(world, clients=1_000, seed=seed)) for seed in range(times)]
    error = np.std(found) / len(found) ** 0.5
    assert np.mean(found) == pytest.approx(gain, abs=3 * error)
    assert error < 0.01


def test_perfect_knowledge_of_episodes_does_not_rescue_from_gradual_recovery():
    found = [oracle_gain(simulate(worlds()["R0g"], seed=seed)) for seed in range(40)]
    assert -0.35 < np.mean(found) < -0.10


def test_reliability_is_the_alpha_of_the_items():
    study = simulate(STAYING.but(hazard=0.0), clients=3000, seed=5)
    items = study.responses.query("session == 1").filter(like="item_")
    alpha = 12 / 11 * (1 - items.var().sum() / items.sum(axis=1).var())
    true, error = 0.55**2 + 0.28**2, 0.1 * 0.65**2
    assert alpha == pytest.approx(true / (true + error), abs=0.01)


def test_reliability_sets_the_error_of_totals():
    study = simulate(STAYING.but(reliability=0.8), clients=300, seed=5)
    error = study.sessions["total"] - study.truth["latent"]
    assert error.std() == pytest.approx(0.65 * 0.2**0.5, rel=0.03)


def test_growth_trait_and_slopes_come_back():
    study = simulate(STAYING.but(hazard=0.0), clients=2000, seed=6)
    found = moments(study.sessions)
    assert found.level == pytest.approx(3.8, abs=0.05)
    assert found.growth == pytest.approx(0.12, abs=0.01)
    assert found.trait_sd == pytest.approx(0.55, abs=0.03)
    assert found.slope_sd == pytest.approx(0.08, abs=0.03)
    assert found.state_sd == pytest.approx(0.28, abs=0.03)
    assert study.clients["slope"].std() == pytest.approx(0.08, abs=0.005)


def test_therapists_share_comes_back():
    persons = draw_persons(World(therapist_icc=0.3), 8000, np.random.default_rng(1))
    means = pd.Series(persons.trait).groupby(persons.therapist).mean()
    assert len(means) == 1000
    between = means.var() - persons.trait.var() * 0.7 / 8
    assert between / persons.trait.var() == pytest.approx(0.3, abs=0.04)


def test_autoregression_is_stationary_with_its_own_lag():
    phi = np.array([0.0, 0.3, 0.6, 0.9])
    normal = np.random.default_rng(1).standard_normal((4, 20000))
    series = autoregression(normal, np.broadcast_to(phi[:, None], normal.shape))
    assert series.std(axis=1) == pytest.approx(1, abs=0.1)
    lag = [np.corrcoef(row[1:], row[:-1])[0, 1] for row in series]
    assert lag == pytest.approx(phi, abs=0.03)
    few = np.random.default_rng(2).standard_normal((8000, 2))
    starts = autoregression(few, np.repeat(np.tile(phi, 2000)[:, None], 2, axis=1))
    starts = starts.reshape(2000, 4, 2)
    assert starts.std(axis=0) == pytest.approx(1, abs=0.06)


def test_volatility_varies_as_said():
    persons = draw_persons(worlds()["N0h"], 20000, np.random.default_rng(1))
    logs = np.log(persons.volatility)
    assert logs.std() == pytest.approx(0.35, abs=0.01)
    assert (persons.volatility**2).mean() == pytest.approx(1, abs=0.03)
    assert np.corrcoef(logs, persons.trait)[0, 1] == pytest.approx(-0.5, abs=0.02)


def test_the_random_walk_walks():
    walking = simulate(STAYING.but(hazard=0.0, walk_sd=0.08), clients=2000, seed=7)
    still = simulate(STAYING.but(hazard=0.0), clients=2000, seed=7)
    truth = walking.truth
    gone = (truth["latent"] - still.truth["latent"]).groupby(truth["session"]).std()
    assert gone[1] == 0
    assert gone[20] == pytest.approx(0.08 * 19**0.5, rel=0.06)


def leaving(study):
    """Share of clients who leave after a session, by the state of the session."""
    truth = study.truth.merge(study.clients[["client", "attended", "planned"]], on="client")
    truth = truth[truth["session"].ge(4) & truth["session"].lt(truth["planned"])]
    return truth["session"].eq(truth["attended"]).groupby(truth["state"]).mean()


def test_dropout_depends_on_the_rupture():
    rates = leaving(simulate(World(dropout_level=0.0), clients=4000, seed=8))
    logit = np.log(rates / (1 - rates))
    assert logit["none"] == pytest.approx(-3.9, abs=0.15)
    assert logit["unrepaired"] - logit["none"] == pytest.approx(1.2, abs=0.25)
    assert logit["rupture"] - logit["none"] == pytest.approx(0.5, abs=0.35)


def test_dropout_depends_on_the_alliance_only_where_it_should():
    def correlation(name):
        clients = simulate(worlds()[name], clients=4000, seed=9).clients
        return np.corrcoef(clients["trait"], clients["dropped_out"])[0, 1]

    assert abs(correlation("N0")) < 0.04
    assert correlation("N0d") < -0.08


def test_everybody_attends_the_first_sessions():
    clients = simulate(World(dropout_logit=3.0), clients=200, seed=1).clients
    assert clients["attended"].min() == 4
    assert clients["dropped_out"].mean() > 0.8


def test_the_log_hears_seven_in_ten_and_one_report_in_five_is_false():
    study = simulate(worlds()["R0d"], clients=5000, seed=10)
    found = study.summary()
    assert found["reported"] == pytest.approx(0.7, abs=0.03)
    assert found["false_reports"] == pytest.approx(0.2, abs=0.03)
    false = study.reports[~study.reports["genuine"]]
    assert false["repaired"].mean() == pytest.approx(0.6, abs=0.06)


def test_a_deaf_and_a_perfect_log():
    deaf = simulate(World(log_sensitivity=0.0, log_false_rate=0.0), clients=100, seed=1)
    perfect = simulate(World(log_sensitivity=1.0, log_false_rate=0.0), clients=100, seed=1)
    assert len(deaf.log) == 0
    names = ["client", "onset", "end", "repaired"]
    assert perfect.reports[names].equals(perfect.episodes[names])


def test_the_second_rater_agrees_and_sees_half():
    world = STAYING.but(second_rater=True, rater_agreement=0.4, reliability=1.0)
    study = simulate(world.but(hazard=0.0), clients=1500, seed=11)
    wide = study.sessions.pivot(index=["client", "session"], columns="rater", values="total")
    assert wide.corr().iloc[0, 1] == pytest.approx(0.4, abs=0.05)
    assert (wide["therapist"] - wide["client"]).mean() == pytest.approx(-0.2, abs=0.05)
    assert wide["therapist"].std() == pytest.approx(wide["client"].std(), rel=0.05)
    ruptured = simulate(world, clients=50, seed=11).truth.set_index(["client", "session"])
    client, therapist = (ruptured[ruptured["rater"].eq(who)] for who in ("client", "therapist"))
    assert np.allclose(therapist["dip"], client["dip"] / 2) and client["dip"].max() > 0


def test_symptoms_follow_the_alliance_and_the_repair():
    world = STAYING.but(
        symptom_noise_sd=0.5, symptom_start_sd=0.0, symptom_start=18.0, symptom_repair=-2.0
    )
    study = simulate(world, clients=300, seed=12)
    truth, total = study.truth, study.outcomes["total"]
    log_session = np.log(truth["session"])
    closeness = (truth["latent"] - 3.8 - 0.12 * log_session) / 0.65
    design = np.column_stack([np.ones(len(total)), log_session, closeness, truth["repairs"]])
    kept = total.between(2, 25)
    found, *_ = np.linalg.lstsq(design[kept], total[kept], rcond=None)
    assert found == pytest.approx([18.0, -2.5, -1.0, -2.0], abs=0.15)


def test_confounders_do_what_they_say():
    def decided(name):
        study = simulate(worlds()[name], clients=3000, seed=13)
        found = study.episodes.merge(study.clients, on="client")
        return study.clients, found[found["outcome"].ne("open")]

    for name, what, sign in [
        ("R0L", "trait", 1),
        ("R0S", "slope", 1),
        ("R0T", "slope", 1),
        ("R0d", "slope", 0),
    ]:
        clients, found = decided(name)
        r = np.corrcoef(found[what], found["repaired"])[0, 1]
        assert (r > 0.12) if sign else (abs(r) < 0.07), (name, r)
    clients, _ = decided("R0L")
    assert np.corrcoef(clients["trait"], clients["ruptures"] > 0)[0, 1] < -0.05


@pytest.mark.parametrize(
    "name", [name for name in worlds() if name[0].isupper()] + ["rare", "shallow"]
)
def test_marginals_of_the_named_worlds(name):
    study = simulate(worlds()[name], clients=600, seed=14)
    found, shape = study.summary(), moments(study.sessions)
    assert 10.0 < found["rated"] < 12.4
    assert 0.56 < shape.icc < 0.76
    assert 0.07 < shape.lag1 < 0.31
    assert 0.18 < found["dropped_out"] < 0.38
    if name[0] in "RA":
        assert 0.42 < found["ruptured"] < 0.54
        assert 0.40 < found["repaired"] < 0.56
    if study.world.scale == "wai":
        assert 4.0 < found["mean"] < 4.35
        assert -0.95 < found["skewness"] < -0.55
    if study.world.scale == "srs":
        assert 35.4 < found["mean"] < 37.2
        assert -1.5 < found["skewness"] < -0.8
        assert 0.08 < found["ceiling"] < 0.19
    if study.world.scale == "gaussian":
        assert abs(found["skewness"]) < 0.4


def test_a_study_takes_a_hundredth_of_a_second():
    began = time.process_time()
    for seed in range(20):
        assert len(simulate(worlds()["R0d"], seed=seed).sessions) > 1500
    # 1,000 studies in 90 s allow 0.09 s each; a tenth of that is usual.
    assert (time.process_time() - began) / 20 < 0.09
