"""Repaired against unrepaired from a landmark after onset, on arrays: for one study or many at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alliance.checks import check_integer
from alliance.effects.designs import drop_and_return
from alliance.effects.exposure import REPAIRED
from alliance.effects.gains import FEWEST_EXPOSED, Scores
from alliance.effects.regression import least_squares
from alliance.rules import Rule
from alliance.ruptures import scan

NEVER = np.iinfo(np.int64).max // 2


@dataclass(frozen=True, kw_only=True)
class Landmark:
    """When repaired and unrepaired ruptures are told apart, and how ruptures are found.

    Parameters
    ----------
    rule : Rule or None
        What counts as a rupture and as its repair; None where a rupture log says so.
    sessions : int
        The landmark lies this many session numbers after the onset, 1 or more.

    Raises
    ------
    AllianceError
        If a setting is not possible.

    Notes
    -----
    The landmark counts session numbers, rated or not: whether a client is still in therapy must
    not depend on which questionnaires were filled in.

    Examples
    --------
    >>> Landmark().sessions
    3
    """

    rule: Rule | None = drop_and_return()
    sessions: int = 3

    def __post_init__(self) -> None:
        check_integer(self.sessions, "sessions", 1)

    def text(self) -> str:
        """Return the comparison as sentences for the methods section of a paper."""
        source = (
            "Ruptures and repairs were taken from a rupture log."
            if self.rule is None
            else self.rule.text()
        )
        return (
            f"{source} Each client's first rupture was followed; clients were compared who had "
            f"rated sessions after a landmark {self.sessions} sessions after its onset: those "
            "whose rupture was repaired by the landmark with those whose rupture was not. The mean "
            "score after the landmark was regressed on repair, the mean score before the onset "
            "and the logarithm of the session number of the onset (HC3)."
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class FirstRuptures:
    """The first rupture of each course that has one.

    Parameters
    ----------
    judged : ndarray of bool, shape (courses,)
        Whether ruptures could be looked for.
    course : ndarray of int
    onset : ndarray of int
        Session numbers.
    repaired : ndarray of int
        Session number of the repair, far beyond any other where it was not repaired.
    """

    judged: NDArray[np.bool_]
    course: NDArray[np.int64]
    onset: NDArray[np.int64]
    repaired: NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Comparison:
    """Repaired less unrepaired in each study; arrays of numbers have one entry for each study.

    Parameters
    ----------
    estimate, standard_error, df : ndarray of float
        Points after the landmark; NaN where not answered. The standard error (HC3) is right
        for groups that were not chosen by their scores, and only for those.
    repaired, unrepaired : ndarray of int
        Clients compared.
    courses : FirstRuptures
    before, after : ndarray of float, shape (ruptures,)
        Mean score before the onset and after the landmark; NaN where there is no session.
    by_then : ndarray of bool, shape (ruptures,)
        Whether the rupture was repaired by the landmark.
    """

    estimate: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    df: NDArray[np.float64]
    repaired: NDArray[np.int64]
    unrepaired: NDArray[np.int64]
    courses: FirstRuptures
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    by_then: NDArray[np.bool_]


def first_ruptures(scores: Scores, rule: Rule) -> FirstRuptures:
    """Return the first rupture that a rule finds in each course."""
    found = scan(scores.series(scores.total), rule, pool=scores.study, workers=1)
    course, first = np.unique(found.course, return_index=True)
    mended = scores.sessions[found.end[first]]
    return FirstRuptures(
        judged=found.judged > 0,
        course=course,
        onset=scores.sessions[found.onset[first]],
        repaired=np.where(found.outcome[first] == REPAIRED, mended, NEVER),
    )


def compare(scores: Scores, landmark: Landmark, told: FirstRuptures | None = None) -> Comparison:
    """Compare the clients of repaired with those of unrepaired ruptures in each study.

    Parameters
    ----------
    scores : Scores
    landmark : Landmark
    told : FirstRuptures, optional
        Given where a rupture log tells them; otherwise they are found by the rule.

    Notes
    -----
    A study with fewer than 8 clients in either group is not answered.
    """
    told = first_ruptures(scores, landmark.rule) if told is None else told
    lengths = np.diff(scores.offsets)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    onset = np.full(len(lengths), NEVER)
    onset[told.course] = told.onset
    begins = onset[owner]
    before = _means(scores.total, owner, scores.sessions < begins, len(lengths))[told.course]
    late = scores.sessions > begins + landmark.sessions
    after = _means(scores.total, owner, late, len(lengths))[told.course]
    by_then = told.repaired <= told.onset + landmark.sessions

    use = np.isfinite(before) & np.isfinite(after)
    studies = int(scores.studies.max(initial=0)) + 1
    study = scores.studies[told.course[use]]
    group = by_then[use].astype(float)
    predictors = np.column_stack([group, np.ones(len(group)), before[use], np.log(told.onset[use])])
    fit = least_squares(after[use], predictors, study, studies)
    repaired = np.bincount(study[by_then[use]], minlength=studies)
    unrepaired = np.bincount(study, minlength=studies) - repaired
    error = fit.standard_errors[:, 0]
    answered = (np.minimum(repaired, unrepaired) >= FEWEST_EXPOSED) & np.isfinite(error)
    return Comparison(
        estimate=np.where(answered, fit.coefficients[:, 0], np.nan),
        standard_error=np.where(answered, error, np.nan),
        df=np.where(answered, fit.df, np.nan),
        repaired=repaired,
        unrepaired=unrepaired,
        courses=told,
        before=before,
        after=after,
        by_then=by_then,
    )


def _means(scores: NDArray, owner: NDArray, rows: NDArray, courses: int) -> NDArray[np.float64]:
    """Return each course's mean score over chosen rows, NaN where there is none."""
    count = np.bincount(owner[rows], minlength=courses).astype(float)
    total = np.bincount(owner[rows], weights=scores[rows], minlength=courses)
    return np.divide(total, count, out=np.full(courses, np.nan), where=count > 0)
