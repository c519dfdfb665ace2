"""The parameters of the model fitted to all clients together, with weak priors."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from alliance.errors import AllianceWarning
from alliance.model.courses import Courses
from alliance.model.parameters import Parameters
from alliance.model.pulse_kernel import as_array
from alliance.model.pulse_slopes import log_likelihood
from alliance.ruptures.threads import in_threads

MOST_CLIENTS = 2_000
FARTHEST = 6.0


@dataclass(frozen=True, kw_only=True)
class Link:
    """A scale on which a parameter is free to take any value."""

    free: Callable[[float], float]
    back: Callable[[float], float]
    slope: Callable[[float], float]


IDENTITY = Link(free=lambda value: value, back=lambda free: free, slope=lambda value: 1.0)
LOG = Link(free=np.log, back=np.exp, slope=lambda value: value)
LOGIT = Link(
    free=lambda value: np.log(value / (1 - value)),
    back=lambda free: 1 / (1 + np.exp(-free)),
    slope=lambda value: value * (1 - value),
)
FISHER = Link(free=np.arctanh, back=np.tanh, slope=lambda value: 1 - value**2)


@dataclass(frozen=True, kw_only=True)
class Prior:
    """A normal prior for a parameter on its free scale."""

    link: Link
    centre: float  # As a value of the parameter
    sd: float  # On the free scale
    # On the free scale: about how closely 200 clients fix the parameter. It only makes the search
    # shorter.
    step: float


def priors(reliability: float) -> dict[str, Prior]:
    """Return the priors, in SDs of the pooled scores.

    The prior of the error comes from the known reliability. Those of depth and hazard are there
    to keep a data set in which shallow falls are hard to tell from fluctuation from being read
    as ruptures everywhere. The others are weak.
    """
    error_sd = float(np.sqrt(1 - reliability))
    return {
        "level": Prior(link=IDENTITY, centre=0.0, sd=1.0, step=0.06),
        "growth": Prior(link=IDENTITY, centre=0.0, sd=0.5, step=0.02),
        "level_sd": Prior(link=LOG, centre=0.8, sd=0.7, step=0.06),
        "growth_sd": Prior(link=LOG, centre=0.12, sd=0.7, step=0.2),
        "level_growth_correlation": Prior(link=FISHER, centre=0.0, sd=0.5, step=0.2),
        "carry_over_sd": Prior(link=LOG, centre=0.4, sd=0.7, step=0.035),
        "carry_over": Prior(link=LOGIT, centre=0.3, sd=0.7, step=0.2),
        "error_sd": Prior(link=LOG, centre=error_sd, sd=0.15, step=0.04),
        "volatility": Prior(link=LOG, centre=0.2, sd=0.5, step=0.15),
        "depth": Prior(link=LOG, centre=1.2, sd=0.2, step=0.1),
        "hazard": Prior(link=LOG, centre=0.02, sd=0.75, step=0.3),
        "repaired": Prior(link=LOGIT, centre=0.574, sd=0.7, step=0.4),
    }


def fit_parameters(
    courses: Courses, reliability: float, *, ruptures: bool = True
) -> tuple[Parameters, int]:
    """Return the parameters of highest posterior density, and how many clients gave them.

    `courses`: those of one session are passed over. `reliability`: of one session's score, between
    0 and 1. Warns AllianceWarning if the search ended before its goal.

    Of more than `MOST_CLIENTS` clients that many are taken: ordered by number of sessions and,
    within, by mean score, every k-th. No random number is drawn, no identifier looked at.
    """
    from scipy.optimize import minimize

    chosen = representative(courses)
    packed = list(chosen.parts())
    clients = len(chosen.lengths)
    prior = priors(reliability)
    if not ruptures:
        prior["hazard"] = replace(prior["hazard"], centre=1e-9, sd=0.01)
    sds = np.array([given.sd for given in prior.values()])
    steps = np.array([given.step for given in prior.values()])

    def loss(moved: np.ndarray) -> tuple[float, np.ndarray]:
        theta = _parameters(moved, prior)
        values = as_array(theta)
        # Minus log prior: each parameter is normal on its free scale.
        departure = moved * steps / sds
        lost, slope = 0.5 * departure @ departure, departure / sds
        links = [given.link.slope(getattr(theta, name)) for name, given in prior.items()]
        for logs, slopes in in_threads(lambda part: log_likelihood(part, values), packed):
            lost -= logs.sum()
            slope -= slopes * links
        return lost / clients, slope * steps / clients

    # Beyond six prior SDs lies nothing but a search that has lost its way.
    reach = FARTHEST * sds / steps
    best = minimize(
        loss,
        np.zeros(len(prior)),
        jac=True,
        method="L-BFGS-B",
        bounds=np.column_stack([-reach, reach]),
        options={"ftol": 1e-9, "gtol": 1e-6, "maxcor": 20},
    )
    if not best.success and np.abs(best.jac).max() > 1e-3:
        warnings.warn(
            f"The search for the model's parameters ended before its goal ({best.message}); "
            "the probabilities of rupture may be off.",
            AllianceWarning,
            stacklevel=5,
        )
    return _parameters(best.x, prior), clients


def _parameters(moved: np.ndarray, prior: dict[str, Prior]) -> Parameters:
    values = {
        name: float(given.link.back(given.link.free(given.centre) + given.step * steps))
        for (name, given), steps in zip(prior.items(), moved, strict=True)
    }
    return Parameters(**values)


def _varying(courses: Courses) -> np.ndarray:
    """Return which clients' scores vary: who always gives the same says nothing of noise.

    Where hardly anybody's do, everybody of two or more sessions is taken.
    """
    several = courses.lengths > 1
    spans = [
        np.ptp(courses.scores[a : a + n]) if n else 0.0
        for a, n in zip(courses.starts, courses.lengths, strict=True)
    ]
    varying = several & (np.array(spans) > 0)
    return varying if varying.sum() >= 2 else several


def representative(courses: Courses, most: int = MOST_CLIENTS) -> Courses:
    """Return at most so many of the clients whose scores vary, evenly over lengths and levels."""
    chosen = np.flatnonzero(_varying(courses))
    if len(chosen) > most:
        summed = np.concatenate([[0.0], np.cumsum(courses.scores)])
        ends = courses.starts + courses.lengths
        means = (summed[ends] - summed[courses.starts]) / courses.lengths
        # Evenly over lengths and levels, so that the part is like the whole.
        order = chosen[np.lexsort((means[chosen], courses.lengths[chosen]))]
        chosen = order[np.linspace(0, len(order) - 1, most).astype(int)]
    return replace(courses, starts=courses.starts[chosen], lengths=courses.lengths[chosen])
