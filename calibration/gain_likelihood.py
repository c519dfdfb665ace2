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
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from alliance import simulate
from alliance.cluster import on_cluster, spread
from alliance.model.courses import Courses
from alliance.model.gain_assumptions import LADDER, Assumptions
from alliance.model.gain_ladder import GainFit, fit_gain
from alliance.model.scores import standardise

OUT = Path(__file__).with_name("gain_likelihood.csv")
FIRST_SEED = 15_000
CLIENTS = 200
KEY = ["client", "session"]


def courses_of(world: simulate.World, clients: int, seed: int) -> tuple[Courses, float]:
    """Return the standardised courses of one simulated study, and one SD in their unit."""
    sessions = simulate.simulate(world, clients, seed).sessions
    rated = sessions[sessions["rater"] == "client"].dropna(subset="total").sort_values(KEY)
    points = rated["total"].to_numpy(float)
    told = standardise(points, "auto", higher_is_better=True)
    lengths = rated.groupby("client").size().to_numpy()
    courses = Courses(
        starts=np.cumsum(lengths) - lengths,
        lengths=lengths,
        times=rated["session"].to_numpy(float),
        scores=told.of(points),
    )
    return courses, world.score_points_per_sd / told.sd


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


def fitted(
    rung: Assumptions, confidence: float | None, drawn: tuple[Courses, float]
) -> tuple[GainFit, float]:
    """Return the fit of one study, beside its unit."""
    return fit_gain(drawn[0], rung, confidence=confidence), drawn[1]


def measured(
    name: str,
    world: simulate.World,
    rungs: list[Assumptions],
    clients: int,
    studies: int,
) -> list[dict]:
    """Return the table's rows for one world: one for each rung."""
    seeds = range(FIRST_SEED, FIRST_SEED + studies)
    drawn = [courses_of(world, clients, seed) for seed in seeds]
    confidence = 0.95 if world.gain else None
    return [
        row_of(
            name,
            clients,
            world.gain,
            list(spread(partial(fitted, rung, confidence), drawn, label=f"{name}, {rung.name}")),
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
    known = simulate.worlds()
    rungs = list(LADDER[: asked.rungs])
    rows: list[dict] = []
    if asked.worlds and OUT.exists():
        old = pd.read_csv(OUT)
        redone = old["world"].isin(asked.worlds) & old["clients"].eq(asked.clients)
        redone &= old["rung"].isin([rung.name for rung in rungs])
        rows = old[~redone].to_dict("records")
    for name in asked.worlds or list(known):
        with on_cluster():
            rows += measured(name, known[name], rungs, asked.clients, asked.studies)
        pd.DataFrame(rows).to_csv(OUT, index=False)
        print(pd.DataFrame(rows[-len(rungs) :]).to_string(index=False), flush=True)


if __name__ == "__main__":
    main()
