"""Random effects: shares that vary between therapists on the logit scale, and each one's own share."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from alliance.arrays import Floats
from alliance.errors import AllianceError

NODES = 25
LARGEST_SD = 5.0


@dataclass(frozen=True, eq=False, kw_only=True)
class RandomEffects:
    """A logistic-normal model of events out of trials.

    `intercept` is the mean log odds, `sd` the SD between groups on that scale (0 where chance alone
    explains the differences), `effect` and `effect_se` (groups,) the most probable departure of each
    group and its conditional SD; `log_likelihood` is at the maximum, binomial coefficients included.
    """

    intercept: float
    sd: float
    effect: Floats
    effect_se: Floats
    log_likelihood: float

    @property
    def shares(self) -> Floats:
        """Each group's shrunken share, 0-1."""
        return _logistic(self.intercept + self.effect)

    @property
    def limits(self) -> tuple[Floats, Floats]:
        """The 95 % limits of each group's share."""
        logit, reach = self.intercept + self.effect, 1.959964 * self.effect_se
        return _logistic(logit - reach), _logistic(logit + reach)


def fit_random_effects(events: Floats, trials: Floats) -> RandomEffects:
    """Fit a random-intercept logistic model to counts by maximum likelihood.

    Parameters
    ----------
    events, trials : ndarray of int, shape (groups,)
        Trials 1 or more, events from 0 to trials.

    Returns
    -------
    RandomEffects

    Raises
    ------
    AllianceError
        If counts do not fit together, there are fewer than two groups, or no trial or every trial
        is an event.

    Notes
    -----
    events_i ~ Binomial(trials_i, logistic(intercept + sd z_i)), z_i standard normal, summed out by
    adaptive Gauss-Hermite quadrature with 25 nodes, as lme4's
    ``glmer(cbind(k, n - k) ~ 1 + (1 | g), family = binomial, nAGQ = 25)`` does. Effects are the
    conditional modes.

    References
    ----------
    Bates, D., Maechler, M., Bolker, B., & Walker, S. (2015). Fitting linear mixed-effects models
    using lme4. Journal of Statistical Software, 67(1). doi:10.18637/jss.v067.i01

    Examples
    --------
    >>> found = fit_random_effects(np.array([1, 9, 5]), np.array([10, 10, 10]))
    >>> found.shares.round(2).tolist()
    [0.16, 0.84, 0.5]
    """
    from scipy.optimize import minimize

    events, trials = _checked(events, trials)
    start = np.log(events.sum() / (trials.sum() - events.sum()))
    fits = [
        minimize(
            lambda free: -_log_likelihood(free[0], free[1], events, trials),
            [start, sd],
            method="L-BFGS-B",
            bounds=[(-12, 12), (0, LARGEST_SD)],
            options={"ftol": 1e-13, "gtol": 1e-8},
        )
        # Two starts: from a small SD alone the search can stay at 0.
        for sd in (0.05, 0.5)
    ]
    best = min(fits, key=lambda fit: fit.fun)
    intercept, sd = map(float, best.x)
    sd = 0.0 if sd < 1e-4 else sd
    mode, curvature = _modes(intercept, sd, events, trials)
    return RandomEffects(
        intercept=intercept,
        sd=sd,
        effect=sd * mode,
        effect_se=sd / np.sqrt(curvature),
        log_likelihood=_log_likelihood(intercept, sd, events, trials),
    )


def _checked(events: Floats, trials: Floats) -> tuple[Floats, Floats]:
    events, trials = np.asarray(events, dtype=float), np.asarray(trials, dtype=float)
    if events.shape != trials.shape or events.ndim != 1 or len(events) < 2:
        raise AllianceError("Random effects need events and trials of two or more groups.")
    if not ((trials >= 1) & (events >= 0) & (events <= trials)).all():
        raise AllianceError("Events must lie between 0 and trials, and trials be 1 or more.")
    if events.sum() in (0, trials.sum()):
        raise AllianceError("Every trial ended in the same way: nothing can differ between groups.")
    return events, trials


def _modes(intercept: float, sd: float, events: Floats, trials: Floats) -> tuple[Floats, Floats]:
    """Return the modes of the standardised effects, and minus the second derivatives there."""
    mode = np.zeros(len(events))
    for _ in range(200):
        share = _logistic(intercept + sd * mode)
        slope = sd * (events - trials * share) - mode
        curvature = sd**2 * trials * share * (1 - share) + 1
        # Newton's step, kept short: far out the curve is nearly flat.
        step = np.clip(slope / curvature, -1, 1)
        mode = mode + step
        if np.abs(step).max() < 1e-12:
            break
    share = _logistic(intercept + sd * mode)
    return mode, sd**2 * trials * share * (1 - share) + 1


@cache
def _rule() -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return nodes, np.log(weights)


def _log_likelihood(intercept: float, sd: float, events: Floats, trials: Floats) -> float:
    from scipy.special import gammaln, logsumexp

    mode, curvature = _modes(intercept, sd, events, trials)
    # Adaptive Gauss-Hermite: nodes about each group's own mode.
    nodes, log_weights = _rule()
    spread = 1 / np.sqrt(curvature)
    effect = mode[:, None] + spread[:, None] * nodes
    logit = intercept + sd * effect
    log_binomial = events[:, None] * logit - trials[:, None] * np.logaddexp(0, logit)
    # The rule's own weight exp(-x^2/2) is taken out again.
    log_term = log_binomial - 0.5 * effect**2 + 0.5 * nodes**2 + log_weights
    chosen = gammaln(trials + 1) - gammaln(events + 1) - gammaln(trials - events + 1)
    each = logsumexp(log_term, axis=1) + np.log(spread) - 0.5 * np.log(2 * np.pi) + chosen
    return float(each.sum())


def _logistic(logit: Floats) -> Floats:
    shares: Floats = 1 / (1 + np.exp(-logit))
    return shares
