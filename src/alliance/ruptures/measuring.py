"""References and units of a block of courses, as arrays over sessions and courses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from alliance.arrays import Bools, Floats, Ints
from alliance.course import Block
from alliance.rules import RuptureRule
from alliance.rules.units import InUnits


@dataclass(frozen=True, eq=False, kw_only=True)
class Reference:
    """What each session is compared with, and the session that has that score, -1 if none has."""

    score: Floats
    position: Ints = field(default_factory=lambda: np.full((1, 1), -1))


def _sum(values: Floats) -> Floats:
    # numpy adds a lone column pairwise and several row by row: a course's last digit must not
    # depend on who stands beside it.
    if values.shape[1] == 1 and len(values):
        return values.cumsum(axis=0)[-1:]
    return np.asarray(values.sum(axis=0, keepdims=True))


def mean(block: Block) -> Floats:
    """Return each course's mean, shape (1, courses)."""
    return _sum(block.scores) / block.length


def own_sd(block: Block, ddof: int) -> Floats:
    """Return each course's standard deviation, shape (1, courses)."""
    return _root_mean(_sum((block.scores - mean(block)) ** 2), block, ddof)


def _root_mean(squares: Floats, block: Block, ddof: int) -> Floats:
    free = block.length - ddof
    return np.sqrt(squares / free) if free > 0 else np.full(squares.shape, np.nan)


def adjacent(block: Block, max_gap: int) -> Bools:
    """Return which sessions follow the one before closely enough, shape (n - 1, courses)."""
    return np.diff(block.sessions, axis=0) <= max_gap


def _mean_step(block: Block, rule: InUnits) -> Floats:
    steps = np.abs(np.diff(block.scores, axis=0))
    return _mean_where(steps, adjacent(block, rule.neighbours_within))


def _mean_where(values: Floats, where: Bools, taken: int = 0) -> Floats:
    count = where.sum(axis=0, keepdims=True) - taken
    total = _sum(np.where(where, values, 0.0))
    return np.asarray(np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0))


def _sd_of_steps(block: Block, rule: InUnits) -> Floats:
    steps, close = np.diff(block.scores, axis=0), adjacent(block, rule.neighbours_within)
    away = (steps - _mean_where(steps, close)) ** 2
    return np.sqrt(_mean_where(away, close, rule.ddof))


def line(block: Block) -> Floats:
    """Return each course's least-squares line over session numbers, shape (n, courses)."""
    time = block.sessions - block.sessions.mean(axis=0, keepdims=True)
    spread = _sum(time**2)
    falls = _sum(time * block.scores)
    slope = np.divide(falls, spread, out=np.zeros(spread.shape), where=spread > 0)
    return np.asarray(mean(block) + slope * time)


def robust_line(block: Block) -> Floats:
    """Return each course's Theil-Sen line over session numbers, shape (n, courses)."""
    if block.length < 2:
        return block.scores.copy()
    # Theil-Sen: the median of the slopes between every two sessions.
    early, late = np.triu_indices(block.length, 1)
    rise = block.scores[late] - block.scores[early]
    slope = np.median(rise / (block.sessions[late] - block.sessions[early]), axis=0)
    level = np.median(block.scores - slope * block.sessions, axis=0)
    return level + slope * block.sessions


def _previous(block: Block, rule: RuptureRule) -> Reference:
    score = np.full(block.scores.shape, np.nan)
    score[1:] = block.scores[:-1]
    close = adjacent(block, rule.max_gap)
    if not close.all():
        score[1:][~close] = np.nan
    return Reference(score=score, position=np.arange(block.length)[:, None] - 1)


def _start_of_decline(block: Block, rule: RuptureRule) -> Reference:
    close = adjacent(block, rule.max_gap)
    # A session that stays level does not end the decline.
    falling = close & (np.diff(block.scores, axis=0) <= rule.rounding)
    position = np.zeros(block.scores.shape, dtype=np.int64)
    score = block.scores.copy()
    for t in range(1, block.length):
        position[t] = np.where(falling[t - 1], position[t - 1], t)
        score[t] = np.where(falling[t - 1], score[t - 1], block.scores[t])
    score[0] = np.nan
    score[1:][~close] = np.nan
    return Reference(score=score, position=position)


def _own_past(block: Block, rule: RuptureRule) -> Reference:
    score = np.full(block.scores.shape, np.nan)
    counts = np.arange(1, block.length)[:, None]
    score[1:] = np.cumsum(block.scores[:-1], axis=0) / counts
    return Reference(score=score)


def _own_other_sessions(block: Block, rule: RuptureRule) -> Reference:
    if block.length < 2:
        return Reference(score=np.full(block.scores.shape, np.nan))
    n = block.length
    return Reference(score=(n * mean(block) - block.scores) / (n - 1))


def _running_high(block: Block, rule: RuptureRule) -> Reference:
    score = np.full(block.scores.shape, np.nan)
    score[1:] = np.maximum.accumulate(block.scores[:-1], axis=0)
    position = np.zeros(block.scores.shape, dtype=np.int64)
    for t in range(1, block.length):
        # Of equal highs the latest is where the fall began.
        is_new = block.scores[t - 1] >= score[t - 1] if t > 1 else True
        position[t] = np.where(is_new, t - 1, position[t - 1])
    return Reference(score=score, position=position)


def _last_sessions(block: Block, rule: RuptureRule) -> Reference:
    score = np.full(block.scores.shape, np.nan)
    span = rule.span or 1
    for t in range(span, block.length):
        score[t] = block.scores[t - span : t].mean(axis=0)
    return Reference(score=score)


_REFERENCES: Mapping[str, Callable[[Block, RuptureRule], Reference]] = {
    "previous session": _previous,
    "start of decline": _start_of_decline,
    "own mean": lambda block, rule: Reference(score=mean(block)),
    "own past": _own_past,
    "own other sessions": _own_other_sessions,
    "own line": lambda block, rule: Reference(score=line(block)),
    "own robust line": lambda block, rule: Reference(score=robust_line(block)),
    "running high": _running_high,
    "last sessions": _last_sessions,
    "own lower quartile": lambda block, rule: Reference(
        score=np.quantile(block.scores, 0.25, axis=0, keepdims=True)
    ),
    "level": lambda block, rule: Reference(score=np.full((1, 1), rule.level, dtype=float)),
}


def reference(block: Block, rule: RuptureRule) -> Reference:
    """Return what each session of a block is compared with."""
    return _REFERENCES[rule.reference](block, rule)


def _past_sd(block: Block, ddof: int) -> Floats:
    sd = np.full(block.scores.shape, np.nan)
    middle, squares = np.zeros(block.width), np.zeros(block.width)
    for t in range(block.length):
        # Two sessions before are needed for a spread.
        if t - ddof > 0 and t > 1:
            sd[t] = np.sqrt(squares / (t - ddof))
        away = block.scores[t] - middle
        # Welford's running mean and squares: no cancellation in long courses.
        middle = middle + away / (t + 1)
        squares = squares + away * (block.scores[t] - middle)
    return sd


def _other_sd(block: Block, ddof: int) -> Floats:
    n = block.length
    if n < 3:
        return np.full(block.scores.shape, np.nan)
    away = block.scores - mean(block)
    # Leaving session i out takes away its square, inflated since it moved the mean.
    squares = _sum(away**2) - away**2 * n / (n - 1)
    return np.asarray(np.sqrt(np.maximum(squares, 0) / (n - 1 - ddof)))


def _own_sd_for(block: Block, rule: InUnits) -> Floats:
    special = {"own past": _past_sd, "own other sessions": _other_sd}
    if block.length < 2:
        return np.full((1, block.width), np.nan)
    return special.get(rule.compared_with, own_sd)(block, rule.ddof)


def _residual_sd(block: Block, rule: InUnits) -> Floats:
    if rule.compared_with == "own robust line":
        away = np.abs(block.scores - robust_line(block))
        # The MAD of a normal is SD / 1.4826.
        return 1.4826 * np.median(away, axis=0, keepdims=True)
    return _root_mean(_sum((block.scores - line(block)) ** 2), block, 2)


def _own_iqr(block: Block, rule: InUnits) -> Floats:
    low, high = np.quantile(block.scores, [0.25, 0.75], axis=0)
    return np.asarray((high - low)[None, :])


def _pooled(block: Block, rule: InUnits) -> Floats:
    """Return the quantity that the rule takes from all clients together."""
    return block.pooled[rule.pool or "", rule.ddof]


def _reliable_change(block: Block, rule: InUnits) -> Floats:
    sd = _pooled(block, rule) if rule.sd is None else np.full((1, 1), float(rule.sd))
    unexplained = 1 - (rule.reliability or 0.0)
    # S_diff = sqrt(2) * SD * sqrt(1 - r), Jacobson & Truax (1991).
    return np.asarray(np.sqrt(2) * sd * np.sqrt(unexplained))


_UNITS: Mapping[str, Callable[[Block, InUnits], Floats]] = {
    "points": lambda block, rule: np.ones((1, 1)),
    "own sd": _own_sd_for,
    "own residual sd": _residual_sd,
    "own sd of differences": _sd_of_steps,
    "own moving range": _mean_step,
    "own iqr": _own_iqr,
    "mean of own sds": _pooled,
    "pooled sd": _pooled,
    "larger of own and pooled sd": lambda block, rule: np.fmax(
        _own_sd_for(block, rule), _pooled(block, rule)
    ),
    "sd of all scores": _pooled,
    "reliable change": _reliable_change,
}


def unit(block: Block, rule: InUnits) -> Floats:
    """Return the size of a rule's unit in points; broadcasts to (n, courses)."""
    return _UNITS[rule.unit](block, rule)
