"""Draw the one figure of the calibration: rates of conventional analyses and of the ladder.

Writes `error_rates.png` and `error_rates.svg` from the tables that the other scripts have made.

    python calibration/figure.py
"""

from pathlib import Path

import pandas as pd

from alliance import figures
from alliance.effects import false_positive_rates

HERE = Path(__file__).parent
COLUMNS = ["analysis", "kind", "world", "true_gain", "rate", "replications"]


def ladder() -> pd.DataFrame:
    """Return the rates at which each rung claims a stronger alliance, studies of 200 clients."""
    table = pd.read_csv(HERE / "gain_likelihood.csv")
    table = table[table["clients"].eq(200)]
    named = {"rung": "analysis", "gain": "true_gain", "studies": "replications"}
    table = table.rename(columns=named)
    rate = table["stronger"] / table["replications"]
    return table.assign(kind="ladder", rate=rate)[COLUMNS]


def conventional() -> pd.DataFrame:
    """Return the rates of the conventional analyses."""
    return false_positive_rates().assign(kind="conventional")[COLUMNS]


def main() -> None:
    """Write the figure beside this script."""
    axes = figures.error_rates(pd.concat([conventional(), ladder()], ignore_index=True))
    for ending in ("png", "svg"):
        figures.save(axes, HERE / f"error_rates.{ending}")


if __name__ == "__main__":
    main()
