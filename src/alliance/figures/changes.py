"""Who changed reliably: shares of clients by the kind of their history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from alliance.effects import OutcomeByHistory
from alliance.errors import AllianceError
from alliance.figures.saving import picture
from alliance.figures.style import COLOURS, INK, PALE, axes_or_new, legend_beside, plain
from alliance.results import draws

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CHANGES = {
    "improved": (COLOURS["blue"], ""),
    "no reliable change": (PALE, ""),
    "deteriorated": (COLOURS["orange"], "////"),
}


@draws(OutcomeByHistory)
@picture
def outcome_by_history(result: OutcomeByHistory, ax: Axes | None = None) -> Axes:
    """Draw the share of each kind of history that changed reliably."""
    return reliable_changes(result.change, label=result.outcome.name, ax=ax)


@picture
def reliable_changes(change: pd.DataFrame, *, label: str, ax: Axes | None = None) -> Axes:
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
    # The first kind stands on top: bars are drawn from below.
    table = table[table.sum(axis=1) > 0].iloc[::-1]
    if table.empty:
        raise AllianceError("There is nothing to draw: no client was measured twice.")
    share = 100 * table.div(table.sum(axis=1), axis=0)
    start = pd.Series(0.0, index=table.index)
    ax = axes_or_new(ax, 7.0, 0.4 * len(table) + 1.6)
    for name, (colour, hatch) in _CHANGES.items():
        look: dict[str, Any] = {"color": colour, "hatch": hatch, "edgecolor": INK, "linewidth": 0.6}
        ax.barh(range(len(share)), share[name], left=start, label=name, **look)
        start = start + share[name]
    labels = [f"{kind}, n = {count:g}" for kind, count in table.sum(axis=1).items()]
    ax.set_yticks(range(len(labels)), labels)
    ax.set_xlabel(f"clients (%), {plain(label)}, first to last score")
    ax.set_xlim(0, 100)
    legend_beside(ax)
    return ax
