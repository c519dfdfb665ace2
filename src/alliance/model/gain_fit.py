"""Fisher scoring with the clients' own slopes: the parameters of highest posterior density."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from alliance.arrays import Bools, Floats
from alliance.model.gain_likelihood import Design, Known, known
from alliance.model.gain_parameters import Space
from alliance.model.parameters import GAIN

MAX_STEPS = 60
MAX_HALVINGS = 12
CLOSE = 3e-4
# One rupture a client is only a place to start from: log density that may be left for 200 clients,
# and for more of them as much more.
NEARLY = 0.3
# An end of an interval need not be known as well as the estimate.
ROUGHLY = 0.01
# Steps remembered.
MEMORY = 8
# No parameter moves farther in one step, on the free scale.
REACH = 1.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Point:
    """Parameters with what the likelihood says there."""

    free: Floats  # On the free scale
    density: float  # Log likelihood of all clients plus log prior, up to a constant
    known: Known
    slope: Floats  # Of the density, on the free scale
    moved: Bools  # Parameters that were free to move, those held at a limit left out

    def information(self, space: Space) -> Floats:
        """Return G'G plus the prior's precision, for the parameters that moved."""
        own = self.known.slopes[:, self.moved]
        return own.T @ own + np.diag(space.sd[self.moved] ** -2)


def climb(
    study: Design,
    free: Floats,
    held: Bools,
    *,
    ruptures: int,
    close: float = CLOSE,
    told: Known | None = None,
) -> Point:
    """Go from `free` to the highest posterior density.

    `free`: where the search begins. `held`: parameters that stay where they are. `close`: log
    density still to be won, as the slopes foretell it, when the search ends. `told`: what the
    likelihood says at `free`, where that is known.

    A step is (G'G + prior)^-1 (sum of slopes - prior slope), G the clients' slopes (Berndt, Hall,
    Hall & Hausman, 1974), halved while the density falls. A parameter at its limit whose slope
    points outward is left out of the step.
    """
    space = study.space
    movable = space.estimated & ~held
    here = _point(study, free, movable, ruptures, told)
    trail: list[tuple[Floats, Floats]] = []
    for _ in range(MAX_STEPS):
        step = _step(here, space, trail)
        # Half the step times the slope is what a quadratic would still win.
        if step @ here.slope < 2 * close:
            break
        step /= max(1.0, np.abs(step / np.minimum(REACH, 2 * space.sd))[here.moved].max())
        there = _higher(study, here, step, movable, ruptures)
        if there is None:
            break
        trail = [*trail[1 - MEMORY :], (there.free - here.free, here.slope - there.slope)]
        here = there
    return here


def _step(here: Point, space: Space, trail: list[tuple[Floats, Floats]]) -> Floats:
    """Return the scoring step, with what the last steps taught of the curvature.

    The two-loop recursion of L-BFGS (Nocedal, 1980) about (G'G + prior)^-1.
    """
    moved = here.moved
    pairs = [(s[moved], y[moved]) for s, y in trail]
    # A pair that does not curve downwards would make the step point downhill.
    pairs = [(s, y) for s, y in pairs if s @ y > 1e-10]
    left = here.slope[moved]
    shares = []
    for s, y in reversed(pairs):
        shares.append(s @ left / (s @ y))
        left = left - shares[-1] * y
    step = np.linalg.solve(here.information(space), left)
    for (s, y), share in zip(pairs, reversed(shares), strict=True):
        step = step + (share - y @ step / (s @ y)) * s
    full = np.zeros_like(here.free)
    full[moved] = step
    return full


def _higher(
    study: Design, here: Point, step: Floats, movable: Bools, ruptures: int
) -> Point | None:
    space = study.space
    for halving in range(MAX_HALVINGS):
        free = np.clip(here.free + step / 2**halving, space.low, space.high)
        there = _point(study, free, movable, ruptures)
        if there.density > here.density:
            return there
    return None


def _point(
    study: Design,
    free: Floats,
    movable: Bools,
    ruptures: int,
    told: Known | None = None,
) -> Point:
    space = study.space
    found = known(study, free, ruptures=ruptures) if told is None else told
    away = (free - space.centre) / space.sd
    density = found.logs.sum() - 0.5 * (away**2).sum()
    density = density if np.isfinite(density) else -np.inf
    slope = found.slopes.sum(axis=0) - away / space.sd
    # Held at a limit that the slope pushes against.
    out = ((free <= space.low) & (slope < 0)) | ((free >= space.high) & (slope > 0))
    return Point(free=free, density=density, known=found, slope=slope, moved=movable & ~out)


def fit_without(study: Design, start: Floats | None = None, close: float = CLOSE) -> Point:
    """Fit the study with the gain held at 0: one rupture a client first, then two."""
    free = study.space.centre if start is None else start
    if start is None and study.ruptures > 1:
        nearly = NEARLY * max(1.0, len(study.clients) / 200)
        free = climb(study, free, study.space.gains, ruptures=1, close=nearly).free
    return climb(study, free, study.space.gains, ruptures=study.ruptures, close=close)


def fit_with(study: Design, without: Point, close: float = CLOSE) -> Point:
    """Fit the study with the gain free and the same for everybody, from the fit without it."""
    # One gain for everybody first: what moderates it stays at 0.
    moderators = study.space.gains & (np.arange(len(without.free)) != GAIN)
    return climb(
        study,
        without.free,
        moderators,
        ruptures=study.ruptures,
        close=close,
        told=without.known,
    )


def fit_moderated(study: Design, fitted: Point) -> Point:
    """Fit the study with a gain that differs with the moderators, from the fit with one gain."""
    nothing = np.zeros(len(fitted.free), bool)
    return climb(study, fitted.free, nothing, ruptures=study.ruptures, told=fitted.known)


def fit_at(study: Design, gain: float, near: Point, spread: Floats) -> Point:
    """Fit everything else with the gain held at a value, from a fit nearby.

    `spread`: covariance of the estimates; where everything else is expected to follow the gain.
    """
    follows = spread[GAIN] / spread[GAIN, GAIN]
    free = near.free + (gain - near.free[GAIN]) * follows
    free = np.clip(free, study.space.low, study.space.high)
    return climb(study, free, study.space.gains, ruptures=study.ruptures, close=ROUGHLY)


def covariance(study: Design, fitted: Point) -> Floats:
    """Return the covariance of the estimates on the free scale, 0 where a parameter is held.

    (c G'G + prior)^-1 with c = n / (n - q - 1). The inverse of a Wishart matrix of n clients in q
    parameters is on average 1 / c of what it stands for (Anderson, 2003, section 7.7): clients'
    slopes in the gain, less their regression on q others, are too small. A parameter counts towards
    q by the share of what is known of it that the clients say and not its prior.
    """
    space, clients = study.space, len(study.clients)
    known_of = fitted.information(space)
    prior = np.diag(space.sd[fitted.moved] ** -2)
    counted = np.trace(np.linalg.solve(known_of, known_of - prior))
    scale = clients / max(clients - counted - 1, 1.0)
    full = np.zeros((len(fitted.free), len(fitted.free)))
    held_in = scale * (known_of - prior) + prior
    full[np.ix_(fitted.moved, fitted.moved)] = np.linalg.inv(held_in)
    return full


def few_clients(study: Design, fitted: Point) -> float:
    """Return how much wider than 1 the root of the likelihood ratio is spread: root of 1 + p / n.

    With p parameters fitted to n clients the ratio is on average so much too large: in a linear
    regression it is n log(1 + F / (n - p)), and Bartlett's correction (Lawley, 1956) is its like.
    """
    return float(np.sqrt(1 + fitted.moved.sum() / len(study.clients)))


def clustering(study: Design, fitted: Point, spread: Floats) -> float:
    """Return how much wider the gain is spread than for as many clients on their own, 1 or more.

    The root of the ratio of two sandwich variances: the clients' influences on the gain, added
    up within clusters, against the same one by one; times G / (G - 1) for G clusters (Cameron &
    Miller, 2015, section VI). `spread`: covariance of the estimates.
    """
    freedom = degrees_of_freedom(study)
    if not np.isfinite(freedom):
        return 1.0
    _, codes = np.unique(study.clusters, return_inverse=True)
    influence = fitted.known.slopes @ spread[GAIN]
    influence = influence - influence.mean()
    together = np.bincount(codes, influence)
    few = (freedom + 1) / freedom
    return float(max(1.0, np.sqrt(few * (together**2).sum() / (influence**2).sum())))


def degrees_of_freedom(study: Design) -> float:
    """Return those of a t test of the gain: clusters less one; infinite where there are none."""
    clusters = len(np.unique(study.clusters))
    return np.inf if clusters == len(study.clients) else clusters - 1.0


def quantile(study: Design, confidence: float) -> float:
    """Return how many standard errors an interval reaches: of t with clusters, else normal."""
    freedom, upper = degrees_of_freedom(study), 0.5 + confidence / 2
    return float(stdtrit(freedom, upper) if np.isfinite(freedom) else ndtri(upper))
