"""Courses of one length side by side, small enough to stay in the cache."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

import numpy as np

from alliance.arrays import Floats, Ints
from alliance.course.courses import Courses

# 1 MiB of scores: what is worked on and what is made from it stay in a core's own cache.
CELLS = 1 << 17

Pools = Mapping[tuple[str, int], Floats]


@dataclass(frozen=True, eq=False, kw_only=True)
class Block:
    """Courses of one length side by side: row t holds the t-th rated session of each.

    `scores` and `sessions` have shape (n, courses); `pooled` holds by (name, ddof) quantities from all
    clients as known at each session, (n, courses) or (1, courses).
    """

    scores: Floats
    sessions: Ints
    pooled: Pools = field(default_factory=dict)

    @property
    def length(self) -> int:
        """Rated sessions of each course."""
        return int(self.scores.shape[0])

    @property
    def width(self) -> int:
        """How many courses stand side by side."""
        return int(self.scores.shape[1])

    def until(self, position: int) -> "Block":
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


@dataclass(frozen=True, eq=False, kw_only=True)
class Batch:
    """Some courses, short ones first, one after the other: a copy that stays in the cache.

    `courses` has their numbers, `offsets` where each begins, and `rows` where each of the sessions
    lies in the flat arrays that they were taken from.
    """

    courses: Ints
    offsets: Ints
    rows: Ints
    scores: Floats
    sessions: Ints

    @classmethod
    def of(cls, courses: Courses, which: Ints) -> Self:
        """Take courses that are sorted by length."""
        rows = courses.rows_of(which)
        return cls(
            courses=which,
            offsets=np.concatenate([[0], np.cumsum(courses.lengths[which])]),
            rows=rows,
            scores=courses.scores.take(rows),
            sessions=courses.sessions.take(rows),
        )

    @cached_property
    def blocks(self) -> list[tuple[slice, slice, Block]]:
        """The courses of each length side by side, with their places and those of their rows."""
        lengths = np.diff(self.offsets)
        ends = [*(np.flatnonzero(np.diff(lengths)) + 1).tolist(), len(lengths)]
        found = []
        for first, end in zip([0, *ends[:-1]], ends, strict=True):
            rows = slice(*self.offsets[[first, end]].tolist())
            shape = end - first, int(lengths[first])
            part = Block(
                scores=np.ascontiguousarray(self.scores[rows].reshape(shape).T),
                sessions=np.ascontiguousarray(self.sessions[rows].reshape(shape).T),
            )
            found.append((slice(first, end), rows, part))
        return found

    def pooled(self, pools: Pools) -> Iterator[tuple[slice, slice, Block]]:
        """Yield the blocks, each with what is pooled over all courses at its sessions."""
        for places, rows, part in self.blocks:
            beside = {
                name: values.take(self.rows[rows]).reshape(part.width, part.length).T.copy()
                for name, values in pools.items()
            }
            yield places, rows, replace(part, pooled=beside) if beside else part


def layouts(courses: Courses, cells: int = CELLS) -> Iterator[Ints]:
    """Yield groups of courses sorted by length, by number, of about so many cells (sessions)."""
    lengths = courses.lengths
    # Stable, so that the same table gives the same groups on every machine.
    order = np.argsort(lengths, kind="stable")
    order = order[lengths[order] > 0]
    group = (np.cumsum(lengths[order]) - 1) // cells
    yield from np.split(order, np.flatnonzero(np.diff(group)) + 1) if len(order) else ()
