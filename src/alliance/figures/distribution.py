"""How scores are spread over the scale, and how many sit at its top."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import pandas as pd

from alliance.arrays import Floats
from alliance.course import Choice, Courses
from alliance.errors import AllianceError, join_names
from alliance.figures.saving import picture
from alliance.figures.selection import NOT_SEARCHED, scores_to_draw
from alliance.figures.style import COLOURS, INK, PALE, axes_or_new, plain
from alliance.figures.unit import Unit, steps_of, unit_of
from alliance.tables import SESSIONS, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MAX_BINS, _MIN_BINS, _USUAL_BINS = 30, 8, 20
_HEIGHT = 0.78


@picture
def score_distribution(
    sessions: pd.DataFrame | Courses,
    *,
    score_range: tuple[float, float] | None = None,
    ax: Axes | None = None,
    **choice: Unpack[Choice],
) -> Axes:
    """Draw how the scores of each rater are spread, and how many are the highest possible.

    Parameters
    ----------
    sessions : DataFrame or Courses
        Table SESSIONS.
    ax : Axes, optional
    score_range : tuple of float, optional
        Lowest and highest possible score, where the instrument does not say.
    **choice
        Which scores, as in `alliance.courses`; but where several people rated and none is named,
        each has a row.

    Returns
    -------
    Axes
        One row of bars for each rater, in per cent of the rater's scores.

    Raises
    ------
    AllianceError
        If there are no sessions, or scores must be named that are not.

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
    of_raters = {each.rater: each for each in _by_rater(sessions, choice) if len(each.scores)}
    if not of_raters:
        scale = choice.get("scale", "total")
        raise AllianceError(f"There is nothing to draw: no session has a {scale} score.")
    units = [unit_of(each, score_range) for each in of_raters.values()]
    first = units[0]
    if len({unit.label for unit in units}) > 1:
        raise AllianceError(
            f"The raters' scores cannot share an axis: {join_names(unit.label for unit in units)}.\n"
            "To fix: name one rater, e.g. rater='client'."
        )
    every = np.concatenate([each.points for each in of_raters.values()])
    edges = _edges(every, first, steps_of(next(iter(of_raters.values()))))
    # The highest possible score has a bar of its own.
    top = first.high
    shares = {rater: _shares(each.points, edges, top) for rater, each in of_raters.items()}
    ax = axes_or_new(ax, 8.0, 1.5 * len(units) + 1.2)
    peak = max(share.max() for share in shares.values())
    for row, (rater, share) in enumerate(reversed(shares.items())):
        _draw_bars(ax, row, share / peak * _HEIGHT, edges, top)
        _write_counts(ax, row, of_raters[rater], top)
    _label(ax, len(shares), peak)
    ax.set_xlabel(plain(first.label, max_length=60))
    clients = len({name for each in of_raters.values() for name in each.clients[each.lengths > 0]})
    people = f"{clients} client{'' if clients == 1 else 's'}"
    ax.set_title(f"n = {len(every)} scores of {people}")
    return ax


def _by_rater(sessions: pd.DataFrame | Courses, choice: Choice) -> list[Courses]:
    """Return the scores of the rater named, or of each: side by side, none is preferred."""
    if isinstance(sessions, Courses) or choice.get("rater") is not None:
        return [scores_to_draw(sessions, NOT_SEARCHED, choice)]
    # No rater is taken in silence: without a name each is shown.
    raters = sorted(tidy(sessions, SESSIONS, sort=False)["rater"].unique()) or [None]
    return [scores_to_draw(sessions, NOT_SEARCHED, {**choice, "rater": rater}) for rater in raters]


def _edges(scores: Floats, unit: Unit, steps: int | None) -> Floats:
    low = scores.min() if unit.low is None else min(unit.low, scores.min())
    high = scores.max() if unit.high is None else max(unit.high, scores.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    # As many bins as divide the steps of the scale, so that each holds equally many values.
    fitting = [n for n in range(_MIN_BINS, _MAX_BINS + 1) if steps and steps % n == 0]
    return np.linspace(low, high, max(fitting, default=_USUAL_BINS) + 1)


def _shares(scores: Floats, edges: Floats, top: float | None) -> Floats:
    """Return per cent of the scores by bin; the last bin is the highest possible score."""
    width = edges[1] - edges[0]
    # A score on an edge belongs to the bin above, whatever the last bit of its mean.
    place = np.floor((scores - edges[0]) / width + 1e-6).astype(int)
    last = len(edges) - (1 if top is not None else 2)
    return 100 * np.bincount(np.minimum(place, last), minlength=len(edges)) / len(scores)


def _draw_bars(ax: Axes, row: int, heights: Floats, edges: Floats, top: float | None) -> None:
    width = edges[1] - edges[0]
    look: dict[str, Any] = {"edgecolor": INK, "linewidth": 0.5, "width": width, "bottom": row}
    look["align"] = "edge"
    ax.bar(edges[:-1], heights[:-1], color=COLOURS["sky blue"], gid="bars", **look)
    if top is not None:
        look |= {"color": COLOURS["orange"], "hatch": "////"}
        ax.bar(edges[-1:], heights[-1:], gid="highest score", **look)
    ax.axhline(row, color=PALE, linewidth=0.8, zorder=0.5)


def _write_counts(ax: Axes, row: int, chosen: Courses, top: float | None) -> None:
    scores = chosen.points
    lines = [plain(chosen.rater, max_length=24), f"n = {len(scores)} scores"]
    if top is not None:
        highest = int((scores >= top - 1e-6).sum())
        lines.append(f"{100 * highest / len(scores):.0f} % at the highest score ({highest})")
    else:
        lines.append("highest score not known")
    beside = ax.get_yaxis_transform()
    ax.text(1.01, row + 0.4, "\n".join(lines), transform=beside, fontsize=8, va="center")


def _label(ax: Axes, raters: int, peak: float) -> None:
    rows = range(raters)
    ax.set_yticks(
        [place for row in rows for place in (row, row + _HEIGHT)],
        [label for _ in rows for label in ("0", f"{peak:.0f}")],
    )
    ax.set_ylim(-0.06, raters)
    ax.set_ylabel("share of the rater's scores (%)" if raters > 1 else "share of scores (%)")
