"""The usual analyses as arithmetic: therapies in, one estimate with its standard error out."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.arrays import Bools, Floats
from alliance.effects.conventional_courses import Therapies
from alliance.effects.gains import exposed_clients
from alliance.effects.mixed_design import Design
from alliance.effects.mixed_search import best_ending
from alliance.effects.within import Estimate, hc3_contrast

# Fewer clients than this on either side of a comparison, and it is not made.
FEWEST = 3


@dataclass(frozen=True, eq=False, kw_only=True)
class Comparison(Estimate):
    """What one analysis says, in points of the outcome; NaN if it could not be computed."""

    n: Mapping[str, int]  # Clients (or sessions) behind it, by group
    reason: str = ""  # Why there is no estimate; empty otherwise


def nothing(n: Mapping[str, int], reason: str) -> Comparison:
    """Return an estimate that could not be made, and why."""
    return Comparison(estimate=math.nan, standard_error=math.nan, df=math.nan, n=n, reason=reason)


def last_session(therapies: Therapies, *, other: str) -> Comparison:
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
    return Comparison(
        estimate=float(difference), standard_error=math.sqrt(variance), df=float(df), n=n
    )


def adjusted_last_session(therapies: Therapies, *, length: bool) -> Comparison:
    """Regress the last score on repair and the first score, with `length` on log sessions too (HC3)."""
    use = therapies.repaired | therapies.uninterrupted
    columns = [therapies.first, *([np.log(therapies.courses.lengths)] if length else [])]
    return _group_regression(therapies.last, therapies.repaired, columns, use)


def landmark(therapies: Therapies, session: int, *, adjust: str) -> Comparison:
    """Regress the mean after a session on having been repaired by then (HC3).

    Clients rated both by the session and after it; repaired by then against no rupture by
    then; adjusted for the ``"mean"`` by then or the ``"first"`` score.
    """
    scores = pd.Series(therapies.courses.scores).groupby(
        [therapies.courses.owner, therapies.courses.sessions > session]
    )
    means = scores.mean().unstack().reindex(columns=[False, True])
    by_then, after = means.to_numpy().T
    repaired = therapies.repaired_by(session)
    here = np.isfinite(by_then) & np.isfinite(after)
    level = {"mean": by_then, "first": therapies.first}[adjust]
    use = here & (repaired | therapies.uninterrupted_by(session))
    return _group_regression(after, repaired, [level], use)


def fixed_effects(therapies: Therapies) -> Comparison:
    """Regress scores on repairs completed before, within clients, all sessions kept (CR1)."""
    from statsmodels.regression.linear_model import OLS

    rows, n, reason = _exposed(therapies)
    if reason:
        return nothing(n, reason)
    # Fixed effects of clients: everything about the client's own mean.
    own = rows - rows.groupby("client").transform("mean")
    fit = OLS(own["score"], own[["repairs", "log_session"]]).fit(
        cov_type="cluster", cov_kwds={"groups": rows["client"]}
    )
    return Comparison(
        estimate=float(fit.params["repairs"]),
        standard_error=float(fit.bse["repairs"]),
        df=n["clients"] - 1.0,
        n=n,
    )


def common_slope(therapies: Therapies) -> Comparison:
    """Regress scores on repairs before, within clients, as the repeated-measures correlation does."""
    rows, n, reason = _exposed(therapies)
    if reason:
        return nothing(n, reason)
    own = rows - rows.groupby("client").transform("mean")
    squares = own["repairs"] @ own["repairs"]
    slope = own["repairs"] @ own["score"] / squares
    left = own["score"] - slope * own["repairs"]
    # Rows less one mean for each client and the slope.
    df = n["sessions"] - n["clients"] - 1
    standard_error = math.sqrt(left @ left / df / squares) if df > 0 else math.nan
    return Comparison(estimate=float(slope), standard_error=standard_error, df=float(df), n=n)


def growth_by_group(therapies: Therapies) -> Comparison:
    """Fit group x log(session) with a random level and slope; return the interaction."""
    n = {
        "repaired": int(therapies.repaired.sum()),
        "uninterrupted": int(therapies.uninterrupted.sum()),
    }
    if min(n.values()) < FEWEST:
        return _too_few(n)
    rows = _rows(therapies, therapies.repaired | therapies.uninterrupted)
    group = therapies.repaired[rows["client"]]
    rows = rows.assign(level=1.0, group=group, growth=group * rows["log_session"])
    fixed = ["level", "log_session", "group", "growth"]
    return _mixed(rows, fixed, ["level", "log_session"], "growth", n)


def within_between(therapies: Therapies) -> Comparison:
    """Fit repairs completed before, split into within and between clients, random level."""
    rows, n, reason = _exposed(therapies)
    if reason:
        return nothing(n, reason)
    # Mundlak: the client's mean number of repairs stands beside the departure from it.
    between = rows.groupby("client")["repairs"].transform("mean")
    rows = rows.assign(level=1.0, between=between, within=rows["repairs"] - between)
    return _mixed(rows, ["level", "log_session", "within", "between"], ["level"], "within", n)


def _too_few(n: Mapping[str, int]) -> Comparison:
    name = min(n, key=lambda group: n[group])
    return nothing(n, f"only {n[name]} clients are {name}; {FEWEST} are needed")


def _group_regression(
    outcome: Floats, group: Bools, columns: list[Floats], use: Bools
) -> Comparison:
    """Regress an outcome of the clients used on group and columns (HC3); return that of group."""
    n = {"repaired": int(group[use].sum()), "uninterrupted": int((~group[use]).sum())}
    if min(n.values()) < FEWEST:
        return _too_few(n)
    design = np.column_stack([group, np.ones(len(group)), *columns]).astype(float)[use]
    if len(design) <= design.shape[1]:
        return nothing(n, "the groups cannot be told apart from what is adjusted for")
    found = hc3_contrast(outcome[use], design, np.eye(design.shape[1])[0])
    if not np.isfinite(found.estimate):
        return nothing(n, "the groups cannot be told apart from what is adjusted for")
    if not np.isfinite(found.standard_error):
        return nothing(n, "one client alone decides a coefficient")
    return Comparison(**vars(found), n=n)


def _rows(therapies: Therapies, clients: Bools) -> pd.DataFrame:
    """Return the sessions of some clients: client, repairs (completed before), log_session, score."""
    courses = therapies.courses
    table = {
        "client": courses.owner,
        "repairs": therapies.repairs_before,
        "log_session": np.log(courses.sessions),
        "score": courses.scores,
    }
    return pd.DataFrame(table)[clients[courses.owner]]


def _exposed(therapies: Therapies) -> tuple[pd.DataFrame, dict[str, int], str]:
    """Return the sessions of judged clients, who is behind them, and why they cannot be used."""
    rows = _rows(therapies, therapies.judged)
    exposed = exposed_clients(rows["repairs"].to_numpy(), rows["client"].to_numpy())
    n = {"exposed": exposed, "clients": int(therapies.judged.sum()), "sessions": len(rows)}
    few = exposed < FEWEST
    return rows, n, f"only {exposed} clients were rated before and after a repair" if few else ""


def _mixed(
    rows: pd.DataFrame, fixed: list[str], random: list[str], term: str, n: Mapping[str, int]
) -> Comparison:
    """Fit a mixed model of the scores; return one of its fixed effects."""
    design = Design(
        outcome=rows["score"].to_numpy(),
        fixed=rows[fixed].to_numpy(float),
        random=rows[random].to_numpy(),
        client=np.unique(rows["client"], return_inverse=True)[1],
    )
    # Nothing can be scaled that is the same everywhere, as time is where all is at session 1.
    sized = design.outcome_size > 0 and design.fixed_size.all()
    best, endings = best_ending(design.scaled()) if sized else ("", {})
    if not best:
        return nothing(n, "no search found a place where the model is possible")
    which = fixed.index(term)
    # The search was made on scaled columns.
    factor = design.outcome_size / design.fixed_size[which]
    return Comparison(
        estimate=float(endings[best].coefficients[which] * factor),
        standard_error=float(np.sqrt(endings[best].covariance[which, which]) * factor),
        df=math.inf,
        n=n,
    )
