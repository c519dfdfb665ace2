"""The probability of a rupture at every session: no rupture, each one, and each two weighed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alliance.model.courses import Batch, Courses, batches
from alliance.model.likelihood import (
    VOLATILITY_NODES,
    Quiet,
    evidence,
    quiet,
    rates,
)
from alliance.model.parameters import Parameters
from alliance.model.pulses import pulses
from alliance.ruptures.threads import in_threads

# Numbers held for pairs of pulses at a time, against those of one pulse.
_PAIRS_WEIGH = 3


@dataclass(frozen=True, eq=False, kw_only=True)
class Posterior:
    """What the scores say about ruptures, session by session."""

    # (sessions,): probability that the session lies in a rupture; NaN at a client's first session.
    rupture: np.ndarray
    # (sessions,): probability that it does and that a later rated session is free of that rupture.
    repaired: np.ndarray
    # (sessions,): the client's own level and growth there, standardised, ruptures taken out.
    expected: np.ndarray
    anywhere: np.ndarray  # (clients,): probability of a rupture at any session


def posterior(
    courses: Courses,
    theta: Parameters,
    *,
    look_ahead: bool = True,
    wanted: np.ndarray | None = None,
    workers: int | None = None,
) -> Posterior:
    """Judge every course of two or more sessions.

    `look_ahead`: if False, each session is judged by the sessions up to it only. `wanted`
    (sessions,): without `look_ahead` only these are judged; the others stay NaN. `workers`:
    threads; as many as there are processors if not given. Memory grows with them. Returns without
    `look_ahead`, `anywhere` stands as it was known at the last session.
    """
    blank = np.full(len(courses.scores), np.nan)
    rupture, repaired, expected = blank, blank.copy(), blank.copy()
    anywhere = np.full(len(courses.lengths), np.nan)
    seen = courses if look_ahead else courses.up_to_each_session(wanted)
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

    Ruptures begin at random, at most two in a record, with a rated session between them:
    a set of pulses has prior weight proportional to the product of its rates, no pulse 1.
    The sum over all sets, and over the volatility nodes, is exact.
    """
    flat = quiet(batch, theta)
    told = evidence(batch, flat, theta)
    shape = flat.log_density.shape
    prior = np.repeat(rates(batch, theta).T, shape[1], axis=1)
    pull, hold, log_bayes = (_turned(part, 1) for part in (told.pull, told.hold, told.log_bayes))
    top = log_bayes.max(axis=0).clip(0.0)
    one = prior * np.exp(log_bayes - top)
    sums = _Sums(top=top, chance=one, depth=one * pull / hold, total=one.sum(axis=0))
    _add_pairs(sums, _turned(flat.precision, 2), pull, hold, prior, theta)
    none, top = np.exp(-sums.top).reshape(shape), sums.top.reshape(shape)
    total = none + sums.total.reshape(shape)
    log_node = flat.log_density + np.log(total) + top
    node = np.exp(log_node - log_node.max(axis=1, keepdims=True))
    share = node / node.sum(axis=1, keepdims=True) / total
    kinds = pulses(batch.length)
    chance = (sums.chance * share.ravel()).reshape(-1, *shape).sum(axis=-1)
    depth = (kinds.cover @ (sums.depth * share.ravel())).reshape(-1, *shape)
    return Posterior(
        rupture=(kinds.cover @ chance).T,
        repaired=(kinds.cover[:, kinds.closed] @ chance[kinds.closed]).T,
        expected=_own_level(batch, flat, theta, share * total, np.moveaxis(depth, 0, -1)),
        anywhere=1 - (none * share).sum(axis=1),
    )


def _turned(part: np.ndarray, kept: int) -> np.ndarray:
    """Return an array with its last axes first, and clients and nodes together behind them."""
    flat = part.reshape(-1, *part.shape[part.ndim - kept :])
    return np.ascontiguousarray(np.moveaxis(flat, 0, -1))


@dataclass(eq=False, kw_only=True)
class _Sums:
    """Weights summed over sets of pulses, times ``exp(-top)`` so that none overflows.

    `chance` and `depth`, shape (pulses, clients x nodes), are summed over the sets that hold the
    pulse, `depth` times its mean depth there; `top` and `total`, shape (clients x nodes,).
    """

    top: np.ndarray
    chance: np.ndarray
    depth: np.ndarray
    total: np.ndarray

    def lift(self, height: np.ndarray) -> None:
        """Raise the top to a height where that is higher."""
        if (height > self.top).any():
            higher = np.maximum(self.top, height)
            shrink = np.exp(self.top - higher)
            self.top = higher
            for name in ("chance", "depth", "total"):
                setattr(self, name, getattr(self, name) * shrink)


def _add_pairs(
    sums: _Sums,
    precision: np.ndarray,
    pulls: np.ndarray,
    holds: np.ndarray,
    prior: np.ndarray,
    theta: Parameters,
) -> None:
    """Add the pairs of pulses, those at a time whose earlier pulse ends at the same session.

    With the evidence ``h = u'Pu + s`` and ``p`` of each of the two and ``t = u'Pv`` between them,
    their mean depths solve ``[h t; t h'] d = [p; p']``; the Bayes factor of the pair is
    ``exp((p d + p' d') / 2 - m^2 s) s / sqrt(h h' - t^2)``, with s the stiffness and m the depth.
    """
    length, stiffness = len(precision), theta.stiffness
    kinds = pulses(length)
    # P summed up to two sessions gives t of any two pulses by four look-ups.
    corner = precision.cumsum(axis=0).cumsum(axis=1)
    for last in range(1, length - 2):
        earlier = np.flatnonzero(kinds.closed & (kinds.last == last))
        later = slice(np.searchsorted(kinds.first, last + 2), None)
        edge = corner[last] - corner[kinds.first[earlier] - 1]
        tie = edge[:, kinds.last[later]] - edge[:, kinds.first[later] - 1]
        hold, pull = holds[earlier, None], pulls[earlier, None]
        other_hold, other_pull = holds[None, later], pulls[None, later]
        inverse = hold * other_hold
        inverse -= tie * tie
        np.reciprocal(inverse, out=inverse)
        depth = pull * other_hold
        depth -= other_pull * tie
        depth *= inverse
        other_depth = other_pull * hold
        other_depth -= np.multiply(pull, tie, out=tie)
        other_depth *= inverse
        fit = pull * depth
        fit += other_pull * other_depth
        fit *= 0.5
        sums.lift(fit.max(axis=(0, 1)) - theta.depth**2 * stiffness)
        fit -= sums.top + theta.depth**2 * stiffness
        weight = np.exp(fit, out=fit)
        weight *= np.sqrt(inverse, out=inverse)
        weight *= stiffness * prior[earlier, None]
        weight *= prior[None, later]
        first = weight.sum(axis=1)
        sums.total += first.sum(axis=0)
        sums.chance[earlier] += first
        sums.chance[later] += weight.sum(axis=0)
        depth *= weight
        other_depth *= weight
        sums.depth[earlier] += depth.sum(axis=1)
        sums.depth[later] += other_depth.sum(axis=0)


def _own_level(
    batch: Batch, flat: Quiet, theta: Parameters, node: np.ndarray, depth: np.ndarray
) -> np.ndarray:
    """Return mean course plus the client's own departure from it, ruptures taken out."""
    mended = np.einsum("bk,bki->bi", node, flat.weighted)
    mended = mended + np.einsum("bkij,bkj->bi", flat.precision, depth)
    own = np.einsum("bi,bia->ba", mended, batch.growth) @ theta.between
    return np.asarray(np.einsum("bia,ba->bi", batch.growth, own + [theta.level, theta.growth]))
