"""The engine: arrays in, arrays out, for any rule and any number of courses."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from itertools import pairwise
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from alliance.arrays import Bools, Floats, Ints
from alliance.course import CELLS, Batch, Courses, layouts
from alliance.rules import Rule
from alliance.ruptures.following import (
    OUTCOMES,
    REPAIRED,
    Followed,
    begin,
    follow,
    joined,
    moving_level,
    taken,
    without_overlap,
)
from alliance.ruptures.judging import Judgement, judge
from alliance.ruptures.pooling import pooled
from alliance.ruptures.threads import in_threads

CALM, ONSET, IN_RUPTURE, AFTER_REPAIR, STILL_LOW, NOT_JUDGED = range(6)
# Loading the compiler takes a fifth of a second (and compiling, once, 1.5): less data need no help.
LARGE = 200_000
STATES = ("calm", "onset", "in rupture", "repaired", "still low", "not judged")

Pools = Mapping[tuple[str, int], Floats]


@dataclass(frozen=True, eq=False, kw_only=True)
class Sessions:
    """What was found at each row of the flat arrays; NaN, and the row -1, where there is none."""

    flagged: Bools
    judged: Bools
    state: NDArray[np.int8]
    reference: Floats
    unit: Floats
    limit: Floats
    reference_row: Ints


@dataclass(frozen=True, eq=False, kw_only=True)
class Scan(Followed):
    """The ruptures in many courses, sorted by course and onset.

    Parameters
    ----------
    course, outcome : ndarray of int, shape (ruptures,)
        The course of each rupture, and an index into ``OUTCOMES``: repaired, unrepaired, open.
    onset, low, end, origin : ndarray of int, shape (ruptures,)
        Rows of the flat arrays; the row that the fall is measured from is -1 where it is not one.
    before, unit : ndarray of float, shape (ruptures,)
        Score the fall is measured from, and the size of the rule's unit, in points.
    judged, flagged : ndarray of int, shape (courses,)
        How many sessions of each course could be judged, and how many were flagged.
    sessions : Sessions, optional
        What was found at each row, if it was asked for.
    """

    judged: Ints
    flagged: Ints
    sessions: Sessions | None = None

    def counts(self) -> Ints:
        """Return the number of ruptures of each course by outcome, shape (courses, 3)."""
        cell = self.course * len(OUTCOMES) + self.outcome
        size = len(self.judged) * len(OUTCOMES)
        return np.bincount(cell, minlength=size).reshape(-1, len(OUTCOMES))


def scan(
    courses: Courses,
    rule: Rule,
    *,
    prospective: bool = False,
    overlapping: bool = False,
    each_session: bool = False,
    pool: Ints | None = None,
    pools: Pools | None = None,
    workers: int | None = None,
) -> Scan:
    """Find the ruptures in many courses.

    Parameters
    ----------
    courses : Courses
        Scores turned so that a fall is for the worse.
    rule : Rule
    prospective : bool
        Judge each session only by what was known on its day.
    overlapping : bool
        Follow every flagged session by itself instead of building episodes.
    each_session : bool
        Also return what was found at each session.
    pool : ndarray of int, shape (courses,), optional
        Which courses are pooled where a rule needs all clients together, 0, 1, 2 ...; without
        it all courses are one pool.
    pools : mapping, optional
        What the rule needs from all clients together, by name and ddof, for each row; by default
        taken from these courses.
    workers : int, optional
        Threads; as many as there are processors if not given.

    Returns
    -------
    Scan

    Notes
    -----
    Courses of one length are judged side by side, and all those of a small batch followed at once.
    Beyond the arrays that come in and go out, memory does not grow with the number of courses.

    Examples
    --------
    >>> from alliance import rules
    >>> one = Courses(scores=[6, 4.5, 5.9, 6], sessions=[1, 2, 3, 4], offsets=[0, 4])
    >>> found = scan(one, rules.v_episode())
    >>> found.onset, found.end, found.counts()
    (array([1]), array([2]), array([[1, 0, 0]]))
    """
    if len(courses.scores) < LARGE:
        workers = 1  # starting threads would take longer than the search
    elif not (prospective or overlapping or each_session):
        compiled = _compiled(courses, rule, workers)
        if compiled is not None:
            return compiled
    sessions = _empty(len(courses.scores)) if each_session else None
    if pools is None:
        pools = pools_of(courses, rule, prospective=prospective, pool=pool)
    judged, flagged = np.zeros((2, courses.count), dtype=np.int64)

    def one(batch: Batch) -> Followed:
        begun, levels = [], []
        for places, rows, part in batch.pooled(pools):
            which, found = batch.courses[places], judge(part, rule, prospective=prospective)
            judged[which] = np.broadcast_to(found.judged, part.scores.shape).sum(axis=0)
            flagged[which] = found.flagged.sum(axis=0)
            if sessions is not None:
                _fill(sessions, batch.rows[rows].reshape(part.scores.T.shape).T, found)
            first = places.start, rows.start
            begun.append(
                begin(part, found, rule, first, prospective=prospective, overlapping=overlapping)
            )
            levels.append(moving_level(part, found, rule, prospective=prospective))
        moving = [level for level in levels if level is not None]
        followed = follow(batch, joined(begun), np.concatenate(moving) if moving else None, rule)
        return _in_rows(followed if overlapping else without_overlap(followed), batch)

    found = _sorted(list(in_threads(one, _batches(courses), workers)))
    if sessions is not None:
        sessions.state[:] = _states(sessions, found)
    return Scan(**vars(found), judged=judged, flagged=flagged, sessions=sessions)


def _batches(courses: Courses) -> Iterable[Batch]:
    if len(courses.scores) >= LARGE:
        return map(partial(Batch.of, courses), layouts(courses))
    # Little data are often searched by several rules, one after the other.
    if courses not in _LAID_OUT:
        _LAID_OUT[courses] = [Batch.of(courses, which) for which in layouts(courses)]
    return _LAID_OUT[courses]


_LAID_OUT: WeakKeyDictionary[Courses, list[Batch]] = WeakKeyDictionary()


def _compiled(courses: Courses, rule: Rule, workers: int | None) -> Scan | None:
    """Search with the compiled engine; nothing without a compiler, or for another kind of rule."""
    try:
        from alliance.ruptures.kernel import search, settings_of
    except ModuleNotFoundError:
        return None
    settings = settings_of(rule)
    if settings is None:
        return None
    counts = np.zeros((2, courses.count), dtype=np.int64)
    # Parts of whole courses, small enough for the cache and many enough for every core.
    cuts = np.searchsorted(courses.offsets, np.arange(0, len(courses.scores), CELLS))
    cuts = np.unique(np.r_[0, cuts, courses.count]).tolist()

    def one(part: tuple[int, int]) -> tuple[Ints, Floats]:
        # There cannot be more ruptures than sessions; pages that are not written to cost nothing.
        rows = courses.offsets[part[1]] - courses.offsets[part[0]]
        found = np.empty((5, rows), dtype=np.int64), np.empty((2, rows))
        arrays = courses.scores, courses.sessions, courses.offsets
        ruptures = search(*arrays, part, settings, found, counts)
        return found[0][:, :ruptures].copy(), found[1][:, :ruptures].copy()

    done = list(in_threads(one, list(pairwise(cuts)), workers))
    course, onset, low, end, outcome = np.concatenate([places for places, _ in done], axis=1)
    before, unit = np.concatenate([levels for _, levels in done], axis=1)
    return Scan(
        course=course,
        onset=onset,
        low=low,
        end=end,
        before=before,
        origin=onset - 1 if settings.steps else np.full(len(onset), -1),
        unit=unit,
        outcome=outcome,
        judged=counts[0],
        flagged=counts[1],
    )


def pools_of(
    courses: Courses, rule: Rule, *, prospective: bool = False, pool: Ints | None = None
) -> dict[tuple[str, int], Floats]:
    """Return what a rule needs from all clients together, by name and ddof, for each row."""
    return {
        (part.pool, part.ddof): pooled(
            courses, part.pool, part.ddof, prospective=prospective, pool=pool
        )
        for part in (rule.rupture, rule.repair)
        if part.pool
    }


def _in_rows(found: Followed, batch: Batch) -> Followed:
    """Return ruptures of a batch by the numbers of their courses and rows."""
    return replace(
        found,
        course=batch.courses[found.course],
        onset=batch.rows[found.onset],
        low=batch.rows[found.low],
        end=batch.rows[found.end],
        origin=np.where(found.origin >= 0, batch.rows[found.origin], -1),
    )


def _sorted(parts: Sequence[Followed]) -> Followed:
    """Return the ruptures of all batches together, sorted by onset."""
    if parts:
        found = joined(parts)
        return taken(found, np.argsort(found.onset, kind="stable"))
    none: dict[str, Any] = {part.name: np.zeros(0, dtype=np.int64) for part in fields(Followed)}
    return Followed(**none | {"before": np.zeros(0), "unit": np.zeros(0)})


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


def _fill(sessions: Sessions, where: Ints, found: Judgement) -> None:
    """Write what was found in a block to its rows of the flat arrays."""
    for name in ("flagged", "judged", "reference", "unit", "limit"):
        getattr(sessions, name)[where] = getattr(found, name)
    position = np.broadcast_to(found.position, where.shape)
    sessions.reference_row[where] = np.where(position >= 0, where[0] + position, -1)


def _states(sessions: Sessions, found: Followed) -> NDArray[np.int8]:
    state = np.where(sessions.flagged, STILL_LOW, CALM).astype(np.int8)
    state[~sessions.judged] = NOT_JUDGED
    duration = found.end - found.onset
    for step in range(1, int(duration.max(initial=0)) + 1):
        state[found.onset[duration >= step] + step] = IN_RUPTURE
    # Written after the sessions inside, because the session of repair is one of them.
    state[found.end[found.outcome == REPAIRED]] = AFTER_REPAIR
    state[found.onset] = ONSET
    return state
