"""Does repair leave the alliance stronger? The gain fitted on each rung of assumptions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from alliance.model.courses import Courses
from alliance.model.gain_assumptions import LADDER, Assumptions
from alliance.model.gain_fit import Point, fit_at, fit_with, fit_without, standard_error
from alliance.model.gain_likelihood import Design, design
from alliance.model.gain_parameters import GAIN, MEAN

# From so many clients on, an answer that assumes least must hold with clients' own growth free.
MANY_CLIENTS = 500
# The ends of an interval are found to within this share of a standard error.
CLOSE = 0.02
MAX_TRIALS = 6


@dataclass(frozen=True, eq=False, kw_only=True)
class GainFit:
    """The gain for each repaired rupture on one rung of assumptions.

    Attributes
    ----------
    assumptions : Assumptions
    gain, standard_error, low, high : float
        Estimate and profile interval, in pooled SD; NaN for the ends where none was asked for.
    confidence : float
    z, p : float
        Signed root of the likelihood ratio against no gain, two-sided.
    repairs : float
        Expected repaired ruptures a client, in the fit without a gain.
    clients, sessions, excluded : int
        Clients fitted, their rated sessions, and clients left out: fewer than two scores, or all
        scores the same.
    study : Design
    without, fitted : Point
        The two fits.
    agreement : GainFit or None
        The same with clients' own growth free, from `MANY_CLIENTS` clients on.
    """

    assumptions: Assumptions
    gain: float
    standard_error: float
    low: float
    high: float
    confidence: float
    z: float
    p: float
    repairs: float
    clients: int
    sessions: int
    excluded: int
    study: Design
    without: Point
    fitted: Point
    agreement: GainFit | None = None

    @property
    def parameters(self) -> dict[str, float]:
        """The parameters with the gain in the model, in pooled SD where they have a unit."""
        values = self.study.space.natural(self.fitted.free)
        return dict(zip(self.study.space.names, values.tolist(), strict=True))

    @property
    def answered(self) -> bool:
        """Whether there are enough expected repaired ruptures for an answer."""
        return self.repairs >= self.assumptions.min_repairs

    def stronger(self, level: float = 0.05) -> bool:
        """Whether the gain is above 0 at a two-sided level, on every count that is asked for."""
        agrees = self.agreement is None or self.agreement.stronger(level)
        return self.answered and self.p < level and self.z > 0 and agrees


def fit_gain(
    courses: Courses,
    assumptions: Assumptions,
    *,
    reliability: float = 0.9,
    confidence: float | None = 0.95,
    near: GainFit | None = None,
) -> GainFit:
    """Estimate the lasting gain for each repaired rupture.

    Parameters
    ----------
    courses : Courses
        Scores standardised so that higher is better, mean 0 and SD 1.
    assumptions : Assumptions
        A rung: `LEAST`, `NO_PASSING_LIFT`, `STRAIGHT_GROWTH` or one of your own.
    reliability : float
        Of one session's score, between 0 and 1.
    confidence : float, optional
        Level of the profile interval; None for none, which saves half of the time.
    near : GainFit, optional
        A fit of a like study with the same assumptions, to start from.

    Raises
    ------
    AllianceError
        If fewer than two clients have scores that differ.

    Notes
    -----
    z is the signed root of twice the difference of the two posterior densities, with the gain
    free and with no gain; the priors are weak but for error, depth and hazard.
    """
    study = design(courses, assumptions, reliability)
    without = fit_without(study, None if near is None else near.without.free)
    fitted = fit_with(study, without)
    gain, z = float(fitted.free[GAIN]), signed_root(fitted, without)
    low, high = np.nan, np.nan
    if confidence is not None:
        low, high = profile_interval(study, without, fitted, confidence)
    return GainFit(
        assumptions=assumptions,
        gain=gain,
        standard_error=standard_error(study, fitted),
        low=low,
        high=high,
        confidence=np.nan if confidence is None else confidence,
        z=z,
        p=float(2 * ndtr(-abs(z))),
        repairs=float(without.known.chances[:, :-1].sum() / len(study.clients)),
        clients=len(study.clients),
        sessions=len(study.scores),
        excluded=len(courses.lengths) - len(study.clients),
        study=study,
        without=without,
        fitted=fitted,
        agreement=_agreement(courses, assumptions, reliability, len(study.clients)),
    )


def _agreement(
    courses: Courses, assumptions: Assumptions, reliability: float, clients: int
) -> GainFit | None:
    """Fit once more with own growth free, where growth tied to repair would be mistaken for gain."""
    needed = assumptions.min_repairs > 0 and assumptions.own_growth == "shrunken"
    if clients < MANY_CLIENTS or not needed:
        return None
    free = assumptions.but(own_growth="free")
    return fit_gain(courses, free, reliability=reliability, confidence=None)


def signed_root(fitted: Point, other: Point) -> float:
    """Return the signed root of twice the difference in density, positive if the gain is higher."""
    above = max(fitted.density - other.density, 0.0)
    return float(np.sign(fitted.free[GAIN] - other.free[GAIN]) * np.sqrt(2 * above))


def profile_interval(
    study: Design, without: Point, fitted: Point, confidence: float
) -> tuple[float, float]:
    """Return the gains whose signed roots are the two normal quantiles.

    Notes
    -----
    r(g) = root of 2 (l(g^) - l(g)), everything else fitted again at each g, is nearly a straight
    line through 0 at g^; each end takes two or three trials, by secants.
    """
    quantile = float(ndtri(0.5 + confidence / 2))
    error = standard_error(study, fitted)
    ends = [_end(study, without, fitted, side * quantile, error) for side in (1, -1)]
    return ends[0], ends[1]


def _end(study: Design, without: Point, fitted: Point, goal: float, error: float) -> float:
    """Return the gain at which the estimate's signed root is `goal` (below the estimate: > 0)."""
    best = fitted.free[GAIN]
    tried = [(best, 0.0), (best - goal * error, goal)]
    root = signed_root(fitted, without)
    if root * goal > 0 and abs(root) > abs(goal) / 4:
        tried[1] = (best + goal / root * (0.0 - best), goal)
    near, gain = fitted, tried[1][0]
    tried.pop()
    for _ in range(MAX_TRIALS):
        near = fit_at(study, gain, near)
        found = signed_root(fitted, near)
        if abs(found - goal) < CLOSE:
            break
        tried.append((gain, found))
        (x, r), (w, s) = tried[-1], tried[-2]
        slope = (s - r) / (w - x) if (s - r) * (w - x) < 0 else -1 / error
        gain = x + (goal - found) / slope
    return float(gain)


def climb_ladder(
    courses: Courses,
    rungs: Sequence[Assumptions] = LADDER,
    *,
    reliability: float = 0.9,
    confidence: float | None = 0.95,
) -> tuple[GainFit, ...]:
    """Fit every rung, the one that assumes least first; see `fit_gain`."""
    return tuple(
        fit_gain(courses, rung, reliability=reliability, confidence=confidence) for rung in rungs
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class SessionPosterior:
    """What a fit says of every session; all arrays in the order of the courses' scores.

    Attributes
    ----------
    rupture : array
        Probability that the session lies in a rupture; NaN where the client was not fitted.
    repairs : array
        Expected number of repairs completed before the session.
    undisturbed : array
        Expected score without any rupture or gain, in standard scores: mean growth and the
        client's own.
    """

    rupture: NDArray[np.float64]
    repairs: NDArray[np.float64]
    undisturbed: NDArray[np.float64]


def session_posterior(found: GainFit, sessions: int) -> SessionPosterior:
    """Return the posterior of each session, the gain in the model.

    Parameters
    ----------
    found : GainFit
    sessions : int
        Number of scores in the courses that were fitted.
    """
    study, known = found.study, found.fitted.known
    values = study.space.natural(found.fitted.free)
    rupture, repairs = _by_row(study.starts, known.chances)
    columns = (rupture, repairs, study.columns @ values[MEAN:] + known.own)
    filled = np.full((3, sessions), np.nan)
    for row, column in zip(filled, columns, strict=True):
        row[study.rows] = column
    return SessionPosterior(rupture=filled[0], repairs=filled[1], undisturbed=filled[2])


def _by_row(
    starts: NDArray[np.int64], chances: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Turn chances by first row and length into those of lying in a rupture, and of one ended."""
    within, ended = np.zeros(len(chances)), np.zeros(len(chances))
    for a, b in zip(starts[:-1], starts[1:], strict=True):
        own = chances[a:b]
        for longer in range(own.shape[1] - 1):
            after = longer + 1
            begun, over = own[:, longer].cumsum(), np.zeros(b - a)
            over[after:] = begun[:-after] if after < b - a else 0.0
            within[a:b] += begun - over
            ended[a:b] += over
        within[a:b] += own[:, -1].cumsum()
    return within, ended
