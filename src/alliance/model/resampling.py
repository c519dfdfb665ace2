"""Series of one length side by side, and their scores dealt out anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alliance.ruptures import Series


@dataclass(frozen=True, eq=False, kw_only=True)
class Group:
    """All series of one length, in an order that does not depend on their names.

    Parameters
    ----------
    scores, sessions : ndarray, shape (series, length)
    """

    scores: np.ndarray
    sessions: np.ndarray


Deal = Sequence[np.ndarray]


def grouped(series: Series) -> tuple[Group, ...]:
    """Return the series that are not empty, by length.

    Within a length they are sorted by their session numbers and scores, so that neither the
    clients' names nor the order of rows decides which random number a client meets.
    """
    groups = []
    for length in np.unique(series.lengths[series.lengths > 0]):
        first = series.offsets[:-1][series.lengths == length]
        rows = first[:, None] + np.arange(length)
        scores, sessions = series.scores[rows], series.sessions[rows]
        order = np.lexsort(np.hstack([scores, sessions]).T[::-1])
        groups.append(Group(scores=scores[order], sessions=sessions[order]))
    return tuple(groups)


def shuffled(groups: Sequence[Group], rng: np.random.Generator) -> Deal:
    """Return each series' own scores in another order; sessions and gaps stay where they are."""
    return [rng.permuted(group.scores, axis=1) for group in groups]


def stacked(groups: Sequence[Group], deals: Sequence[Deal]) -> Series:
    """Lay several deals one after the other; each is a pool of its own, as the data are.

    The pool of a series is the number of its deal.
    """
    scores, sessions, lengths, pool = [], [], [], []
    for place, group in enumerate(groups):
        count, length = group.scores.shape
        scores += [deal[place].ravel() for deal in deals]
        sessions.append(np.tile(group.sessions.ravel(), len(deals)))
        lengths.append(np.full(count * len(deals), length))
        pool.append(np.repeat(np.arange(len(deals)), count))
    return Series(
        scores=np.concatenate(scores),
        sessions=np.concatenate(sessions),
        offsets=np.concatenate([[0], np.cumsum(np.concatenate(lengths))]),
        pool=np.concatenate(pool),
    )
