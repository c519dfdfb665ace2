"""Which sessions a rule flags: one block of courses at a time, with or without look-ahead."""

from dataclasses import dataclass, field, fields, replace
from functools import cache, singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alliance.arrays import Bools, Floats, Ints
from alliance.course import Block
from alliance.errors import AllianceError
from alliance.rules import ChangePoint, Criterion, Cusum, Rule, RuptureRule, SuddenLoss
from alliance.ruptures.measuring import adjacent, mean, reference, unit
from alliance.ruptures.segmenting import stretch_means, stretch_starts


@dataclass(frozen=True, eq=False, kw_only=True)
class Judgement:
    """What a rule says of each session of a block; every array broadcasts to (n, courses).

    A session that is not judged is never flagged. `reference` is the score that the fall is
    measured from, and `position` its session, -1 where it is not the score of one; scores below
    `limit` (or at it, as the rule says) are flagged, NaN where the rule has no such line; `unit` is
    in points.
    """

    flagged: Bools
    judged: Bools
    reference: Floats
    unit: Floats
    limit: Floats = field(default_factory=lambda: np.full((1, 1), np.nan))
    position: Ints = field(default_factory=lambda: np.full((1, 1), -1))


def judge(block: Block, rule: Rule, *, prospective: bool = False) -> Judgement:
    """Return which sessions of a block a rule flags; prospective: by what was known on its day."""
    if prospective and rule.rupture.looks_ahead:
        days = [_last_day(block.until(position), rule) for position in range(block.length)]
        return Judgement(**{name: np.vstack([day[name] for day in days]) for name in days[0]})
    found = _flag(rule.rupture, block, rule.minimum_drop)
    # A rule that draws its spread from the past needs its sessions in the past.
    so_far = prospective or rule.rupture.compared_with == "own past"
    if block.length >= rule.minimum_sessions and not so_far:
        return found
    known = np.arange(1, block.length + 1)[:, None] if so_far else np.array([[block.length]])
    enough = known >= rule.minimum_sessions
    return replace(found, flagged=found.flagged & enough, judged=found.judged & enough)


def _last_day(block: Block, rule: Rule) -> dict[str, NDArray[Any]]:
    found, shape = judge(block, rule), (block.length, block.width)
    parts = {each.name: getattr(found, each.name) for each in fields(found)}
    return {name: np.broadcast_to(part, shape)[-1:] for name, part in parts.items()}


@singledispatch
def _flag(rule: Criterion, block: Block, minimum_drop: float) -> Judgement:
    raise AllianceError(f"{type(rule).__name__} is not a rupture rule.")


@_flag.register
def _(rule: RuptureRule, block: Block, minimum_drop: float) -> Judgement:
    compared, size = reference(block, rule), unit(block, rule)
    needed = np.maximum(rule.threshold * size, minimum_drop)
    limit = compared.score - needed
    fall = compared.score - block.scores
    if rule.inequality == "more than":
        flagged = fall > needed + rule.rounding
    else:
        flagged = fall >= needed - rule.rounding
    # With a spread of 0 every dip of rounding would reach 0 units: it must be a fall at all.
    if rule.reference != "level":
        flagged &= fall > rule.rounding
    return Judgement(
        flagged=flagged,
        judged=np.isfinite(limit),
        reference=compared.score,
        unit=size,
        limit=limit,
        position=compared.position,
    )


@_flag.register
def _(rule: Cusum, block: Block, minimum_drop: float) -> Judgement:
    centre, size = mean(block), unit(block, rule)
    # Page's C_t = max(0, C_(t-1) + (mean - k) - x_t), for falls.
    falls = centre - block.scores - rule.allowance * size
    total = np.zeros(falls.shape)
    total[0] = np.maximum(0, falls[0])
    for t in range(1, block.length):
        total[t] = np.maximum(0, total[t - 1] + falls[t])
    judged = np.isfinite(total)
    deep = centre - block.scores >= minimum_drop - rule.rounding if minimum_drop else True
    return Judgement(
        flagged=judged & (total > rule.decision * size + rule.rounding) & deep,
        judged=judged,
        reference=centre,
        unit=size,
    )


@cache
def critical_t(alpha: float, df: int) -> float:
    """Return the two-sided critical value of t."""
    from scipy.special import stdtrit

    return float(stdtrit(df, 1 - alpha / 2))


@_flag.register
def _(rule: SuddenLoss, block: Block, minimum_drop: float) -> Judgement:
    shape = block.scores.shape
    reference = np.full(shape, np.nan)
    flagged, judged = np.zeros((2, *shape), dtype=bool)
    size = np.broadcast_to(unit(block, rule), shape)
    # Of each session after the first: the three up to the one before it, and the three from it on.
    before, after = block.scores[:-1], block.scores[1:]
    count_pre, mean_pre, squares_pre = (part[:-1] for part in _three(block, -1))
    count_post, mean_post, squares_post = (part[1:] for part in _three(block, +1))
    fall = before - after
    enough = adjacent(block, rule.max_gap) & (count_pre > 1) & (count_post > 1)
    enough &= np.isfinite(size[1:])
    df = np.where(enough, count_pre + count_post - 2, 2)
    spread = np.sqrt((squares_pre + squares_post) / df)
    large = fall >= np.maximum(rule.cutoff * size[1:], minimum_drop) - rule.rounding
    large &= fall >= rule.share * np.abs(before) - rule.rounding
    critical = np.array([np.nan, np.nan, *(critical_t(rule.alpha, df) for df in (2, 3, 4))])
    lasting = mean_pre - mean_post > critical[df] * spread + rule.rounding
    reference[1:], judged[1:] = before, enough
    flagged[1:] = enough & large & lasting & (fall > rule.rounding)
    return Judgement(
        flagged=flagged,
        judged=judged,
        reference=reference,
        unit=size,
        position=np.arange(block.length)[:, None] - 1,
    )


def _three(block: Block, step: int) -> tuple[Ints, Floats, Floats]:
    # For each session: count, mean and squares about the mean of the rated ones among three
    # session numbers, going back (-1) or on (+1) from it.
    scores, sessions = block.scores, block.sessions
    count, (total, squares) = np.ones(scores.shape, dtype=np.int64), np.zeros((2, *scores.shape))
    for distance in (1, 2):
        late, early = slice(distance, None), slice(None, -distance)
        here, other = (late, early) if step < 0 else (early, late)
        near = np.abs(sessions[other] - sessions[here]) <= 2
        away = np.where(near, scores[other] - scores[here], 0.0)
        count[here] += near
        total[here] += away
        squares[here] += away**2
    return count, scores + total / count, np.maximum(squares - total**2 / count, 0)


@_flag.register
def _(rule: ChangePoint, block: Block, minimum_drop: float) -> Judgement:
    shape = block.scores.shape
    size = np.broadcast_to(unit(block, rule), shape)[-1:]
    known = np.isfinite(size)
    # The penalty of an information criterion: beta * sigma squared * log n for each change.
    cost = rule.penalty * np.where(known, size, 0.0)[0] ** 2 * np.log(block.length)
    starts = stretch_starts(block.scores, cost, rule.minimum_segment)
    here, before = stretch_means(block.scores, starts)
    fall = before - here
    flagged = starts & (fall > rule.rounding) & (fall >= minimum_drop - rule.rounding)
    judged = np.broadcast_to(known & (block.length > 1), shape)
    return Judgement(
        flagged=flagged & judged,
        judged=judged,
        reference=before,
        unit=size,
    )
