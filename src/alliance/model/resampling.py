"""Courses of one length side by side, and their scores put in another order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alliance.course import Courses


@dataclass(frozen=True, eq=False, kw_only=True)
class Group:
    """All courses of one length, in an order that does not depend on their names."""

    # (courses, length).
    scores: NDArray[np.float64]
    sessions: NDArray[np.int64]


# Other scores for the sessions of some groups, one array for each group.
Resample = Sequence[NDArray[np.float64]]


def grouped(courses: Courses) -> tuple[Group, ...]:
    """Return the courses that are not empty, by length.

    Within a length they are sorted by their session numbers and scores, so that neither the
    clients' names nor the order of rows decides which random number a client meets.
    """
    groups = []
    for length in np.unique(courses.lengths[courses.lengths > 0]):
        first = courses.offsets[:-1][courses.lengths == length]
        rows = first[:, None] + np.arange(length)
        scores, sessions = courses.scores[rows], courses.sessions[rows]
        order = np.lexsort(np.hstack([scores, sessions]).T[::-1])
        groups.append(Group(scores=scores[order], sessions=sessions[order]))
    return tuple(groups)


def shuffled(groups: Sequence[Group], rng: np.random.Generator) -> Resample:
    """Return each course's own scores in another order; sessions and gaps stay where they are."""
    return [rng.permuted(group.scores, axis=1) for group in groups]


def stacked(
    groups: Sequence[Group], samples: Sequence[Resample]
) -> tuple[Courses, NDArray[np.int64]]:
    """Lay several resamples one after the other; each is a pool of its own, as the data are.

    Returns courses; `pool` (courses,): the number of each course's resample.
    """
    scores, sessions, lengths, pool = [], [], [], []
    for place, group in enumerate(groups):
        count, length = group.scores.shape
        scores += [sample[place].ravel() for sample in samples]
        sessions.append(np.tile(group.sessions.ravel(), len(samples)))
        lengths.append(np.full(count * len(samples), length))
        pool.append(np.repeat(np.arange(len(samples)), count))
    courses = Courses(
        scores=np.concatenate(scores),
        sessions=np.concatenate(sessions),
        offsets=np.concatenate([[0], np.cumsum(np.concatenate(lengths))]),
    )
    return courses, np.concatenate(pool)


def tiled(courses: Courses, scores: NDArray[np.float64]) -> tuple[Courses, NDArray[np.int64]]:
    """Lay other scores of the same courses, shape (samples, sessions), one after the other."""
    samples = len(scores)
    lengths = np.tile(courses.lengths, samples)
    laid = Courses(
        scores=scores.ravel(),
        sessions=np.tile(courses.sessions, samples),
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
    )
    return laid, np.repeat(np.arange(samples), courses.count)
