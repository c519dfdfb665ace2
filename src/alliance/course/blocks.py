"""Courses of one length side by side, small enough to stay in the cache."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from alliance.course.courses import Courses

# 1 MiB of scores: a block and what is made from it stay in a core's own cache.
CELLS = 1 << 17
_Number = TypeVar("_Number", np.float64, np.int64)


@dataclass(frozen=True, eq=False, kw_only=True)
class Block:
    """Courses of one length side by side: row t holds the t-th rated session of each.

    `scores` and `sessions` have shape (n, courses); `pooled` holds by (name, ddof) quantities from all
    clients as known at each session, (n, courses) or (1, courses); `rows` is where each course starts
    in the flat arrays.
    """

    scores: NDArray[np.float64]
    sessions: NDArray[np.int64]
    pooled: Mapping[tuple[str, int], NDArray[np.float64]] = field(default_factory=dict)
    rows: NDArray[np.int64] | None = None

    @property
    def length(self) -> int:
        """Rated sessions of each course."""
        return int(self.scores.shape[0])

    @property
    def width(self) -> int:
        """How many courses stand side by side."""
        return int(self.scores.shape[1])

    def until(self, position: int) -> Block:
        """Return the block as it was known at a position: nothing after it."""
        stop = position + 1
        return Block(
            scores=self.scores[:stop],
            sessions=self.sessions[:stop],
            pooled={
                # A single row holds for the whole course.
                name: values[position : position + 1] if len(values) > 1 else values
                for name, values in self.pooled.items()
            },
        )


def layouts(courses: Courses, cells: int = CELLS) -> Iterator[NDArray[np.int64]]:
    """Yield groups of courses of one length, by number, of at most so many cells (sessions)."""
    lengths = courses.lengths
    # Stable, so that the same table gives the same groups on every machine.
    order = np.argsort(lengths, kind="stable")
    order = order[lengths[order] > 0]
    ends = np.flatnonzero(np.diff(lengths[order])) + 1
    for same in np.split(order, ends) if len(order) else ():
        length = int(lengths[same[0]])
        width = max(1, cells // length)
        for start in range(0, len(same), width):
            yield same[start : start + width]


def block(
    courses: Courses,
    which: NDArray[np.int64],
    pooled: Mapping[tuple[str, int], NDArray[np.float64]],
) -> Block:
    """Return courses of one length, given by their numbers, side by side."""
    rows = courses.offsets[which]
    length = int(courses.offsets[which[0] + 1] - rows[0])
    # Neighbours in the flat arrays are taken as one slice, without looking up a row.
    stop = rows[-1] + length
    if stop - rows[0] == length * len(rows):

        def side_by_side(values: NDArray[_Number]) -> NDArray[_Number]:
            return np.ascontiguousarray(values[rows[0] : stop].reshape(-1, length).T)
    else:
        where = rows + np.arange(length)[:, None]

        def side_by_side(values: NDArray[_Number]) -> NDArray[_Number]:
            return values.take(where)

    return Block(
        scores=side_by_side(courses.scores),
        sessions=side_by_side(courses.sessions),
        pooled={name: side_by_side(values) for name, values in pooled.items()},
        rows=rows,
    )
