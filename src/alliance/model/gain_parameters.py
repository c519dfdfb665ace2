"""The parameters of the gain's likelihood: their names, links, priors and which are estimated."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from alliance.arrays import Bools, Floats
from alliance.model.gain_assumptions import Assumptions
from alliance.model.gain_reports import RATES, report_priors
from alliance.model.parameters import SPREAD_OF_DEPTH
from alliance.model.priors import IDENTITY, LOG, LOGIT, Link, Prior, priors

# In the order of the compiled likelihood; the columns of the mean follow.
SHAPE = (
    "level_sd",
    "growth_sd",
    "level_growth_correlation",
    "carry_over_sd",
    "carry_over",
    "error_sd",
    "volatility",
    "walk_sd",
    "settling",
    "depth",
    "depth_spread",
    "hazard",
    "repaired",
    "tail",
    "lead",
    "remains",
    "gain",
)
GAIN = SHAPE.index("gain")
MEAN = len(SHAPE)
# Columns of the mean, in pooled SD: the prior SD of each coefficient.
STRAIGHT = {"level": 1.0, "growth": 0.5}
CURVED = {"session_10": 0.3}
BENT = {
    "session_10": 2.0,
    "session_10_squared": 2.0,
    "place": 2.0,
    "place_squared": 2.0,
    "session_1": 2.0,
    "session_2": 2.0,
    "session_3": 2.0,
}
# Weak: where a study tells as little as .4 SD, it takes a seventh of the estimate.
GAIN_SD = 1.0
# Clients' own growth with this SD is as good as free.
FREE_GROWTH_SD = 1.0
# Shares of tail and lead in the three rated rows next to a rupture.
ONWARD, EITHER = np.array([1.0, 0.5, 0.0]), np.array([1.0, 2 / 3, 1 / 3])
_FLAT = 1e3


COVARIATE_SD = 0.5


def mean_columns(assumptions: Assumptions) -> dict[str, float]:
    """Return the columns of the mean with the prior SD of their coefficients."""
    return STRAIGHT | {"straight": {}, "curved": CURVED, "bent": BENT}[assumptions.growth]


@dataclass(frozen=True, eq=False, kw_only=True)
class Space:
    """Where the parameters live; every array has one entry for each."""

    names: tuple[str, ...]
    links: tuple[Link, ...]
    # Normal priors on the free scale.
    centre: Floats
    sd: Floats
    # Limits on the free scale.
    low: Floats
    high: Floats
    estimated: Bools  # The others stay at their centre
    # (3,): shares of tail and lead in the three rated rows next to a rupture.
    fade: Floats
    # How many of the last parameters, those of the sources apart, moderate the gain.
    moderators: int
    sources: tuple[str, ...] = ()  # Who kept a rupture log; each has `RATES` of the last parameters

    @property
    def spoken(self) -> int:
        """How many of the last parameters are those of the sources of a log."""
        return RATES * len(self.sources)

    @property
    def gains(self) -> Bools:
        """Which parameters say something of the gain: itself and what moderates it."""
        at = np.arange(len(self.names))
        last = len(self.names) - self.spoken
        moderates = (at >= last - self.moderators) & (at < last)
        found: Bools = (at == GAIN) | moderates
        return found

    def held(self, name: str, value: float) -> Self:
        """Return the same with a parameter held at a value."""
        at = self.names.index(name)
        centre, estimated = self.centre.copy(), self.estimated.copy()
        centre[at], estimated[at] = self.links[at].free(value), False
        return replace(self, centre=centre, estimated=estimated)

    def natural(self, free: Floats) -> Floats:
        """Return the parameters from their values on the free scale."""
        return np.array([float(link.back(x)) for link, x in zip(self.links, free, strict=True)])

    def turn(self, values: Floats) -> Floats:
        """Return the factors that turn slopes in the parameters into slopes on the free scale."""
        return np.array([float(link.slope(x)) for link, x in zip(self.links, values, strict=True)])


def space(
    assumptions: Assumptions,
    reliability: float,
    *,
    covariates: Sequence[str] = (),
    moderators: Sequence[str] = (),
    sources: Sequence[str] = (),
) -> Space:
    """Return the parameters of a rung: shape, columns of the mean, what moderates the gain.

    `reliability`: of one session's score, between 0 and 1; the prior of the error rests on it.
    `covariates`, `moderators`: names of further columns of the mean, and of columns that the gain
    differs with. `sources`: who kept a rupture log.
    """
    normal = mean_columns(assumptions) | dict.fromkeys(covariates, COVARIATE_SD)
    normal |= dict.fromkeys(moderators, GAIN_SD)
    prior = _priors(assumptions, reliability) | {
        name: Prior(link=IDENTITY, centre=0.0, sd=sd) for name, sd in normal.items()
    }
    names = (*SHAPE, *normal)
    for source in sources:
        spoken = report_priors(source)
        prior, names = prior | spoken, (*names, *spoken)
    count = len(names)
    low, high = np.full(count, -np.inf), np.full(count, np.inf)
    edges = [names.index("tail"), names.index("lead")]
    low[edges], high[edges] = (-1.0 if assumptions.edges == "either" else 0.0), 1.0
    found = Space(
        names=names,
        links=tuple(prior[name].link for name in names),
        centre=np.array([prior[name].link.free(prior[name].centre) for name in names], float),
        sd=np.array([prior[name].sd for name in names]),
        low=low,
        high=high,
        estimated=np.array([name not in _fixed(assumptions) for name in names]),
        fade=EITHER if assumptions.edges == "either" else ONWARD,
        moderators=len(moderators),
        sources=tuple(sources),
    )
    return found.held("growth_sd", FREE_GROWTH_SD) if assumptions.own_growth == "free" else found


def _priors(assumptions: Assumptions, reliability: float) -> dict[str, Prior]:
    """Return the priors of the pulse model with those of what is new here.

    The drift of a level is .1 pooled SD in ten sessions, give or take a factor e; tail and lead
    are flat within their limits.
    """
    found = priors(reliability)
    walk = (LOG, 0.1) if assumptions.walk else (IDENTITY, 0.0)
    found["walk_sd"] = Prior(link=walk[0], centre=walk[1], sd=1.0)
    found["settling"] = Prior(link=IDENTITY, centre=0.0, sd=0.3)
    found["depth_spread"] = Prior(link=LOG, centre=SPREAD_OF_DEPTH, sd=0.3)
    found["gain"] = Prior(link=IDENTITY, centre=0.0, sd=GAIN_SD)
    for edge in ("tail", "lead"):
        found[edge] = Prior(link=IDENTITY, centre=0.0, sd=_FLAT)
    found["remains"] = Prior(link=LOGIT, centre=0.85, sd=0.7)
    return found


def _fixed(assumptions: Assumptions) -> set[str]:
    switches = {
        "walk_sd": not assumptions.walk,
        "settling": not assumptions.settling,
        "tail": assumptions.edges == "none",
        "lead": assumptions.edges == "none",
    }
    return {"depth_spread", *(name for name, off in switches.items() if off)}
