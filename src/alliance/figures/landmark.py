"""After a rupture: repaired and other courses, and how much they would differ without a gain."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from alliance.errors import AllianceError
from alliance.figures.saving import savable
from alliance.figures.style import COLOURS, INK, PALE, plain, style

_GROUPS = ((True, "repaired", "blue", "-", "o"), (False, "not repaired", "vermillion", "--", "s"))
_CHANGES = {
    "improved": (COLOURS["blue"], ""),
    "no reliable change": (PALE, ""),
    "deteriorated": (COLOURS["orange"], "////"),
}


@savable
def against_surrogates(values: Sequence[float], *, observed: float, label: str, ax=None):
    """Draw a number of the study among those of studies without a gain.

    Parameters
    ----------
    values : sequence of float
        Of the surrogate studies; NaN where one could not be tested.
    observed : float
    label : str
        What the number is, with its unit.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    AllianceError
        If no surrogate could be tested.
    """
    values = np.asarray(values, float)
    values = values[np.isfinite(values)]
    if not len(values):
        raise AllianceError("There is nothing to draw: no surrogate study could be tested.")
    with style():
        ax = ax if ax is not None else _new_axes((6.5, 3.4))
        ax.hist(values, bins="auto", color=PALE, edgecolor="white", label="studies without a gain")
        ax.axvline(0, color=INK, linewidth=0.9, linestyle=(0, (3, 2)), label="no difference")
        ax.axvline(observed, color=COLOURS["blue"], linewidth=2, label="this study")
        ax.set_xlabel(plain(label, most=80))
        ax.set_ylabel("surrogate studies")
        ax.set_title(f"n = {len(values)} surrogate studies")
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0)
    return ax


@savable
def before_and_after(clients: pd.DataFrame, *, label: str, ax=None):
    """Draw means before a rupture and after a landmark, of clients with and without repair.

    Parameters
    ----------
    clients : DataFrame
        One row for each client: ``repaired`` by the landmark (True, False), ``before`` and
        ``after``, points.
    label : str
        What was scored.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    with style():
        ax = ax if ax is not None else _new_axes((5.5, 3.4))
        for repaired, name, colour, dashes, marker in _GROUPS:
            part = clients.loc[clients["repaired"] == repaired, ["before", "after"]]
            ax.plot(
                [0, 1],
                part.mean(),
                marker=marker,
                color=COLOURS[colour],
                linestyle=dashes,
                label=f"{name} by the landmark, n = {len(part)}",
            )
        ax.set_xticks([0, 1], ["before the onset", "after the landmark"])
        ax.set_xlim(-0.3, 1.3)
        ax.set_ylabel(f"mean of {plain(label)}, points")
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0)
    return ax


@savable
def reliable_changes(change: pd.DataFrame, *, label: str, ax=None):
    """Draw the share of each kind of history that changed reliably.

    Parameters
    ----------
    change : DataFrame
        One row for each ``kind``, with the clients that ``improved``, ``deteriorated`` or had
        ``no reliable change``.
    label : str
        The outcome.
    ax : Axes, optional

    Returns
    -------
    Axes
        In per cent of the clients of a kind measured twice.

    Raises
    ------
    AllianceError
        If no client was measured twice.
    """
    table = change.set_index("kind")[list(_CHANGES)]
    table = table[table.sum(axis=1) > 0].iloc[::-1]
    if table.empty:
        raise AllianceError("There is nothing to draw: no client was measured twice.")
    share, start = 100 * table.div(table.sum(axis=1), axis=0), 0
    with style():
        ax = ax if ax is not None else _new_axes((7.0, 0.4 * len(table) + 1.6))
        for name, (colour, hatch) in _CHANGES.items():
            look = {"color": colour, "hatch": hatch, "edgecolor": INK, "linewidth": 0.6}
            ax.barh(range(len(share)), share[name], left=start, label=name, **look)
            start = start + share[name]
        labels = [f"{kind}, n = {count:g}" for kind, count in table.sum(axis=1).items()]
        ax.set_yticks(range(len(labels)), labels)
        ax.set_xlabel(f"clients (%), {plain(label)}, first to last score")
        ax.set_xlim(0, 100)
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0)
    return ax


def _new_axes(size: tuple[float, float]):
    import matplotlib.pyplot as plt

    _, ax = plt.subplots(figsize=size, layout="constrained")
    return ax
