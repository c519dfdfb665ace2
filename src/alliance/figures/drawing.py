"""The marks of a course: scores, limits, episodes and sessions without a rating."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

import numpy as np
import pandas as pd

from alliance.figures.looks import LOOKS, Look, Sizes
from alliance.figures.selection import OUTCOMES, Course
from alliance.figures.style import COLOURS, GREY, INK, PALE
from alliance.figures.unit import Unit

_FEW_TICKS = 12
_HALF = 0.42  # of a session, so that episodes next to each other stay apart


def draw_course(ax, course: Course, unit: Unit, sizes: Sizes) -> None:
    """Draw everything known of a course on `ax`, and set its limits and ticks."""
    draw_limits(ax, course)
    draw_episodes(ax, course, sizes)
    draw_scores(ax, course.scores, sizes)
    draw_flagged(ax, course, sizes)
    draw_unrated(ax, course, sizes)
    _draw_scale_ends(ax, unit)
    _set_sessions(ax, course)


def draw_scores(ax, scores: pd.Series, sizes: Sizes) -> None:
    """Draw scores joined from session to session, dotted across sessions without one."""
    rated = scores.dropna()
    every = rated.reindex(np.arange(rated.index.min(), rated.index.max() + 1))
    ax.plot(
        every.index,
        every,
        color=INK,
        linewidth=sizes.line,
        marker="o",
        markersize=sizes.dot,
        markerfacecolor="white",
        markeredgewidth=0.8,
        zorder=3,
        gid="scores",
    )
    sessions = rated.index.to_numpy()
    for place in np.flatnonzero(np.diff(sessions) > 1):
        ends = slice(place, place + 2)
        ax.plot(
            sessions[ends],
            rated.to_numpy()[ends],
            color=GREY,
            linewidth=sizes.line,
            linestyle=":",
            zorder=2,
            gid="gap",
        )


def draw_beside(ax, scores: pd.Series, sizes: Sizes) -> None:
    """Draw another rater's scores, thin and pale behind."""
    rated = scores.dropna()
    every = rated.reindex(np.arange(rated.index.min(), rated.index.max() + 1))
    ax.plot(every.index, every, gid="beside", **_beside_look(sizes))


def _beside_look(sizes: Sizes) -> dict:
    return {
        "color": COLOURS["reddish purple"],
        "linewidth": sizes.line,
        "linestyle": (0, (4, 2)),
        "marker": "s",
        "markersize": sizes.dot * 0.8,
        "zorder": 1.8,
    }


def draw_flagged(ax, course: Course, sizes: Sizes) -> None:
    """Fill the dots of the sessions that the rule flagged."""
    if course.flags is None:
        return
    flagged = course.rated.reindex(course.flags.index[course.flags["flagged"]]).dropna()
    if len(flagged):
        ax.plot(
            flagged.index,
            flagged,
            linestyle="",
            marker="o",
            color=INK,
            markersize=sizes.dot + 0.6,
            zorder=3.2,
            gid="flagged",
        )


def draw_limits(ax, course: Course) -> None:
    """Draw the level a fall is measured from, and the limit below which it is a rupture."""
    if course.flags is None:
        return
    for name, look in _LIMIT_LOOKS.items():
        if course.flags[name].notna().any():
            ax.plot(*_level_line(course.flags[name]), zorder=1.6, gid=name, **look)


def _level_line(level: pd.Series) -> tuple[np.ndarray, np.ndarray]:
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
    same = np.isclose(heights[1:], heights[:-1]) & (np.diff(sessions) == 1)
    y[:-1, 2][same] = heights[:-1][same]
    return x.ravel(), y.ravel()


_LIMIT_LOOKS = MappingProxyType(
    {
        "reference": {"color": GREY, "linewidth": 0.9, "linestyle": "-"},
        "limit": {"color": COLOURS["blue"], "linewidth": 1.1, "linestyle": (0, (5, 2))},
    }
)


def draw_episodes(ax, course: Course, sizes: Sizes) -> None:
    """Shade each episode from onset to end; mark its low, and its end by the outcome's shape."""
    if course.episodes is None:
        return
    for episode in course.episodes.itertuples():
        look = LOOKS[episode.outcome]
        ax.axvspan(
            episode.onset - _HALF,
            episode.end + _HALF,
            zorder=0.5,
            gid=f"episode-{episode.outcome}",
            **_shade(look),
        )
        _mark_low(ax, episode.low, episode.lowest, sizes)
        end = episode.after if pd.notna(episode.after) else episode.lowest
        ax.plot(episode.end, end, gid=f"end-{episode.outcome}", **_mark(look, sizes))


def _shade(look: Look) -> dict:
    from matplotlib.colors import to_rgba

    pattern = to_rgba(INK, 0.35) if look.hatch else "none"
    return {
        "facecolor": to_rgba(look.colour, 0.3),
        "edgecolor": pattern,
        "hatch": look.hatch,
        "linewidth": 0,
    }


def _mark(look: Look, sizes: Sizes) -> dict:
    return {
        "marker": look.marker,
        "markersize": sizes.mark,
        "color": look.colour,
        "markeredgecolor": INK,
        "markeredgewidth": 0.8,
        "linestyle": "",
        "zorder": 4,
        "clip_on": False,
    }


def _mark_low(ax, session: float, score: float, sizes: Sizes) -> None:
    from matplotlib.transforms import ScaledTranslation

    # Below the dot, because the end of the episode may be marked at the same session.
    down = ScaledTranslation(0, -sizes.mark * 1.15 / 72, ax.figure.dpi_scale_trans)
    ax.plot(
        session,
        score,
        transform=ax.transData + down,
        gid="low",
        **_low_look(sizes),
    )


def _low_look(sizes: Sizes) -> dict:
    return {
        "marker": "v",
        "markersize": sizes.mark * 0.6,
        "color": INK,
        "linestyle": "",
        "zorder": 4,
        "clip_on": False,
    }


def draw_unrated(ax, course: Course, sizes: Sizes) -> None:
    """Mark on the axis the sessions for which there is no score."""
    if len(course.unrated):
        ax.plot(
            course.unrated,
            np.zeros(len(course.unrated)),
            transform=ax.get_xaxis_transform(),
            gid="unrated",
            **_unrated_look(sizes),
        )


def _unrated_look(sizes: Sizes) -> dict:
    return {
        "marker": "x",
        "markersize": max(sizes.mark * 0.6, 3.0),
        "markeredgewidth": 1.1,
        "color": INK,
        "linestyle": "",
        "zorder": 5,
        "clip_on": False,
    }


def _draw_scale_ends(ax, unit: Unit) -> None:
    if unit.low is None:
        ax.margins(y=0.12)
        return
    room = 0.08 * (unit.high - unit.low)
    ax.set_ylim(unit.low - room, unit.high + room)
    for end in (unit.low, unit.high):
        ax.axhline(end, color=PALE, linewidth=0.8, zorder=0.2, gid="scale end")


def _set_sessions(ax, course: Course) -> None:
    from matplotlib.ticker import FixedLocator, MaxNLocator

    every = np.union1d(course.scores.index, course.missed)
    first, last = every.min(), every.max()
    ax.set_xlim(first - 0.7, last + 0.7)
    if last - first < _FEW_TICKS:
        ax.xaxis.set_major_locator(FixedLocator(every))
    else:
        ax.xaxis.set_major_locator(MaxNLocator(nbins=9, steps=[1, 2, 5, 10], integer=True))


def legend_entries(courses: Iterable[Course], sizes: Sizes, beside: str = "") -> tuple[list, list]:
    """Return handles and labels for what the courses show, and nothing else."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    courses = list(courses)
    entries = {"score": Line2D([], [], color=INK, marker="o", mfc="white", ms=sizes.dot)}
    if beside:
        entries[f"rated by {beside}"] = Line2D([], [], **_beside_look(sizes))
    flags = [course.flags for course in courses if course.flags is not None]
    for name, look in _LIMIT_LOOKS.items():
        if any(part[name].notna().any() for part in flags):
            entries[name] = Line2D([], [], **look)
    if any(part["flagged"].any() for part in flags):
        entries["flagged session"] = Line2D([], [], color=INK, marker="o", ls="", ms=sizes.dot)
    outcomes = {o for c in courses if c.episodes is not None for o in c.episodes["outcome"]}
    if outcomes:
        entries["low of a rupture"] = Line2D([], [], **_low_look(sizes))
    for outcome in [name for name in OUTCOMES if name in outcomes]:
        look = LOOKS[outcome]
        entries[f"{outcome} rupture"] = (
            Patch(**_shade(look)),
            Line2D([], [], **_mark(look, sizes)),
        )
    if any(len(course.unrated) for course in courses):
        entries["session not rated"] = Line2D([], [], **_unrated_look(sizes))
    return list(entries.values()), list(entries)
