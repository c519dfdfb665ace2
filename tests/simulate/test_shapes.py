"""Worlds of other shapes: each mechanism is what it says, and nothing else changes."""

import numpy as np
import pytest

from alliance.simulate import World, simulate, worlds
from alliance.simulate.courses import RUPTURE, UNREPAIRED
from alliance.simulate.shapes import bends, growing_sessions, lifts, with_tail

ORDINARY = World()
OTHERS = [name for name in worlds() if name[0].islower() and name not in ("rare", "shallow")]


def mean_course(world, clients=3000):
    """Return the mean latent level without ruptures at each session, SD, of 12 sessions planned."""
    same = world.but(planned_range=(12, 12), hazard=0.0, slope_sd=0.0)
    return simulate(same, clients=clients, seed=5).courses.latent.mean(axis=0) / world.unit


def test_bends_by_hand():
    planned = np.array([5])
    # Places 0, 1/4, 1/2, 3/4, 1: 4 u p (1 - p) is 0, .75 u, u, .75 u, 0; the last third begins at 2/3.
    assert bends(World(u_shape=0.8), planned, 5)[0] == pytest.approx([0, -0.6, -0.8, -0.6, 0])
    assert bends(World(late_rise=0.8), planned, 5)[0] == pytest.approx([0, 0, 0, 0.2, 0.8])
    assert bends(World(early_rise=1), planned, 5)[0] == pytest.approx([0.3, 1, 0.5, 0, 0])
    assert growing_sessions(World(plateau_session=2), 4).tolist() == [1, 2, 2, 2]
    assert not bends(ORDINARY, planned, 5).any()


def test_bends_reach_the_courses():
    plain = mean_course(ORDINARY)
    difference = mean_course(worlds()["u-shaped"]) - plain
    np.testing.assert_allclose(difference, bends(World(u_shape=0.8), np.array([12]), 12)[0])
    flat = np.diff(mean_course(worlds()["plateau"]))
    assert (flat[:4] > 0.05).all() and abs(flat[5:].mean()) < 0.02


def test_lifts_by_hand():
    inside = np.array([[False, False, False, True, True, False, False, False, True]])
    repairs = np.array([[0, 0, 0, 0, 0, 1, 1, 1, 1]], dtype=np.int8)
    before = lifts(World(honeymoon=0.6), inside, repairs)[0]
    assert before.tolist() == [0, 0.6, 0.6, 0, 0, 0, 0.6, 0.6, 0]
    after = lifts(World(overshoot=0.5), inside, repairs)[0]
    assert after.tolist() == [0, 0, 0, 0, 0, 0.5, 0.5, 0, 0]


@pytest.mark.parametrize("name", ["honeymoon", "passing-lift"])
def test_lifts_leave_the_ruptures_as_they_are(name):
    study, plain = (simulate(world, 300, seed=2) for world in (worlds()[name], ORDINARY))
    assert (study.courses.phase == plain.courses.phase).all()
    difference = study.courses.latent - plain.courses.latent
    assert set(np.round(difference / ORDINARY.unit, 9).ravel()) == {0.0, 0.6}
    inside = np.isin(study.courses.phase, (RUPTURE, UNREPAIRED))
    assert not difference[inside].any()


def test_a_tail_goes_down_and_keeps_mean_and_spread():
    normal = np.random.default_rng(1).standard_normal(400_000)
    drawn = with_tail(normal, 0.7)
    assert drawn.mean() == pytest.approx(0, abs=0.01)
    assert drawn.std() == pytest.approx(1, abs=0.03)
    skew = (drawn**3).mean()
    # Of a log-normal: (exp(s^2) + 2) sqrt(exp(s^2) - 1).
    assert skew == pytest.approx(-(np.exp(0.49) + 2) * np.sqrt(np.expm1(0.49)), abs=0.15)
    np.testing.assert_allclose(with_tail(-normal, -0.7), -drawn)


def test_noise_settles():
    world = worlds()["settling"].but(hazard=0.0, planned_range=(16, 16), slope_sd=0.0, trait_sd=0.0)
    scores = simulate(world, 2000, seed=3).sessions
    spread = scores.groupby("session")["total"].std()
    assert spread[1] / spread[4] == pytest.approx(4**0.4, rel=0.1)
    assert spread[4] / spread[16] == pytest.approx(4**0.4, rel=0.1)


def test_a_quarter_of_the_clients_always_answers_alike():
    study = simulate(worlds()["constant"], 600, seed=4)
    spread = study.sessions.groupby("client")["total"].agg(["nunique", "size"])
    often = spread[spread["size"] > 3]
    assert (often["nunique"] == 1).mean() == pytest.approx(0.25, abs=0.05)


def test_every_third_session_is_rated():
    sessions = simulate(worlds()["sparse"], 50, seed=4).sessions["session"]
    assert set(sessions % 3) == {1}


def test_ruptures_cluster_within_therapists():
    def spread(name):
        clients = simulate(worlds()[name].but(clients_per_therapist=16.0), 1600, seed=6).clients
        return clients.groupby("therapist")["ruptures"].mean().std()

    assert spread("clustered") > 1.5 * spread("R0d")


def test_two_sites_differ_in_repair_and_growth():
    study = simulate(worlds()["two-sites"], 2000, seed=7)
    site = study.persons.therapist % 2 == 1
    slope, repair = study.persons.slope, study.persons.repair
    assert slope[site].mean() - slope[~site].mean() == pytest.approx(0.2, abs=0.02)
    odds = repair / (1 - repair)
    assert np.log(odds[site].mean() / odds[~site].mean()) == pytest.approx(2.0, abs=0.1)


def test_steps_are_up_and_stay():
    study = simulate(worlds()["steps"].but(state_sd=0.0, slope_sd=0.0, growth=0.0), 400, seed=8)
    rises = np.diff(study.courses.calm, axis=1) / study.world.unit
    assert set(np.unique(np.round(rises, 6))) == {0.0, 0.8}
    assert (rises > 0).mean() == pytest.approx(0.02, abs=0.005)
    assert not len(study.episodes)


@pytest.mark.parametrize("name", OTHERS)
def test_every_other_world_makes_a_study_without_a_gain(name):
    study = simulate(worlds()[name], 60, seed=1)
    assert not study.courses.gain.any()
    assert np.isfinite(study.sessions["total"]).all()
