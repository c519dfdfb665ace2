"""The log likelihood of a batch with at most one rupture each, and its slopes, for fitting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alliance.model.courses import Batch
from alliance.model.likelihood import (
    VOLATILITY_NODES,
    Evidence,
    Quiet,
    evidence,
    quiet,
    rates,
)
from alliance.model.parameters import Parameters
from alliance.model.pulses import pulses


@dataclass(frozen=True, eq=False, kw_only=True)
class OneRupture:
    """What is known of one rupture at most, client by client."""

    logs: np.ndarray  # (clients,): log likelihood
    node: np.ndarray  # (clients, nodes): posterior probability of each volatility node
    pulse: np.ndarray  # (clients, nodes, pulses): posterior probability of node and pulse
    # (clients, pulses): slope of the log likelihood in each pulse's prior rate.
    rate_slopes: np.ndarray


def one_rupture(flat: Quiet, told: Evidence, prior: np.ndarray) -> OneRupture:
    """Weigh no rupture against every single one.

    The chance of none is exp(-L), L being the client's summed prior rates; the rest is shared
    out over the pulses in proportion to their rates.
    """
    # exp(-L) for none: with one rupture at most, the first that a Poisson process gives.
    total = prior.sum(axis=1, keepdims=True)
    none = np.exp(-total)
    share = -np.expm1(-total) / total
    # Taken out before exp, so that a clear rupture does not overflow.
    shift = np.maximum(told.log_bayes.max(axis=-1), 0.0)
    bayes = np.exp(told.log_bayes - shift[..., None])
    summed = np.einsum("bkp,bp->bk", bayes, prior)
    mixed = none * np.exp(-shift) + share * summed
    joint = flat.log_density + np.log(mixed) + shift
    top = joint.max(axis=1, keepdims=True)
    logs = top + np.log(np.exp(joint - top).sum(axis=1, keepdims=True))
    node = np.exp(joint - logs)
    per_bayes = node * share / mixed
    fixed = (share - none) / total * summed + none * np.exp(-shift)
    gained = np.einsum("bk,bkp->bp", per_bayes, bayes)
    return OneRupture(
        logs=logs[:, 0],
        node=node,
        pulse=per_bayes[..., None] * bayes * prior[:, None],
        rate_slopes=gained - (node * fixed / mixed).sum(axis=1, keepdims=True),
    )


def log_likelihood(batch: Batch, theta: Parameters) -> tuple[np.ndarray, dict[str, float]]:
    """Return each client's log likelihood, and the slopes of their sum in every parameter.

    Returns `logs` (clients,); `slopes`: by the name of the parameter, in the parameter as it
    stands.
    """
    flat = quiet(batch, theta)
    told = evidence(batch, flat, theta)
    found = one_rupture(flat, told, rates(batch, theta))
    depth = told.pull / told.hold
    slopes = _gaussian_slopes(batch, theta, flat, told, found)
    shares = theta.repaired * batch.mends + (1 - theta.repaired) * batch.lasts
    slopes["hazard"] = (found.rate_slopes * shares).sum()
    slopes["repaired"] = theta.hazard * (found.rate_slopes * (batch.mends - batch.lasts)).sum()
    deeper = theta.stiffness * (depth**2 - depth * theta.depth + 1 / told.hold) - 1
    slopes["depth"] = (found.pulse * deeper).sum() / theta.depth
    return found.logs, slopes


def _gaussian_slopes(
    batch: Batch, theta: Parameters, flat: Quiet, told: Evidence, found: OneRupture
) -> dict[str, float]:
    """Return the slopes in means and covariances.

    By Fisher's identity the slope in a covariance V with inverse P is half of ``P S P - P``,
    where S is the expectation of (r + D)(r + D)' over the depths D that the scores leave open.
    """
    in_covariance, mended = _covariance_slopes(batch, flat, told, found)
    squares = flat.scale**2
    by_node = in_covariance * squares[:, None, None]
    in_within = by_node.sum(axis=1)
    turned = np.swapaxes(batch.growth, 1, 2)
    in_between = (turned @ in_covariance.sum(axis=1) @ batch.growth).sum(axis=0)
    own, grown, both = in_between[0, 0], in_between[1, 1], in_between[0, 1]
    level_sd, slope_sd = theta.level_sd, theta.growth_sd
    correlation = theta.level_growth_correlation
    in_mean = np.einsum("bi,bia->a", mended, batch.growth)
    return {
        "level": in_mean[0],
        "growth": in_mean[1],
        "level_sd": 2 * (level_sd * own + correlation * slope_sd * both),
        "growth_sd": 2 * (slope_sd * grown + correlation * level_sd * both),
        "level_growth_correlation": 2 * level_sd * slope_sd * both,
        "carry_over_sd": 2 * theta.carry_over_sd * (in_within * flat.alike).sum(),
        "carry_over": theta.carry_over_sd**2
        * (in_within * batch.distance * flat.alike).sum()
        / theta.carry_over,
        "error_sd": 2 * theta.error_sd * np.einsum("bii->", in_within),
        "volatility": 2 * VOLATILITY_NODES @ np.einsum("bkij,bij->k", by_node, flat.within),
    }


def _covariance_slopes(
    batch: Batch, flat: Quiet, told: Evidence, found: OneRupture
) -> tuple[np.ndarray, np.ndarray]:
    """Return the slope in every covariance, and precision times mended residual."""
    cover = pulses(batch.length).cover
    depth = told.pull / told.hold
    node = found.node[..., None, None]
    mean = (found.pulse * depth) @ cover.T
    squares = found.pulse * (depth**2 + 1 / told.hold)
    spread = _spread_out(squares, batch.length)
    residual = flat.residual[:, None]
    half = residual[..., None] * (0.5 * node[..., 0] * residual + mean)[..., None, :]
    expected = spread + half + np.swapaxes(half, -1, -2)
    slopes = 0.5 * (flat.precision @ expected @ flat.precision - node * flat.precision)
    mended = found.node[..., None] * flat.weighted
    mended += (flat.precision @ mean[..., None])[..., 0]
    return slopes, mended.sum(axis=1)


def _spread_out(per_pulse: np.ndarray, length: int) -> np.ndarray:
    """Return the sum over pulses of a number times ``u u'``, shape (..., length, length)."""
    kinds = pulses(length)
    laid = np.zeros((*per_pulse.shape[:-1], length, length))
    laid[..., kinds.first, kinds.last] = per_pulse
    # A pulse from f to l covers the block of rows and columns f ... l: cumulative sums from both
    # ends.
    upper = np.triu(laid[..., ::-1].cumsum(axis=-1)[..., ::-1].cumsum(axis=-2))
    return np.asarray(upper + np.swapaxes(np.triu(upper, 1), -1, -2))
