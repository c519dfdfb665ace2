"""Quantities from all clients together: mean of own SDs, pooled SD, SD of all scores."""

from __future__ import annotations

import numpy as np

from alliance.ruptures.series import Series


def pooled(series: Series, name: str, ddof: int, *, prospective: bool) -> np.ndarray:
    """Return a pooled quantity for each row.

    Parameters
    ----------
    series : Series
    name : {"mean of own sds", "pooled sd", "sd of all scores"}
    ddof : {1, 0}
    prospective : bool
        At each row use only scores with the same or a lower session number; otherwise all.

    Returns
    -------
    ndarray of float, shape (rows,)
        Not a number where no client has two scores yet.
    """
    pool = np.zeros(series.count, dtype=np.int64) if series.pool is None else series.pool
    if name == "sd of all scores":
        return _sd_of_all(series, pool[series.owner], ddof, prospective)
    if prospective:
        squares = _squares_so_far(series)
        counts = np.arange(len(squares)) - series.offsets[series.owner] + 1
    else:
        squares, counts = _squares(series), series.lengths
    if name == "mean of own sds":
        value, weight = np.sqrt(_ratio(squares, counts - ddof)), np.ones(len(counts))
    else:
        value, weight = squares, (counts - 1).astype(float)
    value, weight = (np.where(counts > 1, part, 0.0) for part in (value, weight))
    if prospective:
        by_row = pool[series.owner]
        values = _known(_step(value, series), by_row, series.sessions, prospective)
        weights = _known(_step(weight, series), by_row, series.sessions, prospective)
    else:
        values, weights = (np.bincount(pool, weights=part) for part in (value, weight))
    ratio = _ratio(values, weights)
    found = ratio if name == "mean of own sds" else np.sqrt(ratio)
    return found if prospective else found[pool[series.owner]]


def _ratio(over: np.ndarray, under: np.ndarray) -> np.ndarray:
    ratio = np.full(len(over), np.nan)
    np.divide(over, under, out=ratio, where=under > 0.5)
    return np.maximum(ratio, 0)


def _squares(series: Series) -> np.ndarray:
    owner, lengths = series.owner, np.maximum(series.lengths, 1)
    means = np.bincount(owner, weights=series.scores, minlength=series.count) / lengths
    away = series.scores - means[owner]
    return np.bincount(owner, weights=away**2, minlength=series.count)


def _squares_so_far(series: Series) -> np.ndarray:
    # Welford's recursion, one position of all series at a time: stable, and as fast as the
    # longest series is long.
    squares = np.zeros(len(series.scores))
    lengths = series.lengths
    mean = np.zeros(series.count)
    for position in range(int(lengths.max(initial=0))):
        alive = np.flatnonzero(lengths > position)
        row = series.offsets[alive] + position
        score = series.scores[row]
        away = score - mean[alive]
        mean[alive] += away / (position + 1)
        before = squares[row - 1] if position else 0.0
        squares[row] = before + away * (score - mean[alive])
    return squares


def _step(value: np.ndarray, series: Series) -> np.ndarray:
    step = np.diff(value, prepend=0.0)
    first = series.offsets[:-1][series.lengths > 0]
    step[first] = value[first]
    return step


def _known(
    step: np.ndarray, pool: np.ndarray, sessions: np.ndarray, prospective: bool
) -> np.ndarray:
    # What each row adds to its pool, summed over the rows known at its session.
    if not prospective or not len(step):
        return np.bincount(pool, weights=step)[pool]
    order = np.lexsort((sessions, pool))
    new_pool = np.diff(pool[order], prepend=-1) != 0
    new_session = new_pool | (np.diff(sessions[order], prepend=-1) != 0)
    total = np.cumsum(step[order])
    before_pool = np.r_[0.0, total][np.flatnonzero(new_pool)][np.cumsum(new_pool) - 1]
    last_of_session = np.r_[np.flatnonzero(new_session)[1:], len(total)] - 1
    known = np.empty(len(total))
    known[order] = total[last_of_session][np.cumsum(new_session) - 1] - before_pool
    return known


def _sd_of_all(series: Series, pool: np.ndarray, ddof: int, prospective: bool) -> np.ndarray:
    sizes = np.maximum(np.bincount(pool), 1)
    centred = series.scores - (np.bincount(pool, weights=series.scores) / sizes)[pool]
    count, total, squares = (
        _known(step, pool, series.sessions, prospective)
        for step in (np.ones(len(pool)), centred, centred**2)
    )
    return np.sqrt(_ratio(squares - total**2 / count, count - ddof))
