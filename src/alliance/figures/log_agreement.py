"""Measures of agreement with their intervals, each beside what chance gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from alliance.compare import LogAgreement, RaterComparison
from alliance.errors import AllianceError
from alliance.figures.saving import picture
from alliance.figures.style import COLOURS, GREY, INK, PALE, axes_or_new
from alliance.results import draws

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NAMES = {
    "sensitivity": "logged ones found",
    "ppv": "found ones logged",
    "specificity": "calm ones not found",
    "kappa": "kappa",
    "repair_agreement": "same fate, if matched",
}


@draws(LogAgreement)
@picture
def log_agreement(result: LogAgreement, ax: Axes | None = None) -> Axes:
    """Draw each measure of agreement with its interval, and the range that chance gives."""
    frame = result.frame[result.frame["value"].notna()].reset_index(drop=True)
    ax = _beside_chance(
        frame,
        [_label(row) for row in frame.itertuples()],
        f"found against logged, {result.confidence:.0%} interval",
        "by chance (95% of draws)",
        ax,
    )
    ax.set_xlim(ax.get_xlim()[0], 1.03)
    ax.set_xlabel("share (kappa: agreement beyond chance), 0 to 1")
    ax.set_title(
        f"{result.name[:1].upper()}{result.name[1:]} against the log of the {result.source}"
    )
    return ax


@draws(RaterComparison)
@picture
def compare_raters(result: RaterComparison, ax: Axes | None = None) -> Axes:
    """Draw how two raters' scores move together, beside what random pairs give."""
    labels = {
        "profile": "move together within a client (r)",
        "second_follows": f"{result.second} follows {result.first}",
        "first_follows": f"{result.first} follows {result.second}",
    }
    frame = result.frame[result.frame["measure"].isin(labels) & result.frame["value"].notna()]
    frame = frame.rename(columns=lambda name: name.replace("random_pairs", "chance"))
    frame = frame.reset_index(drop=True)
    ax = _beside_chance(
        frame,
        [f"{labels[row.measure]}\n(n = {row.clients:,} clients)" for row in frame.itertuples()],
        f"these pairs, {result.confidence:.0%} interval",
        "random pairs (95% of draws)",
        ax,
    )
    ax.set_xlabel("correlation, or points for a point one session before")
    ax.set_title(f"Two views of {result.scale}: {result.first} and {result.second}")
    return ax


def _beside_chance(
    frame: pd.DataFrame, labels: list[str], seen: str, chance: str, ax: Axes | None = None
) -> Axes:
    """Draw one line for each row: value, low and high; chance_low and chance_high as a bar."""
    if frame.empty:
        raise AllianceError("There is nothing to draw: no measure could be computed.")
    height = np.arange(len(frame))[::-1]
    # Without draws there is no bar of chance.
    known = frame["chance_low"].notna()
    ends = frame[["low", "chance_low"]].to_numpy(float)
    ax = axes_or_new(ax, 7.2, 0.42 * len(frame) + 1.6)
    bar: dict[str, Any] = {"color": GREY, "linewidth": 9, "alpha": 0.45}
    low, high = frame.loc[known, "chance_low"], frame.loc[known, "chance_high"]
    ax.hlines(height[known], low, high, label=chance, **bar)
    ax.hlines(height, frame["low"], frame["high"], color=INK, linewidth=1.2)
    ax.plot(frame["value"], height, "o", color=COLOURS["blue"], markersize=6, label=seen)
    ax.axvline(0, color=PALE, linewidth=0.8, zorder=0)
    ax.set_yticks(height, labels)
    ax.set_ylim(-0.7, len(frame) - 0.3)
    # Kappa and correlations can fall below 0: the axis follows them.
    margin = 0.03
    ax.set_xlim(left=min(0.0, np.nanmin(ends) if np.isfinite(ends).any() else 0.0) - margin)
    ax.legend(loc="upper left", bbox_to_anchor=(0, -0.2), ncols=2, frameon=False)
    return ax


def _label(row: Any) -> str:
    return f"{row.level}: {_NAMES.get(row.measure, row.measure)} (n = {row.of:,})"
