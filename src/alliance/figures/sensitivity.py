"""The gain under every combination of switches, from the lowest to the highest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from alliance.effects import Sensitivity
from alliance.effects.sensitivity import SWITCHES
from alliance.figures.saving import picture
from alliance.figures.style import COLOURS, GREY, INK, axes_or_new, legend_beside
from alliance.results import draws

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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
