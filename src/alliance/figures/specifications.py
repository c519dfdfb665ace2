"""The specification curve: every answer in order, what noise gives behind it, the choices below."""

from __future__ import annotations

import pandas as pd

from alliance.errors import AllianceError, join_names
from alliance.figures.saving import savable
from alliance.figures.style import COLOURS, GREY, INK, PALE, plain, style

COLUMNS = ("estimate_sd", "lower_sd", "upper_sd", "significant")
_MANY = 150
_QUIET = "#ABABAB"


@savable
def specification_curve(
    frame: pd.DataFrame, band: pd.DataFrame | None = None, *, title: str = "", surrogates: int = 0
):
    """Draw the estimates of all specifications in order, above the choices behind each.

    Parameters
    ----------
    frame : DataFrame
        One row for each specification: ``estimate_sd`` (NaN where refused), ``lower_sd``,
        ``upper_sd``, ``significant``, and the axes of choices, as in the frame of
        `alliance.effects.SpecificationCurve`.
    band : DataFrame, optional
        place (from 1), lower, median, upper: where sorted estimates lie without a gain.
    title : str
        Whose scores, and how many clients.
    surrogates : int
        How many studies without gain the band is made of.

    Returns
    -------
    ndarray of two Axes
        The curve, and the choices below it.

    Raises
    ------
    AllianceError
        If columns are missing or no specification has an estimate.

    Notes
    -----
    Filled dots (blue strokes, where there are many) are above zero with p < .05 by themselves,
    hollow ones (pale strokes) are not; the grey band is the middle 95 % of the curves of
    surrogate studies without gain. Axes on which all specifications are alike are left out below.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> frame = pd.DataFrame({"estimate_sd": [0.2, 0.1], "lower_sd": [0.05, -0.1],
    ...     "upper_sd": [0.35, 0.3], "significant": [True, False], "flanks": ["kept", "dropped"]})
    >>> curve, choices = specification_curve(frame)
    >>> [label.get_text() for label in choices.get_yticklabels()]
    ['dropped', 'kept']
    >>> plt.close(curve.figure)
    """
    rows = _checked(frame)
    lines = _lines(rows)
    with style():
        axes = _new_axes(len(lines))
        _curve(axes[0], rows, band, len(frame), title, surrogates)
        _choices(axes[1], rows, lines)
    return axes


def _checked(frame: pd.DataFrame) -> pd.DataFrame:
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise AllianceError(f"The specifications lack {join_names(missing)}.\nTo fix: add them.")
    rows = frame[frame["estimate_sd"].notna()]
    if rows.empty:
        raise AllianceError("There is nothing to draw: no specification has an estimate.")
    return rows.sort_values("estimate_sd", kind="stable", ignore_index=True)


def _lines(rows: pd.DataFrame) -> list[tuple[str, str, pd.Series]]:
    """Return axis, option and which specifications have it, from the top down."""
    from alliance.effects.multiverse_choices import AXES, shown

    lines = []
    for axis in AXES:
        if axis not in rows.columns or rows[axis].nunique(dropna=False) < 2:
            continue
        told = rows[axis].map(shown)
        for option in sorted(rows[axis].unique(), key=lambda value: (pd.isna(value), value)):
            lines.append((AXES[axis], shown(option), told == shown(option)))
    return lines


def _new_axes(lines: int):
    import matplotlib.pyplot as plt

    below = max(0.4, 0.17 * lines)
    _, axes = plt.subplots(
        2,
        1,
        figsize=(7.5, 3.2 + below),
        height_ratios=(2.8, below),
        sharex=True,
        layout="constrained",
    )
    return axes


def _curve(ax, rows: pd.DataFrame, band, asked: int, title: str, surrogates: int) -> None:
    if band is not None and len(band):
        _band(ax, band, surrogates)
    _estimates(ax, rows)
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.set_ylabel("gain for each repair (SD)")
    ax.set_title(
        f"{plain(title, most=60) + ': ' if title else ''}{len(rows):,} of {asked:,} specifications"
    )
    ax.tick_params(axis="x", length=0, labelbottom=False)
    told = ax.legend(loc="upper left", ncols=2, fontsize=7)
    for handle in told.legend_handles[-2:]:
        handle.set_markeredgewidth(max(handle.get_markeredgewidth(), 0.8))
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + 0.18 * (high - low))


def _band(ax, band: pd.DataFrame, surrogates: int) -> None:
    told = f"no gain: middle 95% of {surrogates} surrogate studies"
    ax.fill_between(
        band["place"], band["lower"], band["upper"], color=PALE, linewidth=0, label=told, gid="band"
    )
    # Its edges are drawn once more above the intervals, which would hide it where there are many.
    for edge in ("lower", "upper"):
        ax.plot(band["place"], band[edge], color=_QUIET, linewidth=0.8, zorder=2.5)
    ax.plot(
        band["place"], band["median"], color=GREY, linestyle=(0, (4, 2)), linewidth=1, zorder=2.5,
        label="no gain: median",
    )  # fmt: skip


def _estimates(ax, rows: pd.DataFrame) -> None:
    many = len(rows) > _MANY
    place, alone = rows.index + 1, rows["significant"].to_numpy(bool)
    ax.vlines(
        place, rows["lower_sd"], rows["upper_sd"], color=COLOURS["sky blue"],
        linewidth=0.3 if many else 1, alpha=0.35 if many else 0.8, rasterized=many,
    )  # fmt: skip
    # So many stand side by side that dots would cover each other: strokes, as below.
    dots = {"linestyle": "", "marker": "|" if many else "o", "rasterized": many}
    dots |= {"markersize": 5 if many else 4, "markeredgewidth": 0.3 if many else 0.8}
    ax.plot(
        place[alone], rows["estimate_sd"][alone], color=COLOURS["blue"], zorder=4, gid="alone",
        label="above 0 with p < .05 alone", **dots,
    )  # fmt: skip
    ax.plot(
        place[~alone], rows["estimate_sd"][~alone], color=_QUIET if many else INK, zorder=3, gid="others",
        markerfacecolor="white", label="all others", **dots,
    )  # fmt: skip


def _choices(ax, rows: pd.DataFrame, lines: list) -> None:
    many = len(rows) > _MANY
    for height, (_, _, which) in enumerate(lines):
        alone = (which & rows["significant"]).to_numpy()
        for chosen, colour in ((which.to_numpy() & ~alone, _QUIET), (alone, COLOURS["blue"])):
            ax.plot(
                (rows.index + 1)[chosen], [height] * int(chosen.sum()), "|",
                markersize=6, markeredgewidth=0.3 if many else 1.6, color=colour, rasterized=many,
            )  # fmt: skip
    ax.set_yticks(range(len(lines)), [option for _, option, _ in lines])
    ax.set_ylim(len(lines) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines[["left", "bottom"]].set_visible(False)
    _name_axes(ax, [axis for axis, _, _ in lines])
    ax.set_xlabel("specification, from the lowest estimate to the highest")
    ax.tick_params(axis="x", labelbottom=True)


def _name_axes(ax, names: list[str]) -> None:
    """Write each axis' name once, right of its options, and a line between axes."""
    for name in dict.fromkeys(names):
        first, count = names.index(name), names.count(name)
        ax.annotate(
            name,
            (1.0, first + (count - 1) / 2),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            color=INK,
        )
        if first:
            ax.axhline(first - 0.5, color=PALE, linewidth=0.8)
