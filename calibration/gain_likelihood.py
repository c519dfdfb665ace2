"""Measure the gain's likelihood on every rung, where the truth is known.

    python calibration/gain_likelihood.py [--studies 60] [--clients 200] [--worlds R0d A3d ...]

Writes gain_likelihood.csv: world, clients, rung, gain (SD put in), studies, answered (not held
back by the gate), stronger and weaker (two-sided p below .05, of the studies answered), refused
(would have been called stronger but for the gate), covered (studies whose 95 % interval holds the
gain; empty where no interval was asked for), and over studies mean and SD of z, and of the
estimate in SD, the mean standard error, and the mean of expected repaired ruptures a client.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from alliance import simulate
from alliance.model.courses import Courses
from alliance.model.gain_assumptions import LADDER, Assumptions
from alliance.model.gain_ladder import GainFit, fit_gain
from alliance.model.scores import standardise

OUT = Path(__file__).with_name("gain_likelihood.csv")
FIRST_SEED = 15_000
CLIENTS = 200
KEY = ["client", "session"]
POWER = ("A3d", "A5w", "A5s")
NAMED = ("N0", "N0d", "N0h", "N0r", "N0w", "N0s", "R0d", "R0g", "R0w", "R0s", "R0L", "R0S", "R0T")
Bend = Callable[[pd.DataFrame, np.random.Generator], np.ndarray]


def u_shaped(rated: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """.8 SD lower in the middle of every client's own course."""
    last = rated.groupby("client")["session"].transform("max")
    place = (rated["session"] - 1) / np.maximum(last - 1, 1)
    return -0.8 * 4 * (place * (1 - place)).to_numpy()


def early_rise(rated: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Everybody 1 SD higher at session 2, gone by session 4."""
    return np.interp(rated["session"], [1, 2, 4], [0.3, 1.0, 0.0])


def plateau(rated: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """A rise of .8 SD that is over by session 6, on top of the growth over log session."""
    return np.interp(rated["session"], [1, 6], [0.0, 0.8])


def honeymoon(rated: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """.6 SD higher in the two sessions before a rupture."""
    ahead = [rated.groupby("client")["onset"].shift(-k, fill_value=False) for k in (1, 2)]
    return 0.6 * (ahead[0] | ahead[1]).to_numpy(float)


def passing_lift(rated: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """.6 SD higher in the two sessions after a repair."""
    behind = [rated.groupby("client")["mended"].shift(k, fill_value=False) for k in (0, 1)]
    return 0.6 * (behind[0] | behind[1]).to_numpy(float)


def settling(rated: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """More noise of .6 SD at session 1 that halves every four sessions."""
    return 0.6 * 0.5 ** ((rated["session"] - 1) / 4) * rng.standard_normal(len(rated))


def skewed(rated: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """A long tail down: exponential falls of .4 SD on average."""
    return -rng.exponential(0.4, len(rated))


def bent() -> dict[str, tuple[simulate.World, Bend]]:
    """Return worlds without a gain whose courses are of another shape than the named ones'."""
    ruptures = simulate.worlds()["R0d"]
    shapes = (u_shaped, early_rise, plateau, honeymoon, passing_lift, settling, skewed)
    return {shape.__name__.replace("_", " "): (ruptures, shape) for shape in shapes}


def variants() -> dict[str, simulate.World]:
    """Return the named worlds, and those without a gain whose ruptures are of another kind."""
    named = simulate.worlds()
    ruptures = named["R0d"]
    return {name: named[name] for name in (*NAMED, *POWER)} | {
        "always recovering": ruptures.but(repair_probability=1.0, depth=(1.2, 3.0)),
        "recovery over 4": ruptures.but(recovery_sessions=4),
        "onset over 2": ruptures.but(onset_sessions=2),
        "half remains": ruptures.but(persistence=0.5),
        "ruptures and walk": ruptures.but(walk_sd=0.08),
    }


def courses_of(
    world: simulate.World, bend: Bend | None, clients: int, seed: int
) -> tuple[Courses, float]:
    """Return the standardised courses of one simulated study, and one SD in their unit."""
    made = simulate.simulate(world, clients, seed)
    truth = made.truth.loc[made.truth["rated"], [*KEY, "repairs", "episode"]]
    rated = made.sessions[[*KEY, "total"]].merge(truth, on=KEY).dropna().sort_values(KEY)
    by_client = rated.groupby("client")
    rated["onset"] = (rated["episode"] > 0) & (by_client["episode"].shift().fillna(0) == 0)
    rated["mended"] = by_client["repairs"].diff().fillna(0) > 0
    unit = world.score_points_per_sd
    points = rated["total"].to_numpy(float)
    if bend is not None:
        points = points + unit * bend(rated, np.random.default_rng([seed, 1]))
    told = standardise(points, "auto", higher_is_better=True)
    lengths = by_client.size().to_numpy()
    courses = Courses(
        starts=np.cumsum(lengths) - lengths,
        lengths=lengths,
        times=rated["session"].to_numpy(float),
        scores=told.of(points),
    )
    return courses, unit / told.sd


def row_of(name: str, clients: int, gain: float, fits: list[tuple[GainFit, float]]) -> dict:
    """Return one line of the table from the fits of one rung, with one SD in the unit of each."""
    found = [fit for fit, _ in fits]
    sd = np.array([unit for _, unit in fits])
    z, estimate = np.array([f.z for f in found]), np.array([f.gain for f in found]) / sd
    answered, claimed = np.array([f.answered for f in found]), np.abs(z) > 1.96
    ends = np.array([(f.low, f.high) for f in found]) / sd[:, None]
    covered = ((ends[:, 0] < gain) & (gain < ends[:, 1])).sum() if gain else None
    return {
        "world": name,
        "clients": clients,
        "rung": found[0].assumptions.name,
        "gain": gain,
        "studies": len(found),
        "answered": answered.sum(),
        "stronger": sum(f.claim() > 0 for f in found),
        "weaker": sum(f.claim() < 0 for f in found),
        "refused": (~answered & claimed & (z > 0)).sum(),
        "covered": covered,
        "z": z.mean().round(3),
        "z_sd": z.std(ddof=1).round(3),
        "estimate": estimate.mean().round(4),
        "estimate_sd": estimate.std(ddof=1).round(4),
        "standard_error": (np.array([f.standard_error for f in found]) / sd).mean().round(4),
        "repairs": np.mean([f.repairs for f in found]).round(3),
    }


def measured(
    name: str,
    world: simulate.World,
    bend: Bend | None,
    rungs: list[Assumptions],
    clients: int,
    studies: int,
) -> list[dict]:
    """Return the table's rows for one world: one for each rung."""
    seeds = range(FIRST_SEED, FIRST_SEED + studies)
    drawn = [courses_of(world, bend, clients, seed) for seed in seeds]
    confidence = 0.95 if world.gain else None
    return [
        row_of(
            name,
            clients,
            world.gain,
            [(fit_gain(courses, rung, confidence=confidence), unit) for courses, unit in drawn],
        )
        for rung in rungs
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=60)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--worlds", nargs="*")
    parser.add_argument("--rungs", type=int, default=len(LADDER), help="the first so many")
    asked = parser.parse_args()
    known = {name: (world, None) for name, world in variants().items()} | bent()
    rungs = list(LADDER[: asked.rungs])
    rows: list[dict] = []
    if asked.worlds and OUT.exists():
        old = pd.read_csv(OUT)
        redone = old["world"].isin(asked.worlds) & old["clients"].eq(asked.clients)
        redone &= old["rung"].isin([rung.name for rung in rungs])
        rows = old[~redone].to_dict("records")
    for name in asked.worlds or known:
        rows += measured(name, *known[name], rungs, asked.clients, asked.studies)
        pd.DataFrame(rows).to_csv(OUT, index=False)
        print(pd.DataFrame(rows[-len(rungs) :]).to_string(index=False), flush=True)


if __name__ == "__main__":
    main()
