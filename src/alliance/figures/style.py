"""One look for every picture: colours safe for the colour-blind, shapes that survive greyscale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from alliance.files import stated

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STATED = stated("figures/style.toml")
COLOURS: Mapping[str, str] = MappingProxyType(_STATED["colours"])
INK, GREY, PALE = (_STATED["inks"][name] for name in ("ink", "grey", "pale"))
STYLE: Mapping[str, Any] = MappingProxyType(
    {
        name: _STATED["inks"].get(value, value) if isinstance(value, str) else value
        for name, value in _STATED["settings"].items()
    }
)


@contextmanager
def style() -> Iterator[None]:
    """Return a context in which matplotlib draws in the style of this package.

    Every figure of this package is drawn in it; use it for pictures of your own that should
    stand beside them.

    Examples
    --------
    >>> import matplotlib
    >>> with style():
    ...     matplotlib.rcParams["axes.spines.top"]
    False
    """
    import matplotlib

    settings = cast("dict[str, Any]", matplotlib.rcParams)
    # Not rc_context: it restores everything, also the switch by which a notebook's backend, loaded
    # with the first figure, asks for figures to be shown; all later ones would stay away.
    before = {name: settings[name] for name in STYLE}
    settings.update(STYLE)
    try:
        yield
    finally:
        settings.update(before)


def axes_or_new(ax: Axes | None, width: float, height: float) -> Axes:
    """Return the axes given, or those of a new figure of this size in inches."""
    import matplotlib.pyplot as plt

    return ax if ax is not None else plt.subplots(figsize=(width, height), layout="constrained")[1]


def legend_beside(ax: Axes, *entries: list[Any]) -> None:
    """Put the legend to the right of the axes, where it covers nothing."""
    ax.legend(*entries, loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0)


def lightness(colour: str) -> float:
    """Return how light the eye sees a colour in greyscale: CIE L*, 0 (black) to 100 (white).

    >>> round(lightness("white")), round(lightness("#D55E00"))
    (100, 54)
    """
    from matplotlib.colors import to_rgb

    # sRGB is undone to light (IEC 61966-2-1), weighed by the eye's three curves, and then L* of CIE 15.
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    luminance = sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    if luminance <= (6 / 29) ** 3:
        return luminance * (29 / 3) ** 3
    return float(116 * luminance ** (1 / 3) - 16)


def plain(text: object, max_length: int = 40) -> str:
    r"""Return text from the data so that matplotlib draws it letter by letter.

    Dollar signs would start a formula and are escaped; white space is made single spaces; a
    long text is cut in its middle, because identifiers differ at their ends.

    >>> plain("$x^2$")
    '\\$x^2\\$'
    >>> plain("therapist-17-client-003", max_length=15)
    'therapi…ent-003'
    """
    text = " ".join(str(text).split())
    if len(text) > max_length:
        kept = max_length - 1
        text = text[: kept - kept // 2] + "…" + text[len(text) - kept // 2 :]
    return text.replace("$", r"\$")
