"""Many series at once: flat arrays, and blocks of series of the same length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from alliance.errors import AllianceError

CELLS = 1 << 17


@dataclass(frozen=True, eq=False, kw_only=True)
class Series:
    """Rated sessions of many series, one series after the other.

    Parameters
    ----------
    scores : ndarray of float, shape (rows,)
        Turned so that a fall is for the worse; none missing.
    sessions : ndarray of int, shape (rows,)
        Session numbers, rising within a series.
    offsets : ndarray of int, shape (series + 1,)
        Series i holds rows offsets[i] to offsets[i + 1] - 1; it may be empty.
    pool : ndarray of int, shape (series,), optional
        Which series are pooled where a rule needs all clients together, 0, 1, 2 ...; without
        it all series are one pool.

    Raises
    ------
    AllianceError
        If the arrays do not fit together or a score is missing.
    """

    scores: np.ndarray
    sessions: np.ndarray
    offsets: np.ndarray
    pool: np.ndarray | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "scores", np.asarray(self.scores, dtype=float))
        object.__setattr__(self, "sessions", np.asarray(self.sessions, dtype=np.int64))
        object.__setattr__(self, "offsets", np.asarray(self.offsets, dtype=np.int64))
        rows = len(self.scores)
        fits = len(self.sessions) == rows and len(self.offsets) and self.offsets[0] == 0
        if not fits or self.offsets[-1] != rows or (np.diff(self.offsets) < 0).any():
            raise AllianceError(
                "scores and sessions need one value for each row, and offsets must rise from 0 "
                "to the number of rows."
            )
        if not np.isfinite(self.scores).all():
            raise AllianceError("scores must not be missing: leave sessions out that have none.")
        rising = np.diff(self.sessions) > 0
        starts = self.offsets[1:-1]
        rising[starts[(starts > 0) & (starts < rows)] - 1] = True
        if not rising.all():
            raise AllianceError("sessions must rise within each series.")

    @property
    def lengths(self) -> np.ndarray:
        """Rated sessions of each series."""
        return np.diff(self.offsets)

    @property
    def count(self) -> int:
        """How many series there are."""
        return len(self.offsets) - 1

    @property
    def owner(self) -> np.ndarray:
        """The series of each row."""
        return np.repeat(np.arange(self.count), self.lengths)


@dataclass(frozen=True, eq=False, kw_only=True)
class Block:
    """Series of one length side by side: row t holds the t-th rated session of each.

    Parameters
    ----------
    scores : ndarray of float, shape (n, series)
    sessions : ndarray of int, shape (n, series)
    pooled : mapping of str to ndarray
        Quantities from all clients as known at each session, each (n, series) or (1, series).
    rows : ndarray of int, shape (series,)
        Where each series starts in the flat arrays.
    """

    scores: np.ndarray
    sessions: np.ndarray
    pooled: Mapping[str, np.ndarray] = field(default_factory=dict)
    rows: np.ndarray | None = None

    @property
    def length(self) -> int:
        """Rated sessions of each series."""
        return self.scores.shape[0]

    @property
    def width(self) -> int:
        """How many series stand side by side."""
        return self.scores.shape[1]

    def until(self, position: int) -> Block:
        """Return the block as it was known at a position: nothing after it."""
        stop = position + 1
        return Block(
            scores=self.scores[:stop],
            sessions=self.sessions[:stop],
            pooled={
                name: values[position : position + 1] if len(values) > 1 else values
                for name, values in self.pooled.items()
            },
        )


def layouts(series: Series, cells: int = CELLS) -> Iterator[np.ndarray]:
    """Yield groups of series of one length, by number, small enough to stay in cache.

    Parameters
    ----------
    series : Series
    cells : int
        Largest number of sessions in a group, so that memory does not grow with the data.
    """
    lengths = series.lengths
    order = np.argsort(lengths, kind="stable")
    order = order[lengths[order] > 0]
    ends = np.flatnonzero(np.diff(lengths[order])) + 1
    for same in np.split(order, ends) if len(order) else ():
        length = int(lengths[same[0]])
        width = max(1, cells // length)
        for start in range(0, len(same), width):
            yield same[start : start + width]


def block(series: Series, which: np.ndarray, pooled: Mapping[str, np.ndarray]) -> Block:
    """Return series of one length, given by their numbers, side by side."""
    rows = series.offsets[which]
    length = int(series.offsets[which[0] + 1] - rows[0])
    stop = rows[-1] + length
    if stop - rows[0] == length * len(rows):

        def side_by_side(values: np.ndarray) -> np.ndarray:
            return np.ascontiguousarray(values[rows[0] : stop].reshape(-1, length).T)
    else:
        where = rows + np.arange(length)[:, None]

        def side_by_side(values: np.ndarray) -> np.ndarray:
            return values.take(where)

    return Block(
        scores=side_by_side(series.scores),
        sessions=side_by_side(series.sessions),
        pooled={name: side_by_side(values) for name, values in pooled.items()},
        rows=rows,
    )
