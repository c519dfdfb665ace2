"""The model written out with dense matrices and loops, as slow as it is plain."""

from itertools import combinations

import numpy as np
from scipy.stats import multivariate_normal

from alliance.course import Courses
from alliance.model.gain_sets import pulses_in
from alliance.model.gain_vectors import VOLATILITY_NODES, VOLATILITY_WEIGHTS
from alliance.model.parameters import SETTLED_AT, SPREAD_OF_DEPTH, WALK_SESSIONS, Parameters
from alliance.model.pulse_kernel import as_array

THETA = Parameters(
    level=0.1,
    growth=0.15,
    level_sd=0.8,
    growth_sd=0.2,
    level_growth_correlation=-0.3,
    carry_over_sd=0.4,
    carry_over=0.35,
    error_sd=0.3,
    volatility=0.3,
    depth=1.1,
    hazard=0.07,
    repaired=0.6,
)
TIMES = [[1, 2, 4], [1, 3, 4, 5, 9], [2, 3, 4, 5, 6, 8, 9], [1, 4]]
SCORES = [[0.2, -1.3, 0.1], [1, 0.9, -0.8, -0.5, 1.1], [-1, -1, -1.2, -3, -2.8, -1, -1.1], [0, -2]]


def courses(times=TIMES, scores=SCORES):
    return Courses(
        scores=np.concatenate(scores),
        sessions=np.concatenate(times),
        offsets=np.cumsum([0, *map(len, times)]),
    )


def covariance(times, theta, node):
    times = np.asarray(times, float)
    log = np.log(times)
    scale = np.exp(theta.volatility * VOLATILITY_NODES[node])
    tie = theta.level_growth_correlation * theta.level_sd * theta.growth_sd
    found = np.empty((len(times), len(times)))
    for j in range(len(times)):
        for k in range(len(times)):
            own = theta.level_sd**2 + tie * (log[j] + log[k])
            own += theta.growth_sd**2 * log[j] * log[k]
            loud = (times[j] * times[k] / SETTLED_AT**2) ** theta.settling
            passing = theta.carry_over_sd**2 * theta.carry_over ** abs(times[j] - times[k])
            error = theta.error_sd**2 if j == k else 0.0
            walk = theta.walk_sd**2 / WALK_SESSIONS * (min(times[j], times[k]) - 1)
            found[j, k] = own + scale**2 * (walk + loud * (passing + error))
    return found


def density(times, scores, theta, node, covers):
    """Log density of the scores with pulses of unknown depth at `covers`."""
    mean = theta.level + theta.growth * np.log(times)
    full = covariance(times, theta, node)
    for cover in covers:
        mean = mean - theta.depth * cover
        full = full + (SPREAD_OF_DEPTH * theta.depth) ** 2 * np.outer(cover, cover)
    return multivariate_normal(mean, full).logpdf(scores)


def pulses(times, theta=THETA):
    """Every pulse, whether it is closed, and which sessions it covers."""
    kinds = pulses_in(np.array(times, float), as_array(theta))
    session = np.arange(len(times))[:, None]
    cover = ((session >= kinds.first) & (session <= kinds.last)).astype(float)
    return kinds, kinds.last < len(times) - 1, cover


def prior_rates(times, theta):
    return pulses(times, theta)[0].rates


def sets_of_ruptures(times):
    """No pulse, each pulse, each two with a session between them."""
    kinds, closed, _ = pulses(times)
    yield from [(), *((i,) for i in range(len(kinds.first)))]
    for two in combinations(range(len(kinds.first)), 2):
        i, j = sorted(two, key=lambda pulse: kinds.first[pulse])
        if closed[i] and kinds.first[j] > kinds.last[i] + 1:
            yield i, j


def posterior(times, scores, theta):
    """Return probability of rupture, of rupture later repaired, own level, and of any."""
    times, scores = np.asarray(times, float), np.asarray(scores, float)
    rates, (_, closed, cover) = prior_rates(times, theta), pulses(times)
    growth = np.column_stack([np.ones(len(times)), np.log(times)])
    mean = growth @ [theta.level, theta.growth]
    tie = theta.level_growth_correlation * theta.level_sd * theta.growth_sd
    own = growth @ np.array([[theta.level_sd**2, tie], [tie, theta.growth_sd**2]]) @ growth.T
    total = none = 0.0
    rupture, repaired, level = np.zeros((3, len(times)))
    for chosen in sets_of_ruptures(times):
        covers = [cover[:, i] for i in chosen]
        for node, weight in enumerate(VOLATILITY_WEIGHTS):
            mass = weight * np.prod(rates[list(chosen)])
            mass *= np.exp(density(times, scores, theta, node, covers))
            fallen = mean - theta.depth * sum(covers, np.zeros(len(times)))
            full = covariance(times, theta, node) + (SPREAD_OF_DEPTH * theta.depth) ** 2 * sum(
                (np.outer(cover, cover) for cover in covers), np.zeros((len(times), len(times)))
            )
            total += mass
            none += mass if not chosen else 0.0
            rupture += mass * sum(covers, np.zeros(len(times)))
            repaired += mass * sum((cover[:, i] * closed[i] for i in chosen), np.zeros(len(times)))
            level += mass * (mean + own @ np.linalg.solve(full, scores - fallen))
    return rupture / total, repaired / total, level / total, 1 - none / total
