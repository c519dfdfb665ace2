"""What becomes of a flagged session: its lowest score, its end, and whether it was repaired."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from alliance.arrays import Bools, Floats, Ints
from alliance.course import Batch, Block
from alliance.rules import RepairRule, Rule
from alliance.ruptures.judging import Judgement
from alliance.ruptures.measuring import mean, unit

OUTCOMES = ("repaired", "unrepaired", "open")
REPAIRED, UNREPAIRED, OPEN = range(3)


@dataclass(frozen=True, eq=False, kw_only=True)
class Begun:
    """Sessions that a rupture may begin at, sorted; courses and sessions by their places in a batch.

    `stop` is where the course ends; `origin` the session that `before` is the score of, -1 where it
    is not that of one; `unit` the size of the rule's unit, in points. `level` less `amount` ends
    the rupture, where it does not move from session to session.
    """

    course: Ints
    onset: Ints
    stop: Ints
    before: Floats
    origin: Ints
    unit: Floats
    level: Floats
    amount: Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class Followed:
    """Ruptures followed to their end, one entry for each; `outcome` is an index into `OUTCOMES`."""

    course: Ints
    onset: Ints
    low: Ints
    end: Ints
    before: Floats
    origin: Ints
    unit: Floats
    outcome: Ints


Entries = TypeVar("Entries", Begun, Followed)
_Number = TypeVar("_Number", np.float64, np.int64)


def joined(parts: Sequence[Entries]) -> Entries:
    """Return the entries of all parts, one part after the other."""
    return type(parts[0])(
        **{
            each.name: np.concatenate([getattr(part, each.name) for part in parts])
            for each in fields(parts[0])
        }
    )


def taken(entries: Entries, which: Ints | Bools) -> Entries:
    """Return some of the entries."""
    return type(entries)(
        **{each.name: getattr(entries, each.name)[which] for each in fields(entries)}
    )


def begin(
    block: Block,
    found: Judgement,
    rule: Rule,
    first: tuple[int, int],
    *,
    prospective: bool,
    overlapping: bool,
) -> Begun:
    """Return the sessions of a block at which a rupture may begin.

    `first`: the places of the block's first course and session in the batch.
    """
    starts = found.flagged
    if not (overlapping or rule.rupture.step_rule):
        # Below a level that stays, the second low session is no new onset.
        starts = starts.copy()
        starts[1:] &= ~found.flagged[:-1]
    column, onset = np.nonzero(starts.T)
    cell = onset * block.width + column

    def there(matrix: NDArray[_Number]) -> NDArray[_Number]:
        # An array of one row or column holds for all of them.
        rows, columns = matrix.shape
        short = (rows, columns) != block.scores.shape
        place = onset * (rows > 1) * columns + column * (columns > 1) if short else cell
        return matrix.ravel().take(place)

    before, repair = there(found.reference), rule.repair
    level, amount = before, np.zeros(len(onset))
    if repair.target in ("before", "own mean", "rise") and repair.amount:
        amount = repair.amount * there(_day_by_day(block, repair, prospective))
    if repair.target == "share":
        low = there(block.scores)
        level = low + repair.amount * (before - low)
    elif repair.target == "own mean":
        level = there(mean(block))
    elif repair.target == "limit":
        level = there(found.limit)
    start = first[1] + column * block.length
    origin = there(found.position)
    return Begun(
        course=first[0] + column,
        onset=start + onset,
        stop=start + block.length,
        before=before,
        origin=np.where(origin >= 0, start + origin, -1),
        unit=there(found.unit),
        level=level,
        amount=amount,
    )


def moving_level(block: Block, found: Judgement, rule: Rule, *, prospective: bool) -> Floats | None:
    """Return what ends a rupture at each session of a block, course by course, where it moves."""
    level = None
    if rule.repair.target == "own mean" and prospective:
        # Without look-ahead the mean is that of the sessions so far.
        level = np.cumsum(block.scores, axis=0) / np.arange(1, block.length + 1)[:, None]
    elif rule.repair.target == "limit" and rule.rupture.standing_limit:
        level = np.broadcast_to(found.limit, block.scores.shape)
    return None if level is None else level.T.ravel()


def follow(batch: Batch, begun: Begun, moving: Floats | None, rule: Rule) -> Followed:
    """Follow every start by itself until repair, the end of the window or of the record.

    A rupture is unrepaired once its window has passed with at least one rated session in it. It is
    open if the record ends inside the window, or if no session of the window was rated.
    `moving`: what ends a rupture at each session of the batch, where that moves.
    """
    scores, sessions, start = batch.scores, batch.sessions, begun.onset
    lowest = scores.take(start)
    low, end = start.copy(), start.copy()
    outcome = np.full(len(start), OPEN)
    window = rule.repair.window
    deadline = None if window is None else sessions.take(start) + window
    alive, here = np.arange(len(start)), start
    while len(alive):
        here = here + 1
        inside = here < begun.stop.take(alive)
        alive, here = alive[inside], here[inside]
        if deadline is not None:
            late = sessions.take(here) > deadline.take(alive)
            # The first session after the onset past the window already: nothing in it was rated, so
            # open.
            outcome[alive[late & (end.take(alive) > start.take(alive))]] = UNREPAIRED
            alive, here = alive[~late], here[~late]
        score, so_far = scores.take(here), lowest.take(alive)
        # The first of equal lows is the low.
        lower = score < so_far
        low[alive[lower]] = here[lower]
        lowest[alive] = so_far = np.minimum(score, so_far)
        end[alive] = here
        target = begun.level.take(alive) if moving is None else moving.take(here)
        if rule.repair.target == "rise":
            # Who is back at the level before is repaired, however small the fall was.
            target = np.minimum(so_far + begun.amount.take(alive), target)
        else:
            target = target - begun.amount.take(alive)
        if rule.repair.inequality == "more than":
            repaired = score > target + rule.rupture.rounding
        else:
            repaired = score >= target - rule.rupture.rounding
        outcome[alive[repaired]] = REPAIRED
        alive, here = alive[~repaired], here[~repaired]
    if deadline is not None:
        # The record ends exactly with the window: it was looked at to the end.
        seen_out = (outcome == OPEN) & (sessions[begun.stop - 1] == deadline) & (end > start)
        outcome[seen_out] = UNREPAIRED
    return Followed(
        course=begun.course,
        onset=start,
        low=low,
        end=end,
        before=begun.before,
        origin=begun.origin,
        unit=begun.unit,
        outcome=outcome,
    )


def without_overlap(found: Followed) -> Followed:
    """Keep the ruptures that do not begin inside an earlier one."""
    course, following = found.course, np.searchsorted(found.onset, found.end, side="right")
    kept = np.zeros(len(course), dtype=bool)
    # The first of each course, then the next one that begins after its end, all courses at once.
    here = np.flatnonzero(np.diff(course, prepend=-1))
    while len(here):
        kept[here] = True
        there = following[here]
        on = np.flatnonzero(there < len(course))
        here = there[on][course[there[on]] == course[here[on]]]
    return taken(found, kept)


def _day_by_day(block: Block, repair: RepairRule, prospective: bool) -> Floats:
    if not prospective or repair.unit == "points":
        return unit(block, repair)
    sizes = [unit(block.until(position), repair) for position in range(block.length)]
    # Each day knows the unit of the sessions up to it.
    return np.vstack([np.broadcast_to(size, (len(size), block.width))[-1:] for size in sizes])
