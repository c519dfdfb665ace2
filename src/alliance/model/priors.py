"""Weak priors of the course model's parameters, and the scales on which they are free."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


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


def priors(reliability: float) -> dict[str, Prior]:
    """Return the priors, in SDs of the pooled scores.

    The prior of the error comes from the known reliability. Those of depth and hazard are there
    to keep a data set in which shallow falls are hard to tell from fluctuation from being read
    as ruptures everywhere. The others are weak.
    """
    error_sd = float(np.sqrt(1 - reliability))
    return {
        "level": Prior(link=IDENTITY, centre=0.0, sd=1.0),
        "growth": Prior(link=IDENTITY, centre=0.0, sd=0.5),
        "level_sd": Prior(link=LOG, centre=0.8, sd=0.7),
        "growth_sd": Prior(link=LOG, centre=0.12, sd=0.7),
        "level_growth_correlation": Prior(link=FISHER, centre=0.0, sd=0.5),
        "carry_over_sd": Prior(link=LOG, centre=0.4, sd=0.7),
        "carry_over": Prior(link=LOGIT, centre=0.3, sd=0.7),
        "error_sd": Prior(link=LOG, centre=error_sd, sd=0.15),
        "volatility": Prior(link=LOG, centre=0.2, sd=0.5),
        "depth": Prior(link=LOG, centre=1.2, sd=0.2),
        "hazard": Prior(link=LOG, centre=0.02, sd=0.75),
        "repaired": Prior(link=LOGIT, centre=0.574, sd=0.7),
    }
