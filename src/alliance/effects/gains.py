"""The repair test on arrays: for one study or for many at once."""

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
from alliance.effects.exposure import find_exposure as find
from alliance.effects.within import WithinFit, fit_within
from alliance.errors import AllianceError

FEWEST_EXPOSED = 8


@dataclass(frozen=True, eq=False, kw_only=True)
class Scores:
    """The rated sessions of one or many studies, one course after the other.

    Parameters
    ----------
    sessions : ndarray of int, shape (rows,)
        Session numbers from 1, rising within a course.
    offsets : ndarray of int, shape (courses + 1,)
        Course i holds rows offsets[i] to offsets[i + 1] - 1.
    total : ndarray of float, shape (rows,)
        Scores turned so that higher is better; none missing.
    parts : ndarray of float, shape (rows, parts), optional
        The same from parts of the items, in the metric of the total.
    sizes : tuple of int, optional
        Number of items of each part; equal if not given.
    study : ndarray of int, shape (courses,), optional
        Number of each course's study, from 0; one study if not given. One course is one client.
    """

    sessions: NDArray[np.int64]
    offsets: NDArray[np.int64]
    total: NDArray[np.float64]
    parts: NDArray[np.float64] | None = None
    sizes: tuple[int, ...] | None = None
    study: NDArray[np.int64] | None = None

    @property
    def studies(self) -> NDArray[np.int64]:
        """The study of each course."""
        return np.zeros(len(self.offsets) - 1, dtype=np.int64) if self.study is None else self.study

    def series(self, scores: NDArray[np.float64]) -> Courses:
        """Return scores of these sessions for the engine that finds ruptures."""
        return Courses(scores=scores, sessions=self.sessions, offsets=self.offsets)


@dataclass(frozen=True, eq=False, kw_only=True)
class Gains:
    """What the repair test says of each study; arrays have one entry for each study.

    Parameters
    ----------
    estimate, standard_error : ndarray of float
        Points of the scale for each completed repair. NaN where not answered.
    df : ndarray of float
    exposed : ndarray of int
        Clients with used sessions both before and after a repair (found by any part).
    fit : WithinFit
        With the clients' shares and the estimates without each; in the order of the courses.
    exposures : tuple of Exposure
        One, or one for each part of the items that the outcome was taken from.
    """

    estimate: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    df: NDArray[np.float64]
    exposed: NDArray[np.float64]
    fit: WithinFit
    exposures: tuple[Exposure, ...]

    @property
    def t(self) -> NDArray[np.float64]:
        """Estimates in standard errors."""
        return self.estimate / self.standard_error

    @property
    def p(self) -> NDArray[np.float64]:
        """Two-sided p of no gain."""
        return two_sided(self.t, self.df)


def two_sided(t: NDArray, df: NDArray) -> NDArray[np.float64]:
    """Return the two-sided p of a t value."""
    from scipy.special import stdtr

    return 2 * stdtr(df, -np.abs(t))


def estimate_gain(
    scores: Scores, design: Design, exposures: tuple[Exposure, ...] | None = None
) -> Gains:
    """Estimate the gain for each completed repair in each study.

    Parameters
    ----------
    scores : Scores
    design : Design
    exposures : tuple of Exposure, optional
        Given where a rupture log tells them; otherwise they are found by the design's rule.

    Returns
    -------
    Gains

    Raises
    ------
    AllianceError
        If the design needs parts of the items that are not there, or exposures.

    Notes
    -----
    With parts, each part in turn is the outcome, and ruptures are looked for in all the others.
    The turns stand side by side as courses of the same client, each with its own intercept, and
    are left out together.
    """
    if design.rule is None and exposures is None:
        raise AllianceError("This design takes ruptures from a log: give the exposures.")
    if design.parts and scores.parts is None:
        raise AllianceError(f"The design {design.name} needs the scores of parts of the items.")
    outcomes = list(scores.parts.T) if design.parts else [scores.total]
    if exposures is None:
        finding = all_but_one(scores) if design.parts else [scores.total]
        exposures = tuple(
            find(
                scores.series(source),
                design.rule,
                to_the_end=design.to_the_end,
                settle=design.settle,
                pool=scores.study,
            )
            for source in finding
        )
    courses = len(scores.offsets) - 1
    parts = [
        _side(scores, design, told, outcome, number * courses)
        for number, (told, outcome) in enumerate(zip(exposures, outcomes, strict=True))
    ]
    outcome, predictors, course = (np.concatenate(part) for part in zip(*parts, strict=True))
    client = np.tile(np.arange(courses), len(parts))
    spread = design.growth_spread if design.growth == "own" else 0.0
    fit = fit_within(outcome, predictors, course, client, scores.studies, spread=spread)
    steady = slice(None) if design.rule is not None else predictors[:, -1] == 0
    exposed = _exposed(predictors[steady, 0], course[steady], client, scores.studies)
    answered = (exposed >= FEWEST_EXPOSED) & np.isfinite(fit.standard_error)
    return Gains(
        estimate=np.where(answered, fit.estimate, np.nan),
        standard_error=np.where(answered, fit.standard_error, np.nan),
        df=np.where(answered, fit.df, np.nan),
        exposed=exposed,
        fit=fit,
        exposures=exposures,
    )


def all_but_one(scores: Scores) -> list[NDArray[np.float64]]:
    """Return for each part of the items the score of all others, to find ruptures in."""
    sizes = np.array(scores.sizes or (1,) * scores.parts.shape[1])
    points = scores.parts * sizes
    others = (points.sum(axis=1, keepdims=True) - points) / (sizes.sum() - sizes)
    # A whole less a part is not the rest to the last digit: thresholds would wobble.
    return list(np.round(others, 9).T)


def _side(
    scores: Scores, design: Design, told: Exposure, outcome: NDArray, start: int
) -> tuple[NDArray, NDArray, NDArray]:
    """Return outcome, predictors and course number of the sessions used."""
    lengths = np.diff(scores.offsets)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    log_session = np.log(scores.sessions)
    columns = [told.repairs, log_session]
    if design.growth == "by history":
        ever = told.counts > 0
        columns += [ever[owner, kind] * log_session for kind in (REPAIRED, UNREPAIRED)]
    elif design.growth == "by rupture":
        columns.append(told.counts.any(axis=1)[owner] * log_session)
    used = told.role == USED
    if design.rule is None:
        # Not chosen by their scores, so they can stay, but not as if the recovery were over.
        settling = np.isin(told.role, (RECOVERY, SETTLING))
        columns.append(settling)
        used |= settling
    return outcome[used], np.column_stack(columns)[used], owner[used] + start


def _exposed(repairs: NDArray, course: NDArray, client: NDArray, study: NDArray) -> NDArray:
    """Count each study's clients whose number of repairs changes among the sessions used."""
    rows = np.bincount(course, minlength=len(client))
    total = np.bincount(course, weights=repairs, minlength=len(client))
    squares = np.bincount(course, weights=repairs**2, minlength=len(client))
    # Whole numbers: exact, so that no tolerance is needed.
    changes = np.bincount(client, weights=rows * squares > total**2, minlength=len(study)) > 0
    return np.bincount(study[changes], minlength=int(study.max(initial=0)) + 1)


def counted(told: Exposure, owner: NDArray, course: NDArray[np.bool_]) -> dict[str, int]:
    """Return how many sessions of some courses have which role, and their ruptures."""
    roles = np.bincount(told.role[course[owner]], minlength=len(ROLES))
    ruptures = told.counts[course].sum(axis=0)
    kinds = {"repaired": REPAIRED, "unrepaired": UNREPAIRED, "open": OPEN}
    return {name: int(roles[code]) for code, name in enumerate(ROLES)} | {
        f"{name}_ruptures": int(ruptures[code]) for name, code in kinds.items()
    }
