"""What a grid of specifications does in worlds with and without a gain: alone, and jointly.

Writes `multiverse.csv`, one row for each world: replications, specifications, any_significant
(share of studies in which at least one specification is above 0 with p < .05 by itself),
share_significant (of a study's specifications, mean), and for both joint statistics the share of
studies with a joint p of .05 or less, with its Monte-Carlo standard error; median_sd is the mean
of the studies' median estimates, SD of all scores. The grid is ``small`` without items.

    python calibration/multiverse.py --replications 60 --workers 2

Finished blocks of replications are kept in `build/calibration`, so that an interrupted run goes
on where it stopped. Each replication has its own seed: the numbers do not depend on the number
of workers.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from alliance.effects import multiverse
from alliance.errors import AllianceWarning
from alliance.files import write_table
from alliance.progress import track
from alliance.simulate import simulate, worlds

CLIENTS = 200
SURROGATES = 39
BLOCK = 10
NULL = ("N0", "N0h", "N0s", "R0d", "R0s", "R0S")
GAIN = ("A3d",)
WORLDS = (*NULL, *GAIN)


def one(world: str, number: int, seed: int) -> dict:
    """Return what the grid says of one simulated study."""
    study = simulate(
        worlds()[world], CLIENTS, np.random.default_rng([seed, WORLDS.index(world), number])
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AllianceWarning)
        curve = multiverse(study.sessions, surrogates=SURROGATES, rng=seed + number)
    every = curve.summary().iloc[0]
    median_t, share = curve.joint["p"]
    return {
        "world": world,
        "replication": number,
        "specifications": every["specifications"],
        "significant": every["significant"],
        "median_sd": every["median_sd"],
        "p_median_t": median_t,
        "p_share": share,
    }


def block(world: str, start: int, stop: int, seed: int, folder: Path) -> pd.DataFrame:
    """Return some replications of a world, from their file if they were done before."""
    path = folder / f"{seed}-{world}-{start}-{stop}.csv"
    if not path.exists():
        rows = [one(world, number, seed) for number in range(start, stop)]
        write_table(pd.DataFrame(rows), path, force=True)
    return pd.read_csv(path)


def summarised(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each world."""
    rejected = rows.assign(
        any_significant=rows["significant"] > 0,
        median_t_rejected=(rows["p_median_t"] <= 0.05).where(rows["p_median_t"].notna()),
        share_rejected=(rows["p_share"] <= 0.05).where(rows["p_share"].notna()),
    ).astype({"median_t_rejected": float, "share_rejected": float})
    grouped = rejected.groupby("world", sort=False)
    count = grouped.size()
    table = pd.DataFrame(
        {
            "true_gain": [worlds()[world].gain for world in count.index],
            "replications": count,
            "specifications": grouped["specifications"].first(),
            "any_significant": grouped["any_significant"].mean(),
            "share_significant": grouped["significant"].mean(),
        }
    )
    for name in ("median_t_rejected", "share_rejected"):
        table[name] = grouped[name].mean()
        share = table[name].clip(lower=1 / count, upper=1 - 1 / count)
        table[f"{name}_se"] = np.sqrt(share * (1 - share) / count)
    table["median_sd"] = grouped["median_sd"].mean()
    return table.reset_index()


def main() -> None:
    """Write the table beside this script."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replications", type=int, default=60)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=2025)
    parser.add_argument("--worlds", nargs="+", default=WORLDS, choices=WORLDS)
    parser.add_argument("--keep", type=Path, default=Path("build/calibration/multiverse"))
    parser.add_argument("--to", type=Path, default=Path(__file__).with_suffix(".csv"))
    options = parser.parse_args()
    jobs = [
        (world, start, min(start + BLOCK, options.replications), options.seed, options.keep)
        for start in range(0, options.replications, BLOCK)
        for world in options.worlds
    ]
    done = Parallel(n_jobs=options.workers, return_as="generator")(
        delayed(block)(*job) for job in jobs
    )
    rows = pd.concat(track(done, total=len(jobs), label="calibration"), ignore_index=True)
    rows["world"] = pd.Categorical(rows["world"], WORLDS)
    table = summarised(rows.sort_values(["world", "replication"]))
    table["surrogates"], table["seed"] = SURROGATES, options.seed
    table.round(4).to_csv(options.to, index=False)


if __name__ == "__main__":
    main()
