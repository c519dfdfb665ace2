"""The marks of a course: scores, limits, episodes and sessions without a rating."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from alliance.figures.selection import OUTCOMES, Course
from alliance.figures.style import COLOURS, GREY, INK, PALE
from alliance.figures.unit import Unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, kw_only=True)
class Look:
    """How one outcome of an episode looks: colour, shape and pattern each tell it alone."""

    colour: str
    marker: str
    hatch: str


LOOKS = MappingProxyType(
    {
        "repaired": Look(colour=COLOURS["sky blue"], marker="^", hatch=""),
        "unrepaired": Look(colour=COLOURS["vermillion"], marker="X", hatch="////"),
        "open": Look(colour=COLOURS["yellow"], marker="D", hatch="...."),
    }
)
# From so many sessions on, marks of the usual size would touch.
_MANY = 24


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Sizes of marks in points, chosen for the room that each session has."""

    dot: float
    mark: float
    line: float

    @classmethod
    def of_one(cls, sessions: int) -> Sizes:
        """Sizes for a picture of its own."""
        small = sessions > _MANY
        return cls(dot=3.2 if small else 5.0, mark=7.0 if small else 9.0, line=1.2)

    @classmethod
    def of_many(cls, sessions: int) -> Sizes:
        """Sizes for a small picture among many."""
        small = sessions > _MANY
        return cls(dot=1.6 if small else 2.8, mark=5.0 if small else 5.5, line=0.8)


_FEW_TICKS = 12
_HALF = 0.42  # of a session, so that episodes next to each other stay apart
_LIMIT_LOOKS: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
        "reference": {"color": GREY, "linewidth": 0.9, "linestyle": "-"},
        "limit": {"color": COLOURS["blue"], "linewidth": 1.1, "linestyle": (0, (5, 2))},
    }
)


def draw_course(ax: Axes, course: Course, unit: Unit, sizes: Sizes) -> None:
    """Draw everything known of a course on `ax`, and set its limits and ticks."""
    _draw_limits(ax, course)
    _draw_episodes(ax, course, sizes)
    _draw_scores(ax, course.scores, sizes)
    _draw_flagged(ax, course, sizes)
    _draw_unrated(ax, course, sizes)
    _draw_scale_ends(ax, unit)
    _set_sessions(ax, course)


def draw_beside(ax: Axes, scores: pd.Series, sizes: Sizes) -> None:
    """Draw another rater's scores, thin and pale behind."""
    every = _with_gaps(scores)
    ax.plot(every.index, every, gid="beside", **_beside_look(sizes))


def _with_gaps(scores: pd.Series) -> pd.Series:
    """Return the scores at every session number between the first and the last that is rated."""
    rated = scores.dropna()
    return rated.reindex(np.arange(rated.index.min(), rated.index.max() + 1))


def _draw_scores(ax: Axes, scores: pd.Series, sizes: Sizes) -> None:
    """Draw scores joined from session to session, dotted across sessions without one."""
    every = _with_gaps(scores)
    look: dict[str, Any] = {"color": INK, "linewidth": sizes.line}
    dots: dict[str, Any] = {"marker": "o", "ms": sizes.dot, "mfc": "white"}
    ax.plot(every.index, every, markeredgewidth=0.8, zorder=3, gid="scores", **look, **dots)
    rated = scores.dropna()
    sessions = rated.index.to_numpy()
    for place in np.flatnonzero(np.diff(sessions) > 1):
        ends = slice(place, place + 2)
        gap = {**look, "color": GREY, "linestyle": ":"}
        ax.plot(sessions[ends], rated.to_numpy()[ends], zorder=2, gid="gap", **gap)


def _beside_look(sizes: Sizes) -> dict[str, Any]:
    line = {"color": COLOURS["reddish purple"], "linewidth": sizes.line, "linestyle": (0, (4, 2))}
    return {**line, "marker": "s", "markersize": sizes.dot * 0.8, "zorder": 1.8}


def _draw_flagged(ax: Axes, course: Course, sizes: Sizes) -> None:
    """Fill the dots of the sessions that the rule flagged."""
    flagged = course.rated.reindex(course.flags.index[course.flags["flagged"]]).dropna()
    if len(flagged):
        dots: dict[str, Any] = {"ls": "", "marker": "o", "color": INK, "ms": sizes.dot + 0.6}
        ax.plot(flagged.index, flagged, zorder=3.2, gid="flagged", **dots)


def _draw_limits(ax: Axes, course: Course) -> None:
    """Draw the level a fall is measured from, and the limit below which it is a rupture."""
    for name, look in _LIMIT_LOOKS.items():
        if course.flags[name].notna().any():
            ax.plot(*_level_line(course.flags[name]), zorder=1.6, gid=name, **look)


def _level_line(level: pd.Series) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return a line of a level by session, broken where it changes or is not known.

    A level holds for its session only: a slope between two levels would show what never was. One
    that is the same in the whole course is drawn through it.
    """
    level = level.dropna()
    sessions, heights = level.index.to_numpy(float), level.to_numpy()
    if np.allclose(heights, heights[0]):
        return np.array([sessions[0] - 0.5, sessions[-1] + 0.5]), heights[[0, -1]]
    x = np.column_stack([sessions - 0.5, sessions + 0.5, sessions + 0.5])
    y = np.column_stack([heights, heights, np.full(len(level), np.nan)])
    # The third point of a session breaks the line (NaN), but where the next one has the same level.
    same = np.isclose(heights[1:], heights[:-1]) & (np.diff(sessions) == 1)
    y[:-1, 2][same] = heights[:-1][same]
    return x.ravel(), y.ravel()


def _draw_episodes(ax: Axes, course: Course, sizes: Sizes) -> None:
    """Shade each episode from onset to end; mark its low, and its end by the outcome's shape."""
    for episode in course.episodes.itertuples():
        look = LOOKS[episode.outcome]
        left, right = episode.onset - _HALF, episode.end + _HALF
        ax.axvspan(left, right, zorder=0.5, gid=f"episode-{episode.outcome}", **_shade(look))
        _mark_low(ax, episode.low, episode.lowest, sizes)
        end = episode.after if pd.notna(episode.after) else episode.lowest
        ax.plot(episode.end, end, gid=f"end-{episode.outcome}", **_mark(look, sizes))


def _shade(look: Look) -> dict[str, Any]:
    from matplotlib.colors import to_rgba

    pattern = to_rgba(INK, 0.35) if look.hatch else "none"
    fill = to_rgba(look.colour, 0.3)
    return {"facecolor": fill, "edgecolor": pattern, "hatch": look.hatch, "linewidth": 0}


def _mark(look: Look, sizes: Sizes) -> dict[str, Any]:
    edge = {"markeredgecolor": INK, "markeredgewidth": 0.8}
    return _alone(look.marker, sizes.mark, look.colour, zorder=4) | edge


def _alone(marker: str, size: float, colour: str, **more: Any) -> dict[str, Any]:
    """Return the look of a mark without a line, drawn whole at the edge of the axes too."""
    look = {"marker": marker, "markersize": size, "color": colour}
    return {**look, "linestyle": "", "clip_on": False, **more}


def _mark_low(ax: Axes, session: float, score: float, sizes: Sizes) -> None:
    from matplotlib.transforms import ScaledTranslation

    # Below the dot, because the end of the episode may be marked at the same session.
    down = ScaledTranslation(0, -sizes.mark * 1.15 / 72, ax.figure.dpi_scale_trans)
    ax.plot(session, score, transform=ax.transData + down, gid="low", **_low_look(sizes))


def _low_look(sizes: Sizes) -> dict[str, Any]:
    return _alone("v", sizes.mark * 0.6, INK, zorder=4)


def _draw_unrated(ax: Axes, course: Course, sizes: Sizes) -> None:
    """Mark on the axis the sessions for which there is no score."""
    if len(course.unrated):
        ground: dict[str, Any] = {"transform": ax.get_xaxis_transform(), "gid": "unrated"}
        ax.plot(course.unrated, np.zeros(len(course.unrated)), **ground, **_unrated_look(sizes))


def _unrated_look(sizes: Sizes) -> dict[str, Any]:
    return _alone("x", max(sizes.mark * 0.6, 3.0), INK, zorder=5, markeredgewidth=1.1)


def _draw_scale_ends(ax: Axes, unit: Unit) -> None:
    if unit.low is None or unit.high is None:
        ax.margins(y=0.12)
        return
    # The whole scale is shown, so that a small dip looks small.
    room = 0.08 * (unit.high - unit.low)
    ax.set_ylim(unit.low - room, unit.high + room)
    for end in (unit.low, unit.high):
        ax.axhline(end, color=PALE, linewidth=0.8, zorder=0.2, gid="scale end")


def _set_sessions(ax: Axes, course: Course) -> None:
    from matplotlib.ticker import FixedLocator, MaxNLocator

    every = np.union1d(course.scores.index, course.missed)
    first, last = every.min(), every.max()
    ax.set_xlim(first - 0.7, last + 0.7)
    if last - first < _FEW_TICKS:
        ax.xaxis.set_major_locator(FixedLocator(every.tolist()))
    else:
        ax.xaxis.set_major_locator(MaxNLocator(nbins=9, steps=[1, 2, 5, 10], integer=True))


def legend_entries(
    courses: Iterable[Course], sizes: Sizes, beside: str = ""
) -> tuple[list[Any], list[str]]:
    """Return handles and labels for what the courses show, and nothing else."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    def line(**look: Any) -> Line2D:
        return Line2D([], [], **look)

    courses = list(courses)
    entries: dict[str, Any] = {"score": line(color=INK, marker="o", mfc="white", ms=sizes.dot)}
    if beside:
        entries[f"rated by {beside}"] = line(**_beside_look(sizes))
    for name, look in _LIMIT_LOOKS.items():
        if any(course.flags[name].notna().any() for course in courses):
            entries[name] = line(**look)
    if any(course.flags["flagged"].any() for course in courses):
        entries["flagged session"] = line(color=INK, marker="o", ls="", ms=sizes.dot)
    outcomes = {outcome for course in courses for outcome in course.episodes["outcome"]}
    if outcomes:
        entries["low of a rupture"] = line(**_low_look(sizes))
    for outcome in [name for name in OUTCOMES if name in outcomes]:
        own = LOOKS[outcome]
        entries[f"{outcome} rupture"] = (Patch(**_shade(own)), line(**_mark(own, sizes)))
    if any(len(course.unrated) for course in courses):
        entries["session not rated"] = line(**_unrated_look(sizes))
    return list(entries.values()), list(entries)
