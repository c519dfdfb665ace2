"""The likelihood of a client's scores: own level and growth, carry-over, error, and ruptures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alliance.model.courses import Batch
from alliance.model.parameters import Parameters
from alliance.model.pulses import pulses

# Three-point Gauss rule for the absolute value of a standard normal number.
VOLATILITY_NODES = np.array([0.2694842630110794, 1.1996092953898530, 2.5452684464369693])
VOLATILITY_WEIGHTS = np.array([0.5032907008989734, 0.4473665328953806, 0.0493427662056459])


@dataclass(frozen=True, eq=False, kw_only=True)
class Quiet:
    """A batch under the model without ruptures, once for each volatility node."""

    scale: np.ndarray  # (nodes,): factor on the SDs of fluctuation and error
    # (clients, length, length): correlation of the fluctuation of two sessions; 0 where padded.
    alike: np.ndarray
    # (clients, length, length): covariance of fluctuation and error at volatility 1; 0 where
    # padded.
    within: np.ndarray
    # (clients, nodes, length, length): inverse covariance of the scores; 0 where padded.
    precision: np.ndarray
    residual: np.ndarray  # (clients, length): scores minus the mean course
    weighted: np.ndarray  # (clients, nodes, length): precision times residual
    # (clients, nodes): log density of the scores, with the log prior weight of the node.
    log_density: np.ndarray


def quiet(batch: Batch, theta: Parameters) -> Quiet:
    """Return the Gaussian part of the model for a batch.

    The covariance at node k is ``Z G Z' + scale_k^2 W`` with Z = (1, log session). Only W is
    inverted; the two columns of Z enter through a 2 x 2 matrix.
    """
    scale = np.exp(theta.volatility * VOLATILITY_NODES)
    # An exponential is much faster than a power.
    alike = np.exp(np.log(theta.carry_over) * batch.distance)
    error = theta.error_sd**2 * np.eye(batch.length) * batch.rated[:, None, :]
    within = theta.carry_over_sd**2 * alike + error
    padded = np.eye(batch.length) * ~batch.rated[:, None, :]
    inverse = np.linalg.inv(within + padded) - padded
    spread = np.linalg.slogdet(within + padded)[1]
    pulled = inverse @ batch.growth
    crossed = np.swapaxes(batch.growth, 1, 2) @ pulled
    own = theta.between
    square = (scale**2)[:, None, None]
    # Woodbury: (Z G Z' + s W)^-1 by the inverse of W and a 2 x 2 matrix.
    ratio = np.eye(2) * square + (crossed @ own)[:, None]
    shrunken = own @ np.linalg.inv(ratio)
    lowered = pulled[:, None] @ shrunken @ np.swapaxes(pulled, 1, 2)[:, None]
    precision = (inverse[:, None] - lowered) / square
    residual = batch.scores - batch.growth @ np.array([theta.level, theta.growth])
    weighted = (precision @ residual[:, None, :, None])[..., 0]
    count = batch.rated.sum(axis=1)[:, None]
    log_determinant = (
        2 * (count - 2) * np.log(scale) + spread[:, None] + np.log(np.linalg.det(ratio))
    )
    distance = np.einsum("bki,bi->bk", weighted, residual)
    log_density = -0.5 * (log_determinant + distance + count * np.log(2 * np.pi))
    return Quiet(
        scale=scale,
        alike=alike,
        within=within,
        precision=precision,
        residual=residual,
        weighted=weighted,
        log_density=log_density + np.log(VOLATILITY_WEIGHTS),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class Evidence:
    """What the scores of a batch say about each pulse, once for each volatility node.

    All arrays have the shape (clients, nodes, pulses).
    """

    pull: np.ndarray  # ``m / tau^2 - u' P r``
    hold: np.ndarray  # ``u' P u + 1 / tau^2``
    log_bayes: np.ndarray  # Log Bayes factor of the pulse against none


def evidence(batch: Batch, flat: Quiet, theta: Parameters) -> Evidence:
    """Return the evidence for every pulse, its depth integrated out.

    Depths are N(m, tau^2), tau = `SPREAD_OF_DEPTH` times m. The posterior mean depth of a pulse
    is ``pull / hold`` and its variance ``1 / hold``.
    """
    cover = pulses(batch.length).cover
    stiffness = theta.stiffness
    pull = theta.depth * stiffness - flat.weighted @ cover
    hold = block_sums(flat.precision) + stiffness
    log_bayes = 0.5 * (pull**2 / hold - np.log(hold / stiffness) - theta.depth**2 * stiffness)
    return Evidence(pull=pull, hold=hold, log_bayes=log_bayes)


def block_sums(square: np.ndarray) -> np.ndarray:
    """Return the sum of a matrix over every pulse's own rows and columns: ``u' M u``.

    `square` (..., length, length): symmetric. Returns (..., pulses).
    """
    length = square.shape[-1]
    kinds = pulses(length)
    summed = square.cumsum(axis=-1).cumsum(axis=-2).reshape(*square.shape[:-2], -1)
    end, start = kinds.last, kinds.first - 1
    # The sum over a block by its four corners in the two-way cumulative sum.
    corner = summed[..., end * length + end] - 2 * summed[..., start * length + end]
    return np.asarray(corner + summed[..., start * length + start])


def rates(batch: Batch, theta: Parameters) -> np.ndarray:
    """Return the prior rate of every pulse, shape (clients, pulses)."""
    return theta.hazard * (theta.repaired * batch.mends + (1 - theta.repaired) * batch.lasts)
