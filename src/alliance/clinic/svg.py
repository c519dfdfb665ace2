"""Small drawings as inline SVG: no file, no library, in the colours of the page they stand in."""

from collections.abc import Callable, Iterable
from html import escape

import numpy as np
import pandas as pd
from markupsafe import Markup
from numpy.typing import ArrayLike

from alliance.arrays import Bools, Floats
from alliance.clinic.funnel import Funnel, limits

WIDTH, HEIGHT, EDGE = 260, 72, 8
# Class and way of a line; class, place and reach of a mark; place, anchor and words of a text.
Line = tuple[str, str]
Mark = tuple[str, float, float, float]
Text = tuple[float, float, str, str]


def course_svg(
    course: pd.DataFrame,
    *,
    ends: tuple[float, float],
    says: str,
    session: Callable[[int], str] | None = None,
) -> Markup:
    """Draw one client's course: scores, own level, sessions in a rupture.

    `course`: session (rising; a number left out breaks the line), score, inside (sessions in a
    rupture are drawn as filled squares, others as small dots, the last in a ring), expected (the
    client's own level; NaN where it is not known) and, where a rule has one, limit (below it, or
    above where a rise is for the worse, lies what it calls a rupture). `ends`: ends of the axis of
    scores, low and high. `says`: what the drawing shows, for readers who cannot see it. `session`:
    names a session; then the drawing has an axis, for a page of its own.
    """
    low, high = ends
    sessions = course["session"].tolist()
    width, height = (WIDTH, HEIGHT) if session is None else (640, 220)
    left, bottom = (EDGE, EDGE) if session is None else (34, 26)
    first, last, base = sessions[0], max(sessions[-1], sessions[0] + 1), height - bottom
    x = left + (np.asarray(sessions, float) - first) / (last - first) * (width - left - EDGE)
    scale = (base - EDGE) / (high - low if high > low else 1.0)

    def at(values: ArrayLike) -> Floats:
        return np.asarray(EDGE + (high - np.asarray(values, float)) * scale)

    y = at(course["score"])
    lines, texts = [("level", _way(x, at(course["expected"])))], []
    if "limit" in course:
        lines.append(("limit", _way(x, at(course["limit"].clip(low, high)))))
    lines.append(("scores", _way(x, y, np.diff(sessions, prepend=first) > 1)))
    if session is not None:
        lines.insert(0, _axes(left, base, width))
        texts = [
            (left - 5, EDGE + 4, "end", f"{high:g}"),
            (left - 5, base + 1, "end", f"{low:g}"),
            (left, height - 7, "start", session(first)),
            (width - EDGE, height - 7, "end", session(last)),
        ]
    marks = [
        ("in", a, b, 3) if hit else ("out", a, b, 1.8)
        for a, b, hit in zip(x, y, course["inside"], strict=True)
    ]
    return _drawing(
        "course", width, height, says, lines, [*marks, ("ring", x[-1], y[-1], 5.5)], texts
    )


def months_svg(
    months: pd.DataFrame,
    limits: tuple[float, float, float],
    *,
    says: str,
    top: float | None = None,
) -> Markup:
    """Draw a rate by month with low limit, mean and high limit.

    `months`: month, rate, outside (drawn as a square), whole (else a circle: it is not over yet).
    """
    width, height, left, base = 720, 240, 40, 206
    rates = months["rate"].to_numpy(float)
    top = top or max([1.0, *np.nan_to_num(rates), np.nan_to_num(limits[2])]) * 1.08
    x = left + 14 + np.arange(len(months)) * (width - left - 28) / max(len(months) - 1, 1)
    y = base - rates / top * (base - EDGE)
    levels = base - np.asarray(limits, float) / top * (base - EDGE)
    lines = [_axes(left, base, width)]
    lines += [
        (name, f"M{left} {level:.1f}H{width - EDGE}")
        for name, level in zip(("limit", "level", "limit"), levels, strict=True)
        if not np.isnan(level)
    ]
    marks = [
        ("in", a, b, 4) if beyond else ("out" if over else "hollow", a, b, 3.2)
        for a, b, beyond, over in zip(x, y, months["outside"], months["whole"], strict=True)
        if not np.isnan(b)
    ]
    texts = [(left - 5, base + 3, "end", "0"), (left - 5, EDGE + 8, "end", f"{top:.3g}")]
    # Nine names at most: more would run into each other.
    every = -(-len(months) // 9)
    named = list(zip(x, months["month"], strict=True))[::every]
    texts += [(a, base + 20, "middle", name) for a, name in named]
    return _drawing("months", width, height, says, [*lines, ("scores", _way(x, y))], marks, texts)


def funnel_svg(funnel: Funnel, *, says: str, clients: str) -> Markup:
    """Draw therapists' shares against their number of clients, inside the funnel of chance."""
    width, height, left, base = 640, 300, 44, 262
    frame = funnel.frame
    least, most = max(1, int(frame["clients"].min()) - 1), int(frame["clients"].max()) + 2
    counts = np.arange(least, most + 1)

    def at_x(count: ArrayLike) -> Floats:
        return left + (np.asarray(count, float) - least) / (most - least) * (width - left - EDGE)

    def at_y(share: ArrayLike) -> Floats:
        return base - np.asarray(share, float) * (base - EDGE)

    lines = [_axes(left, base, width)]
    lines += [("limit", _way(at_x(counts), at_y(edge))) for edge in limits(counts, funnel.pooled)]
    lines.append(("level", f"M{left} {at_y(funnel.pooled):.1f}H{width - EDGE}"))
    marks = [
        ("in", a, b, 4) if outside else ("out", a, b, 3.2)
        for a, b, outside in zip(
            at_x(frame["clients"]), at_y(frame["share"]), frame["outside"], strict=True
        )
    ]
    texts = [
        (left - 5, EDGE + 8, "end", "100 %"),
        (left - 5, base + 2, "end", "0 %"),
        (left, base + 18, "start", f"{least}"),
        (width - EDGE, base + 18, "end", f"{most} {clients}"),
    ]
    return _drawing("funnel", width, height, says, lines, marks, texts)


def _drawing(
    name: str,
    width: int,
    height: int,
    says: str,
    lines: Iterable[Line],
    marks: Iterable[Mark],
    texts: Iterable[Text],
) -> Markup:
    """Return the element: lines, the marks on them, and texts, which are escaped."""
    parts = [f'<path class="{kind}" d="{way}"/>' for kind, way in lines if way]
    parts += [_mark(*mark) for mark in marks]
    parts += [
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
        for x, y, anchor, text in texts
    ]
    size = f'viewBox="0 0 {width} {height}"'
    said = f'role="img" aria-label="{escape(says)}"'
    return Markup(f'<svg class="{name}" {size} {said}>{"".join(parts)}</svg>')


def _way(x: Floats, y: Floats, breaks: Bools | None = None) -> str:
    """Return the way through the points, lifted at breaks and where there is no value."""
    steps, down = [], False
    lifts = np.zeros(len(x), bool) if breaks is None else breaks
    for a, b, lifted in zip(x, y, lifts, strict=True):
        if not np.isnan(b):
            steps.append(f"{'L' if down and not lifted else 'M'}{a:.1f} {b:.1f}")
        down = not np.isnan(b)
    return "".join(steps)


def _axes(left: int, base: int, width: int) -> Line:
    return "axis", f"M{left} {EDGE}V{base}H{width - EDGE}"


def _mark(kind: str, x: float, y: float, reach: float) -> str:
    if kind == "in":
        side = f'width="{2 * reach:g}" height="{2 * reach:g}"'
        return f'<rect class="in" x="{x - reach:.1f}" y="{y - reach:.1f}" {side}/>'
    return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{reach:g}"/>'
