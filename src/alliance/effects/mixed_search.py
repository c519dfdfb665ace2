"""The highest likelihood of a mixed model: several searches of statsmodels, none believed on its word."""

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from alliance.arrays import Floats
from alliance.effects.mixed_design import Design

# Optimisers of MixedLM, and the variance over that of the residual that each starts from.
SEARCHES = (("bfgs", 1.0), ("lbfgs", 0.2))
# How flat the likelihood must be where they end, in each one's own words.
ENDS = {"bfgs": {"gtol": 1e-7}, "lbfgs": {"pgtol": 1e-7, "factr": 10.0}}
# Below this, a standard deviation over that of the residual counts as none.
NONE = 1e-4
# Nearer than this to a boundary, an end of MixedLM is not trusted: a variance of 0 is stationary.
AWAY = 0.05
# Log-likelihoods of two ends that differ by less are the same.
AGREE = 1e-6


@dataclass(frozen=True, eq=False, kw_only=True)
class Ending:
    """Where a search ended, and what the likelihood is there."""

    # (q, q): lower triangle T: the clients' random effects have covariance residual * T T'.
    factor: Floats
    above: float  # SD between therapists over that of the residual; 0 if clients are not nested
    loglik: float  # Log-likelihood, restricted or not
    # Fixed effects, and their covariance with the variances taken as known.
    coefficients: Floats
    covariance: Floats
    residual: float  # Residual variance


def best_ending(design: Design, *, reml: bool = True) -> tuple[str, dict[str, Ending]]:
    """Return the name of the best search, and every possible ending by the name of its search.

    `design`: scaled. Returns `best`: empty if no search ended at a possible place; endings.

    Each ending is judged by the likelihood written out here, not by what MixedLM says of it. Where
    endings differ, lie at a boundary, or MixedLM does not know the model (correlated effects of
    clients within therapists), the search goes on from the best of them under that likelihood.
    """
    found = {
        f"statsmodels {name} from {start:g}": ending
        for name, start in SEARCHES
        if (ending := _search(design, name, start, reml)) is not None
    }
    best = _best(found)
    if best and not _is_settled(design, found):
        again = _taken_up_again(design, found[best], reml)
        if again is not None:
            found[f"{best}, taken up again"] = again
        best = _best(found)
    return best, found


def _best(found: dict[str, Ending]) -> str:
    return max(found, key=lambda name: found[name].loglik, default="")


def _is_settled(design: Design, found: dict[str, Ending]) -> bool:
    heights = [ending.loglik for ending in found.values()]
    spreads = [np.diagonal(ending.factor) for ending in found.values()]
    if design.therapist is not None:
        spreads.append(np.array([ending.above for ending in found.values()]))
    inside = np.concatenate(spreads).min() > AWAY
    # With nested clients and several effects MixedLM has no correlations: always go on.
    known = design.therapist is None or design.random.shape[1] == 1
    return known and inside and len(heights) > 1 and max(heights) - min(heights) < AGREE


def ending_at(design: Design, factor: Floats, above: float, reml: bool) -> Ending | None:
    """Return the likelihood and the fixed effects where the random effects have this shape.

    None where the model is impossible.

    With V = Z T T' Z' + above^2 11' + I in each block and A = [X y], the sums of A'V^-1 A hold all
    that is needed: b = (X'V^-1 X)^-1 X'V^-1 y, residual = r'V^-1 r / df, and
    -2 loglik = sum log|V| + df (1 + log(2 pi residual)) [+ log|X'V^-1 X|, df = n - p, if REML]
    (Bates et al., 2015, eqs. 34-42).
    """
    table = np.column_stack([design.fixed, design.outcome])
    if not np.isfinite(factor).all():
        return None
    try:
        logdet, sums = _weighted_sums(design, table, factor, above)
        squares, products = sums[:-1, :-1], sums[:-1, -1]
        covariance = np.linalg.inv(squares)
        coefficients = covariance @ products
        df = len(table) - (len(squares) if reml else 0)
        # The residual variance at its best, profiled out.
        residual = (sums[-1, -1] - products @ coefficients) / df
        deviance = logdet + df * (1 + math.log(2 * math.pi * residual))
        deviance += np.linalg.slogdet(squares)[1] if reml else 0.0
    except (np.linalg.LinAlgError, ValueError):  # not positive definite, or log of nothing
        return None
    if not math.isfinite(deviance):
        return None
    return Ending(
        factor=factor,
        above=above,
        loglik=float(-deviance / 2),
        coefficients=coefficients,
        covariance=residual * covariance,
        residual=float(residual),
    )


def _weighted_sums(
    design: Design, table: Floats, factor: Floats, above: float
) -> tuple[float, Floats]:
    """Return sum log|V| and the sums of A'V^-1 A, block by block."""
    logdet, sums = 0.0, np.zeros((table.shape[1],) * 2)
    spread = design.random @ factor
    for rows in design.blocks:
        own, effects = design.client[rows], spread[rows]
        variance = (effects @ effects.T) * (own[:, None] == own) + above**2 + np.eye(len(rows))
        root = np.linalg.cholesky(variance)
        # Whitened rows: A' V^-1 A = (L^-1 A)' (L^-1 A)
        white = np.linalg.solve(root, table[rows])
        logdet += 2 * float(np.log(np.diagonal(root)).sum())
        sums += white.T @ white
    return logdet, sums


def _search(design: Design, name: str, start: float, reml: bool) -> Ending | None:
    """Return where an optimiser of MixedLM ends, whatever it says of that; None if impossible."""
    from statsmodels.regression.mixed_linear_model import MixedLMParams

    model = _mixedlm(design)
    from_here = MixedLMParams.from_components(
        np.zeros(design.fixed.shape[1]),
        cov_re=start * np.eye(model.k_re),
        vcomp=np.full(model.k_vc, start),
    )
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            end = model.fit(reml=reml, method=name, start_params=from_here, **ENDS.get(name, {}))
        except (np.linalg.LinAlgError, ValueError):
            return None
    shape = _shape_of(design, np.asarray(end.cov_re) / end.scale, end.vcomp / end.scale)
    return None if shape is None else ending_at(design, *shape, reml)


def _mixedlm(design: Design) -> Any:
    """Return MixedLM for a design; clients within therapists as independent components."""
    from statsmodels.regression.mixed_linear_model import MixedLM, VCSpec

    if design.therapist is None:
        return MixedLM(design.outcome, design.fixed, design.client, exog_re=design.random)
    names: list[list[list[str]]] = [[] for _ in design.random.T]
    columns: list[list[Floats]] = [[] for _ in design.random.T]
    for rows in design.blocks:
        members = np.unique(design.client[rows])
        theirs = (design.client[rows][:, None] == members).astype(float)
        for effect, column in enumerate(design.random.T):
            names[effect].append([str(member) for member in members])
            columns[effect].append(theirs * column[rows][:, None])
    # MixedLM takes groups in the order of their labels and rows as they come, like the blocks.
    parts = VCSpec([str(effect) for effect in range(len(names))], names, columns)
    ones = np.ones((len(design.outcome), 1))
    return MixedLM(design.outcome, design.fixed, design.therapist, exog_re=ones, exog_vc=parts)


def _shape_of(design: Design, groups: Floats, parts: Floats) -> tuple[Floats, float] | None:
    """Return T and the therapists' SD for variances over that of the residual; None if impossible."""
    for matrix in (groups, np.diag(parts)):
        if matrix.size and not (
            np.isfinite(matrix).all() and np.linalg.eigvalsh(matrix).min() > -1e-10
        ):
            return None
    if design.therapist is None:
        return _lower(groups), 0.0
    return _lower(np.diag(parts)), math.sqrt(max(groups[0, 0], 0.0))


def _lower(covariance: Floats) -> Floats:
    """Return a lower triangle L with L L' = covariance, which may be singular."""
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0))
    lower = np.asarray(np.linalg.qr(root.T, mode="r")).T
    # Rotations and signs are free: one triangle for each covariance.
    return np.asarray(lower * np.where(np.diagonal(lower) < 0, -1, 1))


def _taken_up_again(design: Design, start: Ending, reml: bool) -> Ending | None:
    """Return where a search with bounds ends that starts at least a step away from them."""
    from scipy.optimize import minimize

    q = design.random.shape[1]
    lower = np.tril_indices(q)
    spread = np.append(lower[0] == lower[1], [True] * (design.therapist is not None))
    theta = start.factor[lower]
    theta = theta if design.therapist is None else np.append(theta, start.above)

    def ending(values: Floats) -> Ending | None:
        factor = np.zeros((q, q))
        factor[lower] = values[: len(lower[0])]
        return ending_at(design, factor, 0.0 if design.therapist is None else values[-1], reml)

    def deviance(values: Floats) -> float:
        found = ending(values)
        return math.inf if found is None else -2 * found.loglik

    found = minimize(
        deviance,
        # At a variance of exactly 0 the slope is 0, whatever the data say.
        np.where(spread, np.maximum(theta, AWAY), theta),
        method="L-BFGS-B",
        bounds=[(0.0, None) if one else (None, None) for one in spread],
        options={"ftol": 1e-13, "gtol": 1e-6, "maxiter": 200},
    )
    return ending(found.x)
