"""The probability of a rupture at every session: no rupture, each one, and each two weighed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from alliance.model.courses import Batch, Courses, batches
from alliance.model.likelihood import (
    VOLATILITY_NODES,
    Evidence,
    Quiet,
    evidence,
    quiet,
    rates,
)
from alliance.model.parameters import Parameters
from alliance.model.pulses import pairs, pulses
from alliance.ruptures.threads import in_threads

# Numbers held for a pair of pulses at a time, against those of one pulse.
_PAIRS_WEIGH = 8


@dataclass(frozen=True, eq=False, kw_only=True)
class Posterior:
    """What the scores say about ruptures, session by session.

    Attributes
    ----------
    rupture : array, shape (sessions,)
        Probability that the session lies in a rupture; NaN at a client's first session.
    repaired : array, shape (sessions,)
        Probability that it does and that a later rated session is free of that rupture.
    expected : array, shape (sessions,)
        The client's own level and growth there, standardised, ruptures taken out.
    anywhere : array, shape (clients,)
        Probability of a rupture at any session.
    """

    rupture: np.ndarray
    repaired: np.ndarray
    expected: np.ndarray
    anywhere: np.ndarray


def posterior(
    courses: Courses, theta: Parameters, *, look_ahead: bool = True, workers: int | None = None
) -> Posterior:
    """Judge every course of two or more sessions.

    Parameters
    ----------
    courses : Courses
    theta : Parameters
    look_ahead : bool
        If False, each session is judged by the sessions up to it only.
    workers : int, optional
        Threads; as many as there are processors if not given. Memory grows with them.

    Returns
    -------
    Posterior
        Without `look_ahead`, `anywhere` stands as it was known at the last session.
    """
    blank = np.full(len(courses.scores), np.nan)
    rupture, repaired, expected = blank, blank.copy(), blank.copy()
    anywhere = np.full(len(courses.lengths), np.nan)
    seen = courses if look_ahead else courses.up_to_each_session()
    last_of = np.full(len(courses.scores), -1)
    last_of[courses.starts + courses.lengths - 1] = np.arange(len(courses.lengths))
    parts = batches(seen, _PAIRS_WEIGH * len(VOLATILITY_NODES))
    for part, found in in_threads(lambda part: (part, weigh(part, theta)), parts, workers):
        latest = part.rated.sum(axis=1) - 1
        ends = part.rows[np.arange(len(latest)), latest]
        kept = part.rated if look_ahead else np.arange(part.length) == latest[:, None]
        rows = part.rows[kept]
        rupture[rows], repaired[rows] = found.rupture[kept], found.repaired[kept]
        expected[rows] = found.expected[kept]
        whole = last_of[ends] >= 0
        anywhere[last_of[ends[whole]]] = found.anywhere[whole]
    rupture[courses.starts] = np.nan
    repaired[courses.starts] = np.nan
    return Posterior(rupture=rupture, repaired=repaired, expected=expected, anywhere=anywhere)


def weigh(batch: Batch, theta: Parameters) -> Posterior:
    """Judge one batch; the arrays of the result have the shape (clients, length).

    Notes
    -----
    Ruptures begin at random, at most two in a record, with a rated session between them:
    a set of pulses has prior weight proportional to the product of its rates, no pulse 1.
    The sum over all sets, and over the volatility nodes, is exact.
    """
    flat = quiet(batch, theta)
    told = evidence(batch, flat, theta)
    with np.errstate(divide="ignore"):
        log_rates = np.log(rates(batch, theta))[:, None]
    one = log_rates + told.log_bayes
    two, first_depth, second_depth = _two_pulses(batch.length, flat, told, theta, log_rates)
    top = np.maximum(one.max(axis=-1), two.max(axis=-1, initial=0.0)).clip(0.0)
    none = np.exp(-top)
    one, two = np.exp(one - top[..., None]), np.exp(two - top[..., None])
    total = none + one.sum(axis=-1) + two.sum(axis=-1)
    log_node = flat.log_density + np.log(total) + top
    node = np.exp(log_node - log_node.max(axis=1, keepdims=True))
    share = node / node.sum(axis=1, keepdims=True) / total
    one, two = one * share[..., None], two * share[..., None]

    kinds = pulses(batch.length)
    chance = one + _by_pulse(two, two, batch.length)
    depth = one * told.pull / told.hold
    depth = depth + _by_pulse(two * first_depth, two * second_depth, batch.length)
    return Posterior(
        rupture=chance.sum(axis=1) @ kinds.cover.T,
        repaired=(chance * kinds.closed).sum(axis=1) @ kinds.cover.T,
        expected=_own_level(batch, flat, theta, share * total, depth @ kinds.cover.T),
        anywhere=1 - (none * share).sum(axis=1),
    )


def _two_pulses(
    length: int, flat: Quiet, told: Evidence, theta: Parameters, log_rates: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the log weight of each pair of pulses and the mean depths of its two."""
    cover = pulses(length).cover
    first, second = pairs(length)
    crossed = np.swapaxes(flat.precision @ cover, -1, -2) @ cover
    at = first * cover.shape[1] + second
    tie = crossed.reshape(*crossed.shape[:-2], -1).take(at, axis=-1)
    hold, other_hold = told.hold.take(first, axis=-1), told.hold.take(second, axis=-1)
    pull, other_pull = told.pull.take(first, axis=-1), told.pull.take(second, axis=-1)
    determinant = hold * other_hold - tie**2
    depth = (pull * other_hold - other_pull * tie) / determinant
    other_depth = (other_pull * hold - pull * tie) / determinant
    fit = pull * depth + other_pull * other_depth - 2 * theta.depth**2 * theta.stiffness
    log_bayes = 0.5 * (fit - np.log(determinant / theta.stiffness**2))
    weight = log_rates.take(first, axis=-1) + log_rates.take(second, axis=-1) + log_bayes
    return weight, depth, other_depth


def _by_pulse(first: np.ndarray, second: np.ndarray, length: int) -> np.ndarray:
    """Sum numbers given for each pair over the pulses that are its first and second."""
    firsts, seconds = _pulses_of_pairs(length)
    clients, nodes, count = first.shape
    flat = firsts @ first.reshape(clients * nodes, count).T
    flat = flat + seconds @ second.reshape(clients * nodes, count).T
    return np.asarray(flat.T.reshape(clients, nodes, -1))


@lru_cache(maxsize=64)
def _pulses_of_pairs(length: int) -> tuple[Any, ...]:
    from scipy.sparse import csr_array

    count = len(pulses(length).first)
    ones = np.ones(len(pairs(length)[0]))
    return tuple(
        csr_array((ones, (which, np.arange(len(which)))), shape=(count, len(which)))
        for which in pairs(length)
    )


def _own_level(
    batch: Batch, flat: Quiet, theta: Parameters, node: np.ndarray, depth: np.ndarray
) -> np.ndarray:
    """Return mean course plus the client's own departure from it, ruptures taken out."""
    mended = np.einsum("bk,bki->bi", node, flat.weighted)
    mended = mended + np.einsum("bkij,bkj->bi", flat.precision, depth)
    own = np.einsum("bi,bia->ba", mended, batch.growth) @ theta.between
    return np.asarray(np.einsum("bia,ba->bi", batch.growth, own + [theta.level, theta.growth]))
