"""The pulses a rupture can be: from which rated session to which, closed again or still open."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

LONGEST = 5
STAYS = 0.5


@dataclass(frozen=True, eq=False, kw_only=True)
class Pulses:
    """Every pulse in a course of `length` rated sessions; the first session holds none."""

    # (pulses,): rated sessions, counted from 0, that open and close the pulse. An open pulse runs
    # to the end of the record, so its `last` is ``length - 1``.
    first: np.ndarray
    last: np.ndarray
    closed: np.ndarray  # (pulses,): is there a later session without the rupture?
    cover: np.ndarray  # (length, pulses): 1 where the pulse covers the session

    @property
    def spans(self) -> np.ndarray:
        """First, last and closed, one row each, as the compiled sum takes them."""
        return np.stack([self.first, self.last, self.closed.astype(np.int64)])


@lru_cache(maxsize=256)
def pulses(length: int) -> Pulses:
    """Return the pulses of a course, the first to begin first.

    Closed ones of up to `LONGEST` sessions, and open ones.

    Examples
    --------
    >>> three = pulses(3)
    >>> list(zip(three.first.tolist(), three.last.tolist(), three.closed.tolist()))
    [(1, 1, True), (1, 2, False), (2, 2, False)]
    """
    spans = []
    for first in range(1, length):
        # Closed: a session without the rupture follows, so it ends before the last.
        closes = range(first, min(first + LONGEST, length - 1))
        spans += [(first, last, True) for last in closes]
        spans.append((first, length - 1, False))
    firsts, lasts, closed = (np.array(column) for column in zip(*spans, strict=True))
    session = np.arange(length)[:, None]
    cover = ((session >= firsts) & (session <= lasts)).astype(float)
    return Pulses(first=firsts, last=lasts, closed=closed.astype(bool), cover=cover)


def prior_shares(times: np.ndarray, rated: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how much of one unit of hazard falls on each pulse, if repaired and if not.

    `times` (clients, length): session numbers; anything where not rated. `rated` (clients, length):
    true for the rated sessions, which come first. Returns `mends`, `lasts` (clients, pulses): a
    pulse's prior rate is ``hazard * (repaired * mends + (1 - repaired) * lasts)``.

    A rupture can begin at any session, rated or missed, after the last rated one before it; if
    it will be repaired it goes on to each next session with probability `STAYS`. The shares add
    up those unseen beginnings and ends, so a missed session counts as the time it took.
    """
    length = times.shape[1]
    kinds = pulses(length)
    # The last rated session; what is padded counts as lying there.
    ended = np.where(rated, times, -np.inf).max(axis=1, keepdims=True)
    time = np.where(rated, times, ended)
    after = np.minimum(kinds.last + 1, length - 1)
    since = time[:, kinds.first] - time[:, kinds.first - 1]
    until = time[:, after] - time[:, kinds.last]
    lasted = np.where(kinds.closed, time[:, kinds.last], ended) - time[:, kinds.first]
    begun = (1 - STAYS**since) / (1 - STAYS) * STAYS**lasted
    mends = np.where(kinds.closed, begun * (1 - STAYS**until), begun)
    lasts = np.where(kinds.closed, 0.0, since)
    seen = np.where(kinds.closed, rated[:, after], rated[:, kinds.first])
    return mends * seen, lasts * seen
