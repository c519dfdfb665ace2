"""The gain's likelihood written out: every set of at most two ruptures, dense matrices, loops."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import multivariate_normal

NODES = np.array([0.2694842630110794, 1.1996092953898530, 2.5452684464369693])
WEIGHTS = np.array([0.5032907008989734, 0.4473665328953806, 0.0493427662056459])
LONGEST = 5
STAYS = 0.5
TIMES = {
    "a": [1, 2, 3, 4],
    "b": [1, 2, 4, 5, 6, 7],
    "c": [1, 3, 4, 5, 8, 9, 10],
    "d": [2, 3, 4, 5, 6, 7, 8, 9],
    "e": [1, 2, 3, 6, 7, 8, 9, 11, 12],
}
SCORES = {
    "a": [-0.4, 0.3, -1.1, 0.5],
    "b": [0.2, 0.4, -0.9, -0.6, 0.7, 0.9],
    "c": [-0.8, -0.2, -0.4, -1.9, -1.5, 0.1, 0.4],
    "d": [0.9, 1.1, -0.3, 0.8, 1.2, -0.6, 1.4, 1.3],
    "e": [-0.2, 0.1, 0, -1.4, -1.6, -1.2, 0.2, 0.6, 0.4],
}
WITNESS = pd.read_csv(Path(__file__).with_name("gain_likelihood_witness.csv"))


@dataclass(frozen=True, kw_only=True)
class Truth:
    """The parameters, in the order in which the compiled likelihood takes them."""

    level_sd: float = 0.7
    growth_sd: float = 0.12
    level_growth_correlation: float = -0.2
    carry_over_sd: float = 0.4
    carry_over: float = 0.35
    error_sd: float = 0.3
    volatility: float = 0.25
    walk_sd: float = 0.0
    settling: float = 0.0
    depth: float = 1.2
    depth_spread: float = 0.35
    hazard: float = 0.05
    repaired: float = 0.6
    tail: float = 0.0
    lead: float = 0.0
    remains: float = 1.0


def ruptures(length):
    """Every rupture as (first row, last row, closed)."""
    for first in range(1, length):
        for last in range(first, min(first + LONGEST, length - 1)):
            yield first, last, True
        yield first, length - 1, False


def rupture_sets(length, most=2):
    """Every set of at most so many ruptures, a rated session between them."""
    every = list(ruptures(length))
    pairs = [(a, b) for a in every for b in every if a[2] and b[0] > a[1] + 1]
    return [(), *((one,) for one in every), *(pairs if most == 2 else ())]


def set_chances(sets, times, truth):
    """Prior probability of every set: proportional to the product of its rates."""
    weights = np.array([np.prod([rate(one, times, truth) for one in each]) for each in sets])
    return weights / weights.sum()


def rate(rupture, times, truth):
    first, last, closed = rupture
    unseen = times[first] - times[first - 1]
    mends = 0.0
    for begin in range(1, int(unseen) + 1):
        stays = STAYS ** (begin - 1 + times[last] - times[first])
        mends += stays * (1 - STAYS ** (times[last + 1] - times[last]) if closed else 1.0)
    lasts = 0.0 if closed else unseen
    return truth.hazard * (truth.repaired * mends + (1 - truth.repaired) * lasts)


def shape(rupture, length, truth, fade):
    """The rupture's share of its depth in every row."""
    first, last, closed = rupture
    u = np.zeros(length)
    u[first : last + 1] = 1
    if not closed:
        given_back = np.cumsum([0, 0.5, 0.25, 0.125, 0.125, *np.zeros(length)])
        u[first:] -= (1 - truth.remains) * given_back[: length - first]
    for away, share in enumerate(fade, start=1):
        if first - away >= 0:
            u[first - away] += truth.lead * share
        if closed and last + away < length:
            u[last + away] += truth.tail * share
    return u


def covariance(times, settled, truth, node):
    spread = np.exp(truth.volatility * NODES[node])
    found = np.empty((len(times), len(times)))
    tie = truth.level_growth_correlation * truth.level_sd * truth.growth_sd
    for i, t in enumerate(times):
        for j, s in enumerate(times):
            own = truth.level_sd**2 + tie * np.log(t * s)
            own += truth.growth_sd**2 * np.log(t) * np.log(s)
            own += truth.walk_sd**2 / 10 * (min(t, s) - 1)
            noise = truth.carry_over_sd**2 * truth.carry_over ** abs(t - s)
            noise += truth.error_sd**2 * (i == j)
            noise *= np.exp(truth.settling * (settled[i] + settled[j]))
            found[i, j] = own + spread**2 * noise
    return found


def log_likelihood(times, scores, mean, gain, truth, *, fade=(1, 0.5, 0), settled=None, most=2):
    """One client's log likelihood: a sum over sets and nodes of normal densities."""
    times, scores = np.asarray(times, float), np.asarray(scores, float)
    settled = np.zeros(len(times)) if settled is None else settled
    sets = rupture_sets(len(times), most)
    chances = set_chances(sets, times, truth)
    density = 0.0
    for node, weight in enumerate(WEIGHTS):
        noise = covariance(times, settled, truth, node)
        for each, chance in zip(sets, chances, strict=True):
            expected, spread = mean.copy(), noise.copy()
            for one in each:
                u = shape(one, len(times), truth, fade)
                expected -= truth.depth * u
                spread += (truth.depth_spread * truth.depth) ** 2 * np.outer(u, u)
                expected[one[1] + 1 :] += gain * one[2]
            density += weight * chance * multivariate_normal(expected, spread).pdf(scores)
    return np.log(density)
