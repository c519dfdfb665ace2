"""Segmenting: courses cut into stretches of equal mean, by exact penalised least squares."""

import numpy as np

from alliance.arrays import Bools, Floats, Ints


def stretch_starts(scores: Floats, cost: Floats, minimum: int) -> Bools:
    """Mark the first session of each stretch after the first, in many courses of one length.

    `scores` is sessions x courses, `cost` what each change costs in squared points, `minimum` the
    fewest sessions in a stretch. Optimal partitioning: the best cut of the first k sessions is the
    best cut of some fewer sessions and one more stretch. PELT (Killick, Fearnhead & Eckley, 2012)
    finds the same cut, skipping starts that cannot win; at the length of a therapy all courses at
    once are faster without skipping.

    >>> course = np.array([[6.0], [6.1], [5.9], [4.0], [4.1]])
    >>> stretch_starts(course, np.array([0.5]), 1).ravel()
    array([False, False, False,  True, False])
    """
    length, width = scores.shape
    starts = np.zeros((length, width), dtype=bool)
    if length < 2 * minimum:
        return starts
    # Centred, because sums of squares of large totals would lose digits.
    last = _last_starts(scores - scores.mean(axis=0), cost, minimum)
    columns = np.arange(width)
    stop = np.full(width, length)
    while stop.any():
        stop = last[stop, columns]
        starts[stop, columns] = stop > 0
    return starts


def _last_starts(scores: Floats, cost: Floats, minimum: int) -> Ints:
    """Return where the last stretch of the best cut of the first k sessions begins, for every k."""
    length, width = scores.shape
    nothing = np.zeros((1, width))
    total = np.vstack([nothing, np.cumsum(scores, axis=0)])
    squares = np.vstack([nothing, np.cumsum(scores**2, axis=0)])
    best = np.full((length + 1, width), np.inf)
    # The first stretch is no change and costs nothing.
    best[0] = -cost
    last = np.zeros((length + 1, width), dtype=np.int64)
    for stop in range(minimum, length + 1):
        starts = slice(stop - minimum + 1)
        spread = squares[stop] - squares[starts]
        spread -= (total[stop] - total[starts]) ** 2 / np.arange(stop, minimum - 1, -1)[:, None]
        loss = best[starts] + cost + spread
        last[stop] = np.argmin(loss, axis=0)
        best[stop] = loss.min(axis=0)
    return last


def stretch_means(scores: Floats, starts: Bools) -> tuple[Floats, Floats]:
    """Return at each session the mean of its stretch and of the one before (NaN in the first)."""
    length, width = scores.shape
    number = np.cumsum(starts, axis=0, dtype=np.int64)
    cell = (number * width + np.arange(width)).ravel()
    size = np.bincount(cell, minlength=length * width)
    total = np.bincount(cell, scores.ravel(), minlength=length * width)
    means = (total / np.maximum(size, 1)).reshape(length, width)
    here = np.take_along_axis(means, number, axis=0)
    before = np.take_along_axis(means, np.maximum(number - 1, 0), axis=0)
    return here, np.where(number > 0, before, np.nan)
