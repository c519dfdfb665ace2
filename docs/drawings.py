"""The figures of the pages of explanation, drawn from the tables that `make calibration` measured."""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

from alliance import figures
from alliance.effects import false_positive_rates
from alliance.figures import COLOURS, style

__all__ = ["false_alarms", "false_positives", "pulse_calibration"]

MEASURED = Path(__file__).parents[1] / "calibration"
_LINES = (("blue", "-", "o"), ("vermillion", "--", "s"), ("black", "-.", "^"), ("orange", ":", "D"))


def false_positives():
    """Draw how often each analysis finds a benefit of repair where there is none."""
    named = {"rung": "analysis", "gain": "true_gain", "studies": "replications"}
    ladder = pd.read_csv(MEASURED / "gain_likelihood.csv").query("clients == 200")
    ladder = ladder.rename(columns=named)
    ladder = ladder.assign(kind="ladder", rate=ladder["stronger"] / ladder["replications"])
    conventional = false_positive_rates().assign(kind="conventional")
    table = pd.concat([conventional, ladder], ignore_index=True)
    return figures.error_rates(
        table[["analysis", "kind", "world", "true_gain", "rate", "replications"]]
    )


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
