"""The same courses with other scores: sorted, shuffled, several draws one after the other."""

from collections.abc import Sequence

import numpy as np

from alliance.arrays import Floats, Ints
from alliance.course import Courses


def in_order(courses: Courses) -> Ints:
    """Return the numbers of the courses that are not empty, by length.

    Within a length they are sorted by their session numbers and scores, so that neither the
    clients' names nor the order of rows decides which random number a client meets.
    """
    order = [np.zeros(0, dtype=np.int64)]
    for length in np.unique(courses.lengths[courses.lengths > 0]):
        which = np.flatnonzero(courses.lengths == length)
        rows = courses.offsets[which][:, None] + np.arange(length)
        key = np.hstack([courses.scores[rows], courses.sessions[rows]])
        order.append(which[np.lexsort(key.T[::-1])])
    return np.concatenate(order)


def shuffled(courses: Courses, rngs: Sequence[np.random.Generator]) -> Floats:
    """Return each course's own scores in another order, once for each generator.

    The courses are sorted by length. Shape (generators, sessions).
    """
    lengths, counts = np.unique(courses.lengths, return_counts=True)
    ends = np.cumsum(lengths * counts).tolist()
    drawn = np.tile(courses.scores, (len(rngs), 1))
    for rng, own in zip(rngs, drawn, strict=True):
        for length, start, end in zip(lengths, [0, *ends], ends, strict=False):
            part = own[start:end].reshape(-1, length)
            rng.permuted(part, axis=1, out=part)
    return drawn


def tiled(courses: Courses, scores: Floats) -> tuple[Courses, Ints]:
    """Lay other scores of the same courses, shape (samples, sessions), one after the other."""
    samples = len(scores)
    lengths = np.tile(courses.lengths, samples)
    laid = Courses(
        scores=scores.ravel(),
        sessions=np.tile(courses.sessions, samples),
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        clients=np.tile(courses.clients, samples),
    )
    return laid, np.repeat(np.arange(samples), courses.count)
