"""The fitted gain: the truth put in comes back, and what should not matter does not."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr

from alliance import simulate
from alliance.errors import AllianceError
from alliance.model import gain_ladder
from alliance.model.courses import Courses
from alliance.model.gain_assumptions import (
    LADDER,
    LEAST,
    NO_PASSING_LIFT,
    STRAIGHT_GROWTH,
    Assumptions,
)
from alliance.model.gain_fit import fit_at
from alliance.model.gain_likelihood import known

WORLD = simulate.worlds()["A3d"]


def courses_of(world, clients, seed):
    made = simulate.simulate(world, clients=clients, rng=seed).sessions
    rated = made[made["total"].notna()].sort_values(["client", "session"])
    lengths = rated.groupby("client", sort=True).size().to_numpy()
    scores = rated["total"].to_numpy(float)
    return Courses(
        starts=np.cumsum(lengths) - lengths,
        lengths=lengths,
        times=rated["session"].to_numpy(float),
        scores=(scores - scores.mean()) / scores.std(),
    ), WORLD.unit / scores.std()


@pytest.fixture(scope="module")
def courses():
    return courses_of(WORLD, 120, 5)[0]


@pytest.fixture(scope="module")
def ladder(courses):
    return gain_ladder.climb_ladder(courses)


def test_gain_that_was_put_in_comes_back():
    gains = []
    for seed in range(4):
        courses, sd = courses_of(WORLD, 250, 200 + seed)
        fit = gain_ladder.fit_gain(courses, STRAIGHT_GROWTH, confidence=None)
        gains.append(fit.gain / sd)
    assert np.mean(gains) == pytest.approx(WORLD.gain, abs=2.5 * 0.09 / 2)
    assert np.ptp(gains) > 0.01


def test_tail_that_was_put_in_comes_back():
    courses, _ = courses_of(WORLD.but(recovery_sessions=1), 300, 8)
    fit = gain_ladder.fit_gain(courses, NO_PASSING_LIFT, confidence=None)
    assert 0.25 < fit.parameters["tail"] < 0.75
    assert fit.parameters["lead"] < 0.2


@pytest.mark.parametrize("rung", range(3))
def test_the_fit_is_a_maximum(ladder, rung):
    """No step of any parameter, a tenth of its prior SD either way, is any better."""
    fit = ladder[rung]
    space = fit.study.space
    for at in np.flatnonzero(space.estimated):
        step = np.zeros(len(space.names))
        step[at] = 0.1 * min(space.sd[at], 1.0)
        for free in (fit.fitted.free + step, fit.fitted.free - step):
            if (free == np.clip(free, space.low, space.high)).all():
                moved = known(fit.study, free, slopes=False).logs.sum()
                moved -= 0.5 * (((free - space.centre) / space.sd) ** 2).sum()
                assert moved < fit.fitted.density + 1e-3, space.names[at]


@pytest.mark.parametrize("rung", range(3))
def test_interval_ends_where_the_likelihood_ratio_says(ladder, rung):
    fit = ladder[rung]
    assert fit.low < fit.gain < fit.high
    for end, quantile in ((fit.low, 1.96), (fit.high, -1.96)):
        there = fit_at(fit.study, end, fit.fitted)
        assert gain_ladder.signed_root(fit.fitted, there) == pytest.approx(quantile, abs=0.05)


def test_p_is_that_of_z_and_agrees_with_the_interval(ladder):
    for fit in ladder:
        assert fit.p == pytest.approx(2 * ndtr(-abs(fit.z)))
        assert (fit.p < 0.05) == (fit.low > 0 or fit.high < 0)
        assert fit.stronger() == (fit.answered and fit.z > 1.96)


def shuffled(courses, order):
    ends = courses.starts + courses.lengths
    rows = np.concatenate([np.arange(courses.starts[i], ends[i]) for i in order])
    lengths = courses.lengths[order]
    return Courses(
        starts=np.cumsum(lengths) - lengths,
        lengths=lengths,
        times=courses.times[rows],
        scores=courses.scores[rows],
    )


def test_order_of_clients_does_not_matter(courses, ladder):
    order = np.random.default_rng(3).permutation(len(courses.lengths))
    again = gain_ladder.fit_gain(shuffled(courses, order), LEAST, confidence=None)
    assert again.gain == pytest.approx(ladder[0].gain, abs=1e-5)
    assert again.z == pytest.approx(ladder[0].z, abs=1e-4)


def test_constant_and_single_clients_change_nothing_but_the_count(courses, ladder):
    more = Courses(
        starts=np.append(courses.starts, len(courses.scores) + np.array([0, 6])),
        lengths=np.append(courses.lengths, [6, 1]),
        times=np.concatenate([courses.times, np.arange(1.0, 8)]),
        scores=np.concatenate([courses.scores, np.full(7, 0.8)]),
    )
    again = gain_ladder.fit_gain(more, LEAST, confidence=None)
    assert (again.gain, again.z) == (ladder[0].gain, ladder[0].z)
    assert again.excluded == ladder[0].excluded + 2
    told = gain_ladder.session_posterior(again, len(more.scores))
    assert np.isnan(told.rupture[-7:]).all()


def test_the_same_study_gives_the_same_bytes(courses, ladder):
    again = gain_ladder.fit_gain(courses, LEAST, confidence=None)
    assert again.fitted.free.tobytes() == ladder[0].fitted.free.tobytes()


def test_posterior_of_sessions(courses, ladder):
    fit = ladder[0]
    told = gain_ladder.session_posterior(fit, len(courses.scores))
    assert ((told.rupture >= 0) & (told.rupture <= 1)).all()
    first = np.isin(np.arange(len(courses.scores)), courses.starts)
    assert (told.rupture[first] == 0).all() and (told.repairs[first] == 0).all()
    assert (np.diff(told.repairs)[~first[1:]] >= 0).all()
    last = courses.starts + courses.lengths - 1
    assert told.repairs[last].sum() / fit.clients == pytest.approx(
        fit.fitted.known.chances[:, :-1].sum() / fit.clients
    )


def test_posterior_tells_true_ruptures():
    study = simulate.simulate(WORLD.but(depth=(1.5, 2.0)), clients=80, rng=2)
    truth = study.truth[study.truth["rated"]].sort_values(["client", "session"])
    courses, _ = courses_of(WORLD.but(depth=(1.5, 2.0)), 80, 2)
    fit = gain_ladder.fit_gain(courses, STRAIGHT_GROWTH, confidence=None)
    told = gain_ladder.session_posterior(fit, len(courses.scores))
    within = truth["in_rupture"].to_numpy()
    assert told.rupture[within].mean() > 0.6
    assert told.rupture[~within].mean() < 0.12


def test_gate_keeps_still_where_nothing_was_repaired():
    courses, _ = courses_of(simulate.worlds()["N0"], 150, 4)
    fit = gain_ladder.fit_gain(courses, LEAST, confidence=None)
    assert fit.repairs < 0.1
    assert not fit.answered and not fit.stronger()


def test_many_clients_must_agree_with_own_growth_free(courses, monkeypatch):
    monkeypatch.setattr(gain_ladder, "MANY_CLIENTS", 100)
    fit = gain_ladder.fit_gain(courses, LEAST, confidence=None)
    assert fit.agreement.assumptions.own_growth == "free"
    assert fit.agreement.parameters["growth_sd"] == pytest.approx(1.0)
    assert gain_ladder.fit_gain(courses, STRAIGHT_GROWTH, confidence=None).agreement is None


def test_study_without_any_difference_is_refused(courses):
    flat = replace(courses, scores=np.zeros_like(courses.scores))
    with pytest.raises(AllianceError, match="scores that differ"):
        gain_ladder.fit_gain(flat, LEAST)


def test_switches_are_checked():
    with pytest.raises(AllianceError, match="growth must be one of straight, curved, bent"):
        Assumptions(growth="wavy")
    assert [rung.name for rung in LADDER] == [
        "fewest assumptions",
        "no passing lift",
        "straight growth",
    ]
