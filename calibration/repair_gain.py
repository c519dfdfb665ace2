"""What the repair test does in worlds with and without a gain: false positives, power, bias.

Writes `repair_gain.csv` into the package, because results quote it. One row for each analysis
and world: replications, share answered, rejected at 5 % (two-sided, and with a gain above 0) with
its Monte-Carlo standard error, mean estimate and its bias, SD over replications, mean standard
error, coverage of the 95 % interval, mean degrees of freedom and exposed clients. Estimates are
in SD of the world (`World.unit`).

    python calibration/repair_gain.py --replications 2000 --surrogate-replications 750 --workers 2

Finished blocks of replications are kept in `build/calibration`, so that an interrupted run goes
on where it stopped. Each replication has its own seed: the numbers do not depend on the number
of workers.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import sys
from dataclasses import replace
from functools import partial
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import pandas as pd

from alliance.effects import Design, designs, estimate_gains, repair_gain
from alliance.simulate import simulate, worlds

CLIENTS = 200
PACKAGE = Path(__file__).parents[1] / "src" / "alliance" / "effects" / "calibration"
BLOCK = 25
SURROGATES = 99
NULL = ("N0", "N0d", "N0h", "N0r", "N0w", "N0s", "R0d", "R0g", "R0w", "R0s", "R0L", "R0S", "R0T")
GAIN = ("A3d", "A5w", "A5s")
NAMED = ("P1", "P2", "P3", "P4", "4d")
LOG = designs()["log"]
LOGS = {
    "log": LOG,
    "log, no settling": replace(LOG, settle=0),
}
ORACLE = Design(name="true episodes", rule=None, settle=0)
MEASURES = ("estimate", "standard_error", "df", "p", "exposed")


def seed_of(seed: int, world: str, replication: int) -> list[int]:
    """Return the seed of one replication, whatever else is run."""
    return [seed, (*NULL, *GAIN).index(world), replication]


def run_block(job: tuple[str, int, int, int]) -> pd.DataFrame:
    """Return every analysis of some replications of a world."""
    name, start, stop, seed = job
    world = worlds()[name]
    studies = [
        simulate(world, CLIENTS, np.random.default_rng(seed_of(seed, name, number)))
        for number in range(start, stop)
    ]
    found = estimate_gains(studies, {name: designs()[name] for name in NAMED} | LOGS)
    if world.hazard:
        found |= estimate_gains(studies, {ORACLE.name: ORACLE}, told="episodes")
    rows = []
    for analysis, gains in found.items():
        for place, number in enumerate(range(start, stop)):
            values = [float(getattr(gains, measure)[place]) for measure in MEASURES]
            rows.append((analysis, name, number, *values))
    return _in_sd(pd.DataFrame(rows, columns=["analysis", "world", "replication", *MEASURES]))


def run_surrogates(job: tuple[str, int, int, int]) -> pd.DataFrame:
    """Return 4d judged by surrogates for some replications of a world."""
    name, start, stop, seed = job
    rows = []
    for number in range(start, stop):
        source = np.random.default_rng(seed_of(seed, name, number))
        study = simulate(worlds()[name], CLIENTS, source)
        answer = repair_gain(study.sessions, design="4d", surrogates=SURROGATES, rng=source)
        null = answer.surrogate
        values = (np.nan,) * 4 if null is None else (
            null.corrected, float(np.nanstd(null.estimates)), null.count - 1, null.p
        )  # fmt: skip
        rows.append(("4d, surrogates", name, number, *values, answer.exposed))
    return _in_sd(pd.DataFrame(rows, columns=["analysis", "world", "replication", *MEASURES]))


def _in_sd(rows: pd.DataFrame) -> pd.DataFrame:
    unit = worlds()[rows["world"].iloc[0]].score_points_per_sd
    return rows.assign(
        estimate=rows["estimate"] / unit, standard_error=rows["standard_error"] / unit
    )


def summarised(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each analysis and world."""
    from scipy.special import stdtrit

    truth = rows["world"].map({name: worlds()[name].gain for name in rows["world"].unique()})
    reach = stdtrit(rows["df"], 0.975) * rows["standard_error"]
    rows = rows.assign(
        answered=rows["p"].notna(),
        rejected=rows["p"].lt(0.05).where(rows["p"].notna()).astype(float),
        true_gain=truth,
        covered=(rows["estimate"] - truth).abs().le(reach).where(rows["p"].notna()).astype(float),
    )
    rows["rejected_above"] = rows["rejected"].where(rows["estimate"].gt(0) | rows["p"].isna(), 0.0)
    order = [*NAMED, *LOGS, "true episodes", "4d, surrogates"]
    grouped = rows.groupby(["analysis", "world"])
    table = pd.DataFrame(
        {
            "replications": grouped.size(),
            "answered": grouped["answered"].mean(),
            "true_gain": grouped["true_gain"].first(),
            "rejected": grouped["rejected"].mean(),
            "rejected_above": grouped["rejected_above"].mean(),
            "estimate": grouped["estimate"].mean(),
            "sd": grouped["estimate"].std(),
            "standard_error": grouped["standard_error"].mean(),
            "coverage": grouped["covered"].mean(),
            "df": grouped["df"].mean(),
            "exposed": grouped["exposed"].mean(),
        }
    )
    count = grouped["answered"].sum().clip(lower=1)
    share = table["rejected"].clip(lower=1 / count, upper=1 - 1 / count)
    table.insert(5, "rejected_se", np.sqrt(share * (1 - share) / count))
    table.insert(7, "bias", table["estimate"] - table["true_gain"])
    table = table.reset_index()
    table["analysis"] = pd.Categorical(table["analysis"], order)
    table["world"] = pd.Categorical(table["world"], (*NULL, *GAIN))
    return table.sort_values(["analysis", "world"], ignore_index=True)


def kept(work, folder: Path, kind: str, job: tuple[str, int, int, int]) -> pd.DataFrame:
    """Return a block from its file, or run it and keep it."""
    name, start, stop, seed = job
    path = folder / f"{kind}-{seed}-{name}-{start}-{stop}.csv"
    if not path.exists():
        part = path.with_suffix(f".{os.getpid()}.part")
        work(job).to_csv(part, index=False, float_format="%.10g")
        part.replace(path)
    return pd.read_csv(path)


def run(options: argparse.Namespace) -> pd.DataFrame:
    """Run what is missing and return every replication."""
    options.keep.mkdir(parents=True, exist_ok=True)
    tests = blocks(options.worlds, options.replications, BLOCK, options.seed)
    nulls = blocks(options.worlds, options.surrogate_replications, 5, options.seed + 1)
    found = []
    with Pool(options.workers) as pool:
        for kind, work, jobs in (("tests", run_block, tests), ("nulls", run_surrogates, nulls)):
            done = pool.imap(partial(kept, work, options.keep, kind), jobs)
            for number, part in enumerate(done, start=1):
                found.append(part)
                if sys.stderr.isatty():
                    print(f"\r{kind}: {number} of {len(jobs)}  ", end="", file=sys.stderr)
    return pd.concat(found, ignore_index=True)


def blocks(names, replications: int, size: int, seed: int) -> list[tuple[str, int, int, int]]:
    """Return the jobs: world, first replication, stop, seed; all worlds in turn."""
    return [
        (name, start, min(start + size, replications), seed)
        for start in range(0, replications, size)
        for name in names
    ]


def main() -> None:
    """Write the table into the package."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replications", type=int, default=2000)
    parser.add_argument("--surrogate-replications", type=int, default=750)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--worlds", nargs="+", default=[*NULL, *GAIN], choices=[*NULL, *GAIN])
    parser.add_argument("--keep", type=Path, default=Path("build/calibration/repair_gain"))
    parser.add_argument("--to", type=Path, default=PACKAGE / "repair_gain.csv")
    options = parser.parse_args()
    table = summarised(run(options))
    table.insert(len(table.columns), "seed", options.seed)
    table.round(4).to_csv(options.to, index=False)


if __name__ == "__main__":
    main()
