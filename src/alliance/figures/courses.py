"""Many courses as small pictures, those that need attention first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from alliance.errors import AllianceError, suggest
from alliance.figures.detected import drawable
from alliance.figures.drawing import draw_course, legend_entries
from alliance.figures.looks import Sizes
from alliance.figures.saving import savable
from alliance.figures.selection import (
    OUTCOMES,
    Course,
    courses_of,
    rows_of_clients,
    rows_of_rater,
    scale_to_draw,
    scored_sessions,
    standings,
)
from alliance.figures.style import GREY, plain, style
from alliance.figures.unit import Unit, one_questionnaire, unit_of

ORDERS = ("attention", "client")
_LONG = 30
_LONG_NAME = 14


@savable
def courses(
    sessions: pd.DataFrame,
    found=None,
    *,
    clients: Sequence[str] | None = None,
    rater: str | None = None,
    most: int = 24,
    order: str = "attention",
    scale: str | None = None,
    score_range: tuple[float, float] | None = None,
) -> np.ndarray:
    """Draw many courses on one scale, sorted by what needs attention.

    Parameters
    ----------
    sessions : DataFrame
        Table SESSIONS.
    found : result of `find_ruptures` or `pulse.scan`, optional
    clients : sequence of str, optional
        By default all.
    rater : str, optional
        By default every rater's courses.
    most : int
        The most courses to draw; the title says how many there are.
    order : {"attention", "client"}
        ``attention``: courses with an open rupture first, then unrepaired, repaired, none and
        not judged, the deepest fall first within each. ``client``: by identifier.
    scale : str, optional
        By default the scale searched for ruptures, else ``total``.
    score_range : tuple of float, optional
        Lowest and highest possible score; by default what the instrument says.

    Returns
    -------
    array of Axes
        One for each course, in the order drawn.

    Raises
    ------
    AllianceError
        If there are no sessions, an unknown client, rater, scale or order, or scores of several
        questionnaires.

    Notes
    -----
    All courses share the vertical axis. Each has its own horizontal axis, so that a course of 5
    sessions can be read beside one of 60: equal slopes are not equal speeds.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> sessions = pd.DataFrame({"client": ["a", "a", "b", "b"], "session": [1, 2, 1, 2],
    ...     "rater": "client", "total": [5.0, 4.0, 6.0, 6.1]})
    >>> axes = courses(sessions, score_range=(1, 7))
    >>> [ax.get_title(loc="left") for ax in axes]
    ['a, n = 2', 'b, n = 2']
    >>> plt.close(axes[0].figure)
    """
    if order not in ORDERS:
        raise AllianceError(
            f"Courses cannot be ordered by '{order}'.{suggest(order, ORDERS)}\n"
            "To fix: choose 'attention' or 'client'."
        )
    if most < 1:
        raise AllianceError(f"most must be 1 or more, not {most}.")
    found = drawable(found)
    scale = scale_to_draw(found, scale)
    sessions = scored_sessions(sessions, scale)
    sessions = sessions if clients is None else rows_of_clients(sessions, clients)
    chosen = sessions if rater is None else rows_of_rater(sessions, rater)
    chosen = one_questionnaire(chosen, scale, found)
    unit = unit_of(chosen, scale, score_range)
    scored = chosen[chosen[scale].notna()]
    if scored.empty:
        raise AllianceError(f"There is nothing to draw: no session has a {scale} score.")
    table = _ordered(standings(scored, found), order)
    shown = courses_of(chosen, sessions, found, scale, table.head(most))
    with style():
        axes = _grid(shown, unit)
        _label(axes[0].figure, shown, len(table), unit, order)
    return axes


def _ordered(table: pd.DataFrame, order: str) -> pd.DataFrame:
    table = table.sort_index()
    if order == "client":
        return table
    rank = table["standing"].map(("", *OUTCOMES, "none", "not judged").index)
    keys = table.assign(rank=rank, depth=-table["depth"])
    return table.loc[keys.sort_values(["rank", "depth"], kind="stable").index]


def _grid(shown: Sequence[Course], unit: Unit) -> np.ndarray:
    import matplotlib.pyplot as plt

    across, down, size = _shape(shown)
    _, grid = plt.subplots(
        down, across, figsize=size, sharey=True, squeeze=False, layout="constrained"
    )
    axes = grid.ravel()
    for ax in axes[len(shown) :]:
        ax.remove()
    several = len({course.rater for course in shown}) > 1
    two_lines = several or max(len(course.client) for course in shown) > _LONG_NAME
    axes = axes[: len(shown)]
    for ax, course in zip(axes, shown, strict=True):
        draw_course(ax, course, unit, Sizes.of_many(len(course.scores)))
        _head(ax, course, two_lines, several)
    for ax in axes[-across:]:  # the lowest of each column
        ax.set_xlabel("session number", fontsize=8)
    return axes


def _shape(shown: Sequence[Course]) -> tuple[int, int, tuple[float, float]]:
    """Return panels across and down, and the size in inches: long courses get more width."""
    full = 3 if max(len(course.scores) for course in shown) > _LONG else 4
    across = min(len(shown), full)
    down = -(-len(shown) // across)
    height = 2.2 if down == 1 else 1.75
    return across, down, (max(10.0 * across / full, 4.5), height * down + 1.2)


def _head(ax, course: Course, two_lines: bool, several_raters: bool) -> None:
    rater = f"{plain(course.rater, most=14)}, " if several_raters else ""
    between = "\n" if two_lines else ", "
    name = plain(course.client, most=34)
    ax.set_title(f"{name}{between}{rater}n = {len(course.rated)}", fontsize=8)
    ax.tick_params(labelsize=7)
    if course.episodes is not None and course.standing != "none":
        ax.set_title(course.standing, loc="right", fontsize=7.5, color=GREY)


def _label(figure, shown: Sequence[Course], count: int, unit: Unit, order: str) -> None:
    said = f"{len(shown)} of {count} courses" if count > len(shown) else f"{count} courses"
    said = "1 course" if count == 1 else said
    if order == "attention" and count > 1 and shown[0].episodes is not None:
        said += ", those that need attention first"
    figure.suptitle(said, x=0.01, ha="left", fontsize=10)
    figure.supylabel(plain(unit.label, most=60), fontsize=9)
    handles, labels = legend_entries(shown, Sizes.of_many(1))
    fitting = max(int(figure.get_figwidth() // 1.7), 2)
    figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), fitting))
