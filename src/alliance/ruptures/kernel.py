"""The search written out session by session and compiled: for the commonest rules on large data.

It gives the same bits as the search by blocks (`judging`, `following`), which is its witness.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from alliance.arrays import Floats, Ints
from alliance.rules import Rule, RuptureRule
from alliance.ruptures.following import OPEN, REPAIRED, UNREPAIRED

_REFERENCES = ("previous session", "own mean")
_UNITS = ("points", "own sd")
_TARGETS = ("before", "share", "limit", "own mean")
_BEFORE, _SHARE, _LIMIT, _OWN_MEAN = range(4)


class Settings(NamedTuple):
    """A rule as plain numbers; `window` is -1 where repair counts at any later session."""

    steps: bool
    own_sd: bool
    ddof: int
    threshold: float
    minimum_drop: float
    more_than: bool
    max_gap: int
    minimum_sessions: int
    rounding: float
    window: int
    target: int
    amount: float
    beyond: bool


def settings_of(rule: Rule) -> Settings | None:
    """Return a rule as the compiled search takes it; nothing if it is of another kind."""
    rupture, repair = rule.rupture, rule.repair
    if (
        not isinstance(rupture, RuptureRule)
        or rupture.reference not in _REFERENCES
        or rupture.unit not in _UNITS
        or repair.target not in _TARGETS
        or repair.unit != "points"
    ):
        return None
    return Settings(
        steps=rupture.step_rule,
        own_sd=rupture.unit == "own sd",
        ddof=rupture.ddof,
        threshold=float(rupture.threshold),
        minimum_drop=float(rule.minimum_drop),
        more_than=rupture.inequality == "more than",
        max_gap=rupture.max_gap,
        minimum_sessions=rule.minimum_sessions,
        rounding=float(rupture.rounding),
        window=-1 if repair.window is None else repair.window,
        target=_TARGETS.index(repair.target),
        amount=float(repair.amount),
        beyond=repair.inequality == "more than",
    )


@njit(cache=True, nogil=True, error_model="numpy")
def search(
    scores: Floats,
    sessions: Ints,
    offsets: Ints,
    courses: tuple[int, int],
    rule: Settings,
    found: tuple[Ints, Floats],
    counts: Ints,
) -> int:
    """Search the courses from one number to another, and return how many ruptures there were.

    Each rupture is written to a column of `found`: course, onset, low, end and outcome; the score
    before and the unit. `counts` (2, courses) takes the sessions judged and flagged.
    """
    places, levels = found
    ruptures = 0
    for course in range(courses[0], courses[1]):
        start, stop = offsets[course], offsets[course + 1]
        n = stop - start
        if n < max(rule.minimum_sessions, 2 if rule.own_sd else 1):
            continue
        mean, size = 0.0, 1.0
        if rule.own_sd or not rule.steps or rule.target == _OWN_MEAN:
            for row in range(start, stop):
                mean += scores[row]
            mean /= n
        if rule.own_sd:
            squares = 0.0
            for row in range(start, stop):
                squares += (scores[row] - mean) * (scores[row] - mean)
            size = np.sqrt(squares / (n - rule.ddof))
        # The same operations in the same order as by blocks: only so are the bits the same.
        needed = max(rule.threshold * size, rule.minimum_drop)
        over, low_before = start - 1, False
        for row in range(start, stop):
            level = mean
            if rule.steps:
                if row == start or sessions[row] - sessions[row - 1] > rule.max_gap:
                    continue
                level = scores[row - 1]
            limit, fall = level - needed, level - scores[row]
            if not np.isfinite(limit):
                continue
            counts[0, course] += 1
            far = (
                fall > needed + rule.rounding if rule.more_than else fall >= needed - rule.rounding
            )
            if not (far and fall > rule.rounding):
                low_before = False
                continue
            counts[1, course] += 1
            # Below a level that stays, only the first of several low sessions is an onset.
            still_low, low_before = low_before, not rule.steps
            if row <= over or still_low:
                continue
            target = _target(level, scores[row], limit, mean, rule)
            low, over, outcome = _follow(scores, sessions, row, stop, target, rule)
            places[0, ruptures], places[1, ruptures] = course, row
            places[2, ruptures], places[3, ruptures] = low, over
            places[4, ruptures] = outcome
            levels[0, ruptures], levels[1, ruptures] = level, size
            ruptures += 1
    return ruptures


@njit(cache=True, nogil=True, error_model="numpy")
def _target(level: float, low: float, limit: float, mean: float, rule: Settings) -> float:
    """Return the score from which on a rupture that begins with a low score is repaired."""
    if rule.target == _SHARE:
        return low + rule.amount * (level - low)
    if rule.target == _LIMIT:
        return limit
    if rule.target == _OWN_MEAN:
        return mean - rule.amount
    return level - rule.amount


@njit(cache=True, nogil=True, error_model="numpy")
def _follow(
    scores: Floats, sessions: Ints, onset: int, stop: int, target: float, rule: Settings
) -> tuple[int, int, int]:
    """Return the rows of the lowest score and of the end of a rupture, and its outcome."""
    low, end = onset, onset
    deadline = sessions[onset] + rule.window
    for row in range(onset + 1, stop):
        if rule.window >= 0 and sessions[row] > deadline:
            return low, end, UNREPAIRED if end > onset else OPEN
        if scores[row] < scores[low]:
            low = row
        end = row
        back = scores[row] > target + rule.rounding
        if back or (not rule.beyond and scores[row] >= target - rule.rounding):
            return low, end, REPAIRED
    passed = rule.window >= 0 and end > onset and sessions[stop - 1] == deadline
    return low, end, UNREPAIRED if passed else OPEN
