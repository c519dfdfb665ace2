"""Other shapes: growth that bends, lifts around ruptures, noise with a tail or that settles."""

import numpy as np
from numpy.typing import NDArray

from alliance.arrays import Bools, Floats, Ints
from alliance.simulate.world import World

# The noise that settles is that of the world at this session.
_SETTLED = 4
# The passing state is log-normal at heart where it has a tail; so far out it is cut.
_FARTHEST = 4.0


def growing_sessions(world: World, longest: int) -> Ints:
    """Return the sessions in whose logarithm the alliance grows: none grows beyond the plateau."""
    return np.minimum(np.arange(1, longest + 1), world.plateau_session or longest)


def bends(world: World, planned: Ints, longest: int) -> Floats:
    """Return how far everybody's course lies off its growth, clients x sessions, SD.

    Place in the course runs from 0 at the first to 1 at the last session planned: a U is
    -4 u place (1 - place), a late rise climbs over the last third.
    """
    session = np.arange(1, longest + 1)
    # 0 at the first session, 1 at the last planned, and 1 beyond.
    place = np.minimum((session - 1) / np.maximum(planned[:, None] - 1, 1), 1)
    early = world.early_rise * np.interp(session, [1, 2, 4], [0.3, 1.0, 0.0])
    late = world.late_rise * np.clip(3 * place - 2, 0, 1)
    return np.asarray(early - 4 * world.u_shape * place * (1 - place) + late)


def lifts(world: World, inside: Bools, repairs: NDArray[np.int8]) -> Floats:
    """Return the passing lifts before ruptures and after repairs, clients x sessions, SD.

    `inside` says whether a rupture is under way, `repairs` counts those completed so far.
    """
    begins = np.diff(inside.astype(np.int8), axis=1, prepend=0) > 0
    before = _near(begins, range(-2, 0)) & ~inside
    mended = np.diff(repairs, axis=1, prepend=0) > 0
    after = _near(mended, range(world.overshoot_sessions)) & ~inside
    return np.asarray(world.honeymoon * before + world.overshoot * after)


def _near(marks: Bools, steps: range) -> Bools:
    """Return which sessions lie one of these steps after a mark (before it, if negative)."""
    found = np.zeros_like(marks)
    for step in steps:
        moved = np.roll(marks, step, axis=1)
        if step > 0:
            moved[:, :step] = False
        elif step < 0:
            moved[:, step:] = False
        found |= moved
    return found


def with_tail(normal: Floats, tail: float) -> Floats:
    """Return standard normal values with a long tail down (up if negative), mean 0 and SD 1.

    x = -(exp(-s z) - exp(s^2/2)) / sqrt(exp(s^2) (exp(s^2) - 1)), s = tail: a log-normal, mirrored.
    """
    if not tail:
        return normal
    s = abs(tail)
    along = np.clip(-np.sign(tail) * normal, -_FARTHEST, _FARTHEST)
    spread = np.exp(s * along) - np.exp(s**2 / 2)
    return np.asarray(-np.sign(tail) * spread / np.sqrt(np.exp(s**2) * np.expm1(s**2)))


def settling(world: World, session: Ints) -> Floats:
    """Return the factor on state and error at these sessions."""
    return np.asarray((session / _SETTLED) ** -world.settling)


def steps(world: World, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """Draw lasting steps of the level that have nothing to do with ruptures, SD."""
    happens = rng.random(shape) < world.step_hazard
    happens[:, 0] = False
    return np.asarray(world.step * np.cumsum(happens, axis=1))
