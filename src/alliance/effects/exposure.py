"""Which sessions lie before and after a repair, and which are set aside because selected."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alliance.course import Courses
from alliance.rules import Rule
from alliance.ruptures import OUTCOMES, scan

ROLES = ("used", "rupture", "reference", "recovery", "settling")
USED, RUPTURE, REFERENCE, RECOVERY, SETTLING = range(5)
REPAIRED, UNREPAIRED, OPEN = (OUTCOMES.index(name) for name in ("repaired", "unrepaired", "open"))


@dataclass(frozen=True, eq=False, kw_only=True)
class Episodes:
    """Ruptures as row numbers of flat arrays, one entry for each.

    Parameters
    ----------
    series : ndarray of int
    reference : ndarray of int
        The row that the fall is measured from, -1 where none is to be set aside.
    start : ndarray of int
        First row of the fall.
    over : ndarray of int
        First row after the rupture: that of the recovery, if repaired.
    settled : ndarray of int
        First row after the repair that is used again; `over` where nothing is set aside.
    outcome : ndarray of int
        0 repaired, 1 unrepaired, 2 open.
    """

    series: NDArray[np.int64]
    reference: NDArray[np.int64]
    start: NDArray[np.int64]
    over: NDArray[np.int64]
    settled: NDArray[np.int64]
    outcome: NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Exposure:
    """What each session and each series was exposed to.

    Parameters
    ----------
    repairs : ndarray of float, shape (rows,)
        Ruptures repaired before the session; meant for sessions used.
    role : ndarray of int8, shape (rows,)
        Index into `ROLES`. Only ``used`` sessions enter the test; with a rupture log also those
        of recovery and settling, with a level of their own.
    counts : ndarray of int, shape (series, 3)
        Ruptures of each series by outcome: repaired, unrepaired, open.
    """

    repairs: NDArray[np.float64]
    role: NDArray[np.int8]
    counts: NDArray[np.int64]


def exposure(series: Courses, episodes: Episodes) -> Exposure:
    """Return what each session was exposed to, given the ruptures.

    Parameters
    ----------
    series : Courses
    episodes : Episodes
    """
    rows, stop = len(series.scores), series.offsets[episodes.series + 1]
    repaired = episodes.outcome == REPAIRED
    settled, over = episodes.settled[repaired], episodes.over[repaired]
    # Later marks win over earlier ones: a session of rupture is one, whatever else it is.
    role = np.full(rows, USED, dtype=np.int8)
    role[_covered(rows, over, settled)] = SETTLING
    role[over[settled > over]] = RECOVERY
    role[episodes.reference[episodes.reference >= 0]] = REFERENCE
    role[_covered(rows, episodes.start, episodes.over)] = RUPTURE

    completed = np.bincount(settled[settled < stop[repaired]], minlength=rows)
    total = np.concatenate([[0], np.cumsum(completed)])
    before = total[series.offsets[:-1]]
    cell = episodes.series * len(OUTCOMES) + episodes.outcome
    counts = np.bincount(cell, minlength=series.count * len(OUTCOMES))
    return Exposure(
        repairs=(total[1:] - before[series.owner]).astype(float),
        role=role,
        counts=counts.reshape(-1, len(OUTCOMES)),
    )


def _covered(rows: int, start: NDArray, stop: NDArray) -> NDArray[np.bool_]:
    """Return which rows lie in any of the stretches from `start` to before `stop`."""
    steps = np.bincount(start, minlength=rows + 1) - np.bincount(stop, minlength=rows + 1)
    return np.cumsum(steps)[:rows] > 0


def find_exposure(
    series: Courses,
    rule: Rule,
    *,
    to_the_end: bool = True,
    settle: int = 0,
    pool: NDArray[np.int64] | None = None,
) -> Exposure:
    """Find ruptures by a rule and return what each session was exposed to.

    Parameters
    ----------
    series : Courses
        Scores turned so that a fall is for the worse.
    rule : Rule
    to_the_end, settle
        As in `alliance.effects.Design`.
    pool : ndarray of int, shape (courses,), optional
        Which courses are one study, where there are several.

    Notes
    -----
    The session that the fall is measured from is set aside, or that before the onset where the
    rule measures from a mean or a level; so is the session of recovery.
    """
    found = scan(series, rule, each_session=True, pool=pool, workers=1)
    first, stop = series.offsets[found.course], series.offsets[found.course + 1]
    reference = found.sessions.reference_row[found.onset]
    reference = np.where(
        reference >= 0, reference, np.where(found.onset > first, found.onset - 1, -1)
    )
    passed = stop if to_the_end else found.end + 1
    over = np.select([found.outcome == REPAIRED, found.outcome == OPEN], [found.end, stop], passed)
    recovered = series.sessions[found.end]
    episodes = Episodes(
        series=found.course,
        reference=reference,
        # Where the fall takes several sessions, those on the way down belong to it.
        start=reference + 1 if rule.rupture.step_rule else found.onset,
        over=over,
        settled=first_rows(series, found.course, recovered + settle + 1),
        outcome=found.outcome,
    )
    return exposure(series, episodes)


def first_rows(
    series: Courses, which: NDArray[np.integer], session: NDArray[np.integer]
) -> NDArray[np.int64]:
    """Return the first row of a series at a session number or later; one past its last if none."""
    if not len(which):
        return np.zeros(0, dtype=np.int64)
    lowest = min(series.sessions.min(initial=0), session.min())
    span = max(series.sessions.max(initial=0), session.max()) - lowest + 1
    key = series.owner * span + series.sessions - lowest
    return np.searchsorted(key, np.asarray(which) * span + session - lowest)


def reported_exposure(
    series: Courses,
    which: NDArray[np.integer],
    onset: NDArray[np.integer],
    end: NDArray[np.integer],
    repaired: NDArray[np.bool_],
    *,
    settle: int,
) -> Exposure:
    """Return what each session was exposed to, given reports of ruptures.

    Parameters
    ----------
    series : Courses
    which : ndarray of int, shape (reports,)
        The series of each report.
    onset, end : ndarray of int, shape (reports,)
        Session numbers of the first and last session of the rupture, rated or not.
    repaired : ndarray of bool, shape (reports,)
    settle : int
        Sessions, by number, after the end of a repaired rupture in which the score may still
        settle.

    Notes
    -----
    The sessions before and after are not chosen by their scores, so none need be set aside but
    those in which a recovery may still be under way. A rupture that was not repaired is open
    if no rated session followed it.
    """
    which = np.asarray(which, dtype=np.int64)
    stop = series.offsets[which + 1]
    over = first_rows(series, which, end + 1)
    episodes = Episodes(
        series=which,
        reference=np.full(len(which), -1),
        start=first_rows(series, which, onset),
        over=over,
        settled=first_rows(series, which, end + settle + 1),
        outcome=np.select([repaired, over < stop], [REPAIRED, UNREPAIRED], OPEN),
    )
    return exposure(series, episodes)
