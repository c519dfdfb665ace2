"""How often the usual analyses find a benefit of repair where there is none, and where there is one.

Simulates studies of 200 clients in the 13 null worlds and in three with a gain, looks for
ruptures in them by three criteria (the last is this package's own default), runs every analysis
of `alliance.effects.conventional`, and counts two-sided p < .05. Writes `conventional_analyses.csv`
into the package, because the results of the analyses quote it: one row for each analysis,
detection and world, with mean estimate and bias (SD of the world), coverage of the 95 % interval,
and the rate of an independent simulation made before this package existed (500 studies a cell)
where there is one.

A world that is done is kept in a file of its own, so that a run that was stopped goes on where
it was. Mixed models take most of the time; they are run on the first of the studies only.

    python calibration/conventional_analyses.py --replications 300 --mixed 60 --workers 2
"""

import argparse
import math
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from alliance.cluster import on_cluster, spread
from alliance.course import Courses
from alliance.effects.conventional import KINDS
from alliance.effects.conventional_courses import Therapies
from alliance.effects.conventional_rates import HIGH, STEP, measured_criteria
from alliance.ruptures import scan
from alliance.simulate import simulate, worlds

CLIENTS, LANDMARK, ALPHA = 200, 8, 0.05
NULL_WORLDS = (
    *("N0", "N0d", "N0h", "N0r", "N0w", "N0s"),
    *("R0d", "R0g", "R0w", "R0s", "R0L", "R0S", "R0T"),
)
PACKAGE = Path(__file__).parents[1] / "src" / "alliance" / "effects" / "calibration"
UNINTERRUPTED = "last session: repaired v uninterrupted"
LENGTH = "last session given the first and the length"
GAIN_WORLDS = ("A3d", "A5w", "A5s")
# Rates of the earlier simulation, in the order of NULL_WORLDS. Its second criterion, from a
# preceding high to a low, was a near relative of ours and not the same.
EARLIER = {
    (UNINTERRUPTED, STEP): ".10 .18 .04 .10 .06 .10 .20 .14 .05 .04 .17 .22 .21",
    (UNINTERRUPTED, HIGH): ".35 .55 .17 .32 .06 .12 .42 .38 .09 .05 .50 .45 .47",
    ("last session: repaired v not repaired", STEP): ".31 .28 .55 .31 .90 .99 .86 .79 1.0 1.0 .91 .86 .88",
    ("last session given the first", STEP): ".12 .14 .11 .11 .05 .06 .13 .08 .06 .08 .13 .15 .15",
    ("last session given the first", HIGH): ".32 .38 .34 .30 .17 .14 .25 .19 .15 .13 .29 .31 .32",
    (LENGTH, STEP): ".05 .04 .05 .04 .06 .05 .04 .05 .04 .05 .06 .06 .07",
    ("growth by group", STEP): ".06 .05 .07 .08 .08 .14 .07 .10 .12 .11 .07 .08 .06",
    ("repairs so far, fixed effects", STEP): ".11 .11 .15 .08 .23 .32 .34 .25 .40 .40 .35 .39 .37",
    ("repairs so far, fixed effects", HIGH): ".24 .24 .24 .33 .35 .46 .48 .46 .54 .55 .49 .56 .54",
    ("landmark given the level so far", STEP): ".09 .08 .07 .09 .07 .09 .16 .14 .09 .12 .14 .12 .15",
    ("landmark given the first score", STEP): ".13 .16 .24 .15 .32 .35 .16 .14 .20 .22 .14 .10 .10",
}  # fmt: skip


def series_of(world: str, seed: int) -> Courses:
    """Return the clients' scores of one simulated study; clients never rated are left out."""
    sheet = simulate(worlds()[world], CLIENTS, seed).sheets[0]
    counts = np.bincount(sheet.client)
    offsets = np.concatenate([[0], np.cumsum(counts[counts > 0])])
    return Courses(scores=sheet.total, sessions=sheet.session, offsets=offsets)


def answers(world: str, mixed: int, seed: int) -> list[tuple[str, str, float, float, bool]]:
    """Return what each analysis says of one study; mixed models only below seed `mixed`.

    Each answer is (analysis, detection, p, estimate in SD, does the interval cover the gain).
    """
    unit, gain = worlds()[world].score_points_per_sd, worlds()[world].gain
    series, rows = series_of(world, seed), []
    for name, rule in measured_criteria().items():
        courses = Therapies.of_scan(series, scan(series, rule, workers=1))
        for kind in KINDS:
            if seed < mixed or not kind.mixed:
                made = kind.run(courses, LANDMARK)
                low, high = made.interval(0.95)
                covers = low <= gain * unit <= high
                rows.append((kind.name, name, made.p, made.estimate / unit, covers))
    return rows


def measured(world: str, replications: int, mixed: int, workers: int) -> pd.DataFrame:
    """Return rejections of each analysis and detection in one world."""
    work = partial(answers, world, mixed)
    studies = list(spread(work, range(replications), workers=workers, label=world))
    columns = ["analysis", "detection", "p", "estimate", "covers"]
    frame = pd.DataFrame(sum(studies, []), columns=columns).dropna()
    grouped = frame.assign(reject=frame["p"] < ALPHA).groupby(columns[:2], sort=False)
    table = grouped.agg(
        replications=("p", "size"),
        rejected=("reject", "sum"),
        estimate=("estimate", "mean"),
        coverage=("covers", "mean"),
    )
    gain = worlds()[world].gain
    return table.reset_index().assign(
        world=world, true_gain=gain, bias=lambda rows: rows["estimate"] - gain
    )


def table(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the whole table: rates, their standard errors, and the earlier rates."""
    frame = pd.concat(parts, ignore_index=True)
    rate = frame["rejected"] / frame["replications"]
    likely = rate.clip(1 / frame["replications"], 1 - 1 / frame["replications"])
    earlier = {
        (*key, world): float(value)
        for key, values in EARLIER.items()
        for world, value in zip(NULL_WORLDS, values.split(), strict=True)
    }
    keys = zip(frame["analysis"], frame["detection"], frame["world"], strict=True)
    frame = frame.assign(
        rate=rate.round(4),
        se=np.sqrt(likely * (1 - likely) / frame["replications"]).round(4),
        earlier_rate=[earlier.get(key, math.nan) for key in keys],
    )
    order = [
        "analysis",
        "detection",
        "world",
        "true_gain",
        "replications",
        "rejected",
        "rate",
        "se",
    ]
    order += ["estimate", "bias", "coverage", "earlier_rate"]
    names = [kind.name for kind in KINDS]
    place = frame.assign(
        a=frame["analysis"].map(names.index),
        w=frame["world"].map((*NULL_WORLDS, *GAIN_WORLDS).index),
    )
    place = place.sort_values(["a", "detection", "w"], kind="stable")
    return place[order].round(4)


def main() -> None:
    """Measure every world that is not done yet, then write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replications", type=int, default=300)
    parser.add_argument("--mixed", type=int, default=60, help="studies for mixed models")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--to", type=Path, default=PACKAGE / "conventional_analyses.csv")
    parser.add_argument("--parts", type=Path, default=Path("build/conventional_analyses"))
    options = parser.parse_args()
    options.parts.mkdir(parents=True, exist_ok=True)
    options.to.parent.mkdir(parents=True, exist_ok=True)
    parts = []
    for world in (*NULL_WORLDS, *GAIN_WORLDS):
        done = options.parts / f"{world}_{options.replications}_{options.mixed}.csv"
        if not done.is_file():
            with on_cluster():
                part = measured(world, options.replications, options.mixed, options.workers)
            unfinished = done.with_suffix(".unfinished")
            part.to_csv(unfinished, index=False)
            unfinished.replace(done)
        parts.append(pd.read_csv(done))
    table(parts).to_csv(options.to, index=False)


if __name__ == "__main__":
    main()
