"""The likelihood against dense normal densities, numerical integrals and a case by hand."""

from dataclasses import fields, replace

import numpy as np
import pulse_by_brute_force as brute
import pytest
from pulse_by_brute_force import SCORES, THETA, TIMES, courses
from scipy.stats import multivariate_normal, norm

from alliance.model.courses import batch, batches
from alliance.model.likelihood import (
    VOLATILITY_NODES,
    VOLATILITY_WEIGHTS,
    block_sums,
    evidence,
    quiet,
)
from alliance.model.parameters import SPREAD_OF_DEPTH, Parameters
from alliance.model.pulses import pulses
from alliance.model.slopes import log_likelihood


def test_three_sessions_by_hand():
    """Nothing but error of SD 1: scores 0, -1, 0 around a known level of 0.

    Depths are N(1, .35^2), so 1 / tau^2 = 8.1633. For the closed pulse at the second session
    u'Pr = -1 and u'Pu = 1: pull = hold = 9.1633, mean depth 1, and the log Bayes factor is
    (9.1633 - 8.1633 - log(9.1633 / 8.1633)) / 2 = (1 - .1156) / 2 = .4422. For the open one over
    the last two sessions hold = 10.1633: depth .9016, and (9.1633^2 / 10.1633 - 8.1633
    - log(10.1633 / 8.1633)) / 2 = (8.2617 - 8.1633 - .2191) / 2 = -.0604. For the last session
    alone pull = 8.1633 and hold = 9.1633: (7.2724 - 8.1633 - .1156) / 2 = -.5032.
    """
    nothing = 1e-9
    theta = replace(
        THETA,
        level=0.0,
        growth=0.0,
        level_sd=nothing,
        growth_sd=nothing,
        carry_over_sd=nothing,
        error_sd=1.0,
        volatility=nothing,
        depth=1.0,
    )
    one = batch(courses([[1, 2, 3]], [[0, -1, 0]]), np.array([0]))
    told = evidence(one, quiet(one, theta), theta)
    kinds = pulses(3)
    assert list(zip(kinds.first, kinds.last, strict=True)) == [(1, 1), (1, 2), (2, 2)]
    assert told.log_bayes[0, 0] == pytest.approx([0.4422, -0.0604, -0.5032], abs=1e-4)
    depth = told.pull[0, 0] / told.hold[0, 0]
    assert depth == pytest.approx([1.0, 0.9016, 0.8909], abs=1e-4)


@pytest.mark.parametrize("client", range(len(TIMES)))
def test_gaussian_part_is_the_dense_normal_density(client):
    whole = courses()
    one = batch(whole, np.array([client]))
    flat = quiet(one, THETA)
    for node in range(len(VOLATILITY_NODES)):
        full = brute.covariance(TIMES[client], THETA, node)
        dense = brute.density(TIMES[client], SCORES[client], THETA, node, [])
        assert flat.precision[0, node] @ full == pytest.approx(np.eye(len(full)), abs=1e-9)
        prior = np.log(VOLATILITY_WEIGHTS[node])
        assert flat.log_density[0, node] == pytest.approx(dense + prior)


def test_bayes_factor_is_an_integral_over_depth():
    one = batch(courses(), np.array([1]))
    told = evidence(one, quiet(one, THETA), THETA)
    spread = SPREAD_OF_DEPTH * THETA.depth
    depths = np.linspace(THETA.depth - 9 * spread, THETA.depth + 9 * spread, 4_001)
    prior = norm.pdf(depths, THETA.depth, spread) * (depths[1] - depths[0])
    for node in range(len(VOLATILITY_NODES)):
        mean = THETA.level + THETA.growth * np.log(TIMES[1])
        dense = multivariate_normal(mean, brute.covariance(TIMES[1], THETA, node))
        for pulse, cover in enumerate(pulses(5).cover.T):
            lifted = np.array(SCORES[1]) + np.outer(depths, cover)
            weighed = np.exp(dense.logpdf(lifted) - dense.logpdf(SCORES[1])) * prior
            assert np.exp(told.log_bayes[0, node, pulse]) == pytest.approx(weighed.sum())
            depth = told.pull[0, node, pulse] / told.hold[0, node, pulse]
            assert depth == pytest.approx(weighed @ depths / weighed.sum())


def test_log_likelihood_sums_over_every_rupture_and_node():
    logs = {}
    for part in batches(courses(), 3):
        found, _ = log_likelihood(part, THETA)
        logs.update(zip(part.members.tolist(), found, strict=True))
    for client, times in enumerate(TIMES):
        assert logs[client] == pytest.approx(brute.log_likelihood(times, SCORES[client], THETA))


@pytest.mark.parametrize("name", [field.name for field in fields(Parameters)])
def test_slopes_are_those_of_small_steps(name):
    part = batch(courses(), np.arange(len(TIMES)))
    here, step = getattr(THETA, name), 1e-5
    ups, downs = (
        log_likelihood(part, replace(THETA, **{name: here + move}))[0].sum()
        for move in (step, -step)
    )
    assert log_likelihood(part, THETA)[1][name] == pytest.approx((ups - downs) / (2 * step), 1e-6)


def test_padding_changes_nothing():
    together = batch(courses(), np.arange(len(TIMES)))
    assert together.length == 7
    logs, slopes = log_likelihood(together, THETA)
    alone = [log_likelihood(batch(courses(), np.array([i])), THETA) for i in range(len(TIMES))]
    assert logs == pytest.approx([each[0][0] for each in alone])
    for name, slope in slopes.items():
        assert slope == pytest.approx(sum(each[1][name] for each in alone))


def test_an_impossible_score_does_not_overflow():
    part = batch(courses([[1, 2, 3, 4]], [[0, 0, -80, 0]]), np.array([0]))
    logs, slopes = log_likelihood(part, THETA)
    assert np.isfinite(logs).all()
    assert np.isfinite(list(slopes.values())).all()


def test_block_sums_add_up_the_block_of_each_pulse():
    square = np.random.default_rng(1).normal(size=(2, 6, 6))
    square = square + np.swapaxes(square, 1, 2)
    kinds = pulses(6)
    for i, (first, last) in enumerate(zip(kinds.first, kinds.last, strict=True)):
        block = square[:, first : last + 1, first : last + 1].sum(axis=(1, 2))
        assert block_sums(square)[:, i] == pytest.approx(block)


def test_volatility_nodes_have_the_moments_of_a_half_normal():
    # E|z|^k for a standard normal z: 1, sqrt(2/pi), 1, 2 sqrt(2/pi), 3, 8 sqrt(2/pi).
    root = np.sqrt(2 / np.pi)
    moments = [VOLATILITY_WEIGHTS @ VOLATILITY_NODES**power for power in range(6)]
    assert moments == pytest.approx([1, root, 1, 2 * root, 3, 8 * root], abs=1e-12)


def test_batches_hold_every_course_of_two_or_more_once():
    rng = np.random.default_rng(3)
    times = [np.arange(1, length + 1) for length in rng.integers(1, 30, size=300)]
    whole = courses(times, [rng.normal(size=len(each)) for each in times])
    seen = []
    for part in batches(whole, 3):
        seen += part.members.tolist()
        assert (part.rated.sum(axis=1) == whole.lengths[part.members]).all()
        assert part.scores[part.rated] == pytest.approx(whole.scores[part.rows[part.rated]])
    assert sorted(seen) == np.flatnonzero(whole.lengths > 1).tolist()
