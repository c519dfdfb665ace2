"""The likelihood against dense normal densities, small steps and a case by hand."""

from dataclasses import fields, replace

import numpy as np
import pulse_by_brute_force as brute
import pytest
from pulse_by_brute_force import SCORES, THETA, TIMES, courses
from scipy.stats import norm

from alliance.model.gain_vectors import VOLATILITY_NODES, VOLATILITY_WEIGHTS
from alliance.model.parameters import Parameters
from alliance.model.pulse_kernel import as_array
from alliance.model.pulse_slopes import log_likelihood


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
    shares, closed, _ = brute.pulses([1, 2, 3], theta)
    first, last = shares.first.tolist(), shares.last.tolist()
    pulses = list(zip(first, last, closed.tolist(), strict=True))
    assert pulses == [(1, 1, True), (1, 2, False), (2, 2, False)]
    total = shares.rates.sum()
    one = (1 - np.exp(-total)) / total * shares.rates @ np.exp([0.4422, -0.0604, -0.5032])
    by_hand = norm.logpdf([0, -1, 0]).sum() + np.log(np.exp(-total) + one)
    found, _ = log_likelihood(courses([[1, 2, 3]], [[0, -1, 0]]), as_array(theta))
    assert found == pytest.approx([by_hand], abs=1e-4)


def test_log_likelihood_sums_over_every_rupture_and_node():
    logs, _ = log_likelihood(courses(), as_array(THETA))
    for client, times in enumerate(TIMES):
        assert logs[client] == pytest.approx(brute.log_likelihood(times, SCORES[client], THETA))


@pytest.mark.parametrize("place", range(len(fields(Parameters))))
def test_slopes_are_those_of_small_steps(place):
    name = fields(Parameters)[place].name
    here, step = getattr(THETA, name), 1e-5
    ups, downs = (
        log_likelihood(courses(), as_array(replace(THETA, **{name: here + move})))[0].sum()
        for move in (step, -step)
    )
    slopes = log_likelihood(courses(), as_array(THETA))[1]
    assert slopes[place] == pytest.approx((ups - downs) / (2 * step), 1e-6)


def test_courses_together_are_the_courses_alone():
    theta = as_array(THETA)
    logs, slopes = log_likelihood(courses(), theta)
    alone = [
        log_likelihood(courses([times], [scores]), theta)
        for times, scores in zip(TIMES, SCORES, strict=True)
    ]
    assert logs.tolist() == [each[0][0] for each in alone]
    assert slopes == pytest.approx(sum(each[1] for each in alone))


def test_an_impossible_score_does_not_overflow():
    far = courses([[1, 2, 3, 4]], [[0, 0, -80, 0]])
    logs, slopes = log_likelihood(far, as_array(THETA))
    assert np.isfinite(logs).all()
    assert np.isfinite(slopes).all()


def test_volatility_nodes_have_the_moments_of_a_half_normal():
    # E|z|^k for a standard normal z: 1, sqrt(2/pi), 1, 2 sqrt(2/pi), 3, 8 sqrt(2/pi).
    root = np.sqrt(2 / np.pi)
    moments = [VOLATILITY_WEIGHTS @ VOLATILITY_NODES**power for power in range(6)]
    assert moments == pytest.approx([1, root, 1, 2 * root, 3, 8 * root], abs=1e-12)


def test_parts_hold_every_course_once():
    lengths = np.arange(300) % 7 + 1
    whole = courses([range(1, n + 1) for n in lengths], [np.zeros(n) for n in lengths])
    parts = list(whole.parts())
    assert len(parts) > 1
    assert np.concatenate([part.starts for part in parts]).tolist() == whole.starts.tolist()
    assert np.concatenate([part.rows() for part in parts]).tolist() == list(range(lengths.sum()))
