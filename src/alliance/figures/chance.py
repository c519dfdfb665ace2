"""What was found beside what the same rule finds in noise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from alliance.errors import AllianceError, join_names
from alliance.figures.saving import picture
from alliance.figures.selection import require_columns
from alliance.figures.style import (
    COLOURS,
    GREY,
    INK,
    PALE,
    axes_or_new,
    legend_beside,
    plain,
)
from alliance.model import ChanceBaseline
from alliance.results import draws

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = ("rule", "quantity", "observed", "null", "expected", "low", "high")
_BLUE, _ORANGE = COLOURS["blue"], COLOURS["orange"]
_OBSERVED: dict[str, Any] = {
    "marker": "o",
    "markersize": 7,
    "color": INK,
    "linestyle": "",
    "zorder": 4,
}
_EXPECTED: dict[str, Any] = {"linestyle": "", "zorder": 3}
# For each null how its interval and its expected value look, and what the legend says.
_NULLS: Mapping[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "shuffled": (
        {"color": _BLUE, "linestyle": "-", "linewidth": 3},
        {"marker": "|", "markersize": 9, "color": _BLUE, "mec": _BLUE, "mew": 2, **_EXPECTED},
        "expected: own sessions shuffled",
    ),
    "simulated": (
        {"color": _ORANGE, "linestyle": (0, (3, 1.2)), "linewidth": 3},
        {"marker": "d", "markersize": 6, "color": _ORANGE, "mec": INK, "mew": 0.8, **_EXPECTED},
        "expected: simulated without ruptures",
    ),
}


@picture
def chance_strip(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw what each rule found beside what it finds where there is nothing to find.

    Parameters
    ----------
    frame : DataFrame
        One row for each rule, quantity and null: ``rule``, ``quantity`` ("clients with a
        rupture", "episodes repaired"), ``observed``, ``null`` ("shuffled": the same sessions
        in another order; "simulated": series from a model without ruptures), ``expected``, and
        ``low`` and ``high`` of its interval. All are proportions, 0 to 1; NaN where there is
        nothing to divide by. An optional column ``n`` holds the number of clients or episodes
        behind `observed`, and is printed.
    ax : Axes, optional

    Returns
    -------
    Axes
        Shares in per cent.

    Raises
    ------
    AllianceError
        If the table lacks columns or rows, a null is unknown, or numbers are no proportions.

    Notes
    -----
    A dot inside the bars says that the rule found no more than it finds in noise. It does not
    say that there were no ruptures.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> frame = pd.DataFrame({"rule": "own mean", "quantity": "clients with a rupture",
    ...     "observed": 0.4, "null": ["shuffled", "simulated"], "expected": [0.38, 0.3],
    ...     "low": [0.31, 0.24], "high": [0.45, 0.37]})
    >>> ax = chance_strip(frame)
    >>> ax.get_xlabel()
    'share (%)'
    >>> plt.close(ax.figure)
    """
    _check(frame)
    blocks = list(frame.groupby("quantity", sort=False))
    rows = sum(1 + part["rule"].nunique() for _, part in blocks)
    ax = axes_or_new(ax, 8.0, 0.36 * rows + 1.1)
    places, labels = _draw_blocks(ax, blocks)
    ax.set_yticks(places, labels)
    ax.set_ylim(rows - 0.4, -0.6)
    ax.set_xlim(-2, 102)
    ax.set_xlabel("share (%)")
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x", color=PALE, linewidth=0.6)
    ax.set_title("Found, and expected from noise")
    legend_beside(ax, *_legend(frame))
    return ax


@draws(ChanceBaseline)
@picture
def chance_baseline(level: ChanceBaseline, ax: Axes | None = None) -> Axes:
    """Draw found and expected shares as `chance_strip` does."""
    return chance_strip(level.shares, ax=ax)


def _check(frame: pd.DataFrame) -> None:
    require_columns(frame, COLUMNS, "table of chance")
    if frame.empty:
        raise AllianceError("There is nothing to draw: the table of chance is empty.")
    unknown = sorted(set(frame["null"]) - set(_NULLS))
    if unknown:
        raise AllianceError(
            f"The null must be one of {join_names(_NULLS)}, not {join_names(unknown)}."
        )
    numbers = frame[["observed", "expected", "low", "high"]]
    if ((numbers < 0) | (numbers > 1)).any(axis=None):
        raise AllianceError(
            "The shares must lie between 0 and 1.\nTo fix: divide percentages by 100."
        )
    if (frame["low"] > frame["high"]).any():
        raise AllianceError("An interval of the table of chance has low above high.")


def _draw_blocks(ax: Axes, blocks: list[tuple[str, pd.DataFrame]]) -> tuple[list[int], list[str]]:
    """Draw one row for each rule, below the name of what is counted; return places and labels."""
    places, labels, row = [], [], 0
    for quantity, part in blocks:
        ax.text(0, row + 0.1, plain(quantity), fontweight="bold", fontsize=8.5, va="center")
        for rule, lines in part.groupby("rule", sort=False):
            row += 1
            _draw_row(ax, row, lines)
            places.append(row)
            count = f", n = {lines['n'].iloc[0]:.0f}" if "n" in lines else ""
            labels.append(plain(rule) + count)
        row += 1
    return places, labels


def _draw_row(ax: Axes, row: int, lines: pd.DataFrame) -> None:
    for line in lines.itertuples():
        bar, expected, _ = _NULLS[line.null]
        # The two nulls lie one above the other, so that neither hides the other.
        place = row - 0.17 if line.null == "shuffled" else row + 0.17
        blunt: dict[str, Any] = {"solid_capstyle": "butt", "dash_capstyle": "butt"}
        ends = [100 * line.low, 100 * line.high]
        ax.plot(ends, [place, place], gid=f"interval-{line.null}", **bar, **blunt)
        ax.plot(100 * line.expected, place, gid=f"expected-{line.null}", **expected)
    observed = lines["observed"].iloc[0]
    if pd.isna(observed):
        ax.text(1, row, "nothing to divide by", color=GREY, fontsize=7.5, va="center")
    else:
        ax.plot(100 * observed, row, gid="observed", **_OBSERVED)


def _legend(frame: pd.DataFrame) -> tuple[list[Any], list[str]]:
    from matplotlib.lines import Line2D

    handles: list[Any] = [Line2D([], [], **_OBSERVED)]
    labels = ["found"]
    for null, (bar, expected, label) in _NULLS.items():
        if frame["null"].eq(null).any():
            handles.append((Line2D([], [], **bar), Line2D([], [], **expected)))
            labels.append(label)
    return handles, labels
