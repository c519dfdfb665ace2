"""Courses of therapy as padded arrays, cut into batches of like length."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from alliance.model.pulses import prior_shares

NUMBERS_AT_ONCE = 400_000
FAR = 1e6


@dataclass(frozen=True, eq=False, kw_only=True)
class Courses:
    """The scores of several clients, one after the other."""

    # (clients,): where each client's rated sessions stand in `times` and `scores`.
    starts: np.ndarray
    lengths: np.ndarray
    times: np.ndarray  # (sessions,): session numbers, ascending within a client
    scores: np.ndarray  # (sessions,): standardised so that higher is better

    def up_to_each_session(self, wanted: np.ndarray | None = None) -> Courses:
        """Return every course cut off after its second, third ... session: no look-ahead.

        With a mask of the sessions only those that end at a wanted one.
        """
        cuts = np.maximum(self.lengths - 1, 0)
        cut = np.arange(cuts.sum()) - np.repeat(np.cumsum(cuts) - cuts, cuts)
        starts, lengths = np.repeat(self.starts, cuts), cut + 2
        if wanted is not None:
            kept = wanted[starts + lengths - 1]
            starts, lengths = starts[kept], lengths[kept]
        return Courses(starts=starts, lengths=lengths, times=self.times, scores=self.scores)


@dataclass(frozen=True, eq=False, kw_only=True)
class Batch:
    """Courses of like length, padded at the end to the longest."""

    members: np.ndarray  # (clients,): which courses these are
    # (clients, length): where each session stands in the scores of all; 0 where padded.
    rows: np.ndarray
    rated: np.ndarray  # (clients, length)
    scores: np.ndarray  # (clients, length): 0 where padded
    growth: np.ndarray  # (clients, length, 2): the columns 1 and log session number; 0 where padded
    # (clients, length, length): sessions between two ratings, in time and not in rows; `FAR` where
    # padded.
    distance: np.ndarray
    # (clients, pulses): see `alliance.model.pulses.prior_shares`.
    mends: np.ndarray
    lasts: np.ndarray

    @property
    def length(self) -> int:
        return int(self.scores.shape[1])


def batches(courses: Courses, nodes: int) -> Iterator[Batch]:
    """Yield the courses of at least two sessions in batches that fit in the cache.

    `nodes`: how many copies of each course are worked on at once; batches shrink in proportion.
    """
    order = np.argsort(courses.lengths, kind="stable")
    order = order[courses.lengths[order] > 1]
    lengths = courses.lengths[order]
    begin = 0
    while begin < len(order):
        shortest = lengths[begin]
        # Padding costs with the square of the length: a quarter longer at most.
        alike = np.searchsorted(lengths, shortest + 1 + shortest // 4, side="right")
        longest = lengths[alike - 1]
        # About six arrays of length x length for each course and node.
        most = max(1, int(NUMBERS_AT_ONCE / (6 * longest**2 * nodes)))
        end = min(alike, begin + most)
        yield batch(courses, order[begin:end])
        begin = end


def batch(courses: Courses, members: np.ndarray) -> Batch:
    """Return some of the courses, all of at least two sessions, as one batch."""
    lengths = courses.lengths[members]
    place = np.arange(lengths.max())
    rated = place < lengths[:, None]
    rows = np.where(rated, courses.starts[members][:, None] + place, 0)
    times = np.where(rated, courses.times[rows], 1.0)
    growth = np.stack([rated.astype(float), np.log(times)], axis=-1)
    both = rated[:, :, None] & rated[:, None, :]
    distance = np.where(both, np.abs(times[:, :, None] - times[:, None, :]), FAR)
    mends, lasts = prior_shares(times, rated)
    return Batch(
        members=members,
        rows=rows,
        rated=rated,
        scores=np.where(rated, courses.scores[rows], 0.0),
        growth=growth,
        distance=distance,
        mends=mends,
        lasts=lasts,
    )
