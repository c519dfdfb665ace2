"""The average course around a rupture: observed, and expected with and without a gain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alliance.effects import RegressionGain, RepairGain
from alliance.errors import AllianceError
from alliance.figures.saving import picture
from alliance.figures.style import COLOURS, GREY, INK, axes_or_new, legend_beside, plain
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
    """Draw the average course around the ruptures of a study.

    Points: mean observed scores with 95 % intervals, by session from the onset, where three
    ruptures or more were rated; lines: what is expected without any gain (dashed) and with the
    estimate (full).
    """
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
