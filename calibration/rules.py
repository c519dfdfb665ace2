"""Measure every rule on simulated truth: how many ruptures it finds, and how many are false.

    python calibration/rules.py [--studies 8] [--clients 200]

Writes calibration/rules.csv: one row for each world, rule and measure of
`alliance.compare.against_truth`, with the mean over studies and its standard error.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from alliance import rules, simulate
from alliance.compare import against_truth
from alliance.errors import AllianceError
from alliance.rules import RepairRule, Rule, RuptureRule
from alliance.ruptures import find_ruptures

WORLDS = ("N0", "N0h", "N0w", "N0s", "R0d", "rare", "shallow", "R0w", "R0s")
FIRST_SEED = 500
ALL = "sd of all scores"
FAR = 99


def all_rules() -> dict[str, Rule]:
    """Return the presets, and rules to compare them with: other units, gaps passed over."""
    drop = Rule(
        name="drop of 1 sd",
        rupture=RuptureRule(reference="previous session", unit=ALL, threshold=1),
        repair=RepairRule(target="before", amount=0.25, unit=ALL, window=3),
    )
    mean = Rule(
        name="own mean less 1 sd",
        rupture=RuptureRule(reference="own mean", unit=ALL, threshold=1),
        repair=RepairRule(target="own mean", window=5),
    )
    stepwise = (drop, rules.reliable_drop(), rules.gumz_like(1), rules.gumz_like(2))
    others = [
        drop,
        mean,
        replace(rules.stiles_like(threshold=1.5), name="stiles-like 1.5"),
        *(
            replace(
                rules.running_high(threshold=size, unit=ALL), name=f"running high less {size:g} sd"
            )
            for size in (1.5, 2)
        ),
        *(
            replace(each, name=f"{each.name} over gaps", rupture=replace(each.rupture, max_gap=FAR))
            for each in stepwise
        ),
    ]
    return dict(rules.presets()) | {rule.name: rule for rule in others}


def fits(rule: Rule, world: simulate.World) -> bool:
    """Say whether a rule was made for the scale of a world."""
    if rule.name.startswith("srs-"):
        return world.scale == "srs"
    return rule.name != "v-episode" or world.metric == "mean"


def measure(world: simulate.World, clients: int, seed: int) -> pd.DataFrame:
    """Return the measures of every rule on one simulated study."""
    study = simulate.simulate(world, clients=clients, seed=seed)
    tables = []
    for name, rule in all_rules().items():
        if not fits(rule, world):
            continue
        try:
            found = find_ruptures(study.sessions, rule)
        except AllianceError as error:
            print(f"{name} left out: {error}", file=sys.stderr)
            continue
        result = against_truth(found, study.episodes)
        tables.append(result.frame[["measure", "value"]].assign(world=world.name, rule=name))
    return pd.concat(tables).assign(seed=seed)


def main() -> None:
    """Run all worlds and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=8)
    parser.add_argument("--clients", type=int, default=200)
    options = parser.parse_args()
    seeds = range(FIRST_SEED, FIRST_SEED + options.studies)
    measured = pd.concat(
        measure(simulate.worlds()[name], options.clients, seed) for name in WORLDS for seed in seeds
    )
    by = measured.groupby(["world", "rule", "measure"], sort=False)["value"]
    table = by.agg(["mean", "std", "count"]).reset_index()
    table["se"] = table["std"] / np.sqrt(table["count"])
    table = table.dropna(subset=["mean"]).rename(columns={"count": "studies"})
    path = Path(__file__).with_suffix(".csv")
    columns = ["world", "rule", "measure", "mean", "se", "studies"]
    table[columns].to_csv(path, index=False, float_format="%.4f")
    print(f"{path.name}: {len(table)} rows, {options.studies} studies of {options.clients} clients")


if __name__ == "__main__":
    main()
