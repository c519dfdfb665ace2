"""How often analyses find a benefit of repair where there is none, and where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from alliance.figures.saving import picture
from alliance.figures.selection import require_columns
from alliance.figures.style import COLOURS, GREY, INK, PALE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = ("analysis", "kind", "world", "true_gain", "rate", "replications")
NOMINAL = 0.05
_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


@picture
def error_rates(frame: pd.DataFrame, *, gain: str = "A3d") -> np.ndarray[Any, np.dtype[np.object_]]:
    """Draw the rates of false positives of analyses, and beside them what they find of a gain.

    Parameters
    ----------
    frame : DataFrame
        One row for each analysis and world: ``analysis``; ``kind`` (a word by which analyses
        are grouped and coloured, e.g. usual or calibrated); ``world``; ``true_gain`` (SD, 0 in
        null worlds); ``rate`` (share of studies with p < .05, 0-1); ``replications``. Analyses
        are drawn in the order of the table, from above.
    gain : str
        World with a gain whose rates are drawn on the right.

    Returns
    -------
    ndarray of two Axes
        False positives, and the rate in the world with a gain.

    Raises
    ------
    AllianceError
        If columns are missing.

    Notes
    -----
    Each ring is a null world; the tall mark is their median; the grey band is where 95 % of
    measured rates of a true 5 % test lie. The scale is logarithmic; a rate of 0 is drawn at
    its left end.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> frame = pd.DataFrame({"analysis": ["t-test", "P1"] * 2, "kind": ["usual", "calibrated"] * 2,
    ...     "world": ["N0", "N0", "A3d", "A3d"], "true_gain": [0, 0, 0.3, 0.3],
    ...     "rate": [0.4, 0.05, 0.6, 0.14], "replications": 500})
    >>> false, found = error_rates(frame)
    >>> [label.get_text() for label in false.get_yticklabels()]
    ['t-test', 'P1']
    >>> plt.close(false.figure)
    """
    import matplotlib.pyplot as plt

    require_columns(frame, COLUMNS, "table of rates")
    names = frame["analysis"].drop_duplicates().tolist()
    size = (8.5, 0.8 + 0.27 * len(names))
    widths = {"width_ratios": (3, 1)}
    _, axes = plt.subplots(
        ncols=2, sharey=True, figsize=size, gridspec_kw=widths, layout="constrained"
    )
    _false_positives(axes[0], frame[frame["true_gain"] == 0], names)
    _found(axes[1], frame[frame["world"] == gain], names)
    axes[0].set_yticks(range(len(names)), names)
    axes[0].invert_yaxis()
    return np.asarray(axes)


def _colours(frame: pd.DataFrame) -> dict[str, str]:
    kinds = frame["kind"].drop_duplicates().tolist()
    return dict(zip(kinds, (COLOURS["vermillion"], COLOURS["blue"], INK), strict=False))


def _false_positives(axes: Axes, null: pd.DataFrame, names: list[str]) -> None:
    # Where the share of 95 % of studies' rates lies if the true rate is 5 %.
    count = null["replications"].median()
    reach = 1.96 * np.sqrt(NOMINAL * (1 - NOMINAL) / count)
    axes.axvspan(NOMINAL - reach, NOMINAL + reach, color=PALE, linewidth=0)
    axes.axvline(NOMINAL, color=GREY, linewidth=0.8)
    colours = _colours(null)
    for (name, kind), rows in null.groupby(["analysis", "kind"], sort=False):
        # A rate of 0 has no place on a logarithmic scale, and stands at its end.
        place, rates = names.index(name), rows["rate"].clip(lower=_TICKS[0])
        axes.scatter(
            rates, [place] * len(rates), s=16, facecolors="none", edgecolors=colours[kind], zorder=2
        )
        axes.plot(
            [rates.median()], [place], "|", color=INK, markersize=11, markeredgewidth=1.8, zorder=3
        )
    axes.set_xscale("log")
    axes.set_xlim(_TICKS[0] * 0.93, 1.08)
    axes.set_xticks(_TICKS, [f"{100 * tick:g}" for tick in _TICKS])
    axes.minorticks_off()
    axes.set_xlabel("Studies without any gain that reject at 5 % (%, logarithmic scale)")
    axes.set_title(f"False positives in {null['world'].nunique()} null worlds (rings)")
    axes.grid(axis="y", color=PALE, linewidth=0.5)
    for kind, colour in colours.items():
        axes.scatter([], [], s=16, facecolors="none", edgecolors=colour, label=kind)
    axes.legend(loc="lower right")


def _found(axes: Axes, found: pd.DataFrame, names: list[str]) -> None:
    colours = _colours(found)
    for (name, kind), rows in found.groupby(["analysis", "kind"], sort=False):
        rate = rows["rate"].mean()
        axes.barh(names.index(name), 100 * rate, height=0.55, color=colours[kind])
        axes.text(100 * rate + 2, names.index(name), f"{100 * rate:.0f}", va="center", fontsize=7.5)
    axes.set_xlim(0, 112)
    axes.set_xticks((0, 50, 100))
    axes.set_xlabel("Studies that reject (%)")
    gains = found["true_gain"]
    axes.set_title(f"True gain {gains.iloc[0]:g} SD" if len(gains) else "True gain")
