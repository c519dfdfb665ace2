"""How many clients a planned study of repaired ruptures needs, by simulation of the very analysis."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from alliance.checks import check_choice, check_integer, check_number
from alliance.cluster import spread
from alliance.effects.power_result import PlannedPower
from alliance.effects.repair import fit_rung
from alliance.effects.reported_gain import reported_gain
from alliance.errors import AllianceError
from alliance.model.gain_assumptions import LEAST
from alliance.model.gain_verdict import verdict
from alliance.simulate import Study, World, find_world, simulate

ANALYSES = ("scores", "log", "both")
MIN_CLIENTS, MIN_REPLICATIONS = 10, 10
CLIENTS_DESCRIBED = 2_000
_Judgement = tuple[float, float, float, float, bool]
_COLUMNS = ["analysis", "clients", "replication", "estimate", "low", "high", "p", "answered"]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a planned study will be like, beside its number of clients.

    Parameters
    ----------
    world : World or str
        What is true besides the gain: a named world, or one like a pilot study from
        `alliance.simulate.like`.
    sessions : float, optional
        Median of the planned number of sessions; the world's own if not given.
    log_sensitivity : float, optional
        Chance that a true rupture stands in the log, 0-1; the world's own if not given.
    log_false_rate : float, optional
        Chance for each quiet session to be reported as a rupture, 0-1; the world's own if not
        given.
    """

    world: World | str = "R0d"
    sessions: float | None = None
    log_sensitivity: float | None = None
    log_false_rate: float | None = None

    def with_gain(self, gain: float) -> World:
        """Return the world with a gain, in SD of the world."""
        base = self.world if isinstance(self.world, World) else find_world(self.world)[0]
        changes = {
            "gain": gain,
            "planned_median": self.sessions,
            "log_sensitivity": self.log_sensitivity,
            "log_false_rate": self.log_false_rate,
        }
        return base.but(**{name: each for name, each in changes.items() if each is not None})


def planned_power(
    gain: float,
    *,
    clients: int | Iterable[int] = (100, 200, 400),
    plan: Plan | World | str = "R0d",
    analyses: Sequence[str] = ("scores",),
    power: float = 0.8,
    replications: int = 100,
    seed: int = 0,
    workers: int | None = None,
) -> PlannedPower:
    """Say how likely planned studies are to find a gain, and how many clients they need.

    Parameters
    ----------
    gain : float
        Lasting rise after each repair that is true, SD of the world; 0 for the rate of false
        findings.
    clients : int or iterable of int
        Numbers of clients to simulate, 10 or more each. For the number needed two or more.
    plan : Plan, World or str
        What the studies will be like.
    analyses : sequence of {"scores", "log", "both"}
        ``scores``: `alliance.repair_gain` on the rung that assumes least; ``both``: the same with
        a rupture log as evidence; ``log``: `alliance.reported_gain`, the regression on reports.
    power : float
        The power that is wanted, 0-1.
    replications : int
        Simulated studies for each number of clients, 10 or more. With 100 a power of .8 is known
        to about 8 points either way.
    seed : int
        The same seed gives the same bytes, whatever the number of workers.
    workers : int, optional
        Processes; all cores if not given.

    Returns
    -------
    PlannedPower

    Raises
    ------
    AllianceError
        If a setting cannot be.

    Notes
    -----
    Every study is simulated and judged as `repair_gain` would judge it. A study that is not
    answered counts as one that found nothing. The number needed comes from a probit curve over
    the root of the number of clients (see `alliance.effects.fit_curve`); beyond the numbers
    simulated it is an extrapolation and is called one.

    Power is only as true as the world: how many ruptures there are, how deep, how often
    repaired. A pilot study tells levels, growth, fluctuation, lengths and missing sessions, not
    the ruptures; try several.

    On a cluster, choose a backend of joblib around the call; the result has the same bytes.

    Examples
    --------
    >>> found = planned_power(
    ...     0.5, clients=[20, 30], analyses=["log"], replications=10, workers=1
    ... )
    >>> found.frame["clients"].tolist()
    [20, 30]
    """
    sizes = (clients,) if isinstance(clients, int | np.integer) else tuple(dict.fromkeys(clients))
    for count in sizes:
        check_integer(count, "clients", MIN_CLIENTS)
    for name in analyses:
        check_choice(name, ANALYSES, "analyses")
    check_integer(replications, "replications", MIN_REPLICATIONS)
    check_number(power, "power", 0.06, 0.999)
    world = (plan if isinstance(plan, Plan) else Plan(world=plan)).with_gain(float(gain))
    if world.gain and not world.hazard:
        raise AllianceError(
            "In this world no rupture ever begins (hazard 0): there is nothing to gain."
        )
    studies = _simulated(world, sizes, tuple(analyses), replications, seed, workers)
    return PlannedPower.of_studies(
        studies,
        world=world.name,
        gain=world.gain,
        wanted=power,
        seed=seed,
        marginals=simulate(world, CLIENTS_DESCRIBED, seed).summary().to_dict(),
    )


def _simulated(
    world: World,
    sizes: Sequence[int],
    analyses: Sequence[str],
    replications: int,
    seed: int,
    workers: int | None,
) -> pd.DataFrame:
    """Return one row for each analysis, number of clients and replication."""
    # The largest studies first, so that no worker is left with one at the end.
    jobs = [
        (count, number) for count in sorted(sizes, reverse=True) for number in range(replications)
    ]
    judged = partial(_judged, world, analyses, seed)
    done = spread(judged, jobs, workers=workers, label="simulated studies")
    frame = pd.DataFrame([row for rows in done for row in rows], columns=_COLUMNS)
    return frame.sort_values(["analysis", "clients", "replication"], ignore_index=True)


def _judged(
    world: World, analyses: Sequence[str], seed: int, job: tuple[int, int]
) -> list[tuple[object, ...]]:
    """Simulate one study and return what each analysis says of it, gains in SD of the world."""
    clients, number = job
    chance = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(clients, number)))
    study = simulate(world, clients, chance)
    unit = world.score_points_per_sd
    found: list[tuple[object, ...]] = []
    for name in analyses:
        log = study.log if name == "both" else None
        judged = _by_log(study) if name == "log" else _by_scores(study, log)
        estimate, low, high, p, answered = judged
        found.append((name, clients, number, estimate / unit, low / unit, high / unit, p, answered))
    return found


def _by_scores(study: Study, log: pd.DataFrame | None) -> _Judgement:
    fit, point = fit_rung(study.sessions, LEAST, log=log)
    said = verdict(fit)
    return fit.gain * point, said.low * point, said.high * point, said.p, said.answered


def _by_log(study: Study) -> _Judgement:
    found = reported_gain(study.sessions, study.log)
    row = found.frame.iloc[0]
    return row["estimate"], row["low"], row["high"], row["p"], found.answered
