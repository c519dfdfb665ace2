"""Alliance without ruptures: own level and growth, carry-over and error, fitted to the data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass

import numpy as np

from alliance.errors import AllianceError
from alliance.model.drawing import draw_courses
from alliance.model.parameters import Noise
from alliance.model.resampling import Group, Resample

MOST_SERIES = 2_000
_NO_MODEL = " No model can be fitted to them.\nTo fix: ask for nulls=['shuffled'] only."
# Three-point quadrature for a standard normal.
_NODES, _WEIGHTS = np.sqrt(3) * np.array([-1.0, 0.0, 1.0]), np.array([1.0, 4.0, 1.0]) / 6
_START = (0.0, 0.0, np.log(0.7), np.log(0.15), 0.0, np.log(0.4), -0.8, np.log(0.4), np.log(0.2))
_LIMITS = ((-5, 5), (-5, 5), (-7, 2), (-7, 2), (-3, 3), (-7, 2), (-5, 4), (-7, 2), (-7, 0))


def normal_scores(groups: Sequence[Group]) -> list[np.ndarray]:
    """Return the scores of all series together as normal scores; equal scores share one."""
    from scipy.special import ndtri

    scores = _flat([group.scores for group in groups])
    _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - count / 2
    return _like(ndtri(middle / len(scores))[place], groups)


def fit_noise(groups: Sequence[Group], scores: Sequence[np.ndarray] | None = None) -> Noise:
    """Fit the model without ruptures by maximum likelihood.

    `scores`: what to fit at the groups' sessions; their `normal_scores` if not given. Raises
    AllianceError if the scores do not vary, or no series has two sessions.

    y = level + growth log t + own level + own growth log t + x + e, with x a first-order
    autoregression in session numbers and e independent; all normal. Each client's x and e are
    multiplied by a lognormal factor, summed out over three nodes. Of more than `MOST_SERIES`
    series, every k-th of each length is used.
    """
    from scipy.optimize import minimize

    if all(group.scores.shape[1] < 2 for group in groups):
        raise AllianceError(f"No client has two rated sessions.{_NO_MODEL}")
    if np.ptp(_flat([group.scores for group in groups])) == 0:
        raise AllianceError(f"All scores are equal.{_NO_MODEL}")
    parts = list(_parts(groups, normal_scores(groups) if scores is None else scores))
    count = sum(len(part.scores) for part in parts)

    def loss(free: np.ndarray) -> tuple[float, np.ndarray]:
        noise = _noise(free)
        value, slopes = _summed(parts, noise)
        return -value / count, -slopes * _stretch(noise) / count

    best = minimize(
        loss, _START, jac=True, method="L-BFGS-B", bounds=_LIMITS, options={"ftol": 1e-7}
    )
    return _noise(best.x)


def log_likelihood(
    groups: Sequence[Group], scores: Sequence[np.ndarray], noise: Noise
) -> tuple[float, np.ndarray]:
    """Return the log likelihood of scores at the groups' sessions, and its slopes.

    Returns value; slopes.
    """
    return _summed(list(_parts(groups, scores)), noise)


def drawn(groups: Sequence[Group], noise: Noise, rng: np.random.Generator) -> Resample:
    """Draw series from the model at the same sessions, with exactly the scores of the data.

    The drawn values of all series are ranked together, and the lowest gets the lowest score of
    the data, the next the next, and so on: rounding, range and the share of scores at the
    ceiling are those of the data in every draw.
    """
    latent = [draw_courses(times, noise, rng) for times in _times(groups)]
    order = np.argsort(_flat(latent), kind="stable")
    scores = np.empty(len(order))
    scores[order] = np.sort(_flat([group.scores for group in groups]))
    return _like(scores, groups)


def _flat(arrays: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate([array.ravel() for array in arrays])


def _like(flat: np.ndarray, groups: Sequence[Group]) -> list[np.ndarray]:
    ends = np.cumsum([group.scores.size for group in groups])[:-1]
    pieces = np.split(flat, ends)
    return [piece.reshape(group.scores.shape) for piece, group in zip(pieces, groups, strict=True)]


def _times(groups: Sequence[Group]) -> list[np.ndarray]:
    # Growth goes with log session, so days numbered from 0 are moved to begin at 1.
    first = min(group.sessions.min() for group in groups)
    return [(group.sessions + max(0, 1 - first)).astype(float) for group in groups]


@dataclass(frozen=True, eq=False, kw_only=True)
class _Part:
    scores: np.ndarray
    design: np.ndarray
    distance: np.ndarray


def _parts(groups: Sequence[Group], scores: Sequence[np.ndarray]) -> Iterator[_Part]:
    every = -(-sum(len(group.scores) for group in groups) // MOST_SERIES)
    for times, values in zip(_times(groups), scores, strict=True):
        times, values = times[::every], values[::every]
        yield _Part(
            scores=values,
            design=np.stack([np.ones(times.shape), np.log(times)], axis=-1),
            distance=np.abs(times[:, :, None] - times[:, None, :]),
        )


def _noise(free: np.ndarray) -> Noise:
    level, growth, level_sd, slope_sd, correlation, state_sd, carry, error, volatility = free
    return Noise(
        level=float(level),
        growth=float(growth),
        level_sd=float(np.exp(level_sd)),
        growth_sd=float(np.exp(slope_sd)),
        level_growth_correlation=float(np.tanh(correlation)),
        carry_over_sd=float(np.exp(state_sd)),
        carry_over=float(1 / (1 + np.exp(-carry))),
        error_sd=float(np.exp(error)),
        volatility=float(np.exp(volatility)),
    )


def _stretch(noise: Noise) -> np.ndarray:
    # How fast each parameter moves with its free form: identity, log, Fisher's z or logit.
    _, _, level_sd, slope_sd, correlation, state_sd, carry, error, volatility = astuple(noise)
    free = (1 - correlation**2, state_sd, carry * (1 - carry), error, volatility)
    return np.array([1, 1, level_sd, slope_sd, *free])


def _summed(parts: Sequence[_Part], noise: Noise) -> tuple[float, np.ndarray]:
    values, slopes = zip(*(_log_likelihood(part, noise) for part in parts), strict=True)
    return sum(values), np.sum(slopes, axis=0)


def _log_likelihood(part: _Part, noise: Noise) -> tuple[float, np.ndarray]:
    """Return the log likelihood of series of one length, and its slope in each parameter.

    With a = P (y - mean) and P the inverse covariance, the slope in the covariance is
    (a a' - P) / 2, each node of the volatility weighted by its posterior probability.
    """
    level_sd, slope_sd = noise.level_sd, noise.growth_sd
    correlation = noise.level_growth_correlation
    state_sd, carry, error = noise.carry_over_sd, noise.carry_over, noise.error_sd
    design, length = part.design, part.scores.shape[1]
    alike = carry**part.distance
    within = state_sd**2 * alike + error**2 * np.eye(length)
    scale = np.exp(2 * noise.volatility * _NODES)[:, None, None, None]
    covariance = design @ noise.between @ np.swapaxes(design, 1, 2) + scale * within
    precision = np.linalg.inv(covariance)
    residual = part.scores - design @ np.array([noise.level, noise.growth])
    pulled = (precision @ residual[..., None])[..., 0]
    logs = -0.5 * (np.linalg.slogdet(covariance)[1] + (pulled * residual).sum(axis=2))
    logs += np.log(_WEIGHTS)[:, None] - 0.5 * length * np.log(2 * np.pi)
    each = np.logaddexp.reduce(logs, axis=0)
    weight = np.exp(logs - each)[..., None]
    pulled_mean = (weight * pulled).sum(axis=0)
    slope = pulled[..., :, None] * pulled[..., None, :] - precision
    slope *= 0.5 * weight[..., None]
    in_within = (scale * slope).sum(axis=0)
    slope_all = slope.sum(axis=0)
    in_between = np.einsum("bia,bij,bjc->ac", design, slope_all, design, optimize=True)
    both = 2 * in_between[0, 1]
    return each.sum(), np.array(
        [
            *np.einsum("bi,bia->a", pulled_mean, design),
            2 * level_sd * in_between[0, 0] + correlation * slope_sd * both,
            2 * slope_sd * in_between[1, 1] + correlation * level_sd * both,
            level_sd * slope_sd * both,
            2 * state_sd * (in_within * alike).sum(),
            state_sd**2 * (in_within * part.distance * alike).sum() / carry,
            2 * error * np.einsum("bii->", in_within),
            2 * (_NODES[:, None, None, None] * scale * slope * within).sum(),
        ]
    )
