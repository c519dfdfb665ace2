"""What carries a gain: the estimate without each client, in turn."""

from __future__ import annotations

import pandas as pd

from alliance.errors import AllianceError, join_names
from alliance.figures.saving import savable
from alliance.figures.style import COLOURS, INK, PALE, plain, style

COLUMNS = ("client", "share", "without")
_CARRIES = 1e-6


@savable
def gain(
    frame: pd.DataFrame,
    *,
    estimate: float,
    interval: tuple[float, float],
    scale: str,
    confidence: float = 0.95,
    ax=None,
):
    """Draw a gain for each repair with its interval, and what it would be without each client.

    Parameters
    ----------
    frame : DataFrame
        One row for each ``client``: ``share`` of the client in what identifies the gain (0 to
        1), and the gain ``without`` the client, points. Clients without a share are left out.
    estimate : float
        Points of the scale.
    interval : tuple of float
    scale : str
    confidence : float
        Of the interval, 0-1.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    AllianceError
        If columns are missing or nobody carries the gain.

    Notes
    -----
    A gain that leaves the interval when one client is left out rests on that client.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> frame = pd.DataFrame({"client": ["a", "b"], "share": [0.7, 0.3], "without": [0.1, 0.3]})
    >>> ax = gain(frame, estimate=0.2, interval=(-0.1, 0.5), scale="total")
    >>> ax.get_ylabel()
    'gain for each repair, points of total'
    >>> plt.close(ax.figure)
    """
    carrying = _checked(frame)
    places = range(1, len(carrying) + 1)
    with style():
        ax = ax if ax is not None else _new_axes()
        ax.axhspan(*interval, color=PALE, alpha=0.6, label=f"{100 * confidence:g}% interval")
        ax.axhline(estimate, color=INK, linewidth=1.4, label="gain of all")
        ax.axhline(0, color=INK, linewidth=0.9, linestyle=(0, (3, 2)), label="no gain")
        ax.scatter(
            places,
            carrying["without"],
            s=12 + 400 * carrying["share"],
            color=COLOURS["sky blue"],
            edgecolor=INK,
            linewidth=0.7,
            label="without one client",
            zorder=3,
        )
        ax.set_xlabel("client left out, sorted (larger dot: larger share in the evidence)")
        ax.set_ylabel(f"gain for each repair, points of {plain(scale)}")
        ax.set_xticks([])
        ax.set_xlim(0.2, len(carrying) + 0.8)
        ax.set_title(f"Gain for each repaired rupture\nn = {len(carrying)} clients carry it")
        legend = ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0)
        legend.legend_handles[-1].set_sizes([40])
    return ax


def _checked(frame: pd.DataFrame) -> pd.DataFrame:
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise AllianceError(f"The table of clients lacks {join_names(missing)}.\nTo fix: add them.")
    carrying = frame[frame["share"] > _CARRIES].sort_values("without")
    if carrying.empty:
        raise AllianceError("There is nothing to draw: no client carries the gain.")
    return carrying


def _new_axes():
    import matplotlib.pyplot as plt

    _, ax = plt.subplots(figsize=(7.0, 3.6), layout="constrained")
    return ax
