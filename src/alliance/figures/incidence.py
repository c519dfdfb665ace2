"""What became of ruptures and of clients: cumulative incidence of each end, and who changed reliably."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from alliance.effects import OutcomeByHistory
from alliance.errors import AllianceError
from alliance.figures.saving import picture
from alliance.figures.selection import require_columns
from alliance.figures.style import COLOURS, INK, PALE, axes_or_new, legend_beside, plain
from alliance.results import draws
from alliance.ruptures import CumulativeIncidence

if TYPE_CHECKING:
    from matplotlib.axes import Axes


COLUMNS = ("cause", "time", "incidence", "low", "high")
_LOOKS = (
    ("blue", "-"),
    ("vermillion", (0, (4, 1.5))),
    ("bluish green", (0, (1, 1.2))),
    ("reddish purple", (0, (6, 1.5, 1, 1.5))),
)


@picture
def incidence(frame: pd.DataFrame, ax: Axes | None = None, *, n: int | None = None) -> Axes:
    """Draw cumulative incidences as steps with bands, one colour and dash for each cause.

    Parameters
    ----------
    frame : DataFrame
        One row for each ``cause`` and ``time`` (sessions since onset): ``incidence`` and the
        ends ``low`` and ``high`` of its interval, proportions 0 to 1; as in the result of
        `alliance.ruptures.incidence.cumulative_incidence`. Four causes at most.
    ax : Axes, optional
    n : int, optional
        Ruptures followed, for the title.

    Returns
    -------
    Axes
        In per cent.

    Raises
    ------
    AllianceError
        If columns are missing, there are no rows or too many causes.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> frame = pd.DataFrame({"cause": "repaired", "time": [0, 1, 2],
    ...     "incidence": [0.0, 0.2, 0.5], "low": [0.0, 0.1, 0.3], "high": [0.0, 0.4, 0.7]})
    >>> ax = incidence(frame)
    >>> ax.get_xlabel()
    'sessions since onset'
    >>> plt.close(ax.figure)
    """
    causes = _checked(frame)
    ax = axes_or_new(ax, 5.5, 3.6)
    for cause, (colour, dashes) in zip(causes, _LOOKS, strict=False):
        rows = frame[frame["cause"] == cause].sort_values("time")
        share = 100 * rows[["incidence", "low", "high"]]
        # A cumulative incidence holds until the next event: steps, not slopes.
        band: dict[str, Any] = {"step": "post", "color": COLOURS[colour], "alpha": 0.15}
        ax.fill_between(rows["time"], share["low"], share["high"], linewidth=0, **band)
        line: dict[str, Any] = {"where": "post", "color": COLOURS[colour], "linestyle": dashes}
        ax.step(rows["time"], share["incidence"], label=cause, **line)
    ax.set(xlabel="sessions since onset", ylabel="ruptures (%)", ylim=(0, 100))
    ax.set_xlim(left=0)
    followed = "" if n is None else f"\nn = {n} first ruptures"
    ax.set_title(f"What became of ruptures{followed}")
    ax.legend(loc="upper left")
    return ax


@draws(CumulativeIncidence)
@picture
def cumulative_incidence(found: CumulativeIncidence, ax: Axes | None = None) -> Axes:
    """Draw the incidence of each cause as `incidence` does."""
    return incidence(found.frame, n=found.ruptures, ax=ax)


def _checked(frame: pd.DataFrame) -> list[str]:
    require_columns(frame, COLUMNS, "table of incidences")
    if frame.empty:
        raise AllianceError("There is nothing to draw: no rupture was followed.")
    causes: list[str] = frame["cause"].unique().tolist()
    if len(causes) > len(_LOOKS):
        raise AllianceError(f"At most {len(_LOOKS)} causes can be drawn, not {len(causes)}.")
    return causes


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
