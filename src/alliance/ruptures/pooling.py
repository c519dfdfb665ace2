"""Quantities from all clients together: mean of own SDs, pooled SD, SD of all scores."""

import numpy as np

from alliance.arrays import Floats, Ints
from alliance.course import Courses


def pooled(
    courses: Courses, name: str, ddof: int, *, prospective: bool, pool: Ints | None = None
) -> Floats:
    """Return a pooled quantity for each row; NaN where no client has two scores yet.

    Prospective, only scores with the same or a lower session number are used. `pool` says which
    courses are pooled, 0, 1, 2 ...; without it all of them are one pool.
    """
    pool = np.zeros(courses.count, dtype=np.int64) if pool is None else pool
    if name == "sd of all scores":
        return _sd_of_all(courses, pool[courses.owner], ddof, prospective)
    if prospective:
        squares = _squares_so_far(courses)
        counts = np.arange(len(squares)) - courses.offsets[courses.owner] + 1
    else:
        squares, counts = _squares(courses), courses.lengths
    if name == "mean of own sds":
        value, weight = np.sqrt(_ratio(squares, counts - ddof)), np.ones(len(counts))
    else:
        value, weight = squares, (counts - 1).astype(float)
    value, weight = (np.where(counts > 1, part, 0.0) for part in (value, weight))
    if prospective:
        by_row = pool[courses.owner]
        values = _known(_step(value, courses), by_row, courses.sessions, prospective)
        weights = _known(_step(weight, courses), by_row, courses.sessions, prospective)
    else:
        values, weights = (
            np.asarray(np.bincount(pool, weights=part), dtype=float) for part in (value, weight)
        )
    ratio = _ratio(values, weights)
    found = ratio if name == "mean of own sds" else np.sqrt(ratio)
    return found if prospective else found[pool[courses.owner]]


def _ratio(over: Floats, under: Floats | Ints) -> Floats:
    ratio = np.full(len(over), np.nan)
    np.divide(over, under, out=ratio, where=under > 0.5)
    return np.asarray(np.maximum(ratio, 0))


def _squares(courses: Courses) -> Floats:
    owner, lengths = courses.owner, np.maximum(courses.lengths, 1)
    means = np.bincount(owner, weights=courses.scores, minlength=courses.count) / lengths
    away = courses.scores - means[owner]
    return np.asarray(np.bincount(owner, weights=away**2, minlength=courses.count), dtype=float)


def _squares_so_far(courses: Courses) -> Floats:
    # Welford's recursion, one position of all courses at a time: stable, and as fast as the
    # longest course is long.
    squares = np.zeros(len(courses.scores))
    lengths = courses.lengths
    mean = np.zeros(courses.count)
    for position in range(int(lengths.max(initial=0))):
        alive = np.flatnonzero(lengths > position)
        row = courses.offsets[alive] + position
        score = courses.scores[row]
        away = score - mean[alive]
        mean[alive] += away / (position + 1)
        before = squares[row - 1] if position else 0.0
        squares[row] = before + away * (score - mean[alive])
    return squares


def _step(value: Floats, courses: Courses) -> Floats:
    step = np.diff(value, prepend=0.0)
    first = courses.offsets[:-1][courses.lengths > 0]
    step[first] = value[first]
    return step


def _known(step: Floats, pool: Ints, sessions: Ints, prospective: bool) -> Floats:
    # What each row adds to its pool, summed over the rows known at its session.
    if not prospective or not len(step):
        return np.asarray(np.bincount(pool, weights=step)[pool], dtype=float)
    order = np.lexsort((sessions, pool))
    new_pool = np.diff(pool[order], prepend=-1) != 0
    new_session = new_pool | (np.diff(sessions[order], prepend=-1) != 0)
    total = np.cumsum(step[order])
    before_pool = np.r_[0.0, total][np.flatnonzero(new_pool)][np.cumsum(new_pool) - 1]
    last_of_session = np.r_[np.flatnonzero(new_session)[1:], len(total)] - 1
    known = np.empty(len(total))
    known[order] = total[last_of_session][np.cumsum(new_session) - 1] - before_pool
    return known


def _sd_of_all(courses: Courses, pool: Ints, ddof: int, prospective: bool) -> Floats:
    sizes = np.maximum(np.bincount(pool), 1)
    # About the pool's mean first: squares of raw scores would lose digits.
    centred = courses.scores - (np.bincount(pool, weights=courses.scores) / sizes)[pool]
    count, total, squares = (
        _known(step, pool, courses.sessions, prospective)
        for step in (np.ones(len(pool)), centred, centred**2)
    )
    return np.sqrt(_ratio(squares - total**2 / count, count - ddof))
