"""The regression of scores on repairs, on arrays: for one study or for many at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alliance.course import Courses
from alliance.effects.designs import Design
from alliance.effects.exposure import (
    OPEN,
    RECOVERY,
    REPAIRED,
    ROLES,
    SETTLING,
    UNREPAIRED,
    USED,
    Exposure,
)
from alliance.effects.within import WithinFit, fit_within

MIN_EXPOSED = 8


@dataclass(frozen=True, eq=False, kw_only=True)
class Gains:
    """What the repair test says of each study; arrays have one entry for each study.

    Parameters
    ----------
    estimate, standard_error : ndarray of float
        Points of the scale for each completed repair. NaN where not answered.
    df : ndarray of float
    exposed : ndarray of int
        Clients with used sessions both before and after a repair.
    fit : WithinFit
        With the clients' shares and the estimates without each; in the order of the courses.
    exposure : Exposure
    """

    estimate: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    df: NDArray[np.float64]
    exposed: NDArray[np.int64]
    fit: WithinFit
    exposure: Exposure

    @property
    def t(self) -> NDArray[np.float64]:
        """Estimates in standard errors."""
        return self.estimate / self.standard_error

    @property
    def p(self) -> NDArray[np.float64]:
        """Two-sided p of no gain."""
        return two_sided(self.t, self.df)


def two_sided(t: NDArray[np.float64], df: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the two-sided p of a t value."""
    from scipy.special import stdtr

    p: NDArray[np.float64] = 2 * stdtr(df, -np.abs(t))
    return p


def estimate_gain(
    chosen: Courses, design: Design, reported: Exposure, study: NDArray[np.int64] | None = None
) -> Gains:
    """Regress scores on the number of repairs completed before, in each study.

    Parameters
    ----------
    chosen : Courses
    design : Design
    reported : Exposure
        Of every session, from a log or found by a rule.
    study : ndarray of int, shape (courses,), optional
        Number of each course's study, from 0; one study if not given.

    Returns
    -------
    Gains
    """
    study = np.zeros(chosen.count, dtype=np.int64) if study is None else study
    used = reported.role == USED
    columns = [reported.repairs, *_growth(chosen, design, reported)]
    if design.rule is None:
        # Not chosen by their scores, so they can stay, but not as if the recovery were over.
        settling = np.isin(reported.role, (RECOVERY, SETTLING))
        columns.append(settling.astype(float))
        used |= settling
    predictors, course = np.column_stack(columns)[used], chosen.owner[used]
    client = np.arange(chosen.count)
    fit = fit_within(
        chosen.scores[used], predictors, course, client, study, spread=design.growth_spread
    )
    # Reports leave the settling sessions in; who only moves there is not exposed.
    steady = slice(None) if design.rule is not None else predictors[:, -1] == 0
    exposed = _exposed(predictors[steady, 0], course[steady], client, study)
    answered = (exposed >= MIN_EXPOSED) & np.isfinite(fit.standard_error)
    return Gains(
        estimate=np.where(answered, fit.estimate, np.nan),
        standard_error=np.where(answered, fit.standard_error, np.nan),
        df=np.where(answered, fit.df, np.nan),
        exposed=exposed,
        fit=fit,
        exposure=reported,
    )


def _growth(chosen: Courses, design: Design, reported: Exposure) -> list[NDArray[np.float64]]:
    """Return the columns of growth: log session, and what lets it bend."""
    numbers, owner = chosen.sessions.astype(float), chosen.owner
    log_session = np.log(numbers)
    if design.growth == "own":
        return [log_session]
    last = np.maximum(chosen.lengths - 1, 1)[owner]
    place = (np.arange(len(numbers)) - chosen.offsets[:-1][owner]) / last
    # Over session numbers and over the place in the client's own course: growth may bend in both.
    bends = [numbers / 10, (numbers / 10) ** 2, place, place**2]
    # Clients settle in at their own pace during the first sessions.
    early = [(numbers == session).astype(float) for session in (1, 2, 3)]
    ever = reported.counts > 0
    # Growth of clients with ruptures may differ from that of others without any gain.
    history = [ever[owner, kind] * log_session for kind in (REPAIRED, UNREPAIRED)]
    return [log_session, *bends, *early, *history]


def _exposed(
    repairs: NDArray[np.float64],
    course: NDArray[np.int64],
    client: NDArray[np.int64],
    study: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Count each study's clients whose number of repairs changes among the sessions used."""
    rows = np.bincount(course, minlength=len(client))
    total = np.bincount(course, weights=repairs, minlength=len(client))
    squares = np.bincount(course, weights=repairs**2, minlength=len(client))
    # Whole numbers: exact, so that no tolerance is needed.
    changes = np.bincount(client, weights=rows * squares > total**2, minlength=len(study)) > 0
    return np.bincount(study[changes], minlength=int(study.max(initial=0)) + 1)


def counted(told: Exposure, owner: NDArray[np.int64], course: NDArray[np.bool_]) -> dict[str, int]:
    """Return how many sessions of some courses have which role, and their ruptures."""
    roles = np.bincount(told.role[course[owner]], minlength=len(ROLES))
    ruptures = told.counts[course].sum(axis=0)
    kinds = {"repaired": REPAIRED, "unrepaired": UNREPAIRED, "open": OPEN}
    return {name: int(roles[code]) for code, name in enumerate(ROLES)} | {
        f"{name}_ruptures": int(ruptures[code]) for name, code in kinds.items()
    }
