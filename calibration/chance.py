"""Measure what `chance_baseline` says of rules where the truth is known.

    python calibration/chance.py [--studies 20] [--worlds N0 R0d ...]

Writes chance.csv, one row for each world and rule, over studies of 200 clients: how often the
verdict was "more" (than noise gives), "true" or "alike"; the mean episodes found, those expected
to be false and those that truly were; and the mean shares of true ones, expected and in truth.
Worlds called "noise, ..." hold no rupture at all, so that every "more" is wrong there.
"""

import argparse
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from alliance import find_ruptures, simulate
from alliance.cluster import on_cluster, spread
from alliance.model import chance_baseline
from alliance.ruptures import Ruptures

OUT = Path(__file__).with_name("chance.csv")
FIRST_SEED = 60_000
CLIENTS, DRAWS = 200, 59
KEY = ["client", "session"]
RULES = ("own-mean", "stiles-like", "reliable-drop", "gumz-like-1")
MECHANISMS = ("skewed", "settling", "constant", "early-rise", "u-shaped")


def worlds() -> dict[str, simulate.World]:
    """Return worlds of pure noise, of every kind, and worlds with ruptures."""
    named = simulate.worlds()
    quiet = {f"noise, {name}": named[name].but(hazard=0.0) for name in MECHANISMS}
    quiet |= {"noise, long tail up": named["skewed"].but(hazard=0.0, tail=-0.7)}
    plain = ("N0", "N0d", "N0h", "N0r", "N0w", "N0s", "R0d", "R0w", "R0s", "always-recovering")
    return {name: named[name] for name in plain} | {"skewed": named["skewed"]} | quiet


def truly_false(found: Ruptures, truth: pd.DataFrame) -> int:
    """Return how many episodes hold no session of a true rupture, the one of repair left out."""
    inside = truth.loc[truth["in_rupture"], KEY]
    episodes = found.frame.reset_index(drop=True)
    each = episodes.reset_index(names="episode").merge(inside, on="client")
    last = each["end"].where(each["outcome"] != "repaired", each["end"] - 1)
    within = each["session"].between(each["onset"], np.maximum(last, each["onset"]))
    return len(episodes) - each.loc[within, "episode"].nunique()


def measured(world: simulate.World, seed: int) -> pd.DataFrame:
    """Return one row for each rule in one study."""
    study = simulate.simulate(world, CLIENTS, seed)
    found = [find_ruptures(study.sessions, name, rater="client") for name in RULES]
    told = chance_baseline(found, draws=DRAWS, nulls=["simulated"], seed=seed, workers=1)
    truth = study.truth[study.truth["rater"] == "client"]
    rows = told.false_episodes[["rule", "episodes", "expected", "low", "high", "verdict"]]
    return rows.assign(
        false=[truly_false(each, truth) for each in found], noise=told.false_episodes["in_noise"]
    )


def summed(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each rule over studies."""
    rows = rows[rows["episodes"] > 0]
    held = (rows["low"] <= rows["false"]) & (rows["false"] <= rows["high"])
    rows = rows.assign(
        expected_true=1 - rows["expected"] / rows["episodes"],
        truly_true=1 - rows["false"] / rows["episodes"],
        held=held,
        **{verdict: rows["verdict"] == verdict for verdict in ("more", "true", "alike")},
    )
    by = rows.groupby("rule", sort=False)
    counts = by[["more", "true", "alike", "held"]].sum().astype(int)
    means = ["episodes", "expected", "false", "noise", "expected_true", "truly_true"]
    table = pd.concat([by.size().rename("studies"), counts, by[means].mean().round(3)], axis=1)
    return table.reset_index().assign(world=name)[["world", "rule", *table.columns]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=20)
    parser.add_argument("--worlds", nargs="*", default=list(worlds()))
    asked = parser.parse_args()
    old = pd.read_csv(OUT) if OUT.exists() else pd.DataFrame(columns=["world"])
    for name in asked.worlds:
        seeds = range(FIRST_SEED, FIRST_SEED + asked.studies)
        with on_cluster():
            rows = spread(partial(measured, worlds()[name]), seeds, label=name)
            new = summed(name, pd.concat(rows))
        old = pd.concat([old[old["world"] != name], new], ignore_index=True)
        old.to_csv(OUT, index=False)
        print(new.to_string(index=False), flush=True)


if __name__ == "__main__":
    main()
