"""Pictures of the answer: around a rupture, under every combination of switches, and of planned power."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np

from alliance.effects import PlannedPower, RegressionGain, RepairGain, Sensitivity
from alliance.effects.sensitivity import SWITCHES
from alliance.errors import AllianceError
from alliance.figures.saving import picture
from alliance.figures.style import COLOURS, GREY, INK, PALE, axes_or_new, legend_beside, plain
from alliance.results import draws

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


# A mean of one or two is no average course.
MIN_RUPTURES = 3
_OUTCOMES = (("repaired", "blue", "o"), ("not repaired", "vermillion", "s"))


@draws(RepairGain)
@picture
def around_rupture(answer: RepairGain, ax: Axes | None = None) -> Axes:
    """Draw the average course around ruptures: observed, expected without a gain (dashed) and with."""
    shown = answer.around[answer.around["ruptures"] >= MIN_RUPTURES]
    if shown.empty:
        raise AllianceError("There is nothing to draw: no rupture stands out in these scores.")
    ax = axes_or_new(ax, 7.2, 4.2)
    for outcome, colour, marker in _OUTCOMES:
        _draw(ax, shown[shown["outcome"] == outcome], outcome, COLOURS[colour], marker)
    ax.axvline(0, color=GREY, linewidth=0.8, linestyle=(0, (2, 2)))
    ax.set_xlabel("sessions from the onset of the rupture")
    ax.set_ylabel(f"mean {plain(answer.scale)} score, points")
    head = answer.headline
    ax.set_title(
        f"Gain for each repair: {head['estimate_sd']:+.2f} SD "
        f"({head['low_sd']:+.2f} to {head['high_sd']:+.2f})"
    )
    legend_beside(ax)
    return ax


def _draw(ax: Axes, rows: pd.DataFrame, outcome: str, colour: str, marker: str) -> None:
    if rows.empty:
        return
    at, seen = rows["offset"], rows["observed"]
    # A mean of one value has no interval.
    ends = [(seen - rows["low"]).fillna(0), (rows["high"] - seen).fillna(0)]
    label = f"{outcome}, observed (up to {rows['ruptures'].max():.0f} ruptures)"
    look: dict[str, Any] = {"color": colour, "marker": marker, "markersize": 5, "linewidth": 0.8}
    ax.errorbar(at, seen, yerr=ends, capsize=2, label=label, gid=f"observed-{outcome}", **look)
    dashed: dict[str, Any] = {"color": colour, "linestyle": (0, (4, 2)), "linewidth": 1}
    ax.plot(at, rows["without"], label="expected without any gain", **dashed)
    if outcome == "repaired":
        ax.plot(at, rows["expected"], color=INK, linewidth=1.4, label="expected with the estimate")


@draws(RegressionGain)
@picture
def regression_estimate(answer: RegressionGain, ax: Axes | None = None) -> Axes:
    """Draw the estimate of a regression on repairs with its interval, in points."""
    if not answer.answered:
        raise AllianceError(f"There is nothing to draw. {answer.text()}")
    row = answer.frame.iloc[0]
    ax = axes_or_new(ax, 7.2, 4.2)
    ax.axvline(0, color=GREY, linewidth=0.9, linestyle=(0, (3, 2)))
    ax.plot([row["low"], row["high"]], [0, 0], color=COLOURS["blue"], linewidth=2)
    ax.plot([row["estimate"]], [0], marker="o", color=COLOURS["blue"])
    ax.set_yticks([0], [f"{answer.exposed} exposed clients"])
    ax.set_xlabel(f"{plain(answer.outcome)}, points for each repair, positive for the better")
    return ax


@draws(Sensitivity)
@picture
def sensitivity_curve(found: Sensitivity, ax: Axes | None = None) -> Axes:
    """Draw the estimates in order, and below them which switches each was made with."""
    frame = found.frame
    ax = axes_or_new(ax, 8.0, 5.4)
    at = np.arange(len(frame))
    ax.vlines(at, frame["low"], frame["high"], color=GREY, linewidth=0.8)
    clear = (frame["low"] > 0).to_numpy()
    for chosen, colour, label in ((clear, "blue", "above 0"), (~clear, "orange", "not shown")):
        points = frame["estimate"][chosen]
        ax.plot(at[chosen], points, "o", markersize=4, color=COLOURS[colour], label=label)
    ax.axhline(0, color=INK, linewidth=0.8, linestyle=(0, (3, 2)))
    _draw_switches(ax, found)
    ax.set_xlim(-1, len(frame))
    ax.set_xticks([])
    ax.set_ylabel("gain for each repair, SD")
    ax.set_title(f"n = {len(frame)} specifications of one study")
    legend_beside(ax)
    return ax


def _draw_switches(ax: Axes, found: Sensitivity) -> None:
    """Mark, in a row for each position of each switch, the specifications that have it."""
    frame = found.frame
    low, high = frame["low"].min(), frame["high"].max()
    # Rows of squares below the estimates, at a distance that grows with their spread.
    step = (high - low) / 14
    names = [(switch, value) for switch, values in SWITCHES.items() for value in values]
    for row, (switch, value) in enumerate(names, start=1):
        level = low - row * step
        has = np.flatnonzero(frame[switch] == value)
        ax.plot(has, np.full(len(has), level), "s", markersize=2.5, color=INK)
        name = f"{switch.replace('_', ' ')}: {value}"
        ax.annotate(name, (-1.5, level), ha="right", va="center", fontsize=7, annotation_clip=False)


Look = tuple[str, str, Any]
# Without a gain, `power` is the rate of false findings, and this is its goal.
LEVEL = 0.05
_LABELS = {
    "scores": "from the scores alone, with the fewest assumptions",
    "both": "from the scores, a rupture log as evidence",
    "log": "from a rupture log",
}

_LOOKS: tuple[Look, ...] = (
    ("blue", "o", "-"),
    ("vermillion", "s", (0, (5, 1.5))),
    ("bluish green", "^", (0, (1.5, 1.2))),
    ("reddish purple", "D", (0, (5, 1.2, 1.2, 1.2))),
    ("black", "v", (0, (8, 2))),
    ("orange", "P", (0, (3, 1, 1, 1, 1, 1))),
    ("sky blue", "X", (0, (1, 2))),
)


@draws(PlannedPower)
@picture
def power_curves(found: PlannedPower, ax: Axes | None = None) -> Axes:
    """Draw power by number of clients: simulated shares, fitted curves, and what is wanted."""
    ax = axes_or_new(ax, 7.2, 4.2)
    clients = found.frame["clients"]
    goal = found.wanted if found.gain else LEVEL
    ax.axhline(100 * goal, color=GREY, linewidth=1, linestyle=(0, (4, 2)), gid="wanted")
    for look, name in zip(cycle(_LOOKS), found.frame["analysis"].unique(), strict=False):
        _draw_analysis(ax, found, name, look)
    _dress(ax, found, clients, goal)
    return ax


def _draw_analysis(ax: Axes, found: PlannedPower, name: str, look: Look) -> None:
    colour, marker, line = COLOURS[look[0]], look[1], look[2]
    rows = found.frame[found.frame["analysis"].eq(name)].sort_values("clients")
    power, low, high = (100 * rows[column].to_numpy() for column in ("power", "low", "high"))
    curve = found.curves.get(name) if found.gain else None
    if curve is not None:
        at = np.linspace(rows["clients"].min(), rows["clients"].max(), 200)
        bottom, top = curve.band(at)
        ax.fill_between(at, 100 * bottom, 100 * top, color=colour, alpha=0.15, linewidth=0)
        ax.plot(at, 100 * curve.power(at), color=colour, linestyle=line, gid=f"curve-{name}")
        _mark_needed(ax, found, name, colour)
    # A limit can lie past a share of 0 or 1 by rounding.
    ends = np.maximum([power - low, high - power], 0)
    dots: dict[str, Any] = {"color": colour, "marker": marker, "markersize": 5}
    points: dict[str, Any] = {"linestyle": "", "capsize": 2, "gid": f"power-{name}"}
    ax.errorbar(rows["clients"], power, yerr=ends, **dots, **points)
    ax.plot([], [], linestyle=line, label=_LABELS[name], **dots)


def _mark_needed(ax: Axes, found: PlannedPower, name: str, colour: str) -> None:
    need = found.needed.set_index("analysis").loc[name]
    if need["within"]:
        x, y = need["clients"], 100 * found.wanted
        ax.plot([x, x], [0, y], color=colour, linewidth=0.8, linestyle=":", gid=f"needed-{name}")
        beside: dict[str, Any] = {"xytext": (3, 3), "textcoords": "offset points", "fontsize": 8}
        ax.annotate(f"{x:,.0f}", (x, 0), color=INK, gid=f"needed-text-{name}", **beside)


def _dress(ax: Axes, found: PlannedPower, clients: pd.Series, goal: float) -> None:
    margin = 0.04 * max(clients.max() - clients.min(), 0.2 * clients.max())
    ax.set_xlim(clients.min() - margin, clients.max() + margin)
    ax.set_ylim(0, 102)
    ax.set_xlabel("clients in the study")
    ax.set_ylabel("studies that find the gain (%)" if found.gain else "false findings (%)")
    ax.grid(axis="y", color=PALE, linewidth=0.6)
    label = f"{goal:.0%} wanted" if found.gain else f"level of {goal:.0%}"
    edge = ax.get_yaxis_transform()
    ax.text(0.01, 100 * goal + 1, label, transform=edge, fontsize=8, color=GREY)
    studies = found.frame["replications"].max()
    ax.set_title(
        f"Gain of {found.gain:g} SD for each repair "
        f"(synthetic: {studies:,} simulated studies for each point)"
    )
    ax.legend(loc="upper left", bbox_to_anchor=(0, -0.16), ncols=2, borderaxespad=0)
