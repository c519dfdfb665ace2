"""Mixed models that can be trusted: clients, perhaps in therapists, the best of several searches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance.effects.mixed_design import Design, complete_rows, design_of
from alliance.effects.mixed_likelihood import Likelihood, Solution
from alliance.effects.mixed_search import NONE, best, search, search_statsmodels
from alliance.errors import AllianceError, join_names
from alliance.results.notebook import in_html

if TYPE_CHECKING:
    from alliance.results import PublicationTable

ENGINES = ("profiled", "statsmodels")


@dataclass(frozen=True, eq=False, kw_only=True)
class MixedFit:
    """A fitted linear mixed model.

    Parameters
    ----------
    frame : DataFrame
        Fixed effects, per unit of the column as it came in: ``term``, ``estimate``, ``se``,
        ``z``, ``low``, ``high``, ``p``.
    variances : DataFrame
        One row for each variance and covariance: ``group`` (column, or "residual"),
        ``effect``, ``with_effect`` (empty for a variance), ``variance`` (or covariance),
        ``sd`` (or correlation; NaN where a variance is 0).
    loglik : float
        Restricted log-likelihood if `reml`, at the best end of all searches.
    boundary : str
        What was estimated at the edge of what is possible, in words; empty if nothing.
    optimiser : str
        Name of the search with the highest log-likelihood.
    searches : DataFrame
        ``optimiser`` and ``loglik`` of every end that was a possible one.
    formula, random, groups, engine : str
    nested : str, optional
    reml : bool
    level : float
        Of the intervals, 0-1.
    rows, set_aside : int
        Rows used, and rows set aside because a value was missing.
    counts : mapping of str to int
        Number of clients (and therapists) behind the fit, by column.
    """

    frame: pd.DataFrame
    variances: pd.DataFrame
    loglik: float
    boundary: str
    optimiser: str
    searches: pd.DataFrame
    formula: str
    random: str
    groups: str
    nested: str | None
    reml: bool
    engine: str
    level: float
    rows: int
    set_aside: int
    counts: Mapping[str, int]

    def summary(self) -> pd.DataFrame:
        """Return the fixed effects, rounded."""
        return self.frame.round({"estimate": 3, "se": 3, "z": 2, "low": 3, "high": 3, "p": 4})

    def text(self) -> str:
        """Return what was fitted and how far it can be trusted, in sentences for a paper."""
        people = " and ".join(f"{count} of {name}" for name, count in self.counts.items())
        inside = f" within {self.nested}" if self.nested else ""
        kind = "restricted maximum likelihood" if self.reml else "maximum likelihood"
        sentences = [
            f"A linear mixed model ({self.formula}; random effects {self.random} of "
            f"{self.groups}{inside}) was fitted by {kind} to {self.rows} rows ({people}; "
            f"{self.set_aside} rows set aside for missing values).",
            f"The best of {len(self.searches)} searches ({self.optimiser}) had a log-likelihood "
            f"of {self.loglik:.3f}.",
        ]
        if self.boundary:
            sentences.append(self.boundary)
        return " ".join(sentences)

    def to_table(self, *, number: int | None = None) -> PublicationTable:
        """Return the fixed effects as a table for a paper; see `alliance.results`."""
        from alliance import results

        frame = self.frame
        return results.PublicationTable(
            number=number,
            title="Fixed Effects of a Linear Mixed Model",
            columns=(
                results.words("Term", frame["term"]),
                results.numbers("b", frame["estimate"], 3),
                results.numbers("SE", frame["se"], 3),
                results.numbers("z", frame["z"]),
                results.p_values("p", frame["p"]),
                results.intervals(f"{100 * self.level:g}% CI", frame["low"], frame["high"]),
            ),
            general=f"{self.text()} {self._spread()}",
        )

    def _spread(self) -> str:
        parts = [
            f"{row.group} {row.effect} {row.sd:.3f}".replace("  ", " ")
            for row in self.variances[self.variances["with_effect"].eq("")].itertuples()
        ]
        return f"Standard deviations of the random parts: {', '.join(parts)}."

    def _repr_html_(self) -> str:
        return in_html(self.frame, self.variances, self.text())


def fit_mixed(
    frame: pd.DataFrame,
    formula: str,
    *,
    groups: str = "client",
    random: str = "1",
    nested: str | None = None,
    reml: bool = True,
    level: float = 0.95,
    engine: str = "profiled",
) -> MixedFit:
    """Fit a linear mixed model, and believe no search that says it converged.

    Parameters
    ----------
    frame : DataFrame
        One row for each rated session, with the columns that the formulas name.
    formula : str
        Outcome and fixed effects, e.g. ``"total ~ session * group"``.
    groups : str
        Column of the clients.
    random : str
        Random effects of each client: ``"1"`` for a level, ``"1 + session"`` for a level and
        a slope that may be correlated.
    nested : str, optional
        Column of the therapists, each client with one; they get a random level.
    reml : bool
        Restricted maximum likelihood; False to compare models with different fixed effects.
    level : float
        Of the intervals, 0-1.
    engine : {"profiled", "statsmodels"}
        Who searches: our own profiled likelihood, or ``statsmodels.MixedLM`` with five of its
        optimisers. Either way each end is judged by the same log-likelihood.

    Returns
    -------
    MixedFit

    Raises
    ------
    AllianceError
        If columns are missing, the fixed effects cannot be told apart, a client has several
        therapists, there are no more rows than random effects, or no search ended at a
        possible place.

    Notes
    -----
    Columns are scaled to at most 1 for the search (so that session numbers run from 0 to 1) and
    the outcome to a standard deviation of 1; estimates, variances and log-likelihood are given
    back in the units that came in. A converged flag is worth little with MixedLM: it can stand
    for a log-likelihood that is not a number, for a covariance with negative eigenvalues and,
    more often, for a place below the optimum. So several searches are run, ends that are not
    possible are dropped, and the highest log-likelihood is kept.

    Intervals and p-values are normal ones with the variances taken as known, and so too
    narrow with few clients. The model knows nothing of correlation between neighbouring
    sessions, nor of how an exposure came about.

    References
    ----------
    Laird, N. M., & Ware, J. H. (1982). Random-effects models for longitudinal data.
    Biometrics, 38, 963-974. https://doi.org/10.2307/2529876

    Bates, D., Maechler, M., Bolker, B., & Walker, S. (2015). Fitting linear mixed-effects
    models using lme4. Journal of Statistical Software, 67(1).
    https://doi.org/10.18637/jss.v067.i01

    Examples
    --------
    Three clients, two sessions each. In balanced data the slope is the mean step,
    (1 + 2 + 3) / 3 = 2, with the standard error of a paired t-test, 1 / sqrt(3) = 0.577.

    >>> frame = pd.DataFrame({
    ...     "client": ["a", "a", "b", "b", "c", "c"], "session": [1, 2, 1, 2, 1, 2],
    ...     "total": [1.0, 2, 5, 7, 3, 6],
    ... })
    >>> fit_mixed(frame, "total ~ session").frame.round(3).loc[1, ["estimate", "se"]].tolist()
    [2.0, 0.577]
    """
    if engine not in ENGINES:
        raise AllianceError(f"engine must be one of {join_names(ENGINES)}, not '{engine}'.")
    if not 0 < level < 1:
        raise AllianceError(f"level must lie between 0 and 1, not {level}.")
    used = complete_rows(frame, formula, random, groups, nested)
    design = design_of(used, formula, random, groups, nested)
    scaled = design.scaled()
    likelihood = scaled.likelihood(reml)
    ends = _ends(likelihood, scaled, engine)
    name, theta = best(likelihood, ends)
    if theta is None:
        raise AllianceError(
            "No search found a place where the model is possible.\n"
            "To fix: use fewer random effects, or check the outcome for constant values."
        )
    solution = likelihood.at(theta)
    shift = design.loglik_shift(reml)
    heights = {end: likelihood.at(place).loglik + shift for end, place in ends.items()}
    counts = {groups: design.clients}
    if nested is not None:
        counts[nested] = int(design.above.max() + 1)
    return MixedFit(
        frame=_fixed_effects(design, solution, level),
        variances=_variances(design, likelihood, theta, solution, groups, nested),
        loglik=solution.loglik + shift,
        boundary=_boundary(design, likelihood, theta, groups, nested),
        optimiser=name,
        searches=pd.DataFrame({"optimiser": list(heights), "loglik": list(heights.values())}),
        formula=formula,
        random=random,
        groups=groups,
        nested=nested,
        reml=reml,
        engine=engine,
        level=level,
        rows=len(used),
        set_aside=len(frame) - len(used),
        counts=counts,
    )


def _ends(likelihood: Likelihood, scaled: Design, engine: str) -> dict[str, NDArray]:
    if engine == "profiled":
        return search(likelihood)
    if likelihood.above is not None and likelihood.effects > 1:
        raise AllianceError(
            "statsmodels cannot fit correlated random effects of clients within therapists.\n"
            "To fix: use random='1', or engine='profiled'."
        )
    return search_statsmodels(
        likelihood, scaled.outcome, scaled.fixed, scaled.random, scaled.client
    )


def _fixed_effects(design: Design, solution: Solution, level: float) -> pd.DataFrame:
    from scipy.special import ndtr, ndtri

    factor = design.outcome_size / design.fixed_size
    estimate = solution.coefficients * factor
    se = np.sqrt(np.diagonal(solution.covariance)) * factor
    reach = ndtri((1 + level) / 2) * se
    return pd.DataFrame(
        {
            "term": list(design.fixed_names),
            "estimate": estimate,
            "se": se,
            "z": estimate / se,
            "low": estimate - reach,
            "high": estimate + reach,
            "p": 2 * ndtr(-np.abs(estimate / se)),
        }
    )


def _variances(
    design: Design,
    likelihood: Likelihood,
    theta: NDArray,
    solution: Solution,
    groups: str,
    nested: str | None,
) -> pd.DataFrame:
    lower = likelihood.factor(theta) * (design.outcome_size / design.random_size)[:, None]
    covariance = solution.residual * lower @ lower.T
    sd = np.sqrt(np.diagonal(covariance))
    names, rows = design.random_names, []
    for i, j in zip(*np.tril_indices(len(names)), strict=True):
        both = sd[i] * sd[j]
        spread = sd[i] if i == j else covariance[i, j] / both if both > 0 else np.nan
        rows.append((groups, names[i], "" if i == j else names[j], covariance[i, j], spread))
    residual = solution.residual * design.outcome_size**2
    if nested is not None:
        variance = residual * theta[-1] ** 2
        rows.append((nested, "Intercept", "", variance, np.sqrt(variance)))
    rows.append(("residual", "", "", residual, np.sqrt(residual)))
    return pd.DataFrame(rows, columns=["group", "effect", "with_effect", "variance", "sd"])


def _boundary(
    design: Design, likelihood: Likelihood, theta: NDArray, groups: str, nested: str | None
) -> str:
    lower = likelihood.factor(theta)
    found = []
    for i, name in enumerate(design.random_names):
        if np.linalg.norm(lower[i]) < NONE:
            found.append(f"the variance of {name} between {groups}s was estimated as 0")
        elif lower[i, i] < NONE:
            found.append(
                f"the effect of {name} on each {groups} was estimated as fully determined by "
                f"{join_names(design.random_names[:i])} (a correlation of 1 or -1)"
            )
    if nested is not None and theta[-1] < NONE:
        found.append(f"the variance between {nested}s was estimated as 0")
    if not found:
        return ""
    return f"Boundary fit: {'; '.join(found)}. The data do not support these random effects."
