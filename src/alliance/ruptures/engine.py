"""The engine: arrays in, arrays out, for any rule and any number of series."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace

import numpy as np

from alliance.rules import Rule
from alliance.ruptures.following import OUTCOMES, REPAIRED, Course, follow, without_overlap
from alliance.ruptures.judging import Judgement, judge
from alliance.ruptures.pooling import pooled
from alliance.ruptures.series import Block, Series, block, layouts

CALM, ONSET, IN_RUPTURE, AFTER_REPAIR, STILL_LOW, NOT_JUDGED = range(6)
STATES = ("calm", "onset", "in rupture", "repaired", "still low", "not judged")


@dataclass(frozen=True, eq=False, kw_only=True)
class Sessions:
    """What was found at each row of the flat arrays.

    Parameters
    ----------
    flagged, judged : ndarray of bool, shape (rows,)
    state : ndarray of int8, shape (rows,)
        Index into `STATES`.
    reference, unit, limit : ndarray of float, shape (rows,)
        Not a number where there is none.
    reference_row : ndarray of int, shape (rows,)
        The row whose score is the reference, -1 where it is not the score of one session.
    """

    flagged: np.ndarray
    judged: np.ndarray
    state: np.ndarray
    reference: np.ndarray
    unit: np.ndarray
    limit: np.ndarray
    reference_row: np.ndarray


@dataclass(frozen=True, eq=False, kw_only=True)
class Scan:
    """The ruptures in many series, sorted by series and onset.

    Parameters
    ----------
    series : ndarray of int, shape (ruptures,)
        The series of each rupture.
    onset, low, end : ndarray of int, shape (ruptures,)
        Rows of the flat arrays.
    before, unit : ndarray of float, shape (ruptures,)
        Score the fall is measured from, and the size of the rule's unit, in points.
    outcome : ndarray of int, shape (ruptures,)
        Index into ``OUTCOMES``: repaired, unrepaired, open.
    judged : ndarray of int, shape (series,)
        How many sessions of each series could be judged.
    sessions : Sessions, optional
        What was found at each row, if it was asked for.
    """

    series: np.ndarray
    onset: np.ndarray
    low: np.ndarray
    end: np.ndarray
    before: np.ndarray
    unit: np.ndarray
    outcome: np.ndarray
    judged: np.ndarray
    sessions: Sessions | None = None

    def counts(self) -> np.ndarray:
        """Return the number of ruptures of each series by outcome, shape (series, 3)."""
        cell = self.series * len(OUTCOMES) + self.outcome
        size = len(self.judged) * len(OUTCOMES)
        return np.bincount(cell, minlength=size).reshape(-1, len(OUTCOMES))


def scan(
    series: Series,
    rule: Rule,
    *,
    prospective: bool = False,
    overlapping: bool = False,
    each_session: bool = False,
    workers: int | None = None,
    pools: Mapping[tuple[str, int], np.ndarray] | None = None,
) -> Scan:
    """Find the ruptures in many series.

    Parameters
    ----------
    series : Series
        Scores turned so that a fall is for the worse.
    rule : Rule
    prospective : bool
        Judge each session only by what was known on its day.
    overlapping : bool
        Follow every flagged session by itself instead of building episodes.
    each_session : bool
        Also return what was found at each session.
    workers : int, optional
        Threads; as many as there are processors if not given.
    pools : mapping, optional
        What the rule needs from all clients together, by name and ddof, for each row; by default
        taken from these series.

    Returns
    -------
    Scan

    Notes
    -----
    Series are laid side by side in groups of one length and small size, and each step runs over
    a whole group. Beyond the arrays that come in and go out, memory does not grow with the
    number of series.

    Examples
    --------
    >>> from alliance import rules
    >>> series = Series(scores=[6, 4.5, 5.9, 6], sessions=[1, 2, 3, 4], offsets=[0, 4])
    >>> found = scan(series, rules.v_episode())
    >>> found.onset, found.end, found.counts()
    (array([1]), array([2]), array([[1, 0, 0]]))
    """
    sessions = _empty(len(series.scores)) if each_session else None
    pools = pools_of(series, rule, prospective=prospective) if pools is None else pools
    judged = np.zeros(series.count, dtype=np.int64)

    def one(which: np.ndarray) -> Course:
        part = block(series, which, pools)
        found = judge(part, rule, prospective=prospective)
        course = follow(part, found, rule, prospective=prospective)
        if not overlapping:
            course = without_overlap(course, found, part, rule)
        judged[which] = np.broadcast_to(found.judged, part.scores.shape).sum(axis=0)
        if sessions is not None:
            _fill(sessions, part, found, course)
        return _in_rows(course, which, part.rows)

    courses = list(_in_threads(one, layouts(series), workers))
    return _gather(courses, judged, sessions)


def pools_of(
    series: Series, rule: Rule, *, prospective: bool = False
) -> dict[tuple[str, int], np.ndarray]:
    """Return what a rule needs from all clients together, by name and ddof, for each row."""
    return {
        (part.pool, part.ddof): pooled(series, part.pool, part.ddof, prospective=prospective)
        for part in (rule.rupture, rule.repair)
        if part.pool
    }


def _in_threads(work, items: Iterator, workers: int | None) -> Iterator:
    items = list(items)
    workers = workers or os.cpu_count() or 1
    if workers == 1 or len(items) < 4:
        return map(work, items)
    with ThreadPoolExecutor(workers) as pool:
        return iter(list(pool.map(work, items)))


def _in_rows(course: Course, which: np.ndarray, rows: np.ndarray) -> Course:
    first = rows[course.column]
    in_rows = replace(
        course,
        column=which[course.column],
        onset=first + course.onset,
        low=first + course.low,
        end=first + course.end,
    )
    return in_rows.take(np.argsort(in_rows.onset, kind="stable"))


def _gather(courses: list[Course], judged: np.ndarray, sessions: Sessions | None) -> Scan:
    parts = {
        part.name: np.concatenate([getattr(course, part.name) for course in courses])
        if courses
        else np.zeros(0, dtype=float if part.name in ("before", "unit") else np.int64)
        for part in fields(Course)
    }
    whole = Course(**parts)
    whole = whole.take(np.argsort(whole.onset, kind="stable"))
    found = {part.name: getattr(whole, part.name) for part in fields(Course)}
    return Scan(series=found.pop("column"), **found, judged=judged, sessions=sessions)


def _empty(rows: int) -> Sessions:
    return Sessions(
        flagged=np.zeros(rows, dtype=bool),
        judged=np.zeros(rows, dtype=bool),
        state=np.full(rows, CALM, dtype=np.int8),
        reference=np.full(rows, np.nan),
        unit=np.full(rows, np.nan),
        limit=np.full(rows, np.nan),
        reference_row=np.full(rows, -1, dtype=np.int64),
    )


def _fill(sessions: Sessions, part: Block, found: Judgement, course: Course) -> None:
    where = part.rows + np.arange(part.length)[:, None]
    for name in ("flagged", "judged", "reference", "unit", "limit"):
        getattr(sessions, name)[where] = getattr(found, name)
    sessions.state[where] = _states(part, found, course)
    if found.position is not None:
        position = np.broadcast_to(found.position, where.shape)
        sessions.reference_row[where] = np.where(position >= 0, part.rows + position, -1)


def _states(part: Block, found: Judgement, course: Course) -> np.ndarray:
    state = np.where(found.flagged, STILL_LOW, CALM).astype(np.int8)
    state[~np.broadcast_to(found.judged, state.shape)] = NOT_JUDGED
    duration = course.end - course.onset
    for step in range(1, int(duration.max(initial=0)) + 1):
        lasts = duration >= step
        state[course.onset[lasts] + step, course.column[lasts]] = IN_RUPTURE
    repaired = course.outcome == REPAIRED
    state[course.end[repaired], course.column[repaired]] = AFTER_REPAIR
    state[course.onset, course.column] = ONSET
    return state
