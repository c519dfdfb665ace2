"""Studies like mine: a world whose simulated studies have the moments of the user's own."""

import warnings
from typing import Unpack

import numpy as np
import pandas as pd

from alliance.course import Choice, courses
from alliance.errors import AllianceError, AllianceWarning
from alliance.simulate.drawing import simulate
from alliance.simulate.moments import Moments, moments
from alliance.simulate.world import SCALES, World

_FORM_OF = {"wai-sr": "wai", "srs": "srs"}
_STEP = 0.8
_TOLERATED = 0.15


def like(
    sessions: pd.DataFrame,
    *,
    base: World | None = None,
    form: str | None = None,
    reliability: float = 0.9,
    rounds: int = 12,
    clients: int = 1000,
    seed: np.random.Generator | int = 0,
    **choice: Unpack[Choice],
) -> World:
    """Return a world whose studies look like the user's own.

    Parameters
    ----------
    sessions : DataFrame
        A sessions table, of 10 clients or more.
    base : World, optional
        Supplies what a sessions table cannot tell: ruptures, repair, gain, drop-out,
        confounding, symptoms, rupture log. Default: ``World()``.
    form : {"gaussian", "wai", "srs"}, optional
        Scale of the simulated scores; by default that of the instrument in the table
        (``wai-sr``, ``srs``), ``gaussian`` for every other.
    reliability : float
        Share of the variance of scores that is not measurement error, 0-1.
    rounds : int
        How often the world is corrected.
    clients : int
        Clients of the simulated study that is compared with the user's in each round.
    seed : int or numpy Generator
        Source of chance; the same seed gives the same world.
    **choice
        Which scores are meant, see `alliance.courses`.

    Returns
    -------
    World
        `base` with level, growth, the variances of trait, slope and state,
        autocorrelation, volatility, lengths, missing sessions and the therapists' share
        replaced, and with `unit` the SD of scores that they give without ruptures, growth
        and ceilings.

    Raises
    ------
    AllianceError
        If the table is too small, or its scores do not fit the form.

    Warns
    -----
    AllianceWarning
        If the simulated studies stay unlike the user's, e.g. because the ruptures of
        `base` alone vary more than the user's scores do.

    Notes
    -----
    Indirect inference: moments of the user's table and of a simulated study are computed
    in the same way, and the world is moved by their difference until they agree. What
    biases the moments (ceilings, drop-out, missing sessions, ruptures) biases both alike,
    so it need not be corrected. Ruptures are NOT estimated: a sessions table cannot tell
    them from noise well enough; vary `base` to see what depends on them. The sampling error
    of the moments remains: with 50 clients an SD of traits is known to about 10 %.

    References
    ----------
    Gourieroux, C., Monfort, A., & Renault, E. (1993). Indirect inference. Journal of
    Applied Econometrics, 8, S85-S118. https://doi.org/10.1002/jae.3950080507

    Examples
    --------
    >>> from alliance import simulate
    >>> mine = simulate.simulate(simulate.worlds()["R0d"], clients=150, seed=4).sessions
    >>> world = simulate.like(mine, rounds=6)
    >>> abs(world.level - 3.8) < 0.2
    True
    """
    base = World() if base is None else base
    chosen = courses(sessions, **choice)
    form = form or _FORM_OF.get(chosen.instrument, "gaussian")
    if form not in SCALES:
        raise AllianceError(f"form must be one of {', '.join(SCALES)}, not '{form}'.")
    goal = moments(chosen, reliability=reliability)
    world = _start(base, form, goal, reliability, chosen.table)
    # Every round meets the same chances, so that worlds differ by their parameters alone.
    same = int(np.random.default_rng(seed).integers(2**63))
    for _ in range(rounds):
        world = _moved(world, goal, _moments_of(world, clients, same, reliability))
    _warn_if_unlike(goal, _moments_of(world, clients, same, reliability))
    return world


def _moments_of(world: World, clients: int, seed: int, reliability: float) -> Moments:
    study = simulate(world.but(second_rater=False), clients=clients, seed=seed)
    return moments(study.sessions, reliability=reliability)


def _start(
    base: World, form: str, goal: Moments, reliability: float, sessions: pd.DataFrame
) -> World:
    """Return the first guess: the moments themselves, as if nothing biased them."""
    items = 4 if form == "srs" else 1
    low, high = {"gaussian": (-np.inf, np.inf), "wai": (1, 5), "srs": (0, 40)}[form]
    if not low <= goal.mean <= high:
        raise AllianceError(
            f"The scores have a mean of {goal.mean:.1f}; form '{form}' has scores from {low} to "
            f"{high}.\nTo fix: give item means for 'wai', sums for 'srs', or form='gaussian'."
        )
    stretch = {"gaussian": 1.0, "wai": 1.0, "srs": 1.6}[form]
    points = items * stretch
    last = sessions.groupby("client")["session"].max()
    therapists = sessions["therapist"].nunique() if "therapist" in sessions.columns else 0
    return base.but(
        name="like yours",
        scale=form,
        level=goal.level / items,
        points_per_latent=stretch,
        unit=goal.sd / points,
        item_spread=0.0 if form == "gaussian" else 0.3,
        reliability=reliability,
        growth=goal.growth / points,
        trait_sd=max(goal.trait_sd, 0.01 * goal.sd) / points,
        slope_sd=goal.slope_sd / points,
        state_sd=max(goal.state_sd, 0.01 * goal.sd) / points,
        planned_range=(max(int(last.min()), 1), max(int(last.max()), 2)),
        planned_median=goal.last_mean,
        planned_log_sd=goal.last_sd / goal.last_mean,
        first_dropout=min(base.first_dropout, max(int(last.min()), 1)),
        clients_per_therapist=(
            goal.clients / therapists if therapists else base.clients_per_therapist
        ),
    )


def _moved(world: World, goal: Moments, made: Moments) -> World:
    """Move each parameter by the difference of the moment that speaks of it."""
    points = world.score_points_per_sd / world.unit
    # From points of the scale to points of one item.
    per_item = points / world.points_per_latent

    # A moment that one of the two lacks moves nothing.
    gap = goal.summary().sub(made.summary()).fillna(0).to_dict()

    def spread(name: str) -> float:
        change = (getattr(goal, name) ** 2 - getattr(made, name) ** 2) / points**2
        return float(max(getattr(world, name) ** 2 + _STEP * change, 0) ** 0.5)

    # Lengths are lognormal, so they are corrected on the log scale.
    length = np.log(goal.last_mean / made.last_mean)
    unevenness = goal.last_sd / goal.last_mean - made.last_sd / made.last_mean
    volatility = world.volatility_sd**2 + _STEP * gap["volatility"] / 4
    trait_sd, state_sd = spread("trait_sd"), spread("state_sd")
    # The SD of scores without ruptures, growth and ceilings.
    variance = (trait_sd**2 + state_sd**2) / max(world.reliability, 0.01)
    return world.but(
        level=world.level + _STEP * (1 / per_item) * gap["level"],
        growth=world.growth + _STEP * (1 / points) * gap["growth"],
        unit=max(variance, 1e-6) ** 0.5,
        trait_sd=trait_sd,
        slope_sd=spread("slope_sd"),
        state_sd=state_sd,
        autocorrelation=_band(world.autocorrelation, gap["lag1"]),
        volatility_sd=min(max(volatility, 0), 1) ** 0.5,
        planned_median=float(world.planned_median * np.exp(_STEP * length)),
        planned_log_sd=max(world.planned_log_sd + _STEP * unevenness, 0.0),
        missing_sessions=_band(world.missing_sessions, gap["missing"]),
        therapist_icc=min(max(world.therapist_icc + _STEP * gap["therapist_icc"], 0.0), 0.9),
    )


def _band(band: tuple[float, float], change: float) -> tuple[float, float]:
    """Shift a band, keeping its width while it stays between 0 and 0.95."""
    middle, half = sum(band) / 2 + _STEP * change, (band[1] - band[0]) / 2
    middle = min(max(middle, 0), 0.95)
    # At an end the band grows narrow instead of leaving what is possible.
    half = min(half, middle, 0.95 - middle)
    return float(middle - half), float(middle + half)


def _warn_if_unlike(goal: Moments, made: Moments) -> None:
    within = {
        "mean": (goal.mean - made.mean) / goal.sd,
        "SD": goal.sd / made.sd - 1,
        "ICC": goal.icc - made.icc,
        "length": np.log(goal.last_mean / made.last_mean),
    }
    unlike = [name for name, gap in within.items() if abs(gap) > _TOLERATED]
    if unlike:
        warnings.warn(
            f"Simulated studies differ from yours in {', '.join(unlike)}: the ruptures, drop-out "
            "or scale of the base world do not fit your data. Compare moments(sessions) with "
            "moments(simulate(world).sessions), and give another base.",
            AllianceWarning,
            stacklevel=3,
        )
