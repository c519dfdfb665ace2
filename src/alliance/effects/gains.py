"""Which sessions lie before and after reported repairs, and the regression of scores on them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance.arrays import Bools, Floats, Ints
from alliance.course import Courses
from alliance.effects.within import Estimate, WithinFit, fit_within
from alliance.ruptures import OUTCOMES

# Sessions after a reported repair, by number, in which the score may still settle.
SETTLING_SESSIONS = 2
ROLES = ("used", "rupture", "recovery", "settling")
USED, RUPTURE, RECOVERY, SETTLING = range(4)
REPAIRED, UNREPAIRED, OPEN = range(len(OUTCOMES))
# Fewer exposed clients, or expected repairs, cannot carry a standard error.
MIN_EXPOSED = 8
# SD of the clients' own growths for a rise of 1 in log session, in residual SDs. It weights the
# sessions only; standard errors hold for any value.
GROWTH_SPREAD = 0.75


@dataclass(frozen=True, eq=False, kw_only=True)
class Exposure:
    """What each session and each series was exposed to.

    Parameters
    ----------
    repairs : ndarray of float, shape (rows,)
        Ruptures repaired before the session; meant for sessions used.
    role : ndarray of int8, shape (rows,)
        Index into `ROLES`. Sessions of a rupture do not enter the test; those of recovery and
        settling have a level of their own.
    counts : ndarray of int, shape (series, 3)
        Ruptures of each series by outcome: repaired, unrepaired, open.
    """

    repairs: Floats
    role: NDArray[np.int8]
    counts: Ints


def _covered(rows: int, start: Ints, stop: Ints) -> Bools:
    """Return which rows lie in any of the stretches from `start` to before `stop`."""
    steps = np.bincount(start, minlength=rows + 1) - np.bincount(stop, minlength=rows + 1)
    return np.cumsum(steps)[:rows] > 0


def first_rows(chosen: Courses, which: NDArray[np.integer], session: NDArray[np.integer]) -> Ints:
    """Return the first row of a series at a session number or later; one past its last if none."""
    if not len(which):
        return np.zeros(0, dtype=np.int64)
    # Days can be numbered from 0, or below.
    lowest = min(chosen.sessions.min(initial=0), session.min())
    span = max(chosen.sessions.max(initial=0), session.max()) - lowest + 1
    # Client and session as one rising number: one search for all clients.
    key = chosen.owner * span + chosen.sessions - lowest
    rows: Ints = np.searchsorted(key, np.asarray(which) * span + session - lowest)
    return rows


def reported_exposure(
    chosen: Courses,
    which: NDArray[np.integer],
    onset: NDArray[np.integer],
    end: NDArray[np.integer],
    repaired: Bools,
    *,
    settling_sessions: int,
) -> Exposure:
    """Return what each session was exposed to, given reports of ruptures.

    Parameters
    ----------
    chosen : Courses
    which : ndarray of int, shape (reports,)
        The series of each report.
    onset, end : ndarray of int, shape (reports,)
        Session numbers of the first and last session of the rupture, rated or not.
    repaired : ndarray of bool, shape (reports,)
    settling_sessions : int
        Sessions, by number, after the end of a repaired rupture in which the score may still
        settle.

    Notes
    -----
    The sessions before and after are not chosen by their scores, so none need be set aside but
    those in which a recovery may still be under way. A rupture that was not repaired is open
    if no rated session followed it.
    """
    course = np.asarray(which, dtype=np.int64)
    start, over, settled = (
        first_rows(chosen, course, session)
        for session in (onset, end + 1, end + settling_sessions + 1)
    )
    rows, stop = len(chosen.scores), chosen.offsets[course + 1]
    outcome = np.select([repaired, over < stop], [REPAIRED, UNREPAIRED], OPEN)
    mended, settled = over[repaired], settled[repaired]
    # Later marks win over earlier ones: a session of rupture is one, whatever else it is.
    role = np.full(rows, USED, dtype=np.int8)
    role[_covered(rows, mended, settled)] = SETTLING
    role[mended[settled > mended]] = RECOVERY
    # Last, since it wins over every other mark.
    role[_covered(rows, start, over)] = RUPTURE
    # A repair that nothing follows is before no session.
    completed = np.bincount(settled[settled < stop[repaired]], minlength=rows)
    total = np.concatenate([[0], np.cumsum(completed)])
    before = total[chosen.offsets[:-1]]
    cell = course * len(OUTCOMES) + outcome
    counts = np.bincount(cell, minlength=chosen.count * len(OUTCOMES))
    return Exposure(
        repairs=(total[1:] - before[chosen.owner]).astype(float),
        role=role,
        counts=counts.reshape(-1, len(OUTCOMES)),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class Gains(Estimate):
    """What a regression on repairs finds: points of the scale for each; NaN where not answered."""

    exposed: int  # Clients with sessions both before and after a repair, or expected repairs
    enough: bool  # Whether that is enough for an answer
    fit: WithinFit  # With the clients' shares and the estimates without each


def reported_gains(chosen: Courses, reported: Exposure) -> Gains:
    """Regress scores on the number of reported repairs completed before each."""
    settling = np.isin(reported.role, (RECOVERY, SETTLING))
    # Growth of clients with ruptures may differ from that of others without any gain.
    ever = (reported.counts > 0)[chosen.owner][:, [REPAIRED, UNREPAIRED]]
    growth = growth_columns(chosen)
    # Not chosen by their scores, so they can stay, but not as if the recovery were over.
    predictors = np.column_stack([reported.repairs, growth, ever * growth[:, :1], settling])
    used = (reported.role == USED) | settling
    steady = used & ~settling
    exposed = exposed_clients(reported.repairs[steady], chosen.owner[steady])
    return regress(chosen, predictors, used, exposed)


def regress(
    chosen: Courses, predictors: Floats, used: Bools, exposed: int, *, enough: bool = True
) -> Gains:
    """Regress the scores used on predictors, exposure first; no answer if too few are exposed."""
    fit = fit_within(
        chosen.scores[used],
        predictors[used],
        chosen.owner[used],
        np.arange(chosen.count),
        spread=GROWTH_SPREAD,
    )
    enough = enough and exposed >= MIN_EXPOSED
    answered = enough and np.isfinite(fit.standard_error)
    values = (fit.estimate, fit.standard_error, fit.df)
    estimate, error, df = (float(value) if answered else np.nan for value in values)
    return Gains(
        estimate=estimate, standard_error=error, df=df, exposed=exposed, enough=enough, fit=fit
    )


def growth_columns(chosen: Courses) -> Floats:
    """Return the columns of growth: log session, and what lets it bend."""
    numbers, owner = chosen.sessions.astype(float), chosen.owner
    last = np.maximum(chosen.lengths - 1, 1)[owner]
    place = (np.arange(len(numbers)) - chosen.offsets[:-1][owner]) / last
    # Over session numbers and over the place in the client's own course: growth may bend in both.
    bends = [numbers / 10, (numbers / 10) ** 2, place, place**2]
    # Clients settle in at their own pace during the first sessions.
    early = [numbers == session for session in (1, 2, 3)]
    return np.column_stack([np.log(numbers), *bends, *early])


def exposed_clients(repairs: Floats, course: Ints) -> int:
    """Count the clients whose number of repairs changes among the sessions used."""
    return int(pd.Series(repairs).groupby(course).nunique().gt(1).sum())


def counted(told: Exposure) -> dict[str, int]:
    """Return how many sessions have which role, and how many ruptures were reported."""
    roles = np.bincount(told.role, minlength=len(ROLES)).tolist()
    ruptures = told.counts.sum(axis=0).tolist()
    names = (*ROLES, *(f"{name}_ruptures" for name in OUTCOMES))
    return dict(zip(names, [*roles, *ruptures], strict=True))
