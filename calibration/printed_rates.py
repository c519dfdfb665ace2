"""Hold the error rate and power that a study prints to those of its world.

    python calibration/printed_rates.py [--studies 10] [--clients 60] [--draws 40] [--worlds R0d ...]

Writes printed_rates.csv, one row for each study: what it printed (share called stronger without a
gain and with one of 0.3 SD, each of `draws` studies like it, and of how many with known parameters
the power is worth) beside the share in its own world, from gain_likelihood.csv, and whether the two
agree within twice their errors: those of both simulations, and what the study does not know of the
parameters. The power is known of R0d and A3d only, which differ in nothing else. Studies that are
there are not run again.
"""

import argparse
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from gain_likelihood import OUT as MEASURED
from gain_likelihood import WORLDS, courses_of

from alliance.cluster import on_cluster, spread
from alliance.model.gain_assumptions import LEAST
from alliance.model.gain_ladder import fit_gain
from alliance.model.gain_studies import studies_like

OUT = Path(__file__).with_name("printed_rates.csv")
FIRST_SEED = 81_000
AT_ONCE = 4
PRINTED = ["world", "clients", "seed", "draws", "error", "power", "worth"]
# The world without a gain, and the same with one of 0.3 SD.
WITHOUT, WITH = "R0d", "A3d"


def true_rate(name: str, clients: int) -> tuple[float, int]:
    """Return the share called stronger in a world, and of how many studies."""
    table = pd.read_csv(MEASURED).query("clients == @clients")
    row = table[table["rung"] == LEAST.name].set_index("world").loc[name]
    return row["stronger"] / row["studies"], int(row["studies"])


def printed(name: str, clients: int, draws: int, seed: int) -> dict:
    """Return what one study prints."""
    courses, unit, _ = courses_of(WORLDS[name], clients, seed)
    fit = fit_gain(courses, LEAST, confidence=None)
    told = studies_like(fit, gain=0.3 * unit, draws=draws, seed=seed)
    row = {"world": name, "clients": clients, "seed": seed, "draws": draws}
    shares = dict(zip(("error", "power"), told.stronger.mean(axis=1), strict=True))
    return row | shares | {"worth": told.worth[1]}


def judged(table: pd.DataFrame) -> pd.DataFrame:
    """Set what studies printed beside what gain_likelihood.csv holds of their worlds by now."""
    return pd.DataFrame([_beside(row) for row in table[PRINTED].to_dict("records")]).round(4)


def _beside(row: dict) -> dict:
    known = row["world"] in (WITHOUT, WITH)
    worlds = {"error": WITHOUT if known else row["world"]} | ({"power": WITH} if known else {})
    for what, world in worlds.items():
        rate, many = true_rate(world, row["clients"])
        draws = row["worth"] if what == "power" else row["draws"]
        # The share of both together, never quite 0, gives the error of each.
        pooled = (row[what] * draws + rate * many + 1) / (draws + many + 2)
        reach = 2 * np.sqrt(pooled * (1 - pooled) * (1 / draws + 1 / many))
        row |= {f"true_{what}": rate, f"{what}_agrees": int(abs(row[what] - rate) <= reach)}
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=10, help="of each world")
    parser.add_argument("--clients", type=int, default=60)
    parser.add_argument("--draws", type=int, default=40)
    parser.add_argument("--worlds", nargs="*", default=[WITHOUT, WITH])
    asked = parser.parse_args()
    table = pd.read_csv(OUT) if OUT.exists() else pd.DataFrame(columns=PRINTED)
    for name in asked.worlds:
        there = set(table.query("world == @name and clients == @asked.clients")["seed"])
        seeds = [s for s in range(FIRST_SEED, FIRST_SEED + asked.studies) if s not in there]
        one = partial(printed, name, asked.clients, asked.draws)
        for at in range(0, len(seeds), AT_ONCE):
            with on_cluster():
                rows = pd.DataFrame(list(spread(one, seeds[at : at + AT_ONCE], label=name)))
            table = pd.concat([table, rows], ignore_index=True)
            judged(table).to_csv(OUT, index=False)
    table = judged(table)
    table.to_csv(OUT, index=False)
    agree = table.groupby(["world", "clients"])[["error_agrees", "power_agrees"]]
    print(agree.agg(["sum", "count"]).to_string())


if __name__ == "__main__":
    main()
