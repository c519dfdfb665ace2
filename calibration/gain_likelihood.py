"""Measure the gain's likelihood on every rung, where the truth is known.

    python calibration/gain_likelihood.py [--studies 60] [--clients 200] [--worlds R0d A3d ...]

Writes gain_studies.csv, one line for each study: world, clients, rung ("... and a log" where a
rupture log was evidence too), seed, and z, estimate, standard error, 95 % interval (where there is a
gain) and expected repaired ruptures a client, the gain in SD; answered (not held back by the gate)
and claim (1 stronger, -1 weaker, of the studies answered). z is of the rung's fit alone, interval and
claim are its verdict's. Studies that are there are not run again.

And from it gain_likelihood.csv, one line for each world, clients and rung: gain (SD put in), scored
(the same in the scores that are fitted: normal scores under a ceiling hold less of it), studies,
answered, stronger and weaker, refused (would have been called stronger but for the gate), covered
(studies whose interval holds `scored`; without a gain those in which z alone does not reject 0), and over
studies mean and SD of z, and of the estimate in SD, the mean standard error, and the mean of expected
repaired ruptures a client.
"""

import argparse
from functools import cache, partial
from pathlib import Path

import numpy as np
import ordinal
import pandas as pd

from alliance import simulate
from alliance.cluster import on_cluster, spread
from alliance.course import Courses
from alliance.model.gain_assumptions import LADDER, Assumptions
from alliance.model.gain_ladder import fit_gain
from alliance.model.gain_likelihood import Traits
from alliance.model.gain_verdict import verdict
from alliance.model.scores import StandardScores, standardise

OUT = Path(__file__).with_name("gain_likelihood.csv")
EACH = Path(__file__).with_name("gain_studies.csv")
FIRST_SEED, SEED_OF_SCORED = 50_000, 49_000
CLIENTS = 200
KEY = ["client", "session"]
ROW = ["world", "clients", "rung"]
AT_ONCE = 20
WITH_A_LOG = " and a log"
# Clients' own growth spread twice as far, in courses half as long again.
OWN_SLOPES = simulate.worlds()["R0d"].but(slope_sd=0.16, planned_median=20.0)
WORLDS = {
    **simulate.worlds(),
    **ordinal.worlds(),
    "own slopes": OWN_SLOPES.but(name="own slopes"),
    "own slopes, gain": OWN_SLOPES.but(name="own slopes, gain", gain=0.3),
}


def study_of(world, clients: int, seed: int) -> tuple[pd.DataFrame, simulate.Study | None]:
    """Return client, session and total of one simulated study, in order, and the study."""
    if isinstance(world, ordinal.Ordinal):
        return world.sessions(clients, seed), None
    study = simulate.simulate(world, clients, seed)
    rated = study.sessions[study.sessions["rater"] == "client"]
    return rated.dropna(subset="total").sort_values(KEY), study


def laid_out(rated: pd.DataFrame) -> tuple[Courses, StandardScores]:
    """Return standardised courses of a table in order, and how its points became scores."""
    points = rated["total"].to_numpy(float)
    told = standardise(points, "auto", higher_is_better=True)
    courses = Courses(
        scores=told.of(points),
        sessions=rated["session"].to_numpy(),
        offsets=np.append(0, rated.groupby("client").size().cumsum()),
    )
    return courses, told


def courses_of(world, clients: int, seed: int) -> tuple[Courses, float, Traits]:
    """Return the standardised courses of one simulated study, one SD in their unit, the log."""
    rated, study = study_of(world, clients, seed)
    courses, told = laid_out(rated)
    log = Traits()
    if study is not None:
        said = pd.MultiIndex.from_frame(rated[KEY]).isin(pd.MultiIndex.from_frame(study.log[KEY]))
        log = Traits(reports={"client": said.astype(float)})
    return courses, world.score_points_per_sd / told.sd, log


@cache
def scored(world) -> float:
    """Return the gain in the scores that are fitted, over studies and their twins without it."""
    if not world.gain or getattr(world, "scale", "gaussian") == "gaussian":
        return world.gain
    both, repairs = [], []
    for seed in range(SEED_OF_SCORED, SEED_OF_SCORED + 20):
        (rated, study), (without, _) = (
            study_of(each, 400, seed) for each in (world, world.but(gain=0.0))
        )
        told = laid_out(rated)[1]
        truth = study.truth.loc[~study.truth["in_rupture"], [*KEY, "repairs"]]
        twins = rated[[*KEY, "total"]].merge(without[[*KEY, "total"]], on=KEY).merge(truth, on=KEY)
        more = told.of(twins["total_x"].to_numpy()) - told.of(twins["total_y"].to_numpy())
        both.append(more * told.sd / world.score_points_per_sd)
        repairs.append(twins["repairs"].to_numpy(float))
    gained, dose = np.concatenate(both), np.concatenate(repairs)
    return float(gained @ dose / (dose @ dose))


def fitted(rung: Assumptions, world, clients: int, log: bool, seed: int) -> dict:
    """Return the line of one study."""
    courses, unit, said = courses_of(world, clients, seed)
    confidence = 0.95 if world.gain else None
    fit = fit_gain(courses, rung, confidence=confidence, traits=said if log else None)
    told = verdict(fit)
    return {
        "world": world.name,
        "clients": clients,
        "rung": rung.name + WITH_A_LOG * log,
        "seed": seed,
        "z": fit.z,
        "estimate": fit.gain / unit,
        "standard_error": fit.standard_error / unit,
        "low": told.low / unit,
        "high": told.high / unit,
        "repairs": fit.repairs,
        "answered": int(fit.answered),
        "claim": told.claim,
    }


def row_of(key: tuple, each: pd.DataFrame) -> dict:
    """Return one line of the table from the lines of its studies."""
    world = WORLDS[key[0]]
    answered, claimed, truth = each["answered"] == 1, each["z"].abs() > 1.96, scored(world)
    inside = each["low"].lt(truth) & each["high"].gt(truth) if world.gain else ~claimed
    return {
        **dict(zip(ROW, key, strict=True)),
        "gain": world.gain,
        "scored": truth,
        "studies": len(each),
        "answered": answered.sum(),
        "stronger": (each["claim"] > 0).sum(),
        "weaker": (each["claim"] < 0).sum(),
        "refused": (~answered & claimed & (each["z"] > 0)).sum(),
        "covered": inside.sum(),
        "z": each["z"].mean(),
        "z_sd": each["z"].std(),
        "estimate": each["estimate"].mean(),
        "estimate_sd": each["estimate"].std(),
        "standard_error": each["standard_error"].mean(),
        "repairs": each["repairs"].mean(),
    }


def write_table() -> pd.DataFrame:
    """Write the table from the lines of all studies, and return it."""
    groups = pd.read_csv(EACH).groupby(ROW, sort=False)
    table = pd.DataFrame([row_of(key, each) for key, each in groups]).round(4)
    table.to_csv(OUT, index=False)
    return table


def add_studies(world, rung: Assumptions, asked) -> None:
    """Bring one world, number of clients and rung up to the studies asked for, a few at a time."""
    key = (world.name, asked.clients, rung.name + WITH_A_LOG * asked.log)
    there = set()
    if EACH.exists():
        each = pd.read_csv(EACH).set_index(ROW).sort_index()
        there = set(each.loc[[key], "seed"]) if key in each.index else there
    seeds = [s for s in range(FIRST_SEED, FIRST_SEED + asked.studies) if s not in there]
    fit = partial(fitted, rung, world, asked.clients, asked.log)
    for at in range(0, len(seeds), AT_ONCE):
        lines = spread(fit, seeds[at : at + AT_ONCE], label=", ".join(map(str, key)))
        new = pd.DataFrame(list(lines)).round(4)
        new.to_csv(EACH, mode="a", index=False, header=not EACH.exists())
    table = write_table().set_index(ROW)
    print(table.loc[[key]].reset_index().round(3).to_string(index=False), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=60)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--worlds", nargs="*", default=list(WORLDS))
    parser.add_argument("--rungs", nargs="*", type=int, default=[0, 1, 2], help="0 assumes least")
    parser.add_argument("--log", action="store_true", help="take a rupture log as evidence")
    asked = parser.parse_args()
    for name in asked.worlds:
        for rung in asked.rungs:
            with on_cluster():
                add_studies(WORLDS[name], LADDER[rung], asked)


if __name__ == "__main__":
    main()
