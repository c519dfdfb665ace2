"""The average course around a rupture: observed, and expected with and without a gain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alliance.effects import RegressionGain, RepairGain
from alliance.errors import AllianceError
from alliance.figures.saving import savable
from alliance.figures.style import COLOURS, GREY, INK, plain, style
from alliance.results import draws

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MIN_RUPTURES = 3
_OUTCOMES = (("repaired", "blue", "o"), ("not repaired", "vermillion", "s"))


@draws(RepairGain)
@savable
def around_rupture(answer: RepairGain, ax: Axes | None = None) -> Axes:
    """Draw the average course around the ruptures of a study.

    Parameters
    ----------
    answer : RepairGain
    ax : Axes, optional

    Returns
    -------
    Axes
        Points: mean observed scores with 95 % intervals, by session from the onset, where three
        ruptures or more were rated; lines: what is expected without any gain (dashed) and with
        the estimate (full).

    Raises
    ------
    AllianceError
        If no rupture was found.
    """
    shown = answer.around[answer.around["ruptures"] >= MIN_RUPTURES]
    if shown.empty:
        raise AllianceError("There is nothing to draw: no rupture stands out in these scores.")
    with style():
        ax = ax if ax is not None else _new_axes()
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
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0)
    return ax


def _draw(ax: Axes, rows: pd.DataFrame, outcome: str, colour: str, marker: str) -> None:
    if rows.empty:
        return
    at, seen = rows["offset"], rows["observed"]
    ax.errorbar(
        at,
        seen,
        yerr=[(seen - rows["low"]).fillna(0), (rows["high"] - seen).fillna(0)],
        color=colour,
        marker=marker,
        markersize=5,
        linewidth=0.8,
        capsize=2,
        label=f"{outcome}, observed (up to {rows['ruptures'].max():.0f} ruptures)",
        gid=f"observed-{outcome}",
    )
    ax.plot(
        at, rows["without"], color=colour, linestyle=(0, (4, 2)), linewidth=1,
        label="expected without any gain",
    )  # fmt: skip
    if outcome == "repaired":
        ax.plot(at, rows["expected"], color=INK, linewidth=1.4, label="expected with the estimate")


@draws(RegressionGain)
@savable
def influence(answer: RegressionGain, ax: Axes | None = None) -> Axes:
    """Draw the estimate of a regression on repairs with its interval, in points.

    Parameters
    ----------
    answer : RegressionGain
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    AllianceError
        If there is no answer to draw.
    """
    if not answer.answered:
        raise AllianceError(f"There is nothing to draw. {answer.text()}")
    row = answer.frame.iloc[0]
    with style():
        ax = ax if ax is not None else _new_axes()
        ax.axvline(0, color=GREY, linewidth=0.9, linestyle=(0, (3, 2)))
        ax.plot([row["low"], row["high"]], [0, 0], color=COLOURS["blue"], linewidth=2)
        ax.plot([row["estimate"]], [0], marker="o", color=COLOURS["blue"])
        ax.set_yticks([0], [f"{answer.exposed} exposed clients"])
        ax.set_xlabel(f"{plain(answer.outcome)}, points for each repair, positive for the better")
    return ax


def _new_axes() -> Axes:
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(7.2, 4.2), layout="constrained")[1]
