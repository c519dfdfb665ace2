"""Hold the error rate and power that a study prints to those of its world.

    python calibration/printed_rates.py [--studies 10] [--clients 60] [--draws 20]

Writes printed_rates.csv, one row for each study: what it printed (share called stronger without a
gain and with one of 0.3 SD, each of `draws` studies like it) beside the share in its own world,
from gain_likelihood.csv, and whether the two agree within twice their Monte-Carlo error.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from gain_likelihood import OUT as MEASURED
from gain_likelihood import courses_of

from alliance import simulate
from alliance.model.gain_assumptions import LEAST
from alliance.model.gain_ladder import fit_gain
from alliance.model.gain_studies import studies_like

OUT = Path(__file__).with_name("printed_rates.csv")
FIRST_SEED = 80_000
# The world without a gain, and the same with one of 0.3 SD.
PAIR = ("R0d", "A3d")


def true_rates(clients: int) -> tuple[list[float], list[int]]:
    """Return the shares called stronger in the two worlds, and of how many studies."""
    table = pd.read_csv(MEASURED).query("clients == @clients and rung == @LEAST.name")
    rows = table.set_index("world").loc[list(PAIR)]
    return (rows["stronger"] / rows["studies"]).tolist(), rows["studies"].tolist()


def printed(name: str, clients: int, draws: int, seed: int) -> dict:
    """Return what one study prints, beside the truth."""
    courses, unit, _ = courses_of(simulate.worlds()[name], clients, seed)
    fit = fit_gain(courses, LEAST, confidence=None)
    told = studies_like(fit, gain=0.3 * unit, draws=draws, seed=seed).stronger.mean(axis=1)
    true, studies = true_rates(clients)
    row = {"world": name, "clients": clients, "seed": seed, "draws": draws}
    for what, own, rate, many in zip(("error", "power"), told, true, studies, strict=True):
        # The share of both together, never quite 0, gives the error of each.
        pooled = (own * draws + rate * many + 1) / (draws + many + 2)
        reach = 2 * np.sqrt(pooled * (1 - pooled) * (1 / draws + 1 / many))
        row |= {what: own, f"true_{what}": rate, f"{what}_agrees": abs(own - rate) <= reach}
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=10)
    parser.add_argument("--clients", type=int, default=60)
    parser.add_argument("--draws", type=int, default=20)
    asked = parser.parse_args()
    rows = []
    for number in range(asked.studies):
        name = PAIR[number % 2]
        rows.append(printed(name, asked.clients, asked.draws, FIRST_SEED + number))
        pd.DataFrame(rows).round(4).to_csv(OUT, index=False)
        print(rows[-1], flush=True)


if __name__ == "__main__":
    main()
