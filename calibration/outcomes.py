"""What is found of symptoms where repair does nothing for them, and where it does.

Simulates studies of 200 clients whose symptoms move with the alliance. By session: what
`alliance.effects.outcome_gain` finds, with repairs expected from the alliance's scores and from
these with a rupture log. Before and after: the contrasts of `alliance.effects.outcome_by_history`,
on fewer studies of the null worlds.
Writes `outcomes.csv` into the package, because results quote it: one row for each analysis, way of
finding ruptures and world, with the share of two-sided p < .05 among the studies that are
answered, how often so for the better, the mean estimate (points, positive for the better) and, by
session, the truth. In the worlds S1d and S2d each repair takes 1 and 2 points off; in all others
nothing is to be found.

    python calibration/outcomes.py --replications 500 --histories 60 --workers 2

Finished blocks of replications are kept in `build/calibration`, so that an interrupted run goes
on where it stopped. Each replication has its own seed: the numbers do not depend on the number
of workers.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from alliance.cluster import on_cluster, spread
from alliance.effects import (
    drop_and_return,
    outcome_by_history,
    outcome_gain,
)
from alliance.effects.outcome_history import DETECTION
from alliance.ruptures import find_ruptures
from alliance.ruptures.history import histories
from alliance.simulate import Study, World, simulate, worlds

CLIENTS, BLOCK, HISTORY_BLOCK, ALPHA = 200, 25, 5, 0.05
NULL = ("N0", "N0d", "N0h", "N0r", "N0w", "N0s", "R0d", "R0g", "R0w", "R0s", "R0L", "R0S", "R0T")
EFFECT = {"S1d": -1.0, "S2d": -2.0}
PACKAGE = Path(__file__).parents[1] / "src" / "alliance" / "effects" / "calibration"
KEY = ["analysis", "detection", "world"]
COLUMNS = [*KEY, "replication", "estimate", "se", "p"]
ANALYSES = {"expected": "scores", "expected with a log": "scores and log"}


def world_of(name: str) -> World:
    """Return a null world, or the ordinary one with an effect of repair on symptoms."""
    if name in EFFECT:
        return worlds()["R0d"].but(symptom_repair=EFFECT[name])
    return worlds()[name]


def studies_of(job: tuple[str, int, int, int]) -> Iterator[tuple[int, Study]]:
    """Yield the numbers of some replications of a world, and their studies."""
    name, start, stop, seed = job
    for number in range(start, stop):
        rng = np.random.default_rng([seed, (*NULL, *EFFECT).index(name), number])
        yield number, simulate(world_of(name), CLIENTS, rng)


def by_session(job: tuple[str, int, int, int]) -> pd.DataFrame:
    """Return what `outcome_gain` finds, by the alliance's scores, and by these with a rupture log."""
    rows = []
    for number, study in studies_of(job):
        for name, detection in ANALYSES.items():
            log = study.log if detection == "scores and log" else None
            row = outcome_gain(study.sessions, study.outcomes, log=log).frame.iloc[0]
            found = (row["estimate"], row["standard_error"], row["p"])
            rows.append((name, detection, job[0], number, *found))
    return pd.DataFrame(rows, columns=COLUMNS)


def by_history(job: tuple[str, int, int, int]) -> pd.DataFrame:
    """Return the contrasts of `outcome_by_history`."""
    rows = []
    for number, study in studies_of(job):
        courses = histories(find_ruptures(study.sessions, drop_and_return()))
        for row in outcome_by_history(courses, study.outcomes).frame.itertuples():
            found = (row.estimate, row.standard_error, row.p)
            rows.append((row.contrast, DETECTION, job[0], number, *found))
    return pd.DataFrame(rows, columns=COLUMNS)


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
    by_session = table["analysis"].isin(ANALYSES)
    truth = [0.0 - EFFECT.get(world, 0.0) for world in table["world"]]
    table["truth"] = pd.Series(truth, index=table.index, dtype=float).where(by_session)
    place = table["world"].map((*NULL, *EFFECT).index)
    table = table.assign(place=place).sort_values(["detection", "analysis", "place"])
    return table.drop(columns="place").reset_index(drop=True).round(4)


def kept(folder: Path, task: tuple[str, tuple[str, int, int, int]]) -> pd.DataFrame:
    """Return a block from its file, or run it and keep it."""
    kind, job = task
    world, start, stop, seed = job
    path = folder / f"{kind}-{seed}-{world}-{start}-{stop}.csv"
    if not path.exists():
        part = path.with_suffix(f".{os.getpid()}.part")
        KINDS[kind](job).to_csv(part, index=False, float_format="%.10g")
        part.replace(path)
    return pd.read_csv(path)


def tasks(kind: str, worlds: list[str], replications: int, size: int, seed: int) -> list[tuple]:
    """Return the blocks of one kind, all worlds in turn."""
    return [
        (kind, (world, start, min(start + size, replications), seed))
        for start in range(0, replications, size)
        for world in worlds
    ]


KINDS = {"session": by_session, "history": by_history}


def main() -> None:
    """Run the blocks that are missing and write the table into the package."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replications", type=int, default=200, help="by session")
    parser.add_argument("--histories", type=int, default=60, help="before and after")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=2027)
    parser.add_argument("--worlds", nargs="+", default=[*NULL, *EFFECT], choices=[*NULL, *EFFECT])
    parser.add_argument("--finished", action="store_true", help="only what has been run already")
    parser.add_argument("--keep", type=Path, default=Path("build/calibration/outcomes"))
    parser.add_argument("--to", type=Path, default=PACKAGE / "outcomes.csv")
    options = parser.parse_args()
    options.keep.mkdir(parents=True, exist_ok=True)
    todo = tasks("session", options.worlds, options.replications, BLOCK, options.seed)
    null = [world for world in options.worlds if world in NULL]
    todo += tasks("history", null, options.histories, HISTORY_BLOCK, options.seed)
    if options.finished:
        parts = [pd.read_csv(path) for path in sorted(options.keep.glob(f"*-{options.seed}-*.csv"))]
    else:
        with on_cluster():
            done = spread(
                partial(kept, options.keep), todo, workers=options.workers, label="blocks"
            )
            parts = list(done)
    table = summarised(pd.concat(parts, ignore_index=True)).assign(seed=options.seed)
    if not options.histories and options.to.exists():
        # Rows of before and after stay as they were measured.
        before = pd.read_csv(options.to)
        table = pd.concat([table, before[before["analysis"].str.contains(" v ")]])
    table.to_csv(options.to, index=False)


if __name__ == "__main__":
    main()
