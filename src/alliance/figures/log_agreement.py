"""Measures of agreement with their intervals, each beside what chance gives."""

from __future__ import annotations

import numpy as np

from alliance.errors import AllianceError
from alliance.figures.style import COLOURS, GREY, INK, PALE, style

_NAMES = {
    "sensitivity": "logged ones found",
    "ppv": "found ones logged",
    "specificity": "calm ones not found",
    "kappa": "kappa",
    "repair_agreement": "same fate, if matched",
}


def log_agreement(result, ax=None):
    """Draw each measure of agreement with its interval, and the range that chance gives.

    Parameters
    ----------
    result : LogAgreement
        From `alliance.compare_with_log`.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    AllianceError
        If no measure could be computed.
    """
    frame = result.frame[result.frame["value"].notna()].reset_index(drop=True)
    if frame.empty:
        raise AllianceError("There is nothing to draw: no measure could be computed.")
    height = np.arange(len(frame))[::-1]
    with style():
        ax = ax if ax is not None else _new_axes(len(frame))
        known = frame["chance_low"].notna()
        ax.hlines(
            height[known],
            frame.loc[known, "chance_low"],
            frame.loc[known, "chance_high"],
            color=GREY,
            linewidth=9,
            alpha=0.45,
            label="by chance (95 % of draws)",
        )
        ax.hlines(height, frame["low"], frame["high"], color=INK, linewidth=1.2)
        ax.plot(
            frame["value"],
            height,
            "o",
            color=COLOURS["blue"],
            markersize=6,
            label=f"found against logged, {result.confidence:.0%} interval",
        )
        ax.axvline(0, color=PALE, linewidth=0.8, zorder=0)
        ax.set_yticks(height, [_label(row) for row in frame.itertuples()])
        ax.set_ylim(-0.7, len(frame) - 0.3)
        ax.set_xlim(min(0.0, np.nanmin(frame[["low", "chance_low"]].to_numpy())) - 0.03, 1.03)
        ax.set_xlabel("share (kappa: agreement beyond chance), 0 to 1")
        ax.set_title(f"{_sentence_case(result.name)} against the log of the {result.source}")
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2, frameon=False)
    return ax


def _label(row) -> str:
    return f"{row.level}: {_NAMES.get(row.measure, row.measure)} (n = {row.of:,})"


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]


def _new_axes(rows: int):
    import matplotlib.pyplot as plt

    _, ax = plt.subplots(figsize=(7.2, 0.42 * rows + 1.6), layout="constrained")
    return ax
