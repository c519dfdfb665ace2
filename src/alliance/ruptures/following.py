"""What becomes of a flagged session: its lowest score, its end, and whether it was repaired."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from alliance.course import Block
from alliance.rules import RepairRule, Rule
from alliance.ruptures.judging import Judgement
from alliance.ruptures.measuring import Matrix, mean, unit

Ints = NDArray[np.int64]

OUTCOMES = ("repaired", "unrepaired", "open")
REPAIRED, UNREPAIRED, OPEN = range(3)


@dataclass(frozen=True, eq=False, kw_only=True)
class Followed:
    """Ruptures followed to their end, one entry for each; places are positions in the block.

    `origin` is the session that `before` is the score of, -1 where it is not that of one; `unit`
    the size of the rule's unit at the onset, in points; `outcome` an index into `OUTCOMES`.
    """

    column: Ints
    onset: Ints
    low: Ints
    end: Ints
    before: Matrix
    origin: Ints
    unit: Matrix
    outcome: Ints

    def take(self, which: Ints) -> Followed:
        """Return some of the ruptures."""
        return Followed(**{part.name: getattr(self, part.name)[which] for part in fields(self)})


def follow(block: Block, found: Judgement, rule: Rule, *, prospective: bool = False) -> Followed:
    """Follow every flagged session by itself until repair, the end of the window or of the record.

    A rupture is unrepaired once its window has passed with at least one rated session in it. It is
    open if the record ends inside the window, or if no session of the window was rated.
    """
    width, size = block.width, block.scores.size
    scores, sessions = block.scores.ravel(), block.sessions.ravel()
    start = np.flatnonzero(found.flagged)  # cells of the block, counted row by row
    onset, column = np.divmod(start, width)
    target = _Target(block, found, rule, start, column, prospective)
    lowest = scores.take(start)
    low, end = onset.copy(), onset.copy()
    outcome = np.full(len(start), OPEN)
    window = rule.repair.window
    deadline = None if window is None else sessions.take(start) + window
    alive = np.arange(len(start))
    for step in range(1, block.length):
        here = start.take(alive) + step * width
        alive, here = alive[here < size], here[here < size]
        if deadline is not None:
            late = sessions.take(here) > deadline.take(alive)
            # The first session after the onset past the window already: nothing in it was rated, so
            # open.
            if step > 1:
                outcome[alive[late]] = UNREPAIRED
            alive, here = alive[~late], here[~late]
        if not len(alive):
            break
        score, so_far = scores.take(here), lowest.take(alive)
        # The first of equal lows is the low.
        lower = score < so_far
        low[alive[lower]] = onset[alive[lower]] + step
        lowest[alive] = so_far = np.minimum(score, so_far)
        end[alive] += 1
        repaired = target.reached(alive, here, score, so_far)
        outcome[alive[repaired]] = REPAIRED
        alive = alive[~repaired]
    if deadline is not None:
        # The record ends exactly with the window: it was looked at to the end.
        seen_out = (outcome == OPEN) & (block.sessions[-1, column] == deadline) & (end > onset)
        outcome[seen_out] = UNREPAIRED
    return Followed(
        column=column,
        onset=onset,
        low=low,
        end=end,
        before=target.before,
        origin=_origins(found, start, column),
        unit=_at(found.unit, start, column),
        outcome=outcome,
    )


def without_overlap(course: Followed, found: Judgement, block: Block, rule: Rule) -> Followed:
    """Keep the ruptures that do not begin inside an earlier one.

    Where the rule compares with a level that stays, sessions that are still low when the window
    has passed belong to the same rupture: the next needs a session that is not flagged between.
    """
    shape = block.scores.shape
    ends = np.zeros(shape, dtype=np.int64)
    begun = course.onset * block.width + course.column
    ends.ravel()[begun] = course.end
    starts = np.zeros(shape, dtype=bool)
    busy = np.full(block.width, -1)
    flagged = found.flagged
    for t in range(block.length):
        start = flagged[t] & (busy < t)
        if t and not rule.rupture.step_rule:
            # Below a level that stays, the second low session is no new onset.
            start &= ~flagged[t - 1]
        starts[t] = start
        busy = np.where(start, ends[t], busy)
    return course.take(np.flatnonzero(starts.ravel().take(begun)))


def _origins(found: Judgement, cell: Ints, column: Ints) -> Ints:
    if found.position is None:
        return np.full(len(cell), -1)
    if found.position.shape[1] == 1:
        width = found.flagged.shape[1]
        return np.asarray(found.position[cell // width, 0])
    return found.position.ravel().take(cell)


def _at(matrix: Matrix, cell: Ints, column: Ints) -> Matrix:
    # Values at cells of the block, of an array that may have one row or one value only.
    if matrix.size == 1:
        return np.full(len(cell), matrix.item())
    return matrix.ravel().take(column if len(matrix) == 1 else cell)


class _Target:
    """The score that ends each rupture; for some rules it moves from session to session."""

    def __init__(
        self,
        block: Block,
        found: Judgement,
        rule: Rule,
        start: Ints,
        column: Ints,
        prospective: bool,
    ) -> None:
        self.repair: RepairRule = rule.repair
        self.rounding = rule.rupture.rounding
        self.column = column
        self.before = _at(found.reference, start, column)
        self.moving: Matrix | None = None
        self.amount: float | Matrix = self.repair.amount
        if self.repair.target in ("before", "own mean", "rise") and self.amount:
            sizes = _day_by_day(block, self.repair, prospective)
            self.amount = self.amount * _at(sizes, start, column)
        if self.repair.target == "share":
            at_onset = block.scores.ravel().take(start)
            self.fixed = at_onset + self.amount * (self.before - at_onset)
        # Without look-ahead the mean is that of the sessions so far.
        elif self.repair.target == "own mean":
            self.moving = _means(block) if prospective else mean(block)
        elif self.repair.target == "limit" and rule.rupture.standing_limit:
            self.moving = found.limit
        elif self.repair.target == "limit":
            self.fixed = _at(found.limit, start, column)
        else:
            self.fixed = self.before - self.amount

    def reached(self, alive: Ints, here: Ints, score: Matrix, lowest: Matrix) -> NDArray[np.bool_]:
        amount = self.amount[alive] if isinstance(self.amount, np.ndarray) else self.amount
        if self.repair.target == "rise":
            # Who is back at the level before is repaired, however small the fall was.
            target = np.minimum(lowest + amount, self.before[alive])
        elif self.moving is None:
            target = self.fixed.take(alive)
        else:
            less = amount if self.repair.target == "own mean" else 0.0
            target = _at(self.moving, here, self.column[alive]) - less
        if self.repair.inequality == "more than":
            return score > target + self.rounding
        return score >= target - self.rounding


def _means(block: Block) -> Matrix:
    counts = np.arange(1, block.length + 1)[:, None]
    return np.asarray(np.cumsum(block.scores, axis=0) / counts)


def _day_by_day(block: Block, repair: RepairRule, prospective: bool) -> Matrix:
    if not prospective or repair.unit == "points":
        return unit(block, repair)
    sizes = [unit(block.until(position), repair) for position in range(block.length)]
    # Each day knows the unit of the sessions up to it.
    return np.vstack([np.broadcast_to(size, (len(size), block.width))[-1:] for size in sizes])
