"""What became of ruptures: cumulative incidence of each end, over sessions since onset."""

from __future__ import annotations

import pandas as pd

from alliance.errors import AllianceError, join_names
from alliance.figures.saving import savable
from alliance.figures.style import COLOURS, style

COLUMNS = ("cause", "time", "incidence", "low", "high")
_LOOKS = (
    ("blue", "-"),
    ("vermillion", (0, (4, 1.5))),
    ("bluish green", (0, (1, 1.2))),
    ("reddish purple", (0, (6, 1.5, 1, 1.5))),
)


@savable
def incidence(frame: pd.DataFrame, ax=None, *, n: int | None = None):
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
    with style():
        ax = ax if ax is not None else _new_axes()
        for cause, (colour, dashes) in zip(causes, _LOOKS, strict=False):
            rows = frame[frame["cause"] == cause].sort_values("time")
            share = 100 * rows[["incidence", "low", "high"]]
            ax.fill_between(
                rows["time"],
                share["low"],
                share["high"],
                step="post",
                color=COLOURS[colour],
                alpha=0.15,
                linewidth=0,
            )
            ax.step(
                rows["time"],
                share["incidence"],
                where="post",
                color=COLOURS[colour],
                linestyle=dashes,
                label=cause,
            )
        ax.set(xlabel="sessions since onset", ylabel="ruptures (%)", ylim=(0, 100))
        ax.set_xlim(left=0)
        followed = "" if n is None else f"\nn = {n} first ruptures"
        ax.set_title(f"What became of ruptures{followed}")
        ax.legend(loc="upper left")
    return ax


def _checked(frame: pd.DataFrame) -> list[str]:
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise AllianceError(
            f"The table of incidences lacks {join_names(missing)}.\nTo fix: add them."
        )
    if frame.empty:
        raise AllianceError("There is nothing to draw: no rupture was followed.")
    causes = frame["cause"].unique().tolist()
    if len(causes) > len(_LOOKS):
        raise AllianceError(f"At most {len(_LOOKS)} causes can be drawn, not {len(causes)}.")
    return causes


def _new_axes():
    import matplotlib.pyplot as plt

    _, ax = plt.subplots(figsize=(5.5, 3.6), layout="constrained")
    return ax
