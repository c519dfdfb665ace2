"""Does repair leave the alliance stronger? The gain fitted on each rung of assumptions."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import chdtrc, fdtrc, ndtr, stdtr

from alliance.arrays import Floats
from alliance.course import Courses
from alliance.errors import AllianceError
from alliance.model.gain_assumptions import Assumptions
from alliance.model.gain_fit import (
    CLOSE,
    Point,
    clustering,
    covariance,
    degrees_of_freedom,
    few_clients,
    fit_at,
    fit_moderated,
    fit_with,
    fit_without,
    quantile,
)
from alliance.model.gain_likelihood import Design, Traits, by_row, design
from alliance.model.gain_parameters import RELIABILITY
from alliance.model.parameters import GAIN

# In so many clients a small bias is significant; see `gain_verdict`.
MANY_CLIENTS = 500
# The ends of an interval are found to within this share of a standard error.
NEAR = 0.02
MAX_TRIALS = 6


@dataclass(frozen=True, eq=False, kw_only=True)
class GainFit:
    """The gain for each repaired rupture on one rung of assumptions."""

    assumptions: Assumptions
    # Estimate and profile interval, in pooled SD; NaN for the ends where none was asked for.
    gain: float
    standard_error: float
    low: float
    high: float
    # Signed root of the likelihood ratio against no gain, two-sided.
    z: float
    p: float
    repairs: float  # Expected repaired ruptures a client, in the fit without a gain
    clients: int  # Those fitted: with two scores that differ
    # Clusters of clients spread the gain so much farther: the standard error is widened by it. z and
    # interval are by more: few clients for many parameters make likelihood ratios too large.
    clustered: float
    widened: float
    study: Design
    # The two fits, and the covariance of the estimates with a gain, on the free scale.
    without: Point
    fitted: Point
    covariance: Floats

    @property
    def parameters(self) -> dict[str, float]:
        """The parameters with the gain in the model, in pooled SD where they have a unit."""
        return self.study.space.named(self.fitted.free)

    @property
    def answered(self) -> bool:
        """Whether there are enough expected repaired ruptures for an answer.

        In studies of many clients level steps that have nothing to do with ruptures pass the
        gate more easily, so it stands half as high again.
        """
        higher = 1.5 if self.clients >= MANY_CLIENTS else 1.0
        return self.repairs >= higher * self.assumptions.min_repairs


def fit_gain(
    courses: Courses,
    assumptions: Assumptions,
    *,
    confidence: float | None = 0.95,
    traits: Traits | None = None,
) -> GainFit:
    """Estimate the lasting gain for each repaired rupture.

    `courses`: scores standardised so that higher is better, mean 0 and SD 1. `assumptions`: a rung:
    `LEAST`, `NO_PASSING_LIFT`, `STRAIGHT_GROWTH` or one of your own. `confidence`: level of the
    profile interval; None for none, which saves half of the time. `traits`: covariates, moderators
    and clusters of the clients; see `moderation` for the moderators. Raises AllianceError if fewer
    than two clients have scores that differ.

    z is the signed root of twice the difference of the two posterior densities, with the gain
    free and with no gain; the priors are weak but for error, depth and hazard.
    """
    study = design(courses, assumptions, RELIABILITY, traits)
    if len(study.clients) < 2:
        raise AllianceError(
            "Fewer than two clients have two or more scores that differ, so no gain can be "
            "estimated.\nTo fix: check that the right column is taken as the scale."
        )
    return fit_design(study, assumptions, confidence=confidence)


def fit_design(
    study: Design,
    assumptions: Assumptions,
    *,
    confidence: float | None = None,
    start: Floats | None = None,
    close: float = CLOSE,
) -> GainFit:
    """Estimate the gain in a study already laid out; see `fit_gain`.

    `assumptions`: those that the study was laid out with. `start`: parameters of a like study
    without a gain, on the free scale, to start from. `close`: log density that each fit may still
    be from its highest.
    """
    without = fit_without(study, start, close)
    fitted = fit_with(study, without, close)
    spread = covariance(study, fitted)
    clustered = clustering(study, fitted, spread)
    wider = few_clients(study, fitted) * clustered
    z = signed_root(fitted, without) / wider
    ends = (np.nan, np.nan)
    if confidence is not None:
        ends = profile_interval(study, without, fitted, spread, confidence, wider)
    return GainFit(
        assumptions=assumptions,
        gain=float(fitted.free[GAIN]),
        standard_error=clustered * float(np.sqrt(spread[GAIN, GAIN])),
        low=ends[0],
        high=ends[1],
        z=z,
        p=_two_sided(z, degrees_of_freedom(study)),
        repairs=float(without.known.chances[:, :-1].sum() / len(study.clients)),
        clients=len(study.clients),
        clustered=clustered,
        widened=wider,
        study=study,
        without=without,
        fitted=fitted,
        covariance=spread,
    )


def session_posterior(found: GainFit, sessions: int) -> pd.DataFrame:
    """Return what a fit says of each of so many scores that its courses had, one row each.

    ``rupture``: probability that the session lies in one; ``repairs``: expected number of repairs
    completed before it; ``undisturbed``: expected standard score without any rupture or gain, by
    mean growth and the client's own. NaN where the client was not fitted.
    """
    study, known = found.study, found.fitted.known
    mean = study.mean(study.space.natural(found.fitted.free))
    rupture, repairs = by_row(study.starts, known.chances)
    told = {"rupture": rupture, "repairs": repairs, "undisturbed": mean + known.own}
    return pd.DataFrame(told, index=study.rows).reindex(range(sessions))


def _two_sided(z: float, freedom: float) -> float:
    """Return the two-sided p of a signed root: of t with few clusters, normal without clusters."""
    below = stdtr(freedom, -abs(z)) if np.isfinite(freedom) else ndtr(-abs(z))
    return float(2 * below)


def signed_root(fitted: Point, other: Point) -> float:
    """Return the signed root of twice the difference in density, positive if the gain is higher."""
    # Both are maxima of a search: a rounding difference below 0 is none.
    above = max(fitted.density - other.density, 0.0)
    return float(np.sign(fitted.free[GAIN] - other.free[GAIN]) * np.sqrt(2 * above))


def profile_interval(
    study: Design,
    without: Point,
    fitted: Point,
    spread: Floats,
    confidence: float,
    wider: float,
) -> tuple[float, float]:
    """Return the gains whose signed roots are the two quantiles: of t with clusters, else normal.

    `without`, `fitted`: the fits without and with the gain. `spread`: covariance of the estimates.
    `wider`: what the quantiles are multiplied by.

    r(g) = root of 2 (l(g^) - l(g)), everything else fitted again at each g, is nearly a straight
    line through 0 at g^; each end takes two or three trials, by secants. In very few clients the
    density can have several summits, and the ends then contradict the estimate or the test: both
    are NaN, since no interval is better than a wrong one.
    """
    reach = wider * quantile(study, confidence)
    root = signed_root(fitted, without)
    low, high = (_end(study, fitted, root, side * reach, spread) for side in (1, -1))
    if not low < fitted.free[GAIN] < high or _contradicts((low, high), root, reach):
        return np.nan, np.nan
    return low, high


def _contradicts(ends: tuple[float, float], root: float, quantile: float) -> bool:
    """Return whether an interval and the test disagree on 0 by more than both are exact."""
    clear = abs(abs(root) - quantile) > 3 * NEAR
    return clear and (ends[0] <= 0 <= ends[1]) != (abs(root) < quantile)


def _end(study: Design, fitted: Point, root: float, goal: float, spread: Floats) -> float:
    """Return the gain below (goal > 0) or above the estimate where r(g) is the goal."""
    best, near = float(fitted.free[GAIN]), fitted
    # The line runs through (0, root) where the null lies on this side, else by the standard error.
    known_side = root * goal > 0 and abs(root) > abs(goal) / 4
    slope = -root / best if known_side else -1 / float(np.sqrt(spread[GAIN, GAIN]))
    last = (best, 0.0)
    gain = best + goal / slope
    for _ in range(MAX_TRIALS):
        near = fit_at(study, gain, near, spread)
        found = signed_root(fitted, near)
        if abs(found - goal) < NEAR:
            break
        # r(g) falls with g; a secant that rises comes from the noise of the search.
        if (found - last[1]) * (gain - last[0]) < 0:
            slope = (found - last[1]) / (gain - last[0])
        last = (gain, found)
        gain += (goal - found) / slope
    return gain


def moderation(found: GainFit) -> pd.DataFrame:
    """Fit a gain that differs with the moderators, of which at least one must have been given.

    One row each: ``name``; ``estimate``, the difference in gain for one unit, in pooled SD, and its
    ``standard_error``; in all rows ``chi2`` and ``p`` of the likelihood ratio against a gain that is
    the same for everybody. p is that of F with the clusters' degrees of freedom where there are any.
    """
    study = found.study
    moderated = fit_moderated(study, found.fitted)
    at = np.flatnonzero(study.space.gains)[1:]
    # What widens a root of the ratio widens the ratio by its square.
    chi2 = 2 * max(moderated.density - found.fitted.density, 0.0) / found.widened**2
    errors = np.sqrt(np.diag(covariance(study, moderated))[at])
    return pd.DataFrame(
        {
            "name": [study.space.names[each] for each in at],
            "estimate": moderated.free[at],
            "standard_error": found.clustered * errors,
            "chi2": chi2,
            "p": _of_ratio(chi2, len(at), degrees_of_freedom(study)),
        }
    )


def _of_ratio(chi2: float, count: int, freedom: float) -> float:
    """Return the p of a likelihood ratio: of F with few clusters, chi-square without clusters."""
    few = np.isfinite(freedom)
    return float(fdtrc(count, freedom, chi2 / count) if few else chdtrc(count, chi2))
