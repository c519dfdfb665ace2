"""The usual analyses as arithmetic: courses in, one estimate with its standard error out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alliance.effects.conventional_courses import Courses
from alliance.effects.mixed_design import Design
from alliance.effects.mixed_search import best_ending
from alliance.effects.regression import least_squares

# Fewer clients than this on either side of a comparison, and it is not made.
FEWEST = 3


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What one analysis says, in points of the outcome.

    Parameters
    ----------
    estimate, se : float
        NaN if it could not be computed.
    df : float
        Degrees of freedom of the t-test; infinite for a normal one.
    n : mapping of str to int
        Clients (or sessions) behind it, by group.
    note : str
        Why there is no estimate, or what was at a boundary; empty otherwise.
    """

    estimate: float
    se: float
    df: float
    n: Mapping[str, int]
    note: str = ""

    @property
    def p(self) -> float:
        """Two-sided p-value; NaN without an estimate."""
        from scipy.special import ndtr, stdtr

        if not self.se > 0:
            return math.nan
        away = -abs(self.estimate / self.se)
        return float(2 * (ndtr(away) if math.isinf(self.df) else stdtr(self.df, away)))

    def interval(self, level: float) -> tuple[float, float]:
        """Return the two ends of the interval at a level, 0-1."""
        from scipy.special import ndtri, stdtrit

        at = (1 + level) / 2
        reach = self.se * float(ndtri(at) if math.isinf(self.df) else stdtrit(self.df, at))
        return self.estimate - reach, self.estimate + reach


def nothing(n: Mapping[str, int], note: str) -> Estimate:
    """Return an estimate that could not be made, and why."""
    return Estimate(estimate=math.nan, se=math.nan, df=math.nan, n=n, note=note)


def last_session(courses: Courses, one: NDArray, other: NDArray, names) -> Estimate:
    """Compare last scores of two groups of clients by Welch's t-test."""
    n = dict(zip(names, (int(one.sum()), int(other.sum())), strict=True))
    if min(n.values()) < FEWEST:
        return _too_few(n)
    groups = [courses.last[one], courses.last[other]]
    shares = np.array([group.var(ddof=1) / len(group) for group in groups])
    sizes = np.array([len(group) for group in groups])
    variance = shares.sum()
    df = variance**2 / (shares**2 / (sizes - 1)).sum() if variance > 0 else math.nan
    difference = groups[0].mean() - groups[1].mean()
    return Estimate(estimate=float(difference), se=math.sqrt(variance), df=float(df), n=n)


def adjusted_last_session(courses: Courses, *, length: bool) -> Estimate:
    """Regress the last score on having repaired ruptures and the first score (HC3).

    With `length` also on the logarithm of the number of rated sessions.
    """
    use = courses.repaired | courses.uninterrupted
    columns = [courses.first[use]]
    columns += [np.log(courses.rated[use])] if length else []
    return _group_regression(courses.last[use], courses.repaired[use], columns)


def landmark(courses: Courses, session: int, *, adjust: str) -> Estimate:
    """Regress the mean after a session on having been repaired by then (HC3).

    Clients rated both by the session and after it; repaired by then against no rupture by
    then; adjusted for the ``"mean"`` by then or the ``"first"`` score.
    """
    early = courses.session <= session
    by_then, after = courses.mean(early), courses.mean(~early)
    here = np.isfinite(by_then) & np.isfinite(after)
    repaired = courses.repaired_by(session)
    use = here & (repaired | courses.uninterrupted_by(session))
    level = {"mean": by_then, "first": courses.first}[adjust]
    return _group_regression(after[use], repaired[use], [level[use]])


def fixed_effects(courses: Courses) -> Estimate:
    """Regress scores on repairs completed before, within clients, all sessions kept (CR1)."""
    exposure, n, note = _exposure(courses)
    if note:
        return nothing(n, note)
    rows = courses.rows_of(courses.judged)
    client = np.unique(courses.client[rows], return_inverse=True)[1]
    table = np.column_stack([exposure, courses.log_session, courses.score])[rows]
    table = table - _means(table, client)[client]
    predictors, outcome = table[:, :2], table[:, 2]
    squares = predictors.T @ predictors
    coefficients = np.linalg.solve(squares, predictors.T @ outcome)
    steps = predictors * (outcome - predictors @ coefficients)[:, None]
    clients, count = int(client.max() + 1), len(outcome)
    scores = np.column_stack([np.bincount(client, weights=step) for step in steps.T])
    bread = np.linalg.inv(squares)
    variance = (bread @ (scores.T @ scores) @ bread)[0, 0]
    variance *= clients / (clients - 1) * (count - 1) / (count - 2)
    return Estimate(estimate=float(coefficients[0]), se=math.sqrt(variance), df=clients - 1.0, n=n)


def common_slope(courses: Courses) -> Estimate:
    """Regress scores on repairs completed before, within clients, growth and clustering ignored.

    The test is that of the repeated-measures correlation.
    """
    exposure, n, note = _exposure(courses)
    if note:
        return nothing(n, note)
    rows = courses.rows_of(courses.judged)
    client = np.unique(courses.client[rows], return_inverse=True)[1]
    table = np.column_stack([exposure, courses.score])[rows]
    before, score = (table - _means(table, client)[client]).T
    squares = before @ before
    slope = before @ score / squares
    left = score - slope * before
    df = len(score) - int(client.max() + 1) - 1
    se = math.sqrt(left @ left / df / squares) if df > 0 else math.nan
    return Estimate(estimate=float(slope), se=se, df=float(df), n=n)


def growth_by_group(courses: Courses) -> Estimate:
    """Fit group x log(session) with a random level and slope; return the interaction."""
    use = courses.repaired | courses.uninterrupted
    n = {"repaired": int(courses.repaired.sum()), "uninterrupted": int(courses.uninterrupted.sum())}
    if min(n.values()) < FEWEST:
        return _too_few(n)
    rows = courses.rows_of(use)
    time, group = courses.log_session[rows], courses.repaired[courses.client[rows]].astype(float)
    ones = np.ones(len(time))
    fixed = np.column_stack([ones, time, group, time * group])
    return _mixed(courses, rows, fixed, np.column_stack([ones, time]), 3, n)


def within_between(courses: Courses) -> Estimate:
    """Fit repairs completed before, split into within and between clients, random level."""
    exposure, n, note = _exposure(courses)
    if note:
        return nothing(n, note)
    rows = courses.rows_of(courses.judged)
    client = np.unique(courses.client[rows], return_inverse=True)[1]
    between = _means(exposure[rows][:, None], client)[client, 0]
    ones = np.ones(len(client))
    within = exposure[rows] - between
    fixed = np.column_stack([ones, courses.log_session[rows], within, between])
    return _mixed(courses, rows, fixed, ones[:, None], 2, n)


def _too_few(n: Mapping[str, int]) -> Estimate:
    name = min(n, key=n.get)
    return nothing(n, f"only {n[name]} clients are {name}; {FEWEST} are needed")


def _group_regression(outcome: NDArray, group: NDArray, columns: list[NDArray]) -> Estimate:
    n = {"repaired": int(group.sum()), "uninterrupted": int((~group).sum())}
    if min(n.values()) < FEWEST:
        return _too_few(n)
    design = np.column_stack([group, np.ones(len(group)), *columns]).astype(float)
    if len(design) <= design.shape[1]:
        return nothing(n, "the groups cannot be told apart from what is adjusted for")
    fit = least_squares(outcome, design)
    if not np.isfinite(fit.coefficients[0, 0]):
        return nothing(n, "the groups cannot be told apart from what is adjusted for")
    if not np.isfinite(fit.standard_errors[0, 0]):
        return nothing(n, "one client alone decides a coefficient")
    return Estimate(
        estimate=float(fit.coefficients[0, 0]),
        se=float(fit.standard_errors[0, 0]),
        df=float(fit.df[0]),
        n=n,
    )


def _exposure(courses: Courses) -> tuple[NDArray[np.float64], dict[str, int], str]:
    """Return repairs before each row, the clients behind them, and why they cannot be used."""
    exposure = courses.repairs_before
    rows = courses.rows_of(courses.judged)
    low, high = (
        fold(exposure[rows], courses.client[rows], courses.clients) for fold in (_lowest, _highest)
    )
    n = {
        "exposed": int((high > low).sum()),
        "clients": int(courses.judged.sum()),
        "sessions": int(rows.sum()),
    }
    few = n["exposed"] < FEWEST
    note = f"only {n['exposed']} clients were rated before and after a repair" if few else ""
    return exposure, n, note


def _lowest(values: NDArray, client: NDArray, clients: int) -> NDArray[np.float64]:
    found = np.full(clients, np.inf)
    np.minimum.at(found, client, values)
    return found


def _highest(values: NDArray, client: NDArray, clients: int) -> NDArray[np.float64]:
    return -_lowest(-values, client, clients)


def _means(table: NDArray, client: NDArray) -> NDArray[np.float64]:
    count = np.bincount(client)
    sums = [np.bincount(client, weights=column) for column in table.T]
    return np.column_stack(sums) / count[:, None]


def _mixed(
    courses: Courses, rows: NDArray, fixed: NDArray, random: NDArray, which: int, n: Mapping
) -> Estimate:
    design = Design(
        outcome=courses.score[rows],
        fixed=fixed,
        random=random,
        client=np.unique(courses.client[rows], return_inverse=True)[1],
    )
    best, endings = best_ending(design.scaled())
    if not best:
        return nothing(n, "no search found a place where the model is possible")
    ending = endings[best]
    factor = design.outcome_size / design.fixed_size[which]
    return Estimate(
        estimate=float(ending.coefficients[which] * factor),
        se=float(np.sqrt(ending.covariance[which, which]) * factor),
        df=math.inf,
        n=n,
    )
