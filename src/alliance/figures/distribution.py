"""How scores are spread over the scale, and how many sit at its top."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.errors import AllianceError
from alliance.figures.saving import savable
from alliance.figures.selection import scored_sessions
from alliance.figures.style import COLOURS, INK, PALE, plain, style
from alliance.figures.unit import Unit, one_questionnaire, steps_of, unit_of

_MOST_BINS, _FEWEST_BINS, _USUAL_BINS = 30, 8, 20
_HEIGHT = 0.78


@dataclass(frozen=True, kw_only=True)
class _Bins:
    edges: np.ndarray
    top: float | None  # the highest possible score, which has a bar of its own


@savable
def score_distribution(
    sessions: pd.DataFrame,
    scale: str = "total",
    *,
    score_range: tuple[float, float] | None = None,
    ax=None,
):
    """Draw how the scores of each rater are spread, and how many are the highest possible.

    Parameters
    ----------
    sessions : DataFrame
        Table SESSIONS, of one questionnaire.
    scale : str
    score_range : tuple of float, optional
        Lowest and highest possible score; by default what the instrument says.
    ax : Axes, optional

    Returns
    -------
    Axes
        One row of bars for each rater, in per cent of the rater's scores.

    Raises
    ------
    AllianceError
        If there are no sessions, an unknown scale, or scores of several questionnaires.

    Notes
    -----
    Scores at the highest possible value have a hatched bar of their own, beyond the others.
    They hide falls (a client may feel worse and still tick the top) and shrink their spread,
    so that a rule in units of a client's own SD flags falls of no importance. Where the highest
    possible score is not known, no share is printed.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> sessions = pd.DataFrame({"client": "a", "session": [1, 2, 3, 4], "rater": "client",
    ...     "total": [7.0, 7.0, 5.5, 6.0]})
    >>> ax = score_distribution(sessions, score_range=(1, 7))
    >>> print(ax.texts[0].get_text())
    client
    n = 4 scores
    50 % at the highest score (2)
    >>> plt.close(ax.figure)
    """
    sessions = one_questionnaire(scored_sessions(sessions, scale), scale)
    scored = sessions[sessions[scale].notna()]
    if scored.empty:
        raise AllianceError(f"There is nothing to draw: no session has a {scale} score.")
    unit = unit_of(scored, scale, score_range)
    bins = _bins(scored[scale], unit, steps_of(scored, scale))
    shares = {rater: _shares(part, bins) for rater, part in scored.groupby("rater")[scale]}
    with style():
        ax = ax if ax is not None else _new_axes(len(shares))
        peak = max(share.max() for share in shares.values())
        for row, (rater, share) in enumerate(reversed(shares.items())):
            _draw_bars(ax, row, share / peak * _HEIGHT, bins)
            scores = scored.loc[scored["rater"].eq(rater), scale]
            _write_counts(ax, row, rater, scores, bins)
        _label(ax, len(shares), peak)
        ax.set_xlabel(plain(unit.label, most=60))
        clients = scored["client"].nunique()
        people = f"{clients} client{'' if clients == 1 else 's'}"
        ax.set_title(f"n = {len(scored)} scores of {people}")
    return ax


def _bins(scores: pd.Series, unit: Unit, steps: int | None) -> _Bins:
    low = scores.min() if unit.low is None else min(unit.low, scores.min())
    high = scores.max() if unit.high is None else max(unit.high, scores.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    # As many bins as divide the steps of the scale, so that each holds equally many values.
    fitting = [n for n in range(_FEWEST_BINS, _MOST_BINS + 1) if steps and steps % n == 0]
    edges = np.linspace(low, high, max(fitting, default=_USUAL_BINS) + 1)
    return _Bins(edges=edges, top=unit.high)


def _shares(scores: pd.Series, bins: _Bins) -> np.ndarray:
    """Return per cent of the scores by bin; the last bin is the highest possible score."""
    width = bins.edges[1] - bins.edges[0]
    # A score on an edge belongs to the bin above, whatever the last bit of its mean.
    place = np.floor((scores.to_numpy() - bins.edges[0]) / width + 1e-6).astype(int)
    last = len(bins.edges) - (1 if bins.top is not None else 2)
    return 100 * np.bincount(np.minimum(place, last), minlength=len(bins.edges)) / len(scores)


def _new_axes(raters: int):
    import matplotlib.pyplot as plt

    _, ax = plt.subplots(figsize=(8.0, 1.5 * raters + 1.2), layout="constrained")
    return ax


def _draw_bars(ax, row: int, heights: np.ndarray, bins: _Bins) -> None:
    width = bins.edges[1] - bins.edges[0]
    look = {"edgecolor": INK, "linewidth": 0.5, "width": width, "align": "edge", "bottom": row}
    ax.bar(bins.edges[:-1], heights[:-1], color=COLOURS["sky blue"], gid="bars", **look)
    if bins.top is not None:
        ax.bar(
            bins.edges[-1:],
            heights[-1:],
            color=COLOURS["orange"],
            hatch="////",
            gid="highest score",
            **look,
        )
    ax.axhline(row, color=PALE, linewidth=0.8, zorder=0.5)


def _write_counts(ax, row: int, rater: str, scores: pd.Series, bins: _Bins) -> None:
    lines = [plain(rater, most=24), f"n = {len(scores)} scores"]
    if bins.top is not None:
        highest = int((scores >= bins.top - 1e-6).sum())
        lines.append(f"{100 * highest / len(scores):.0f} % at the highest score ({highest})")
    else:
        lines.append("highest score not known")
    ax.text(
        1.01,
        row + 0.4,
        "\n".join(lines),
        transform=ax.get_yaxis_transform(),
        fontsize=8,
        va="center",
    )


def _label(ax, raters: int, peak: float) -> None:
    rows = range(raters)
    ax.set_yticks(
        [place for row in rows for place in (row, row + _HEIGHT)],
        [label for _ in rows for label in ("0", f"{peak:.0f}")],
    )
    ax.set_ylim(-0.06, raters)
    ax.set_ylabel("share of the rater's scores (%)" if raters > 1 else "share of scores (%)")
