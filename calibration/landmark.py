"""Repaired against unrepaired from a landmark: false positives in worlds without a gain, and power.

Writes `landmark.csv`, one row for each way of finding ruptures, each p and each world: how often
two-sided p < .05 with its Monte-Carlo standard error, how often so with an estimate above 0, the
mean estimate, and clients compared.
"surrogates" is the p that `alliance.effects.landmark_comparison` gives, "HC3" the one it
does not give for ruptures found by a rule, and gives for a log. Estimates are in SD of the world
(`World.unit`); those of surrogates are corrected.

    python calibration/landmark.py --replications 150 --workers 2

Finished blocks of replications are kept in `build/calibration`, so that an interrupted run goes
on where it stopped; `--finished` makes the table of what is there. Each replication has its own
seed: the numbers do not depend on the number of workers.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
from functools import partial
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import pandas as pd

from alliance.effects import Landmark, high_to_low
from alliance.effects.gains import two_sided
from alliance.effects.landmark import Comparison, compare
from alliance.effects.landmark_answer import reported_ruptures
from alliance.effects.material import gather
from alliance.effects.surrogates import draw_studies, judge, null_model
from alliance.progress import track
from alliance.simulate import simulate, worlds

CLIENTS, SURROGATES, BLOCK, ALPHA = 200, 99, 5, 0.05
NULL = ("N0", "N0d", "N0h", "N0r", "N0w", "N0s", "R0d", "R0g", "R0w", "R0s", "R0L", "R0S", "R0T")
GAIN = ("A3d", "A5w", "A5s")
LANDMARKS = {
    "fall from the session before": Landmark(),
    "fall from the session before, landmark 6": Landmark(sessions=6),
    "fall from the preceding high": Landmark(rule=high_to_low()),
}
LOG = "log"
KEY = ["detection", "judged_by", "world"]
COLUMNS = (
    "detection",
    "judged_by",
    "world",
    "replication",
    "estimate",
    "p",
    "repaired",
    "unrepaired",
)


def run_block(job: tuple[str, int, int, int]) -> pd.DataFrame:
    """Return every comparison in some replications of a world."""
    world, start, stop, seed = job
    rows = [row for number in range(start, stop) for row in compared(world, number, seed)]
    return pd.DataFrame(rows, columns=COLUMNS)


def compared(name: str, number: int, seed: int) -> list[tuple]:
    """Return every comparison of one simulated study, judged both ways."""
    world = worlds()[name]
    rng = np.random.default_rng([seed, (*NULL, *GAIN).index(name), number])
    study = simulate(world, CLIENTS, rng)
    material = gather(study.sessions, scale="total")
    model = null_model(material)
    surrogates = list(draw_studies(material, model, SURROGATES, rng=rng))
    told, _ = reported_ruptures(study.log, material)
    by_log = compare(material.scores, Landmark(rule=None), told)
    rows = [_row(LOG, "HC3", name, number, by_log, by_log.estimate[0], _plain(by_log))]
    for label, landmark in LANDMARKS.items():
        found = compare(material.scores, landmark)
        rows.append(_row(label, "HC3", name, number, found, found.estimate[0], _plain(found)))
        null = judge(surrogates, partial(compare, landmark=landmark), found, model)
        values = (null.corrected, null.p) if null.count > 1 else (np.nan, np.nan)
        rows.append(_row(label, "surrogates", name, number, found, *values))
    return rows


def _plain(found: Comparison) -> float:
    return float(two_sided(found.estimate / found.standard_error, found.df)[0])


def _row(label, by, world, number, found: Comparison, estimate, p) -> tuple:
    points = worlds()[world].score_points_per_sd
    return (label, by, world, number, estimate / points, p, found.repaired[0], found.unrepaired[0])


def summarised(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each way of finding ruptures, p and world."""
    rows = rows.assign(rejected=rows["p"].lt(ALPHA).where(rows["p"].notna()).astype(float))
    grouped = rows.groupby(KEY)
    table = pd.DataFrame(
        {
            "replications": grouped.size(),
            "answered": grouped["p"].count() / grouped.size(),
            "rejected": grouped["rejected"].mean(),
            "estimate": grouped["estimate"].mean(),
            "estimate_sd": grouped["estimate"].std(),
            "repaired": grouped["repaired"].mean(),
            "unrepaired": grouped["unrepaired"].mean(),
        }
    )
    above = rows["rejected"].where(rows["estimate"].gt(0) | rows["p"].isna(), 0.0)
    table.insert(3, "rejected_above", above.groupby([rows[name] for name in KEY]).mean())
    count = grouped["p"].count().clip(lower=1)
    share = table["rejected"].clip(lower=1 / count, upper=1 - 1 / count)
    table.insert(3, "rejected_se", np.sqrt(share * (1 - share) / count))
    table = table.reset_index()
    table["detection"] = pd.Categorical(table["detection"], (*LANDMARKS, LOG))
    table["world"] = pd.Categorical(table["world"], (*NULL, *GAIN))
    return table.sort_values(["detection", "judged_by", "world"], ignore_index=True)


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
    """Run the blocks that are missing and write the table beside this script."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replications", type=int, default=150)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--worlds", nargs="+", default=[*NULL, *GAIN], choices=[*NULL, *GAIN])
    parser.add_argument("--finished", action="store_true", help="only what has been run already")
    parser.add_argument("--keep", type=Path, default=Path("build/calibration/landmark"))
    parser.add_argument("--to", type=Path, default=Path(__file__).with_suffix(".csv"))
    options = parser.parse_args()
    options.keep.mkdir(parents=True, exist_ok=True)
    jobs = [
        (world, start, min(start + BLOCK, options.replications), options.seed)
        for start in range(0, options.replications, BLOCK)
        for world in options.worlds
    ]
    if options.finished:
        parts = [pd.read_csv(path) for path in options.keep.glob(f"{options.seed}-*.csv")]
    else:
        with Pool(options.workers) as pool:
            done = pool.imap(partial(kept, options.keep), jobs)
            parts = list(track(done, total=len(jobs), label="blocks"))
    table = summarised(pd.concat(parts, ignore_index=True))
    table.insert(len(table.columns), "seed", options.seed)
    table.round(4).to_csv(options.to, index=False)


if __name__ == "__main__":
    main()
