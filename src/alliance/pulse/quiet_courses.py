"""Courses without ruptures, drawn from the fitted model: what the detector meets if none happens."""

from __future__ import annotations

import numpy as np

from alliance.pulse.likelihood import between
from alliance.pulse.model import RaterModel
from alliance.pulse.scores import StandardScores


def quiet_courses(model: RaterModel, times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw scores in points from a fitted model with its ruptures left out.

    Parameters
    ----------
    model : RaterModel
    times : ndarray, shape (clients, sessions)
        Session numbers from 1, rising in each row.
    rng : numpy Generator

    Returns
    -------
    ndarray, shape (clients, sessions)
        In points. Under normal scores each is one of the scores seen, the one whose normal score is
        nearest, so that ceilings and rounding stay.

    Notes
    -----
    The fit takes ruptures out of the fluctuation, so that they do not widen it, as they widen
    the noise of `alliance.chance_level`. Where the model mistakes ruptures for fluctuation the
    courses drawn are still too restless.
    """
    theta = model.parameters
    clients, length = times.shape
    own = rng.standard_normal((clients, 2)) @ np.linalg.cholesky(between(theta)).T
    own = own + [theta.level, theta.growth]
    alike = theta.carry_over ** np.abs(times[:, :, None] - times[:, None, :])
    within = theta.carry_over_sd**2 * alike + theta.error_sd**2 * np.eye(length)
    moved = np.linalg.cholesky(within) @ rng.standard_normal((clients, length, 1))
    # As in the model, volatility only ever makes a course more restless than the calmest.
    factor = np.exp(theta.volatility * np.abs(rng.standard_normal((clients, 1))))
    latent = own[:, :1] + own[:, 1:] * np.log(times) + factor * moved[:, :, 0]
    return _nearest(model.scores, latent) if len(model.scores.knots) else model.scores.back(latent)


def _nearest(scores: StandardScores, latent: np.ndarray) -> np.ndarray:
    middles = (scores.standard[1:] + scores.standard[:-1]) / 2
    return scores.sign * scores.knots[np.searchsorted(middles, latent)]
