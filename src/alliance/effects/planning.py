"""How many clients a planned study of repaired ruptures needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Integral

from alliance.effects.designs import Design
from alliance.effects.designs import designs as named_designs
from alliance.effects.power_result import PlannedPower
from alliance.effects.replications import replicate
from alliance.errors import AllianceError, join_names, suggest
from alliance.simulate import World, find_world, simulate

FEWEST_CLIENTS, FEWEST_REPLICATIONS = 10, 20
CLIENTS_DESCRIBED = 2_000


def planned_power(
    gain: float,
    *,
    clients: Iterable[int] = (100, 200, 400, 800),
    design: str | Design | Iterable[str | Design] = ("P4", "log"),
    world: World | str = "R0d",
    sessions: float | None = None,
    log_sensitivity: float | None = None,
    log_false_rate: float | None = None,
    power: float = 0.8,
    alpha: float = 0.05,
    replications: int = 500,
    seed: int = 0,
    workers: int = -1,
) -> PlannedPower:
    """Say how likely planned studies are to find a gain, and how many clients they need.

    Parameters
    ----------
    gain : float
        Lasting rise after each repair that is true, SD of the world (`World.unit`); 0 for the
        rate of false findings.
    clients : int or iterable of int
        Numbers of clients to simulate, 10 or more each. For the number needed two or more.
    design : str, Design or iterable of these
        ``P1``, ``P2``, ``P3``, ``P4``, ``4d``: ruptures found in the scores by a rule; ``log``:
        a rupture log. See `alliance.effects.designs`.
    world : World or str
        What is true besides: a named world, or one like a pilot study from
        `alliance.simulate.like`.
    sessions : float, optional
        Median of the planned number of sessions; the world's own (14) if not given.
    log_sensitivity : float, optional
        Chance that a true rupture stands in the client's rupture log, 0-1; the world's own (.7)
        if not given.
    log_false_rate : float, optional
        Chance that a quiet session is reported as a rupture, 0-1 for each session; the world's
        own (.009, about one report in five) if not given.
    power : float
        The power that is wanted, between `alpha` and 1.
    alpha : float
        Level of the two-sided test, 0-1.
    replications : int
        Simulated studies for each number of clients, 20 or more. With 500 a power of .8 is known
        to about 3.5 points either way.
    seed : int
        The same seed gives the same bytes, whatever the number of workers.
    workers : int
        Processes; -1 for all cores.

    Returns
    -------
    PlannedPower

    Raises
    ------
    AllianceError
        If a setting cannot be; the message lists every one.

    Notes
    -----
    Every study is simulated (`alliance.simulate.simulate`) and tested as `repair_gain` would
    test it. A study that is refused because fewer than 8 of its clients have sessions before and
    after a repair counts as one that found nothing.

    The number needed comes from a probit curve over the root of the number of clients, see
    `alliance.effects.fit_curve`; beyond the numbers simulated it is an extrapolation and is
    called one.

    Power is only as true as the world: how many ruptures there are, how deep, how often
    repaired. A pilot study tells levels, growth, fluctuation, lengths and missing sessions, not
    the ruptures; try several.

    On a cluster, choose a backend of joblib around the call; the result has the same bytes::

        with joblib.parallel_config(backend="dask"):
            al.planned_power(0.3, clients=[400, 800, 1600], replications=2000)

    Examples
    --------
    >>> found = planned_power(0.5, clients=[60, 120], design="log", replications=40, workers=1)
    >>> found.frame["clients"].tolist()
    [60, 120]
    """
    clients = (clients,) if isinstance(clients, Integral) else tuple(dict.fromkeys(clients))
    chosen = _designs(design)
    planned = _world(world, gain, sessions, log_sensitivity, log_false_rate)
    _check(planned, clients, power, alpha, replications, seed, workers)
    rows = replicate(
        planned, chosen, clients, replications=replications, seed=seed, workers=workers
    )
    return PlannedPower(
        studies=rows,
        designs=chosen,
        world=planned,
        wanted=power,
        alpha=alpha,
        seed=seed,
        marginals=simulate(planned, CLIENTS_DESCRIBED, seed).summary().to_dict(),
    )


def _designs(design: str | Design | Iterable[str | Design]) -> Mapping[str, Design]:
    asked = [design] if isinstance(design, str | Design) else list(design)
    known = named_designs()
    wrong = [name for name in asked if not isinstance(name, Design) and name not in known]
    if wrong or not asked:
        hints = "".join(suggest(name, known) for name in wrong)
        raise AllianceError(
            f"There is no design {join_names(map(repr, wrong)) or 'named'}.{hints} "
            f"Known: {join_names(known)}."
        )
    chosen = [each if isinstance(each, Design) else known[each] for each in asked]
    return {each.name: each for each in chosen}


def _world(world, gain, sessions, log_sensitivity, log_false_rate) -> World:
    base = world if isinstance(world, World) else find_world(world)[0]
    changes = {
        "gain": gain,
        "planned_median": sessions,
        "log_sensitivity": log_sensitivity,
        "log_false_rate": log_false_rate,
    }
    try:
        changes = {name: float(value) for name, value in changes.items() if value is not None}
    except (TypeError, ValueError):
        raise AllianceError(f"These settings must be numbers: {changes}.") from None
    return base.but(**changes)


def _check(world, clients, power, alpha, replications, seed, workers) -> None:
    """Raise one error that names everything that cannot be."""
    wrong = []
    if not clients or not all(_is_whole(count, FEWEST_CLIENTS) for count in clients):
        wrong.append(f"clients must be whole numbers of {FEWEST_CLIENTS} or more")
    if not _is_whole(replications, FEWEST_REPLICATIONS):
        wrong.append(f"replications must be a whole number of {FEWEST_REPLICATIONS} or more")
    if not 0 < alpha < 1:
        wrong.append(f"alpha must lie between 0 and 1, not {alpha}")
    elif not alpha < power < 1:
        wrong.append(f"power must lie between alpha ({alpha}) and 1, not {power}")
    if not _is_whole(seed, 0):
        wrong.append("seed must be a whole number of 0 or more")
    if not (_is_whole(workers, 1) or workers == -1):
        wrong.append("workers must be 1 or more, or -1 for all cores")
    low, high = world.planned_range
    if not low <= world.planned_median <= high:
        wrong.append(
            f"the median of {world.planned_median:g} planned sessions lies outside planned_range, "
            f"{low} to {high}: give a world with another planned_range"
        )
    if world.gain and not world.hazard:
        wrong.append("in this world no rupture ever begins (hazard 0): there is nothing to gain")
    if wrong:
        lines = "\n".join(f"  - {each}" for each in wrong)
        raise AllianceError(f"This study cannot be planned:\n{lines}")


def _is_whole(value: object, low: int) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and value >= low
