"""The compiled likelihood against log likelihoods computed elsewhere, and against plain loops."""

from dataclasses import astuple, replace

import gain_by_brute_force as plain
import numpy as np
import pytest

from alliance.model import gain_kernel
from alliance.model.gain_reports import KINDS
from alliance.model.parameters import AT, GAIN, MEAN

BETA = np.array([-0.05, 0.15, 0.2])
EITHER = np.array([1, 2 / 3, 1 / 3])
EVERYTHING = plain.Truth(
    volatility=0.4,
    walk_sd=0.15,
    settling=0.2,
    depth=1.1,
    hazard=0.1,
    tail=-0.4,
    lead=0.3,
    remains=0.7,
)


def laid_out():
    times = np.concatenate(list(map(np.array, plain.TIMES.values()))).astype(float)
    scores = np.concatenate(list(plain.SCORES.values())).astype(float)
    starts = np.cumsum([0, *map(len, plain.TIMES.values())])
    return starts, times, scores, np.column_stack([np.ones_like(times), np.log(times), times / 10])


def compiled(truth, beta, gains, *, fade=EITHER, settling=True, two=True):
    starts, times, scores, columns = laid_out()
    settled = (np.log(times) - np.log(times).mean()) * settling
    theta = np.array(astuple(truth))
    silent = np.zeros((len(scores), KINDS))
    return gain_kernel.study(
        starts, times, settled, scores, columns, theta, beta, gains, fade, two, True, silent
    )


@pytest.mark.parametrize("row", range(len(plain.WITNESS)))
def test_log_likelihoods_are_those_of_the_dense_computation(row):
    given = plain.WITNESS.loc[row]
    names = ("tail", "lead", "volatility", "depth", "hazard", "repaired")
    truth = plain.Truth(**{name: given[name] for name in names})
    beta = np.array([-0.05, 0.15, given["curve"]])
    logs = compiled(truth, beta, np.full(5, given["delta"]), fade=np.array([1, 0.5, 0]))[0]
    np.testing.assert_allclose(logs, given[list(plain.TIMES)].astype(float), rtol=0, atol=1e-7)


@pytest.mark.parametrize("most", [1, 2])
@pytest.mark.parametrize("client", list(plain.TIMES))
def test_every_switch_agrees_with_plain_loops(client, most):
    starts, times, _, columns = laid_out()
    number = list(plain.TIMES).index(client)
    rows = slice(starts[number], starts[number + 1])
    expected = plain.log_likelihood(
        plain.TIMES[client],
        plain.SCORES[client],
        columns[rows] @ BETA,
        0.25,
        EVERYTHING,
        fade=EITHER,
        settled=(np.log(times) - np.log(times).mean())[rows],
        most=most,
    )
    found = compiled(EVERYTHING, BETA, np.full(5, 0.25), two=most == 2)[0][number]
    assert found == pytest.approx(expected, abs=1e-8)


def numerical(change, step=1e-5):
    return (change(step)[0] - change(-step)[0]) / (2 * step)


@pytest.mark.parametrize("two", [False, True])
def test_slopes_are_the_numerical_ones(two):
    gains = np.linspace(-0.2, 0.4, 5)
    slopes = compiled(EVERYTHING, BETA, gains, two=two)[1]
    for number, name in enumerate(EVERYTHING.__dataclass_fields__):
        changed = numerical(
            lambda h, name=name: compiled(
                replace(EVERYTHING, **{name: getattr(EVERYTHING, name) + h}), BETA, gains, two=two
            )
        )
        np.testing.assert_allclose(slopes[:, number], changed, rtol=0, atol=1e-7, err_msg=name)
    by_gain = numerical(lambda h: compiled(EVERYTHING, BETA, gains + h, two=two))
    np.testing.assert_allclose(slopes[:, GAIN], by_gain, rtol=0, atol=1e-7)
    for column in range(3):
        by_mean = numerical(
            lambda h, at=column: compiled(EVERYTHING, BETA + h * np.eye(3)[at], gains, two=two)
        )
        np.testing.assert_allclose(slopes[:, MEAN + column], by_mean, rtol=0, atol=1e-7)


def test_probabilities_are_shares_of_the_likelihood():
    """Expected ruptures are the slope in the log of the rates, prior expectation added back."""
    _, slopes, chances, _ = compiled(EVERYTHING, BETA, np.zeros(5))
    starts, times, *_ = laid_out()
    for number in range(5):
        rows = slice(starts[number], starts[number + 1])
        own = times[rows]
        sets = plain.rupture_sets(len(own))
        before = plain.set_chances(sets, own, EVERYTHING) @ [len(each) for each in sets]
        raised = slopes[number, AT.hazard] * EVERYTHING.hazard
        assert chances[rows].sum() == pytest.approx(before + raised, abs=1e-9)
