"""Power over the number of clients, with what the simulation leaves unsure."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np

from alliance.effects import PlannedPower
from alliance.figures.saving import picture
from alliance.figures.style import COLOURS, GREY, INK, PALE, axes_or_new
from alliance.results import draws

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Look = tuple[str, str, Any]
# Without a gain, `power` is the rate of false findings, and this is its goal.
LEVEL = 0.05
_LABELS = {
    "scores": "from the scores alone, with the fewest assumptions",
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
    """Draw the power of planned studies over their number of clients, in per cent.

    Points: shares of simulated studies with 95 % intervals; lines: the fitted curves with their
    95 % bands; the wanted power is a horizontal line, and where a curve crosses it the number of
    clients is marked. Without a gain the line is the level of the test, and there are no curves.
    """
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
