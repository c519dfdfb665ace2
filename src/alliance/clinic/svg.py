"""Small drawings as inline SVG: no file, no library, in the colours of the page they stand in."""

from collections.abc import Callable, Sequence
from html import escape

import numpy as np
import pandas as pd
from numpy.typing import NDArray

WIDTH, HEIGHT, EDGE = 260, 72, 8


def course_svg(
    sessions: Sequence[int],
    scores: Sequence[float],
    inside: Sequence[bool],
    expected: Sequence[float],
    *,
    ends: tuple[float, float],
    says: str,
    session: Callable[[int], str] | None = None,
    limit: Sequence[float] | None = None,
) -> str:
    """Draw one client's course: scores, own level, sessions in a rupture.

    `sessions`: rising; a number left out breaks the line. `inside`: sessions in a rupture are drawn
    as filled squares, others as small dots, the last in a ring. `expected`: the client's own level;
    NaN where it is not known. `ends`: ends of the axis of scores, low and high. `says`: what the
    drawing shows, for readers who cannot see it. `session`: names a session; then the drawing has
    an axis, for a page of its own. `limit`: below it (or above, where a rise is for the worse) lies
    what a rule calls a rupture. Returns an ``svg`` element; texts are escaped.
    """
    large, (low, high) = session is not None, ends
    width, height = (640, 220) if large else (WIDTH, HEIGHT)
    left, bottom = (34, 26) if large else (EDGE, EDGE)
    first, last = sessions[0], max(sessions[-1], sessions[0] + 1)
    x = left + (np.asarray(sessions, float) - first) / (last - first) * (width - left - EDGE)
    scale = (height - EDGE - bottom) / (high - low if high > low else 1.0)
    y = EDGE + (high - np.asarray(scores, float)) * scale
    level = EDGE + (high - np.asarray(expected, float)) * scale
    parts = [_begin("course", width, height, says)]
    if session is not None:
        names = (session(first), session(last))
        parts += _axes(names, ends, left, bottom, (width, height))
    parts.append(_line(x, level, np.zeros(len(x), bool), "level"))
    if limit is not None:
        edge = EDGE + (high - np.clip(np.asarray(limit, float), low, high)) * scale
        parts.append(_line(x, edge, np.zeros(len(x), bool), "limit"))
    parts.append(_line(x, y, np.diff(sessions, prepend=first) > 1, "scores"))
    parts += [
        f'<rect class="in" x="{a - 3:.1f}" y="{b - 3:.1f}" width="6" height="6"/>'
        if hit
        else f'<circle class="out" cx="{a:.1f}" cy="{b:.1f}" r="1.8"/>'
        for a, b, hit in zip(x, y, inside, strict=True)
    ]
    parts.append(f'<circle class="ring" cx="{x[-1]:.1f}" cy="{y[-1]:.1f}" r="5.5"/>')
    return "".join([*parts, "</svg>"])


def _begin(name: str, width: int, height: int, says: str) -> str:
    return f'<svg class="{name}" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(says)}">'


def _line(
    x: NDArray[np.float64], y: NDArray[np.float64], breaks: NDArray[np.bool_], name: str
) -> str:
    """Return a path through the points, lifted at breaks and where there is no value."""
    steps, down = [], False
    for a, b, lifted in zip(x, y, breaks, strict=True):
        if np.isnan(b):
            down = False
            continue
        steps.append(f"{'L' if down and not lifted else 'M'}{a:.1f} {b:.1f}")
        down = True
    return f'<path class="{name}" d="{"".join(steps)}"/>' if steps else ""


def _axes(
    names: tuple[str, str],
    ends: tuple[float, float],
    left: int,
    bottom: int,
    size: tuple[int, int],
) -> list[str]:
    width, height = size
    base = height - bottom
    texts = [
        (left - 5, EDGE + 4, "end", f"{ends[1]:g}"),
        (left - 5, base + 1, "end", f"{ends[0]:g}"),
        (left, height - 7, "start", names[0]),
        (width - EDGE, height - 7, "end", names[1]),
    ]
    lines = [f'<path class="axis" d="M{left} {EDGE}V{base}H{width - EDGE}"/>']
    return lines + [_text(*text) for text in texts]


def _text(x: float, y: float, anchor: str, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def months_svg(
    names: Sequence[str],
    rates: Sequence[float],
    outside: Sequence[bool],
    whole: Sequence[bool],
    limits: tuple[float, float, float],
    *,
    says: str,
    top: float | None = None,
) -> str:
    """Draw a rate by month with mean and limits; squares are outside, circles not over yet."""
    width, height, left, base = 720, 240, 40, 206
    low, centre, high = limits
    top = top or max([1.0, *np.nan_to_num(rates), np.nan_to_num(high)]) * 1.08
    x = left + 14 + np.arange(len(names)) * (width - left - 28) / max(len(names) - 1, 1)
    y = base - np.asarray(rates, float) / top * (base - EDGE)
    parts = [_begin("months", width, height, says)]
    parts.append(f'<path class="axis" d="M{left} {EDGE}V{base}H{width - EDGE}"/>')
    parts += [_text(left - 5, base + 3, "end", "0"), _text(left - 5, EDGE + 8, "end", f"{top:.3g}")]
    for value, name in ((low, "limit"), (centre, "level"), (high, "limit")):
        if not np.isnan(value):
            at = base - value / top * (base - EDGE)
            parts.append(f'<path class="{name}" d="M{left} {at:.1f}H{width - EDGE}"/>')
    parts.append(_line(x, y, np.zeros(len(names), bool), "scores"))
    parts += [
        _month_mark(a, b, beyond, over)
        for a, b, beyond, over in zip(x, y, outside, whole, strict=True)
        if not np.isnan(b)
    ]
    every = -(-len(names) // 9)
    parts += [
        _text(a, base + 20, "middle", name) for a, name in list(zip(x, names, strict=True))[::every]
    ]
    return "".join([*parts, "</svg>"])


def _month_mark(x: float, y: float, outside: bool, whole: bool) -> str:
    if outside:
        return f'<rect class="in" x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8"/>'
    name = "out" if whole else "hollow"
    return f'<circle class="{name}" cx="{x:.1f}" cy="{y:.1f}" r="3.2"/>'


def funnel_svg(
    frame: pd.DataFrame,
    pooled: float,
    limits: Callable[[NDArray[np.int64]], tuple[NDArray[np.float64], NDArray[np.float64]]],
    *,
    says: str,
    clients: str,
) -> str:
    """Draw therapists' shares (`Funnel.frame`) by number of clients, inside the `limits` of chance."""
    width, height, left, base = 640, 300, 44, 262
    most = int(frame["clients"].max()) + 2
    least = max(1, int(frame["clients"].min()) - 1)
    counts = np.arange(least, most + 1)

    def at_x(count: NDArray[np.int64] | int) -> NDArray[np.float64]:
        return left + (np.asarray(count, float) - least) / (most - least) * (width - left - EDGE)

    def at_y(share: NDArray[np.float64] | float) -> NDArray[np.float64]:
        return base - np.asarray(share, float) * (base - EDGE)

    none = np.zeros(len(counts), bool)
    parts = [_begin("funnel", width, height, says)]
    parts.append(f'<path class="axis" d="M{left} {EDGE}V{base}H{width - EDGE}"/>')
    parts += [_line(at_x(counts), at_y(edge), none, "limit") for edge in limits(counts)]
    parts.append(f'<path class="level" d="M{left} {at_y(pooled):.1f}H{width - EDGE}"/>')
    parts += [
        _text(left - 5, EDGE + 8, "end", "100 %"),
        _text(left - 5, base + 2, "end", "0 %"),
        _text(left, base + 18, "start", f"{least}"),
        _text(width - EDGE, base + 18, "end", f"{most} {clients}"),
    ]
    for row in frame.itertuples():
        parts.append(
            _month_mark(float(at_x(row.clients)), float(at_y(row.share)), bool(row.outside), True)
        )
    return "".join([*parts, "</svg>"])
