"""The highest likelihood of a mixed model: several searches, none believed on its own word."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from alliance.effects.mixed_likelihood import Likelihood

# Below this, a standard deviation over that of the residual counts as none.
NONE = 1e-4
# Below this, a search is taken up again from five times as much.
AWAY = 0.01
# Log-likelihoods of two ends that differ by less are the same.
AGREE = 1e-6
STATSMODELS_OPTIMISERS = ("bfgs", "lbfgs", "cg", "powell", "nm")


def search(likelihood: Likelihood) -> dict[str, NDArray[np.float64]]:
    """Return the theta that each of our own searches ends with, by name.

    Two searches start far apart. A standard deviation of 0 is always a stationary point, so a
    search that ends there is taken up again a step away from it; and where the ends do not
    agree, a search that needs no slopes decides.
    """
    spread = likelihood.lower_bounds == 0
    found = {
        "L-BFGS-B from afar": _minimum(likelihood, np.where(spread, 1.0, 0.0), "L-BFGS-B"),
        "L-BFGS-B from near": _minimum(likelihood, np.where(spread, 0.2, 0.0), "L-BFGS-B"),
    }
    name, theta = best(likelihood, found)
    if theta is not None and (theta[spread] < AWAY).any():
        away = np.where(spread & (theta < AWAY), 5 * AWAY, theta)
        found[f"{name}, taken up again"] = _minimum(likelihood, away, "L-BFGS-B")
    heights = [likelihood.at(end).loglik for end in found.values()]
    if not np.ptp(heights) < AGREE:
        start = np.where(spread, 0.2, 0.0) if theta is None else best(likelihood, found)[1]
        found["Nelder-Mead"] = _minimum(likelihood, start, "Nelder-Mead")
    return found


def best(
    likelihood: Likelihood, found: dict[str, NDArray[np.float64]]
) -> tuple[str, NDArray[np.float64] | None]:
    """Return name and theta of the highest finite log-likelihood; None if there is none."""
    heights = {name: likelihood.at(theta).loglik for name, theta in found.items()}
    finite = {name: height for name, height in heights.items() if math.isfinite(height)}
    if not finite:
        return "", None
    name = max(finite, key=finite.get)
    return name, found[name]


def _minimum(likelihood: Likelihood, start: NDArray, method: str) -> NDArray[np.float64]:
    from scipy.optimize import minimize

    options = {
        "L-BFGS-B": {"ftol": 1e-13, "gtol": 1e-6, "maxiter": 500},
        "Nelder-Mead": {"xatol": 1e-5, "fatol": 1e-8, "maxiter": 2000, "maxfev": 4000},
    }
    bounds = [(None if math.isinf(low) else low, None) for low in likelihood.lower_bounds]
    # An infinite deviance says "not here"; a search that cannot cope is judged by where it ends.
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = minimize(
            likelihood.deviance, start, method=method, bounds=bounds, options=options[method]
        )
    return found.x


def search_statsmodels(
    likelihood: Likelihood,
    outcome: NDArray,
    fixed: NDArray,
    random: NDArray,
    client: NDArray[np.integer],
) -> dict[str, NDArray[np.float64]]:
    """Return the theta that `statsmodels.MixedLM` ends with, for each of its optimisers.

    Ends with a covariance that is not finite or has a negative eigenvalue are left out, and
    so are those that raise; what MixedLM says of its convergence is not asked.
    """
    found = {}
    for name, covariance in _mixedlm_covariances(outcome, fixed, random, client, likelihood):
        theta = _theta_of(covariance, likelihood)
        if theta is not None:
            found[f"statsmodels {name}"] = theta
    return found


def _mixedlm_covariances(
    outcome: NDArray, fixed: NDArray, random: NDArray, client: NDArray, likelihood: Likelihood
) -> Iterator[tuple[str, dict[str, NDArray]]]:
    from statsmodels.regression.mixed_linear_model import MixedLM, VCSpec

    if likelihood.above is None:
        model = MixedLM(outcome, fixed, client, exog_re=random)
    else:
        unit = likelihood.above[client]
        spec = _clients_in_units(unit, client, VCSpec)
        model = MixedLM(outcome, fixed, unit, exog_re=np.ones((len(unit), 1)), exog_vc=spec)
    for name in STATSMODELS_OPTIMISERS:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                end = model.fit(reml=likelihood.reml, method=name)
            except (np.linalg.LinAlgError, ValueError):
                continue
            yield name, {"groups": end.cov_re / end.scale, "clients": end.vcomp / end.scale}


def _clients_in_units(unit: NDArray, client: NDArray, spec):
    names, columns = [], []
    for one in np.unique(unit):
        own = client[unit == one]
        members = np.unique(own)
        names.append([str(member) for member in members])
        columns.append((own[:, None] == members).astype(float))
    return spec(["client"], [names], [columns])


def _theta_of(covariance: dict[str, NDArray], likelihood: Likelihood) -> NDArray[np.float64] | None:
    """Return theta for the covariances over the residual variance; None if they are none."""
    groups = np.asarray(covariance["groups"], dtype=float)
    clients = np.asarray(covariance["clients"], dtype=float)
    parts = [groups, np.diag(clients)] if clients.size else [groups]
    for part in parts:
        if not np.isfinite(part).all() or np.linalg.eigvalsh(part).min() < -1e-10:
            return None
    if likelihood.above is None:
        return _lower(groups)[np.tril_indices(likelihood.effects)]
    return np.sqrt(np.maximum([clients[0], groups[0, 0]], 0))


def _lower(covariance: NDArray) -> NDArray[np.float64]:
    """Return a lower triangle L with L L' = covariance, which may be singular."""
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0))
    lower = np.linalg.qr(root.T, mode="r").T
    return lower * np.where(np.diagonal(lower) < 0, -1, 1)
