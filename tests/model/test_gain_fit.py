"""The fitted gain: the truth put in comes back, and what should not matter does not."""

from dataclasses import replace

import gain_by_brute_force as plain
import numpy as np
import pytest
from gain_courses import courses_of
from scipy import stats
from scipy.special import ndtr

from alliance import simulate
from alliance.course import Courses
from alliance.errors import AllianceError
from alliance.model import gain_ladder, gain_studies
from alliance.model.gain_assumptions import (
    LADDER,
    LEAST,
    NO_PASSING_LIFT,
    STRAIGHT_GROWTH,
    Assumptions,
)
from alliance.model.gain_fit import fit_at, quantile
from alliance.model.gain_likelihood import Traits, known
from alliance.model.gain_verdict import verdict
from alliance.model.parameters import GAIN, MEAN

WORLD = simulate.worlds()["A3d"]


@pytest.fixture(scope="module")
def courses():
    return courses_of(WORLD, 90, 5)[0]


@pytest.fixture(scope="module")
def ladder(courses):
    return [gain_ladder.fit_gain(courses, rung) for rung in LADDER]


def test_gain_that_was_put_in_comes_back():
    gains = []
    for seed in range(4):
        courses, sd = courses_of(WORLD, 160, 200 + seed)
        fit = gain_ladder.fit_gain(courses, STRAIGHT_GROWTH, confidence=None)
        gains.append(fit.gain / sd)
    assert np.mean(gains) == pytest.approx(WORLD.gain, abs=2.5 * 0.09 / 2)
    assert np.ptp(gains) > 0.01


def test_tail_that_was_put_in_comes_back():
    courses, _ = courses_of(WORLD.but(recovery_sessions=1), 200, 8)
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
    for end, root in ((fit.low, 1.96), (fit.high, -1.96)):
        there = fit_at(fit.study, end, fit.fitted, fit.covariance)
        reached = gain_ladder.signed_root(fit.fitted, there) / fit.widened
        assert reached == pytest.approx(root, abs=0.05)


def test_p_is_that_of_z_and_agrees_with_the_interval(ladder):
    for fit in ladder:
        assert fit.p == pytest.approx(2 * ndtr(-abs(fit.z)))
        assert (fit.p < 0.05) == (fit.low > 0 or fit.high < 0)


def test_few_clients_widen_the_test_and_take_degrees_of_freedom(ladder):
    for fit in ladder:
        clients, moved = fit.clients, fit.fitted.moved
        assert fit.widened == pytest.approx(np.sqrt(1 + moved.sum() / clients))
        spread = np.linalg.inv(fit.fitted.information(fit.study.space))
        naive = np.sqrt(spread[moved[:GAIN].sum(), moved[:GAIN].sum()])
        fewest = np.sqrt((clients - moved.sum() - 1) / clients)
        assert fewest < fit.standard_error / naive < 1


def test_order_of_clients_does_not_matter(courses, ladder):
    order = np.random.default_rng(3).permutation(courses.count)
    again = gain_ladder.fit_gain(courses.take(order), LEAST, confidence=None)
    assert again.gain == pytest.approx(ladder[0].gain, abs=1e-5)
    assert again.z == pytest.approx(ladder[0].z, abs=1e-4)


def test_constant_and_single_clients_change_nothing_but_the_count(courses, ladder):
    more = Courses(
        scores=np.concatenate([courses.scores, np.full(7, 0.8)]),
        sessions=np.concatenate([courses.sessions, np.arange(1, 8)]),
        offsets=np.append(courses.offsets, courses.offsets[-1] + np.array([6, 7])),
    )
    again = gain_ladder.fit_gain(more, LEAST, confidence=None)
    assert (again.gain, again.z) == (ladder[0].gain, ladder[0].z)
    assert again.clients == ladder[0].clients
    told = gain_ladder.session_posterior(again, len(more.scores))
    assert told.rupture[-7:].isna().all()


def test_the_same_study_gives_the_same_bytes(courses, ladder):
    again = gain_ladder.fit_gain(courses, LEAST, confidence=None)
    assert again.fitted.free.tobytes() == ladder[0].fitted.free.tobytes()


def test_posterior_of_sessions(courses, ladder):
    fit = ladder[0]
    told = gain_ladder.session_posterior(fit, len(courses.scores))
    assert ((told.rupture >= 0) & (told.rupture <= 1)).all()
    first = np.isin(np.arange(len(courses.scores)), courses.offsets[:-1])
    assert (told.rupture[first] == 0).all() and (told.repairs[first] == 0).all()
    assert (np.diff(told.repairs)[~first[1:]] >= 0).all()
    last = courses.offsets[1:] - 1
    assert told.repairs[last].sum() / fit.clients == pytest.approx(
        fit.fitted.known.chances[:, :-1].sum() / fit.clients
    )


def test_posterior_tells_true_ruptures():
    study = simulate.simulate(WORLD.but(depth=(1.5, 2.0)), clients=80, seed=2)
    truth = study.truth[study.truth["rated"]].sort_values(["client", "session"])
    courses, _ = courses_of(WORLD.but(depth=(1.5, 2.0)), 80, 2)
    fit = gain_ladder.fit_gain(courses, STRAIGHT_GROWTH, confidence=None)
    told = gain_ladder.session_posterior(fit, len(courses.scores))
    within = truth["in_rupture"].to_numpy()
    assert told.rupture[within].mean() > 0.6
    assert told.rupture[~within].mean() < 0.12


def test_gate_keeps_still_where_nothing_was_repaired():
    courses, _ = courses_of(simulate.worlds()["N0"], 100, 4)
    fit = gain_ladder.fit_gain(courses, LEAST, confidence=None)
    assert fit.repairs < 0.1
    assert not fit.answered and verdict(fit).claim == 0


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


def test_moderator_that_was_put_in_comes_back():
    """Half of the clients gain nothing, half .6 SD: drawn from the model's own law."""
    rng = np.random.default_rng(5)
    courses, _ = courses_of(WORLD, 200, 21)
    fit = gain_ladder.fit_gain(courses, STRAIGHT_GROWTH, confidence=None)
    half = rng.permutation(fit.clients) % 2 - 0.5
    law = gain_studies.law_of(fit)
    study = gain_studies.draw_study(fit.study, law, 0.3 + 0.6 * half, rng)
    drawn = Courses(scores=study.scores, sessions=study.times, offsets=study.starts)
    traits = Traits(moderators={"arm": half})
    told = gain_ladder.fit_gain(drawn, STRAIGHT_GROWTH, confidence=None, traits=traits)
    assert told.gain == pytest.approx(0.3, abs=3 * told.standard_error)
    found = gain_ladder.moderation(told).iloc[0]
    assert found["name"] == "gain by arm"
    assert found["estimate"] == pytest.approx(0.6, abs=3 * found["standard_error"])
    assert found["p"] < 0.05


def test_doubled_clients_in_one_cluster_count_once(courses, ladder):
    """Every client twice: clustered, the standard error is what it was."""
    twice = courses.take(np.tile(np.arange(courses.count), 2))
    alone = gain_ladder.fit_gain(courses, STRAIGHT_GROWTH, confidence=None)
    pair = Traits(cluster=np.tile(np.arange(courses.count), 2))
    plain = gain_ladder.fit_gain(twice, STRAIGHT_GROWTH, confidence=None)
    told = gain_ladder.fit_gain(twice, STRAIGHT_GROWTH, confidence=None, traits=pair)
    pairs = courses.count
    wider = np.sqrt(2 * pairs / (pairs - 1))
    assert told.clustered == pytest.approx(wider, abs=1e-6)
    assert told.z == pytest.approx(plain.z / wider, abs=1e-3)
    assert told.p == pytest.approx(2 * stats.t.sf(abs(told.z), pairs - 1))
    assert plain.p == pytest.approx(2 * stats.norm.sf(abs(plain.z)))
    assert told.standard_error == pytest.approx(alone.standard_error, rel=0.2)
    assert plain.widened < alone.widened


def test_a_moderator_is_tested_by_f_where_there_are_clusters(courses):
    count = courses.count
    age = {"age": np.linspace(-1.5, 1.5, count)}
    traits = Traits(moderators=age, cluster=np.arange(count) % 9)
    told = gain_ladder.fit_gain(courses, STRAIGHT_GROWTH, confidence=None, traits=traits)
    found = gain_ladder.moderation(told).iloc[0]
    assert found["p"] == pytest.approx(stats.f.sf(found["chi2"], 1, 8))
    assert quantile(told.study, 0.9) == pytest.approx(stats.t.ppf(0.95, 8))


def test_studies_like_yours_are_those_of_the_rung():
    courses, _ = courses_of(WORLD, 40, 3)
    fit = gain_ladder.fit_gain(courses, STRAIGHT_GROWTH, confidence=None)
    one = gain_studies.studies_like(fit, gain=1.0, draws=6, seed=4)
    assert one.stronger[0].mean() < one.stronger[1].mean()
    assert abs(one.estimates[0].mean()) < 0.3
    assert one.estimates[1].mean() == pytest.approx(1.0, abs=0.35)


def test_studies_like_yours_know_no_more_than_the_study(courses):
    """Their parameters are spread as the estimates are; what is held stays."""
    fit = gain_ladder.fit_gain(courses, STRAIGHT_GROWTH, confidence=None)
    drawn = gain_studies._plausible(fit, 4000, np.random.default_rng(1))
    errors = np.sqrt(np.diag(fit.covariance))
    assert (drawn[:, errors == 0] == fit.fitted.free[errors == 0]).all()
    inside = (drawn.min(axis=0) > fit.study.space.low) & (drawn.max(axis=0) < fit.study.space.high)
    free = inside & (errors > 0)
    assert free.sum() >= 8
    assert drawn.std(axis=0)[free] == pytest.approx(errors[free], rel=0.06)
    apart = drawn.mean(axis=0) - fit.fitted.free
    assert (abs(apart[free]) < 4 * errors[free] / np.sqrt(4000)).all()


@pytest.mark.parametrize(
    ("shared", "worth"), [(0.0, 40.0), (0.5, 40 / (1 + 40 / 3)), (1.0, 40 / 41)]
)
def test_a_share_is_worth_less_the_more_hangs_on_the_parameters(shared, worth):
    """Pairs whose z correlate by 0, .5 and 1; r = (2 / pi) arcsin of it is 0, 1 / 3 and 1."""
    own, other = np.tile([1.0, -1.0], 10), np.repeat([1.0, -1.0], 10)
    second = shared * own + np.sqrt(1 - shared**2) * other
    z = np.array([np.zeros(40), np.column_stack([own, second]).ravel()])
    blank = np.zeros((2, 40))
    told = gain_studies.StudiesLikeYours(
        gains=np.array([0.0, 0.3]),
        z=z,
        estimates=blank,
        stronger=blank > 0,
        weaker=blank > 0,
    )
    assert told.worth == pytest.approx([40.0, worth])
    assert replace(told, z=z[:, :1]).worth.tolist() == [1.0, 1.0]


def test_scores_are_drawn_as_the_model_says():
    """Moments of many draws against those of the dense model: mean and spread of each session."""
    courses, _ = courses_of(WORLD, 30, 3)
    fit = gain_ladder.fit_gain(courses, LEAST, confidence=None)
    law = gain_studies.law_of(fit)
    rng = np.random.default_rng(1)
    drawn = np.array([gain_studies.draw_study(fit.study, law, 0.0, rng).scores for _ in range(300)])
    named = dict(zip(fit.study.space.names, law.values, strict=True))
    truth = plain.Truth(**{name: named[name] for name in plain.Truth.__dataclass_fields__})
    fade = fit.study.space.fade
    for client in range(4):
        rows = slice(fit.study.starts[client], fit.study.starts[client + 1])
        times, blank = fit.study.times[rows], np.zeros(np.diff(fit.study.starts)[client])
        sets = plain.rupture_sets(len(times))
        chances = plain.set_chances(sets, times, truth)
        shapes = [[plain.shape(one, len(times), truth, fade) for one in each] for each in sets]
        dip = chances @ [sum(each, blank) for each in shapes]
        mean = fit.study.columns[rows] @ law.values[MEAN:] - truth.depth * dip
        error = drawn[:, rows].std(axis=0) / np.sqrt(len(drawn))
        assert (abs(drawn[:, rows].mean(axis=0) - mean) < 4.5 * error).all()


@pytest.mark.parametrize("seed", range(3))
def test_an_interval_of_few_clients_agrees_with_the_test_or_is_not_known(seed):
    """With a dozen clients the density has several summits, and a search can end beyond another."""
    courses, _ = courses_of(WORLD, 12, seed)
    found = gain_ladder.fit_gain(courses, STRAIGHT_GROWTH, confidence=0.95)
    if np.isnan(found.low):
        assert np.isnan(found.high)
    else:
        assert found.low < found.gain < found.high
        assert (found.low <= 0 <= found.high) == (found.p > 0.05)


def test_ends_that_contradict_the_estimate_or_the_test_are_refused():
    assert not gain_ladder._contradicts((-0.1, 0.5), 1.0, 1.96)
    assert gain_ladder._contradicts((0.3, 1.5), 1.57, 1.96)
    assert gain_ladder._contradicts((-0.1, 0.5), 2.5, 1.96)
    # On the edge neither the search nor the test is exact enough to say.
    assert not gain_ladder._contradicts((0.001, 0.5), 1.95, 1.96)
