"""What is found of symptoms where repair does nothing for them, and where it does.

Simulates studies of 200 clients whose symptoms move with the alliance. By session: the designs of
`alliance.effects.outcome_gain`, with ruptures found by a rule and with a rupture log. Before and
after: the contrasts of `alliance.effects.outcome_by_history`, in the first 100 studies of a world.
Writes `outcomes.csv` into the package, because results quote it: one row for each analysis, way of
finding ruptures and world, with the share of two-sided p < .05 among the studies that are
answered, how often so for the better, the mean estimate (points, positive for the better) and, by
session, the truth. In the worlds S1d and S2d each repair takes 1 and 2 points off; in all others
nothing is to be found.

    python calibration/outcomes.py --replications 300 --workers 2

Finished blocks of replications are kept in `build/calibration`, so that an interrupted run goes
on where it stopped. Each replication has its own seed: the numbers do not depend on the number
of workers.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
from collections.abc import Iterator
from functools import partial
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import pandas as pd

from alliance.effects import (
    Exposure,
    designs,
    drop_and_return,
    estimate_gain,
    outcome_by_history,
    reported_exposure,
)
from alliance.effects.material import Material, gather
from alliance.effects.outcome_gain import joined, outcome_exposure
from alliance.effects.outcome_history import DETECTION
from alliance.effects.outcome_scores import gather_outcome
from alliance.effects.usual_criteria import OWN_MEAN
from alliance.histories import histories
from alliance.progress import track
from alliance.rules import own_mean
from alliance.ruptures import find_ruptures
from alliance.simulate import Study, World, simulate, worlds

CLIENTS, BLOCK, ALPHA = 200, 25, 0.05
HISTORIES = 100
NULL = ("N0", "N0d", "N0h", "N0r", "N0w", "N0s", "R0d", "R0g", "R0w", "R0s", "R0L", "R0S", "R0T")
EFFECT = {"S1d": -1.0, "S2d": -2.0}
PACKAGE = Path(__file__).parents[1] / "src" / "alliance" / "effects" / "calibration"
KEY = ["analysis", "detection", "world"]
COLUMNS = [*KEY, "replication", "estimate", "se", "p"]
DESIGNS = {"P1": DETECTION, "P4": DETECTION, "log": "log"}
RULES = {DETECTION: drop_and_return(), OWN_MEAN: own_mean()}


def world_of(name: str) -> World:
    """Return a null world, or the ordinary one with an effect of repair on symptoms."""
    if name in EFFECT:
        return worlds()["R0d"].but(symptom_repair=EFFECT[name])
    return worlds()[name]


def run_block(job: tuple[str, int, int, int]) -> pd.DataFrame:
    """Return every analysis in some replications of a world."""
    world, start, stop, seed = job
    rows = [row for number in range(start, stop) for row in analysed(world, number, seed)]
    return pd.DataFrame(rows, columns=COLUMNS)


def analysed(name: str, number: int, seed: int) -> list[tuple]:
    """Return every analysis of one simulated study."""
    rng = np.random.default_rng([seed, (*NULL, *EFFECT).index(name), number])
    study = simulate(world_of(name), CLIENTS, rng)
    rows = [(*row[:2], name, number, *row[2:]) for row in by_session(study)]
    for detection, rule in RULES.items() if number < HISTORIES else ():
        courses = histories(study.sessions, find_ruptures(study.sessions, rule))
        for row in outcome_by_history(courses, study.outcomes).frame.itertuples():
            rows.append((row.contrast, detection, name, number, row.estimate, row.se, row.p))
    return rows


def by_session(study: Study) -> Iterator[tuple]:
    """Yield what each design of `outcome_gain` finds, tables being read once."""
    alliance = gather(study.sessions, scale="total")
    outcome = gather_outcome(study.outcomes)
    for name, detection in DESIGNS.items():
        design = designs()[name]
        material, rows = joined(alliance, outcome, each_session=name != "log")
        if name == "log":
            told = reported(study, material, design.settle)
        else:
            told, _ = outcome_exposure(alliance, material, rows, design, None)
        found = estimate_gain(material.scores, design, (told,))
        yield name, detection, found.estimate[0], found.standard_error[0], found.p[0]


def reported(study: Study, material: Material, settle: int) -> Exposure:
    """Return the exposure that the study's reports tell of, without joining them anew."""
    place = pd.Index(material.clients).get_indexer(study.reports["client"])
    told = study.reports[place >= 0]
    series = material.scores.series(material.scores.total)
    columns = [told[name].to_numpy() for name in ("onset", "end", "repaired")]
    return reported_exposure(series, place[place >= 0], *columns, settle=settle)


def summarised(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each analysis, way of finding ruptures and world."""
    rows = rows[rows["p"].notna()]
    rejected = rows["p"].lt(ALPHA)
    rows = rows.assign(rejected=rejected, better=rejected & rows["estimate"].gt(0))
    grouped = rows.groupby(KEY, sort=False)
    table = pd.DataFrame(
        {
            "replications": grouped.size(),
            "rejected": grouped["rejected"].sum(),
            "rate": grouped["rejected"].mean(),
            "rate_better": grouped["better"].mean(),
            "estimate": grouped["estimate"].mean(),
            "estimate_sd": grouped["estimate"].std(),
            "standard_error": grouped["se"].mean(),
        }
    )
    count = table["replications"]
    share = table["rate"].clip(lower=1 / count, upper=1 - 1 / count)
    table.insert(3, "se", np.sqrt(share * (1 - share) / count))
    table = table.reset_index()
    by_session = table["analysis"].isin(DESIGNS)
    table["truth"] = (0 - table["world"].map(EFFECT).fillna(0.0)).where(by_session)
    place = table["world"].map((*NULL, *EFFECT).index)
    table = table.assign(place=place).sort_values(["detection", "analysis", "place"])
    return table.drop(columns="place").reset_index(drop=True).round(4)


def kept(folder: Path, job: tuple[str, int, int, int]) -> pd.DataFrame:
    """Return a block from its file, or run it and keep it."""
    world, start, stop, seed = job
    path = folder / f"{seed}-{world}-{start}-{stop}.csv"
    if not path.exists():
        part = path.with_suffix(f".{os.getpid()}.part")
        run_block(job).to_csv(part, index=False, float_format="%.10g")
        part.replace(path)
    return pd.read_csv(path)


def main() -> None:
    """Run the blocks that are missing and write the table into the package."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replications", type=int, default=300)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=2027)
    parser.add_argument("--worlds", nargs="+", default=[*NULL, *EFFECT], choices=[*NULL, *EFFECT])
    parser.add_argument("--keep", type=Path, default=Path("build/calibration/outcomes"))
    parser.add_argument("--to", type=Path, default=PACKAGE / "outcomes.csv")
    options = parser.parse_args()
    options.keep.mkdir(parents=True, exist_ok=True)
    jobs = [
        (world, start, min(start + BLOCK, options.replications), options.seed)
        for start in range(0, options.replications, BLOCK)
        for world in options.worlds
    ]
    with Pool(options.workers) as pool:
        done = pool.imap(partial(kept, options.keep), jobs)
        parts = list(track(done, total=len(jobs), label="blocks"))
    table = summarised(pd.concat(parts, ignore_index=True))
    table.assign(seed=options.seed).to_csv(options.to, index=False)


if __name__ == "__main__":
    main()
