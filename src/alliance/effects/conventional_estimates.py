"""The usual analyses as arithmetic: therapies in, one estimate with its standard error out."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from alliance.arrays import Bools, Floats, Ints
from alliance.effects.conventional_courses import Therapies
from alliance.effects.gains import exposed_clients
from alliance.effects.mixed_design import Design
from alliance.effects.mixed_search import best_ending
from alliance.effects.within import least_squares

# Fewer clients than this on either side of a comparison, and it is not made.
FEWEST = 3


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What one analysis says, in points of the outcome."""

    # NaN if it could not be computed.
    estimate: float
    standard_error: float
    df: float  # Degrees of freedom of the t-test; infinite for a normal one
    n: Mapping[str, int]  # Clients (or sessions) behind it, by group
    reason: str = ""  # Why there is no estimate, or what was at a boundary; empty otherwise

    @property
    def p(self) -> float:
        """Two-sided p-value; NaN without an estimate."""
        from scipy.special import ndtr, stdtr

        if not self.standard_error > 0:
            return math.nan
        away = -abs(self.estimate / self.standard_error)
        return float(2 * (ndtr(away) if math.isinf(self.df) else stdtr(self.df, away)))

    def interval(self, confidence: float) -> tuple[float, float]:
        """Return the two ends of the interval at a level of confidence, 0-1."""
        from scipy.special import ndtri, stdtrit

        at = (1 + confidence) / 2
        reach = self.standard_error * float(
            ndtri(at) if math.isinf(self.df) else stdtrit(self.df, at)
        )
        return self.estimate - reach, self.estimate + reach


def nothing(n: Mapping[str, int], reason: str) -> Estimate:
    """Return an estimate that could not be made, and why."""
    return Estimate(estimate=math.nan, standard_error=math.nan, df=math.nan, n=n, reason=reason)


def last_session(therapies: Therapies, *, other: str) -> Estimate:
    """Compare last scores of repaired and of `other` clients by Welch's t-test."""
    groups = [therapies.last[getattr(therapies, name)] for name in ("repaired", other)]
    n = {"repaired": len(groups[0]), other.replace("_", " "): len(groups[1])}
    if min(n.values()) < FEWEST:
        return _too_few(n)
    shares = np.array([group.var(ddof=1) / len(group) for group in groups])
    sizes = np.array([len(group) for group in groups])
    variance = shares.sum()
    # Welch-Satterthwaite
    df = variance**2 / (shares**2 / (sizes - 1)).sum() if variance > 0 else math.nan
    difference = groups[0].mean() - groups[1].mean()
    return Estimate(
        estimate=float(difference), standard_error=math.sqrt(variance), df=float(df), n=n
    )


def adjusted_last_session(therapies: Therapies, *, length: bool) -> Estimate:
    """Regress the last score on repair and the first score, with `length` on log sessions too (HC3)."""
    use = therapies.repaired | therapies.uninterrupted
    columns = [therapies.first[use]]
    columns += [np.log(therapies.rated[use])] if length else []
    return _group_regression(therapies.last[use], therapies.repaired[use], columns)


def landmark(therapies: Therapies, session: int, *, adjust: str) -> Estimate:
    """Regress the mean after a session on having been repaired by then (HC3).

    Clients rated both by the session and after it; repaired by then against no rupture by
    then; adjusted for the ``"mean"`` by then or the ``"first"`` score.
    """
    early = therapies.session <= session
    by_then, after = therapies.mean(early), therapies.mean(~early)
    here = np.isfinite(by_then) & np.isfinite(after)
    repaired = therapies.repaired_by(session)
    use = here & (repaired | therapies.uninterrupted_by(session))
    level = {"mean": by_then, "first": therapies.first}[adjust]
    return _group_regression(after[use], repaired[use], [level[use]])


def fixed_effects(therapies: Therapies) -> Estimate:
    """Regress scores on repairs completed before, within clients, all sessions kept (CR1)."""
    exposure, n, reason = _exposure(therapies)
    if reason:
        return nothing(n, reason)
    rows = therapies.rows_of(therapies.judged)
    client = np.unique(therapies.client[rows], return_inverse=True)[1]
    table = np.column_stack([exposure, therapies.log_session, therapies.score])[rows]
    # Fixed effects of clients: everything about the client's own mean.
    table = table - _means(table, client)[client]
    predictors, outcome = table[:, :2], table[:, 2]
    squares = predictors.T @ predictors
    coefficients = np.linalg.solve(squares, predictors.T @ outcome)
    steps = predictors * (outcome - predictors @ coefficients)[:, None]
    clients, count = int(client.max() + 1), len(outcome)
    scores = np.column_stack([np.bincount(client, weights=step) for step in steps.T])
    bread = np.linalg.inv(squares)
    variance = (bread @ (scores.T @ scores) @ bread)[0, 0]
    # The small-sample factor of CR1, two coefficients estimated.
    variance *= clients / (clients - 1) * (count - 1) / (count - 2)
    return Estimate(
        estimate=float(coefficients[0]), standard_error=math.sqrt(variance), df=clients - 1.0, n=n
    )


def common_slope(therapies: Therapies) -> Estimate:
    """Regress scores on repairs before, within clients, as the repeated-measures correlation does."""
    exposure, n, reason = _exposure(therapies)
    if reason:
        return nothing(n, reason)
    rows = therapies.rows_of(therapies.judged)
    client = np.unique(therapies.client[rows], return_inverse=True)[1]
    table = np.column_stack([exposure, therapies.score])[rows]
    before, score = (table - _means(table, client)[client]).T
    squares = before @ before
    slope = before @ score / squares
    left = score - slope * before
    # Rows less one mean for each client and the slope.
    df = len(score) - int(client.max() + 1) - 1
    standard_error = math.sqrt(left @ left / df / squares) if df > 0 else math.nan
    return Estimate(estimate=float(slope), standard_error=standard_error, df=float(df), n=n)


def growth_by_group(therapies: Therapies) -> Estimate:
    """Fit group x log(session) with a random level and slope; return the interaction."""
    use = therapies.repaired | therapies.uninterrupted
    n = {
        "repaired": int(therapies.repaired.sum()),
        "uninterrupted": int(therapies.uninterrupted.sum()),
    }
    if min(n.values()) < FEWEST:
        return _too_few(n)
    rows = therapies.rows_of(use)
    time, group = (
        therapies.log_session[rows],
        therapies.repaired[therapies.client[rows]].astype(float),
    )
    ones = np.ones(len(time))
    fixed = np.column_stack([ones, time, group, time * group])
    return _mixed(therapies, rows, fixed, np.column_stack([ones, time]), 3, n)


def within_between(therapies: Therapies) -> Estimate:
    """Fit repairs completed before, split into within and between clients, random level."""
    exposure, n, reason = _exposure(therapies)
    if reason:
        return nothing(n, reason)
    rows = therapies.rows_of(therapies.judged)
    client = np.unique(therapies.client[rows], return_inverse=True)[1]
    between = _means(exposure[rows][:, None], client)[client, 0]
    ones = np.ones(len(client))
    # Mundlak: the client's mean number of repairs stands beside the departure from it.
    within = exposure[rows] - between
    fixed = np.column_stack([ones, therapies.log_session[rows], within, between])
    return _mixed(therapies, rows, fixed, ones[:, None], 2, n)


def _too_few(n: Mapping[str, int]) -> Estimate:
    name = min(n, key=lambda group: n[group])
    return nothing(n, f"only {n[name]} clients are {name}; {FEWEST} are needed")


def _group_regression(outcome: Floats, group: Bools, columns: list[Floats]) -> Estimate:
    n = {"repaired": int(group.sum()), "uninterrupted": int((~group).sum())}
    if min(n.values()) < FEWEST:
        return _too_few(n)
    design = np.column_stack([group, np.ones(len(group)), *columns]).astype(float)
    if len(design) <= design.shape[1]:
        return nothing(n, "the groups cannot be told apart from what is adjusted for")
    fit = least_squares(outcome, design)
    if not np.isfinite(fit.coefficients[0]):
        return nothing(n, "the groups cannot be told apart from what is adjusted for")
    # HC3 divides by 1 - leverage: nothing is left of a row that decides alone.
    if not np.isfinite(fit.standard_errors[0]):
        return nothing(n, "one client alone decides a coefficient")
    return Estimate(
        estimate=float(fit.coefficients[0]),
        standard_error=float(fit.standard_errors[0]),
        df=fit.df,
        n=n,
    )


def _exposure(therapies: Therapies) -> tuple[Floats, dict[str, int], str]:
    """Return repairs before each row, the clients behind them, and why they cannot be used."""
    exposure = therapies.repairs_before
    rows = therapies.rows_of(therapies.judged)
    n = {
        "exposed": exposed_clients(exposure[rows], therapies.client[rows], therapies.clients),
        "clients": int(therapies.judged.sum()),
        "sessions": int(rows.sum()),
    }
    few = n["exposed"] < FEWEST
    reason = f"only {n['exposed']} clients were rated before and after a repair" if few else ""
    return exposure, n, reason


def _means(table: Floats, client: Ints) -> Floats:
    count = np.bincount(client)
    sums = [np.bincount(client, weights=column) for column in table.T]
    return np.column_stack(sums) / count[:, None]


def _mixed(
    therapies: Therapies,
    rows: Bools,
    fixed: Floats,
    random: Floats,
    which: int,
    n: Mapping[str, int],
) -> Estimate:
    design = Design(
        outcome=therapies.score[rows],
        fixed=fixed,
        random=random,
        client=np.unique(therapies.client[rows], return_inverse=True)[1],
    )
    best, endings = best_ending(design.scaled())
    if not best:
        return nothing(n, "no search found a place where the model is possible")
    ending = endings[best]
    # The search was made on scaled columns.
    factor = design.outcome_size / design.fixed_size[which]
    return Estimate(
        estimate=float(ending.coefficients[which] * factor),
        standard_error=float(np.sqrt(ending.covariance[which, which]) * factor),
        df=math.inf,
        n=n,
    )
