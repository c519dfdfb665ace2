"""Measure the gain's likelihood on every rung, where the truth is known.

    python calibration/gain_likelihood.py [--studies 60] [--clients 200] [--worlds R0d A3d ...]

Writes gain_likelihood.csv: world, clients, rung ("... and a log" where a rupture log was evidence
too), gain (SD put in), studies, answered (not held back by the gate), stronger and weaker
(two-sided p below .05, of the studies answered), refused (would have been called stronger but for
the gate), covered (studies whose 95 % interval holds the gain; without a gain those whose test
does not reject 0), and over studies mean and SD of z, and of the estimate in SD, the mean standard
error, and the mean of expected repaired ruptures a client.

A row that holds fewer studies than asked for gets the missing ones, from the seeds that follow;
without the table all are made anew.
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
from alliance.model.gain_likelihood import Traits
from alliance.model.scores import standardise

OUT = Path(__file__).with_name("gain_likelihood.csv")
FIRST_SEED = 40_000
CLIENTS = 200
KEY = ["client", "session"]
ROW = ["world", "clients", "rung"]
AT_ONCE = 20
WITH_A_LOG = " and a log"


def courses_of(world: simulate.World, clients: int, seed: int) -> tuple[Courses, float, Traits]:
    """Return the standardised courses of one simulated study, one SD in their unit, the log."""
    study = simulate.simulate(world, clients, seed)
    rated = study.sessions[study.sessions["rater"] == "client"]
    rated = rated.dropna(subset="total").sort_values(KEY)
    points = rated["total"].to_numpy(float)
    told = standardise(points, "auto", higher_is_better=True)
    lengths = rated.groupby("client").size().to_numpy()
    courses = Courses(
        starts=np.cumsum(lengths) - lengths,
        lengths=lengths,
        times=rated["session"].to_numpy(float),
        scores=told.of(points),
    )
    said = pd.MultiIndex.from_frame(rated[KEY]).isin(pd.MultiIndex.from_frame(study.log[KEY]))
    log = Traits(reports={"client": said.astype(float)})
    return courses, world.score_points_per_sd / told.sd, log


def fitted(
    rung: Assumptions, world: simulate.World, clients: int, log: bool, seed: int
) -> tuple[GainFit, float]:
    """Return the fit of one study, beside its unit."""
    courses, unit, said = courses_of(world, clients, seed)
    confidence = 0.95 if world.gain else None
    return fit_gain(courses, rung, confidence=confidence, traits=said if log else None), unit


def row_of(fits: list[tuple[GainFit, float]], gain: float) -> dict:
    """Return one line of the table from the fits of one rung, with one SD in the unit of each."""
    found = [fit for fit, _ in fits]
    sd = np.array([unit for _, unit in fits])
    z, estimate = np.array([f.z for f in found]), np.array([f.gain for f in found]) / sd
    answered, claimed = np.array([f.answered for f in found]), np.abs(z) > 1.96
    ends = np.array([(f.low, f.high) for f in found]) / sd[:, None]
    inside = (ends[:, 0] < gain) & (gain < ends[:, 1]) if gain else ~claimed
    return {
        "gain": gain,
        "studies": len(found),
        "answered": answered.sum(),
        "stronger": sum(f.claim() > 0 for f in found),
        "weaker": sum(f.claim() < 0 for f in found),
        "refused": (~answered & claimed & (z > 0)).sum(),
        "covered": inside.sum(),
        "z": z.mean(),
        "z_sd": z.std(ddof=1),
        "estimate": estimate.mean(),
        "estimate_sd": estimate.std(ddof=1),
        "standard_error": (np.array([f.standard_error for f in found]) / sd).mean(),
        "repairs": np.mean([f.repairs for f in found]),
    }


def joined(old: dict, new: dict) -> dict:
    """Return one line for the studies of two: counts added, means and SDs pooled."""
    n, more = old["studies"], new["studies"]
    share = more / (n + more)
    row = {name: old[name] + new[name] for name in list(old)[4:10]}
    for name in ("z", "estimate", "standard_error", "repairs"):
        row[name] = (1 - share) * old[name] + share * new[name]
    for name in ("z", "estimate"):
        within = (n - 1) * old[f"{name}_sd"] ** 2 + (more - 1) * new[f"{name}_sd"] ** 2
        between = n * share * (new[name] - old[name]) ** 2
        row[f"{name}_sd"] = np.sqrt((within + between) / (n + more - 1))
    return {name: row.get(name, old[name]) for name in old}


def add_studies(table: dict, world: simulate.World, rung: Assumptions, asked) -> None:
    """Bring one row of the table up to the studies asked for, a few at a time."""
    key = (world.name, asked.clients, rung.name + WITH_A_LOG * asked.log)
    fit = partial(fitted, rung, world, asked.clients, asked.log)
    while (done := table[key]["studies"] if key in table else 0) < asked.studies:
        seeds = range(FIRST_SEED + done, FIRST_SEED + min(done + AT_ONCE, asked.studies))
        fits = list(spread(fit, seeds, label=", ".join(map(str, key))))
        new = dict(zip(ROW, key, strict=True)) | row_of(fits, world.gain)
        table[key] = joined(table[key], new) if done else new
        pd.DataFrame(table.values()).round(4).to_csv(OUT, index=False)
    print(pd.DataFrame([table[key]]).round(3).to_string(index=False), flush=True)


def main() -> None:
    known = simulate.worlds()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=60)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--worlds", nargs="*", default=list(known))
    parser.add_argument("--rungs", nargs="*", type=int, default=[0, 1, 2], help="0 assumes least")
    parser.add_argument("--log", action="store_true", help="take a rupture log as evidence")
    asked = parser.parse_args()
    rows = pd.read_csv(OUT).to_dict("records") if OUT.exists() else []
    table = {tuple(row[name] for name in ROW): row for row in rows}
    for name in asked.worlds:
        for rung in asked.rungs:
            with on_cluster():
                add_studies(table, known[name], LADDER[rung], asked)


if __name__ == "__main__":
    main()
