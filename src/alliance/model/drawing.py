"""Courses drawn from the model: the parts that every simulation of this package shares."""

import numpy as np

from alliance.arrays import Floats, Ints
from alliance.model.parameters import SETTLED_AT, WALK_SESSIONS, Noise


def correlated(one: Floats, other: Floats, correlation: float) -> Floats:
    """Return standard normals that correlate with `one` and take the rest from `other`."""
    return np.asarray(correlation * one + np.sqrt(1 - correlation**2) * other)


def autoregression(normal: Floats, kept: Floats) -> Floats:
    """Return stationary first-order autoregressions of SD 1, one row for each course.

    `normal` (courses, sessions): independent standard normals; they are written over. `kept`
    (courses, sessions): correlation of each session with the one before, s_t = kept s_(t-1) + fresh
    z_t with fresh = sqrt(1 - kept^2); the first column is not used.
    """
    for t in range(1, normal.shape[1]):
        fresh = np.sqrt(1 - kept[:, t] ** 2)
        normal[:, t] = kept[:, t] * normal[:, t - 1] + fresh * normal[:, t]
    return normal


def grown(level: Floats, slope: Floats, times: Floats | Ints, state: Floats) -> Floats:
    """Return level + slope log t + state, courses x sessions."""
    return np.asarray(level[:, None] + slope[:, None] * np.log(times) + state)


def draw_courses(times: Floats, noise: Noise, rng: np.random.Generator) -> Floats:
    """Draw courses without ruptures at given session numbers, courses x sessions.

    Volatility only adds to a client's noise, exp(v |z|), as the pulse likelihood has it.
    """
    series, length = times.shape
    own, bend = rng.standard_normal((2, series))
    slope = noise.growth + noise.growth_sd * correlated(own, bend, noise.level_growth_correlation)
    level = noise.level + noise.level_sd * own
    fluctuation, error = rng.standard_normal((2, series, length))
    # Over a missed session the fluctuation fades as over two.
    kept = noise.carry_over ** np.diff(times, axis=1, prepend=0.0)
    autoregression(fluctuation, kept)
    factor = np.exp(noise.volatility * np.abs(rng.standard_normal((series, 1))))
    factor = factor * (times / SETTLED_AT) ** noise.settling
    state = factor * (noise.carry_over_sd * fluctuation + noise.error_sd * error)
    if noise.walk_sd:
        steps = rng.standard_normal((series, length)) * np.sqrt(np.diff(times, axis=1, prepend=1.0))
        state = state + noise.walk_sd / np.sqrt(WALK_SESSIONS) * steps.cumsum(axis=1)
    return grown(level, slope, times, state)
