"""The parameters of the gain's likelihood: their names, links, priors and which are estimated."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from alliance.arrays import Bools, Floats
from alliance.model.gain_assumptions import Assumptions
from alliance.model.parameters import AT, GAIN, SPREAD_OF_DEPTH

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
# Of one session's score, where nobody names it.
RELIABILITY = 0.9
# Weak: where a study tells as little as .4 SD, it takes a seventh of the estimate.
GAIN_SD = 1.0
# Clients' own growth with this SD is as good as free.
FREE_GROWTH_SD = 1.0
# Shares of tail and lead in the three rated rows next to a rupture.
ONWARD, EITHER = np.array([1.0, 0.5, 0.0]), np.array([1.0, 2 / 3, 1 / 3])
_FLAT = 1e3
COVARIATE_SD = 0.5


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


# Of one source of a log: the chance that a rupture is reported at all, that a session of a reported
# one is, that a session outside any rupture is, and that a rupture that stays open, reported so far,
# is for one session more.
REPORTS = {
    "sensitivity": Prior(link=LOGIT, centre=0.5, sd=1.0),
    "sessions reported": Prior(link=LOGIT, centre=0.8, sd=1.0),
    "false reports": Prior(link=LOGIT, centre=0.02, sd=1.0),
    "open ones go on": Prior(link=LOGIT, centre=0.8, sd=1.0),
}


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
    spoken: int  # How many of the last parameters are those of the sources of a log

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
        estimated = self.estimated & (np.array(self.names) != name)
        return replace(self, centre=self.at(self.centre, {name: value}), estimated=estimated)

    def at(self, free: Floats, values: Mapping[str, float]) -> Floats:
        """Return parameters on the free scale, some of them at values of their own scale."""
        found = free.copy()
        for name, value in values.items():
            place = self.names.index(name)
            found[place] = self.links[place].free(value)
        return found

    def natural(self, free: Floats) -> Floats:
        """Return the parameters from their values on the free scale."""
        return np.array([float(link.back(x)) for link, x in zip(self.links, free, strict=True)])

    def named(self, free: Floats) -> dict[str, float]:
        """Return the parameters by name, from their values on the free scale."""
        return dict(zip(self.names, self.natural(free).tolist(), strict=True))

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
    spoken = {f"{source}: {rate}": each for source in sources for rate, each in REPORTS.items()}
    prior = _priors(assumptions, reliability) | spoken
    prior |= {name: Prior(link=IDENTITY, centre=0.0, sd=sd) for name, sd in normal.items()}
    names = (*AT._fields, *normal, *spoken)
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
        spoken=len(spoken),
    )
    return found.held("growth_sd", FREE_GROWTH_SD) if assumptions.own_growth == "free" else found


def _priors(assumptions: Assumptions, reliability: float) -> dict[str, Prior]:
    """Return the priors, in SDs of the pooled scores.

    The prior of the error comes from the known reliability. Those of depth and hazard are there
    to keep a data set in which shallow falls are hard to tell from fluctuation from being read
    as ruptures everywhere. The drift of a level is .1 in ten sessions, give or take a factor e;
    tail and lead are flat within their limits. The others are weak.
    """
    error_sd = float(np.sqrt(1 - reliability))
    walk = (LOG, 0.1) if assumptions.walk else (IDENTITY, 0.0)
    return {
        "level_sd": Prior(link=LOG, centre=0.8, sd=0.7),
        "growth_sd": Prior(link=LOG, centre=0.12, sd=0.7),
        "level_growth_correlation": Prior(link=FISHER, centre=0.0, sd=0.5),
        "carry_over_sd": Prior(link=LOG, centre=0.4, sd=0.7),
        "carry_over": Prior(link=LOGIT, centre=0.3, sd=0.7),
        "error_sd": Prior(link=LOG, centre=error_sd, sd=0.15),
        "volatility": Prior(link=LOG, centre=0.2, sd=0.5),
        "walk_sd": Prior(link=walk[0], centre=walk[1], sd=1.0),
        "settling": Prior(link=IDENTITY, centre=0.0, sd=0.3),
        "depth": Prior(link=LOG, centre=1.2, sd=0.2),
        "depth_spread": Prior(link=LOG, centre=SPREAD_OF_DEPTH, sd=0.3),
        "hazard": Prior(link=LOG, centre=0.02, sd=0.75),
        "repaired": Prior(link=LOGIT, centre=0.574, sd=0.7),
        "tail": Prior(link=IDENTITY, centre=0.0, sd=_FLAT),
        "lead": Prior(link=IDENTITY, centre=0.0, sd=_FLAT),
        "remains": Prior(link=LOGIT, centre=0.85, sd=0.7),
        "gain": Prior(link=IDENTITY, centre=0.0, sd=GAIN_SD),
    }


def _fixed(assumptions: Assumptions) -> set[str]:
    switches = {
        "walk_sd": not assumptions.walk,
        "settling": not assumptions.settling,
        "tail": assumptions.edges == "none",
        "lead": assumptions.edges == "none",
    }
    return {"depth_spread", *(name for name, off in switches.items() if off)}
