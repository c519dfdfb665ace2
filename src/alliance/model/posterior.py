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
from alliance.model.pulse_sets import sum_sets
from alliance.model.pulses import pulses
from alliance.ruptures.threads import in_threads


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
    # Which client's last session a row is; -1 for every other row.
    last_of = np.full(len(courses.scores), -1)
    last_of[courses.starts + courses.lengths - 1] = np.arange(len(courses.lengths))
    # Small batches stay in the processor's cache.
    parts = batches(seen, 3 * len(VOLATILITY_NODES))
    for part, found in in_threads(lambda part: (part, weigh(part, theta)), parts, workers):
        latest = part.rated.sum(axis=1) - 1
        ends = part.rows[np.arange(len(latest)), latest]
        # Without look-ahead each cut course speaks of its last session alone.
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
    kinds = pulses(batch.length)
    log_total, held, sunk = sum_sets(
        flat.precision,
        told.pull,
        told.hold,
        told.log_bayes,
        rates(batch, theta),
        kinds.spans,
        theta.depth,
        theta.stiffness,
    )
    log_node = flat.log_density + log_total
    node = np.exp(log_node - log_node.max(axis=1, keepdims=True))
    node /= node.sum(axis=1, keepdims=True)
    chance = np.einsum("bk,bkp->pb", node, held)
    return Posterior(
        rupture=(kinds.cover @ chance).T,
        repaired=(kinds.cover[:, kinds.closed] @ chance[kinds.closed]).T,
        expected=_own_level(batch, flat, theta, node, node[..., None] * sunk @ kinds.cover.T),
        anywhere=1 - (node * np.exp(-log_total)).sum(axis=1),
    )


def _own_level(
    batch: Batch, flat: Quiet, theta: Parameters, node: np.ndarray, depth: np.ndarray
) -> np.ndarray:
    """Return mean course plus the client's own departure from it, ruptures taken out."""
    mended = np.einsum("bk,bki->bi", node, flat.weighted)
    mended += (flat.precision @ depth[..., None])[..., 0].sum(axis=1)
    own = np.einsum("bi,bia->ba", mended, batch.growth) @ theta.between
    return np.asarray(np.einsum("bia,ba->bi", batch.growth, own + [theta.level, theta.growth]))
