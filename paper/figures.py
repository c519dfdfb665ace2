"""Draw the figures of the paper from the tables that the calibration has measured.

python paper/figures.py
"""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import pandas as pd

from alliance.figures import COLOURS, style

HERE = Path(__file__).parent
ROOT = HERE.parent
MEASURED = ROOT / "src" / "alliance" / "effects" / "calibration"
DETECTION = "fall of 1 SD from the highest so far"


def false_positives() -> pd.DataFrame:
    """Return analysis, kind and rate in each world in which repair leaves nothing behind."""
    usual = pd.read_csv(MEASURED / "conventional_analyses.csv")
    usual = usual[usual["true_gain"].eq(0) & usual["detection"].eq(DETECTION)]
    ours = pd.read_csv(ROOT / "calibration" / "gain_likelihood.csv")
    ours = ours.query("gain == 0 and clients == 200 and rung == 'fewest assumptions'")
    ours = ours.assign(analysis="the answer on its fewest assumptions")
    ours["rate"] = (ours["stronger"] + ours["weaker"]) / ours["studies"]
    columns = ["analysis", "kind", "rate"]
    kinds = (usual.assign(kind="conventional"), ours.assign(kind="calibrated"))
    return pd.concat([kind[columns] for kind in kinds], ignore_index=True)


def draw_errors(rates: pd.DataFrame) -> plt.Figure:
    """Draw one row for each analysis, one dot for each world."""
    names = list(dict.fromkeys(rates["analysis"]))
    place = {name: -number for number, name in enumerate(names)}
    figure, ax = plt.subplots(figsize=(7, 0.27 * len(names) + 1), layout="constrained")
    for kind, colour, marker in (("conventional", "vermillion", "o"), ("calibrated", "blue", "s")):
        rows = rates[rates["kind"] == kind]
        ax.plot(
            100 * rows["rate"],
            rows["analysis"].map(place),
            marker,
            color=COLOURS[colour],
            markersize=4,
            alpha=0.7,
            label=kind,
        )
    ax.axvline(5, color="black", linewidth=0.8)
    ax.set(yticks=list(place.values()), yticklabels=list(place), xlim=(-1, 101))
    ax.set_xlabel("studies without a gain that are called significant (%)")
    return figure


def draw_alarms(found: pd.DataFrame) -> plt.Figure:
    """Draw the share of true ruptures that each way of looking finds, with its interval."""
    rows = found.sort_values("found")
    figure, ax = plt.subplots(figsize=(7, 2.6), layout="constrained")
    half = 196 * rows["standard_error"]
    ax.errorbar(100 * rows["found"], range(len(rows)), xerr=half, fmt="o", color=COLOURS["blue"])
    ax.set(yticks=range(len(rows)), yticklabels=rows["statistic"], xlim=(0, 100))
    ax.set_xlabel("true ruptures found (%)")
    return figure


def main() -> None:
    """Write both figures beside this script."""
    with style():
        draw_errors(false_positives()).savefig(HERE / "error_rates.png", dpi=200)
        found = pd.read_csv(ROOT / "calibration" / "equal_alarms.csv")
        draw_alarms(found).savefig(HERE / "equal_alarms.png", dpi=200)


if __name__ == "__main__":
    main()
