"""Mixed models that can be trusted: clients, perhaps in therapists, the best of several searches."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.checks import check_number
from alliance.effects.mixed_design import Design, complete_rows, design_of
from alliance.effects.mixed_search import NONE, Ending, best_ending
from alliance.errors import AllianceError, join_names
from alliance.results import Result


@dataclass(frozen=True, eq=False, kw_only=True)
class MixedFit(Result):
    """A fitted linear mixed model.

    Parameters
    ----------
    frame : DataFrame
        Fixed effects, per unit of the column as it came in: ``term``, ``estimate``,
        ``standard_error``, ``z``, ``low``, ``high``, ``p``.
    variances : DataFrame
        One row for each variance and covariance: ``group`` (column, or "residual"),
        ``effect``, ``with_effect`` (empty for a variance), ``variance`` (or covariance),
        ``sd`` (or correlation; NaN where a variance is 0).
    loglik : float
        Restricted log-likelihood if `reml`, at the best end of all searches.
    boundary : tuple of str
        What was estimated at the edge of what is possible, in words.
    optimiser : str
        Name of the search with the highest log-likelihood.
    searches : DataFrame
        ``optimiser`` and ``loglik`` of every end that was a possible one.
    formula, random, groups : str
    nested : str, optional
    reml : bool
    confidence : float
        Level of the intervals, 0-1.
    rows, excluded : int
        Rows used, and rows left out because a value was missing.
    counts : mapping of str to int
        Number of clients (and therapists) behind the fit, by column.
    """

    variances: pd.DataFrame
    loglik: float
    boundary: tuple[str, ...]
    optimiser: str
    searches: pd.DataFrame
    formula: str
    random: str
    groups: str
    nested: str | None
    reml: bool
    confidence: float
    rows: int
    excluded: int
    counts: Mapping[str, int]

    def facts(self) -> Mapping[str, object]:
        """Return what the sentences use: terms, and standard deviations of the random parts."""
        alone = self.variances[self.variances["with_effect"].eq("")]
        return {"terms": self.frame.to_dict("records"), "spread": alone.to_dict("records")}


def fit_mixed(
    frame: pd.DataFrame,
    formula: str,
    *,
    groups: str = "client",
    random: str = "1",
    nested: str | None = None,
    reml: bool = True,
    confidence: float = 0.95,
) -> MixedFit:
    """Fit a linear mixed model with `statsmodels.MixedLM`, and believe no search that says it converged.

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
    confidence : float
        Level of the intervals, 0-1.

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
    possible are dropped, and the highest log-likelihood is kept; ``calibration/mixed_models.csv``
    shows the agreement with R's lme4 in 77 studies.

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
    >>> fitted = fit_mixed(frame, "total ~ session").frame.round(3)
    >>> fitted[["estimate", "standard_error"]].to_numpy()[1].tolist()
    [2.0, 0.577]
    """
    confidence = check_number(confidence, "confidence", 0.001, 0.999)
    used = complete_rows(frame, formula, random, groups, nested)
    design = design_of(used, formula, random, groups, nested)
    best, endings = best_ending(design.scaled(), reml=reml)
    if not best:
        raise AllianceError(
            "No search found a place where the model is possible.\n"
            "To fix: use fewer random effects, or check the outcome for constant values."
        )
    shift = design.loglik_shift(reml)
    heights = {name: ending.loglik + shift for name, ending in endings.items()}
    counts = {groups: design.clients}
    if nested is not None and design.therapist is not None:
        counts[nested] = int(design.therapist.max() + 1)
    return MixedFit(
        frame=_fixed_effects(design, endings[best], confidence),
        variances=_variances(design, endings[best], groups, nested),
        loglik=heights[best],
        boundary=tuple(_boundary(design, endings[best], groups, nested)),
        optimiser=best,
        searches=pd.DataFrame({"optimiser": list(heights), "loglik": list(heights.values())}),
        formula=formula,
        random=random,
        groups=groups,
        nested=nested,
        reml=reml,
        confidence=confidence,
        rows=len(used),
        excluded=len(frame) - len(used),
        counts=counts,
    )


def _fixed_effects(design: Design, ending: Ending, confidence: float) -> pd.DataFrame:
    from scipy.special import ndtr, ndtri

    factor = design.outcome_size / design.fixed_size
    estimate = ending.coefficients * factor
    error = np.sqrt(np.diagonal(ending.covariance)) * factor
    reach = ndtri((1 + confidence) / 2) * error
    return pd.DataFrame(
        {
            "term": list(design.fixed_names),
            "estimate": estimate,
            "standard_error": error,
            "z": estimate / error,
            "low": estimate - reach,
            "high": estimate + reach,
            "p": 2 * ndtr(-np.abs(estimate / error)),
        }
    )


def _variances(design: Design, ending: Ending, groups: str, nested: str | None) -> pd.DataFrame:
    # The factor in the units of the data: covariance = residual L L'.
    lower = ending.factor * (design.outcome_size / design.random_size)[:, None]
    covariance = ending.residual * lower @ lower.T
    sd = np.sqrt(np.diagonal(covariance))
    names, rows = design.random_names, []
    for i, j in zip(*np.tril_indices(len(names)), strict=True):
        both = sd[i] * sd[j]
        spread = sd[i] if i == j else covariance[i, j] / both if both > 0 else np.nan
        rows.append((groups, names[i], "" if i == j else names[j], covariance[i, j], spread))
    residual = ending.residual * design.outcome_size**2
    if nested is not None:
        variance = residual * ending.above**2
        rows.append((nested, "Intercept", "", variance, np.sqrt(variance)))
    rows.append(("residual", "", "", residual, np.sqrt(residual)))
    return pd.DataFrame(rows, columns=["group", "effect", "with_effect", "variance", "sd"])


def _boundary(design: Design, ending: Ending, groups: str, nested: str | None) -> list[str]:
    found = []
    for i, name in enumerate(design.random_names):
        if np.linalg.norm(ending.factor[i]) < NONE:
            found.append(f"the variance of {name} between {groups}s was estimated as 0")
        # A diagonal of 0 below others that are not: the effect follows from theirs.
        elif ending.factor[i, i] < NONE:
            found.append(
                f"the effect of {name} on each {groups} was estimated as fully determined by "
                f"{join_names(design.random_names[:i])} (a correlation of 1 or -1)"
            )
    if nested is not None and ending.above < NONE:
        found.append(f"the variance between {nested}s was estimated as 0")
    return found
