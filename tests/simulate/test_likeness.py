"""Moments speak the truth of simple tables; a fitted world gives studies like the user's."""

from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

from alliance.errors import AllianceError, AllianceWarning
from alliance.simulate import like, moments, simulate, worlds


def table(scores, **columns):
    scores = np.asarray(scores, dtype=float)
    clients, sessions = scores.shape
    return pd.DataFrame(
        {
            "client": np.repeat([f"c{n}" for n in range(clients)], sessions),
            "session": np.tile(np.arange(1, sessions + 1), clients),
            "rater": "client",
            "total": scores.ravel(),
            **columns,
        }
    )


def test_moments_of_a_table_worked_by_hand():
    # Ten clients with levels 1, 1, ... 5, 5, each with their level at sessions 1 and 2.
    found = moments(table(np.repeat([[1], [2], [3], [4], [5]] * 2, 2, axis=1)), reliability=1.0)
    assert (found.clients, found.rated, found.last_mean, found.last_sd) == (10, 2, 2, 0)
    assert found.mean == found.level == pytest.approx(3)
    assert found.sd == found.trait_sd == pytest.approx(2**0.5)
    assert (found.growth, found.slope_sd) == pytest.approx((0, 0), abs=1e-12)
    assert found.state_sd == pytest.approx(0, abs=1e-6)
    assert found.icc == pytest.approx(1)
    assert found.missing == 0


def test_growth_and_missing_worked_by_hand():
    sessions = table([[3, 3 + np.log(2), 9, 3 + np.log(4)]] * 10)
    found = moments(sessions[sessions["session"].ne(3)])
    assert found.growth == pytest.approx(1)
    assert found.level == pytest.approx(3)
    assert found.missing == pytest.approx(0.25)


def test_rows_in_any_order_and_other_names_change_nothing():
    sessions = simulate(worlds()["R0d"], clients=60, seed=1).sessions
    mixed = sessions.sample(frac=1, random_state=1)
    mixed = mixed.assign(client="x" + mixed["client"].str[::-1])
    assert moments(mixed).summary().to_numpy() == pytest.approx(
        moments(sessions).summary().to_numpy()
    )


def test_moments_move_with_the_scores():
    sessions = simulate(worlds()["R0d"], clients=60, seed=1).sessions
    moved = sessions.assign(total=10 + 3 * sessions["total"])
    plain, found = moments(sessions), moments(moved)
    for name in ("sd", "growth", "trait_sd", "state_sd"):
        assert getattr(found, name) == pytest.approx(3 * getattr(plain, name), rel=1e-6), name
    for name in ("icc", "lag1", "skewness", "therapist_icc", "volatility"):
        assert getattr(found, name) == pytest.approx(getattr(plain, name), rel=1e-6), name
    assert found.level == pytest.approx(10 + 3 * plain.level)


def test_what_moments_need_is_said():
    sessions = simulate(worlds()["N0"].but(second_rater=True), clients=12, seed=1).sessions
    with pytest.raises(AllianceError, match="holds several raters"):
        moments(sessions)
    with pytest.raises(AllianceError, match="no rater 'observer'"):
        moments(sessions, rater="observer")
    with pytest.raises(AllianceError, match="no scale 'bond'"):
        moments(sessions, rater="client", scale="bond")
    with pytest.raises(AllianceError, match="10 clients or more"):
        moments(sessions[sessions["client"].lt("c005")], rater="client")
    without = moments(sessions.drop(columns="therapist"), rater="client")
    assert np.isnan(without.therapist_icc)


# The unit is the SD that trait, state and error of the changed worlds give.
CASES = {
    "gaussian": (
        worlds()["N0d"].but(trait_sd=0.4, unit=0.515, level=3.4, growth=0.2),
        worlds()["N0d"],
    ),
    "wai with ruptures": (
        worlds()["R0w"].but(trait_sd=0.45, unit=0.559, level=3.7, planned_median=20.0),
        None,
    ),
    "srs with gaps": (worlds()["R0s"].but(missing_sessions=(0.3, 0.5)), None),
    "volatility": (worlds()["N0h"].but(volatility_sd=0.5), worlds()["N0"]),
}


@pytest.fixture(scope="module", params=CASES, ids=list(CASES))
def fitted(request):
    truth, base = CASES[request.param]
    sessions = simulate(truth, clients=500, seed=21).sessions
    return truth, sessions, like(sessions, base=base)


def test_the_truth_is_recovered(fitted):
    truth, _, world = fitted
    assert world.scale == truth.scale
    scale = truth.unit * truth.points_per_latent
    assert world.level == pytest.approx(truth.level, abs=0.2 * scale)
    made = world.unit * world.points_per_latent
    assert made == pytest.approx(scale, rel=0.15)
    for name, tolerance in [("trait_sd", 0.15), ("state_sd", 0.3)]:
        expected = getattr(truth, name) * truth.points_per_latent
        assert getattr(world, name) * world.points_per_latent == pytest.approx(
            expected, rel=tolerance
        ), name
    assert world.growth == pytest.approx(truth.growth, abs=0.06)
    assert world.volatility_sd == pytest.approx(truth.volatility_sd, abs=0.16)
    assert np.mean(world.missing_sessions) == pytest.approx(
        np.mean(truth.missing_sessions), abs=0.03
    )
    assert world.clients_per_therapist == pytest.approx(500 / 62, rel=0.05)


def test_its_studies_have_the_moments_of_mine(fitted):
    _, sessions, world = fitted
    mine, made = moments(sessions), moments(simulate(world, clients=2000, seed=99).sessions)
    for name in ("rated", "last_mean", "last_sd", "sd", "trait_sd", "state_sd"):
        assert getattr(made, name) == pytest.approx(getattr(mine, name), rel=0.10), name
    assert made.mean == pytest.approx(mine.mean, abs=0.1 * mine.sd)
    assert made.icc == pytest.approx(mine.icc, abs=0.05)
    assert made.lag1 == pytest.approx(mine.lag1, abs=0.05)
    assert made.missing == pytest.approx(mine.missing, abs=0.03)


def test_base_keeps_what_sessions_cannot_tell():
    sessions = simulate(worlds()["R0w"], clients=80, seed=2).sessions
    base = worlds()["R0d"].but(hazard=0.04, gain=0.3, repair_probability=0.5)
    world = like(sessions, base=base, rounds=3)
    for name in ("hazard", "gain", "repair_probability", "depth", "durations", "dropout_level"):
        assert getattr(world, name) == getattr(base, name)
    assert world.name == "like yours"


def test_same_seed_same_world():
    sessions = simulate(worlds()["R0d"], clients=60, seed=2).sessions
    first, again, other = (like(sessions, rounds=3, clients=200, seed=seed) for seed in (5, 5, 6))
    assert first == again != other


def test_a_base_that_does_not_fit_is_said():
    quiet = simulate(worlds()["N0"].but(state_sd=0.05, reliability=0.99), clients=150, seed=3)
    deep = worlds()["R0d"].but(hazard=0.3, depth=(3.0, 5.0))
    with pytest.warns(AllianceWarning, match="differ from yours in .*ICC"):
        like(quiet.sessions, base=deep, reliability=0.99, rounds=8)


def test_scores_that_are_no_item_means_are_refused_for_the_wai_form():
    sessions = simulate(worlds()["R0w"], clients=40, seed=2).sessions
    sums = sessions.assign(total=12 * sessions["total"])
    with pytest.raises(AllianceError, match="give item means for 'wai'"):
        like(sums)
    with pytest.raises(AllianceError, match="form must be one of"):
        like(sessions, form="vas")
    assert like(sums, form="gaussian", rounds=2).level > 40


@pytest.mark.filterwarnings("ignore::alliance.errors.AllianceWarning")
def test_lengths_are_those_of_the_rater_meant():
    sessions = simulate(worlds()["R0d"], clients=30, seed=1).sessions
    longest = int(sessions["session"].max())
    # The therapist went on rating for ten sessions after the client had left.
    later = sessions.assign(rater="therapist", session=sessions["session"] + 10)
    both = pd.concat([sessions, later], ignore_index=True)
    world = like(both, rater="client", rounds=1, clients=40)
    assert world.planned_range[1] == longest


def test_what_one_session_each_does_not_tell_stays_as_it_is():
    sessions = simulate(worlds()["R0d"], clients=60, seed=4).sessions
    found = like(sessions[sessions["session"].eq(1)], rounds=2, clients=100)
    assert found.autocorrelation == pytest.approx(worlds()["R0d"].autocorrelation)


def test_a_world_like_a_study_has_numbers_of_the_usual_world_s_kinds():
    """Therapists who differ less than chance have no ICC: 0.0, as the file of settings has it."""
    sessions = simulate(worlds()["R0d"].but(therapist_icc=0.0), 60, 2).sessions
    world = like(sessions, clients=100, rounds=3)
    assert world.therapist_icc == 0
    for each in fields(world):
        assert type(getattr(world, each.name)) is type(each.default), each.name
