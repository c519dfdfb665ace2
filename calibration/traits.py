"""Measure moderators, arms, covariates and clusters where the truth is known.

    python calibration/traits.py [--studies 40] [--settings "R0d, moderator" ...]

Writes traits.csv, one line for each setting, over studies of 200 clients on the rung that assumes
least: the difference in gain that was put in (SD, from arm to arm or for one SD of the moderator),
studies, stronger and weaker (said of the gain of all), differs (p below .05 for the difference),
covered (studies whose 95 % interval holds the difference, or, where nothing moderates the gain,
holds the gain), mean, SD and mean standard error of the estimates of the same, and how much wider
than for clients on their own the clusters made it.

A setting that holds fewer studies than asked for gets the missing ones, from the seeds that follow.
"""

import argparse
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from gain_likelihood import KEY, laid_out
from growing import Growing

from alliance import simulate
from alliance.cluster import on_cluster, spread
from alliance.model.gain_assumptions import LEAST
from alliance.model.gain_ladder import fit_gain, moderation
from alliance.model.gain_likelihood import Traits
from alliance.model.gain_verdict import verdict

OUT = Path(__file__).with_name("traits.csv")
FIRST_SEED = 140_000
CLIENTS, AT_ONCE, REACH = 200, 10, 1.959964
# The world of one arm, that of the other, what is known of the clients.
SETTINGS = {
    "R0d, moderator": ("R0d", "R0d", "moderator"),
    "R0d, arms": ("R0d", "R0d", "arms"),
    "A3d, arms alike": ("A3d", "A3d", "arms"),
    "A3d and R0d, arms": ("A3d", "R0d", "arms"),
    "R0d, covariate": ("R0d", "R0d", "covariate"),
    "A3d, covariate": ("A3d", "A3d", "covariate"),
    "R0S, covariate": ("R0S", "R0S", "covariate"),
    "clustered, therapists": ("clustered", "clustered", "cluster"),
    "two-sites, therapists": ("two-sites", "two-sites", "cluster"),
    "R0T, therapists": ("R0T", "R0T", "cluster"),
}


def drawn(arms: tuple[str, str], seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rated sessions of both arms and their clients; even clients are in the first."""
    named = simulate.worlds()
    rated, clients = [], []
    for number, name in enumerate(arms if arms[0] != arms[1] else arms[:1]):
        study = simulate.simulate(named[name], CLIENTS, seed)
        for table, into in ((study.sessions, rated), (study.clients, clients)):
            own = table["client"].str[1:].astype(int) % 2 == number
            into.append(table[own] if arms[0] != arms[1] else table)
    every = pd.concat(rated).query("rater == 'client'").dropna(subset="total").sort_values(KEY)
    kept = pd.concat(clients).set_index("client").loc[every["client"].unique()]
    return every, kept


def traits_of(kind: str, clients: pd.DataFrame, seed: int) -> Traits:
    """Return what the fit is told of the clients."""
    rng = np.random.default_rng(seed)
    if kind == "moderator":
        return Traits(moderators={"moderator": rng.standard_normal(len(clients))})
    if kind == "arms":
        # In the first arm +1/2: the difference is first less second.
        first = clients.index.str[1:].astype(int) % 2 == 0
        return Traits(moderators={"arm": first - 0.5})
    if kind == "covariate":
        # Says something of the level and, noisily, of the growth.
        known = clients["trait"] + 5 * clients["slope"] + rng.standard_normal(len(clients))
        return Traits(covariates={"covariate": ((known - known.mean()) / known.std()).to_numpy()})
    return Traits(cluster=pd.factorize(clients["therapist"])[0])


def measured(first: str, second: str, kind: str, seed: int) -> dict:
    """Return what one study says."""
    rated, clients = drawn((first, second), seed)
    courses, told = laid_out(rated)
    known = simulate.worlds()
    world = known[first]
    unit = world.score_points_per_sd / told.sd
    moderated = kind in ("moderator", "arms")
    fit = fit_gain(courses, LEAST, confidence=None, traits=traits_of(kind, clients, seed))
    estimate, error, p, truth = fit.gain, fit.standard_error, np.nan, world.gain
    if moderated:
        differs = moderation(fit).iloc[0]
        estimate, error, p = differs["estimate"], differs["standard_error"], differs["p"]
        truth = world.gain - known[second].gain
    return {
        "put_in": truth,
        "claim": verdict(fit).claim,
        "p": p,
        "estimate": estimate / unit,
        "standard_error": error / unit,
        "inside": abs(estimate / unit - truth) < REACH * error / unit,
        "clustered": fit.clustered,
    }


def summed(setting: str, each: pd.DataFrame) -> dict:
    """Return one line over studies."""
    return {
        "setting": setting,
        "put_in": each["put_in"].iloc[0],
        "studies": len(each),
        "stronger": int((each["claim"] > 0).sum()),
        "weaker": int((each["claim"] < 0).sum()),
        "differs": int((each["p"] < 0.05).sum()),
        "covered": int(each["inside"].sum()),
        "estimate": each["estimate"].mean(),
        "estimate_sd": each["estimate"].std(),
        "standard_error": each["standard_error"].mean(),
        "clustered": each["clustered"].mean(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=40)
    parser.add_argument("--settings", nargs="*", default=list(SETTINGS))
    asked = parser.parse_args()
    table = Growing(OUT, ["setting"])
    for setting in asked.settings:
        one = partial(measured, *SETTINGS[setting])
        for first in range(table.studies(setting), asked.studies, AT_ONCE):
            seeds = range(FIRST_SEED + first, FIRST_SEED + min(first + AT_ONCE, asked.studies))
            with on_cluster():
                each = pd.DataFrame(list(spread(one, seeds, label=setting)))
            table.add([summed(setting, each)])
    print(table.frame().round(3).to_string(index=False))


if __name__ == "__main__":
    main()
