"""How far rules, sources and raters agree, as a heat-map or beside what chance gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from alliance.arrays import Floats
from alliance.checks import check_choice
from alliance.compare import LogAgreement, RaterComparison, RuleComparison, SourceAgreement
from alliance.errors import AllianceError
from alliance.figures.saving import picture
from alliance.figures.style import COLOURS, GREY, INK, PALE, axes_or_new, lightness, plain
from alliance.results import bounded, draws

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_DARK = 50.0  # black and white are equally far from this lightness


@picture
def agreement_heatmap(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    judged: pd.DataFrame | None = None,
    between: str = "rules",
) -> Axes:
    """Draw how far each rule agrees with each other rule.

    Parameters
    ----------
    frame : DataFrame
        Square, rules by rules in the same order: Cohen's kappa, -1 to 1; NaN where it is not
        defined, as when neither rule flags anything.
    ax : Axes, optional
    judged : DataFrame, optional
        In the same form the cases judged by both rules, for the title.
    between : str
        What they are, for the title.

    Returns
    -------
    Axes

    Raises
    ------
    AllianceError
        If the frame is empty or not square, its rows and columns differ, or numbers lie
        outside -1 to 1.

    Notes
    -----
    Darker is more agreement; every cell carries its number, and values of 0 and less share the
    palest shade. Kappa corrects for chance, not for rules that share a part.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> rules = ["own mean", "drop"]
    >>> ax = agreement_heatmap(pd.DataFrame([[1, 0.4], [0.4, 1]], index=rules, columns=rules))
    >>> [text.get_text() for text in ax.texts]
    ['1', '.40', '.40', '1']
    >>> plt.close(ax.figure)
    """
    values = _checked(frame)
    names = [plain(name, max_length=32) for name in frame.index]
    size = max(3.2, 0.5 * len(names) + 1.2)
    ax = axes_or_new(ax, size + 1.2, size)
    image = ax.imshow(np.clip(values, 0, 1), cmap="Blues", vmin=0, vmax=1)
    ax.set_facecolor(PALE)
    ax.set_xticks(range(len(names)), names, rotation=40, ha="right", rotation_mode="anchor")
    ax.set_yticks(range(len(names)), names)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    _write_numbers(ax, values, image)
    ax.set_title(f"Agreement between {between} (Cohen's kappa){_count(judged)}")
    bar = ax.figure.colorbar(image, ax=ax, shrink=0.7, pad=0.02)
    bar.set_label("kappa (0 and below: palest)")
    bar.outline.set_visible(False)
    return ax


@draws(RuleComparison)
@picture
def rule_agreement(result: RuleComparison, ax: Axes | None = None, *, by: str = "sessions") -> Axes:
    """Draw how far each rule agrees with each other rule on the same sessions or clients (`by`)."""
    agreement = getattr(result, check_choice(by, ("sessions", "clients"), "by"))
    return agreement_heatmap(agreement.kappa, judged=agreement.judged, ax=ax)


@draws(SourceAgreement)
@picture
def source_agreement(result: SourceAgreement, ax: Axes | None = None) -> Axes:
    """Draw how far client, therapist and observer agree on sessions with a rupture."""
    names = sorted({*result.frame["first"], *result.frame["second"]})
    table = pd.DataFrame(np.eye(len(names)), index=names, columns=names)
    for row in result.frame.itertuples():
        table.loc[row.first, row.second] = table.loc[row.second, row.first] = row.kappa
    return agreement_heatmap(table, between="sources", ax=ax)


def _count(judged: pd.DataFrame | None) -> str:
    if judged is None or len(judged) < 2:
        return ""
    # The diagonal is a rule with itself, and says nothing of two.
    both = judged.to_numpy()[~np.eye(len(judged), dtype=bool)]
    n = f"{both.min()}" if both.min() == both.max() else f"{both.min()}–{both.max()}"
    return f"\nn = {n} judged by both"


def _checked(frame: pd.DataFrame) -> Floats:
    if frame.empty:
        raise AllianceError("There is nothing to draw: the table of agreement is empty.")
    if list(frame.index) != list(frame.columns):
        raise AllianceError(
            "The table of agreement must have the same rules as rows and columns, in one order."
        )
    values: Floats = frame.to_numpy(float, na_value=np.nan)
    # Kappa of 1 can be computed a last bit above.
    if (np.abs(values) > 1 + 1e-9).any():
        raise AllianceError("Kappa lies between -1 and 1; the table of agreement goes beyond.")
    return values


def _write_numbers(ax: Axes, values: Floats, image: Any) -> None:
    from matplotlib.colors import to_hex

    for (row, column), value in np.ndenumerate(values):
        shade = PALE if np.isnan(value) else to_hex(image.to_rgba(np.clip(value, 0, 1)))
        ink = "white" if lightness(shade) < _DARK else "black"
        ax.text(column, row, _number(value), ha="center", va="center", fontsize=8, color=ink)


def _number(value: float) -> str:
    if np.isnan(value):
        return "–"
    text = bounded(value)
    return text.removesuffix(".00") if text.endswith("1.00") else text


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
        [
            f"{row.level}: {_NAMES.get(row.measure, row.measure)} (n = {row.of:,})"
            for row in frame.itertuples()
        ],
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
