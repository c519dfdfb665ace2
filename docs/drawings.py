"""The figures of the pages of explanation, drawn from the tables that `make calibration` measured."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

from alliance.effects import false_positive_rates
from alliance.figures import COLOURS, style

__all__ = ["false_alarms", "false_positives", "pulse_calibration"]

MEASURED = Path(__file__).parents[1] / "calibration"
# Simulated worlds in which repair leaves nothing behind.
_NULL = ("N0", "N0d", "N0h", "N0r", "N0w", "N0s", "R0d", "R0g", "R0w", "R0s", "R0L", "R0S", "R0T")
_LINES = (("blue", "-", "o"), ("vermillion", "--", "s"), ("black", "-.", "^"), ("orange", ":", "D"))


def false_positives():
    """Draw how often each analysis finds a benefit of repair where there is none."""
    usual = false_positive_rates().groupby("analysis", sort=False)["rate"].agg(["min", "max"])
    gain = pd.read_csv(MEASURED / "repair_gain.csv")
    gain = gain[gain["world"].isin(_NULL) & gain["analysis"].isin(("P1", "P2", "P3"))]
    ours = gain.groupby("analysis")["rejected"].agg(["min", "max"])
    ours.index = [f"calibrated, design {name}" for name in ours.index]
    table = pd.concat([usual.sort_values("max", ascending=False), ours])
    with style():
        _, ax = plt.subplots(figsize=(7.5, 0.34 * len(table) + 1.2), layout="constrained")
        for row, (name, (low, high)) in enumerate((100 * table).iterrows()):
            calibrated = name.startswith("calibrated")
            colour = COLOURS["blue" if calibrated else "vermillion"]
            ax.plot([low, high], [row, row], color=colour, linewidth=5 if calibrated else 2.5)
            ax.plot([low, high], [row, row], "|", color=colour, markersize=9, markeredgewidth=2)
        ax.axvline(5, color="black", linestyle="--", linewidth=1)
        ax.text(6, -0.75, "5 %: what it should be", va="center", fontsize=8)
        ax.set_yticks(range(len(table)), table.index)
        ax.set_ylim(len(table) - 0.4, -1.3)
        ax.set_xlim(0, 100)
        ax.set_xlabel("false positives (%), lowest to highest over simulated worlds")
        ax.set_title("False positives; n = 200 clients in each simulated study")
    return ax


def false_alarms():
    """Draw how many courses of pure noise each rule flags, by their length."""
    table = pd.read_csv(MEASURED / "false_alarms.csv")
    table = table[table["noise"] == "independent"]
    shown = ("fall of 1.5 own SD", "running high - 2 own SD", "own mean - 2 SD", "XmR limit")
    with style():
        _, ax = plt.subplots(figsize=(6.5, 3.6), layout="constrained")
        for rule, (colour, dashes, marker) in zip(shown, _LINES, strict=True):
            rows = table[table["rule"] == rule].sort_values("sessions")
            ax.plot(
                rows["sessions"],
                rows["flagged_percent"],
                color=COLOURS[colour],
                linestyle=dashes,
                marker=marker,
                label=rule,
            )
        ax.set(xlabel="rated sessions of a course", ylabel="courses flagged (%)", ylim=(0, 100))
        ax.set_title(f"Courses of pure noise; n = {table['series'].max():,} for each point")
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0))
    return ax


def pulse_calibration():
    """Draw how often a session with a given probability of rupture truly was in one."""
    table = pd.read_csv(MEASURED / "pulse_bins.csv")
    worlds = {"R0d": "as usual", "rare": "rare ruptures", "R0w": "ceiling", "N0h": "no rupture"}
    with style():
        _, ax = plt.subplots(figsize=(6.5, 3.6), layout="constrained")
        ax.plot([0, 1], [0, 1], color="black", linewidth=1, linestyle="--", label="as it should be")
        for (world, name), (colour, dashes, marker) in zip(worlds.items(), _LINES, strict=True):
            rows = table[(table["world"] == world) & (table["detector"] == "pulse scan")]
            ax.plot(
                rows["predicted"],
                rows["true"],
                color=COLOURS[colour],
                linestyle=dashes,
                marker=marker,
                label=name,
            )
        ax.set(xlabel="probability of rupture given", ylabel="share truly in one", ylim=(0, 1))
        ax.set_xlim(0, 1)
        sessions = table[table["world"].isin(worlds) & (table["detector"] == "pulse scan")]
        ax.set_title(f"Pulse detector; n = {sessions['sessions'].sum():,.0f} simulated sessions")
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0))
    return ax
