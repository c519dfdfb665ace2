"""Many courses as small pictures, those that need attention first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import pandas as pd

from alliance.checks import check_choice, check_integer
from alliance.course import Choice, Courses
from alliance.errors import AllianceError
from alliance.figures.drawing import Sizes, draw_course, legend_entries
from alliance.figures.saving import picture
from alliance.figures.selection import (
    OUTCOMES,
    Course,
    courses_of,
    findings_of,
    known_clients,
    scores_to_draw,
    standings,
)
from alliance.figures.style import GREY, plain
from alliance.figures.unit import Unit, unit_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ORDERS = ("attention", "client")
# Sessions from which a course needs the width of a third of the page.
_LONG = 30
_LONG_NAME = 14


@picture
def courses(
    sessions: pd.DataFrame | Courses,
    found: Any = None,
    *,
    clients: Sequence[str] | None = None,
    max_courses: int = 24,
    order: str = "attention",
    score_range: tuple[float, float] | None = None,
    **choice: Unpack[Choice],
) -> np.ndarray[Any, np.dtype[np.object_]]:
    """Draw many courses on one scale, sorted by what needs attention.

    Parameters
    ----------
    sessions : DataFrame or Courses
        Table SESSIONS.
    found : result of `find_ruptures` or `find_pulses`, optional
    clients : sequence of str, optional
        By default all.
    max_courses : int
        The most courses to draw; the title says how many there are.
    order : {"attention", "client"}
        ``attention``: courses with an open rupture first, then unrepaired, repaired, none and
        not judged, the deepest fall first within each. ``client``: by identifier.
    score_range : tuple of float, optional
        Lowest and highest possible score; by default what the instrument says.
    **choice
        Which scores, as in `alliance.courses`; by default those that were searched.

    Returns
    -------
    array of Axes
        One for each course, in the order drawn.

    Raises
    ------
    AllianceError
        If there are no sessions, an unknown client or order, or scores must be named that are not.

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
    check_choice(order, ORDERS, "order")
    check_integer(max_courses, "max_courses", 1)
    findings = findings_of(found)
    chosen = scores_to_draw(sessions, findings, choice)
    unit = unit_of(chosen, score_range)
    # A client whose forms were never scored has no course to draw.
    scored = dict.fromkeys(chosen.clients[chosen.lengths > 0])
    if not scored:
        raise AllianceError(f"There is nothing to draw: no session has a {chosen.scale} score.")
    wanted = scored if clients is None else set(known_clients(chosen, clients))
    table = standings([client for client in scored if client in wanted], findings)
    table = _ordered(table, order)
    shown = courses_of(chosen, sessions, findings, table["standing"].head(max_courses))
    axes = _grid(shown, unit)
    _label(axes[0].figure, shown, len(table), unit, order)
    return axes


def _ordered(table: pd.DataFrame, order: str) -> pd.DataFrame:
    table = table.sort_index()
    if order == "client":
        return table
    # What is open can still be talked about: it comes first.
    rank = table["standing"].map(("", *OUTCOMES, "none", "not judged").index)
    keys = table.assign(rank=rank, depth=-table["depth"])
    return table.loc[keys.sort_values(["rank", "depth"], kind="stable").index]


def _grid(shown: Sequence[Course], unit: Unit) -> np.ndarray[Any, np.dtype[np.object_]]:
    import matplotlib.pyplot as plt

    across, down, size = _shape(shown)
    _, grid = plt.subplots(
        down, across, figsize=size, sharey=True, squeeze=False, layout="constrained"
    )
    every = grid.ravel()
    for ax in every[len(shown) :]:
        ax.remove()
    axes = every[: len(shown)]
    two_lines = max(len(course.client) for course in shown) > _LONG_NAME
    for ax, course in zip(axes, shown, strict=True):
        draw_course(ax, course, unit, Sizes.of_many(len(course.scores)))
        _head(ax, course, two_lines)
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


def _head(ax: Axes, course: Course, two_lines: bool) -> None:
    between = "\n" if two_lines else ", "
    ax.set_title(
        f"{plain(course.client, max_length=34)}{between}n = {len(course.rated)}", fontsize=8
    )
    ax.tick_params(labelsize=7)
    if course.standing != "none":
        ax.set_title(course.standing, loc="right", fontsize=7.5, color=GREY)


def _label(figure: Figure, shown: Sequence[Course], count: int, unit: Unit, order: str) -> None:
    title = f"{len(shown)} of {count} courses" if count > len(shown) else f"{count} courses"
    title = "1 course" if count == 1 else title
    if order == "attention" and count > 1 and shown[0].standing:
        title += ", those that need attention first"
    figure.suptitle(title, x=0.01, ha="left", fontsize=10)
    figure.supylabel(plain(unit.label, max_length=60), fontsize=9)
    handles, labels = legend_entries(shown, Sizes.of_many(1))
    # An entry of the legend takes 1.7 inches.
    fitting = max(int(figure.get_figwidth() // 1.7), 2)
    figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), fitting))
