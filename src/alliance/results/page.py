"""HTML of results: in a notebook, and as pages of text, tables and figures that need nothing from outside."""

import base64
import io
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined


def in_html(*parts: pd.DataFrame | str, form: str = "{:.3g}") -> str:
    """Return tables and texts as HTML, in the order given.

    Parameters
    ----------
    *parts : DataFrame or str
        Each line of a text becomes a paragraph. Texts, cells and names of columns are escaped,
        because names of raters, scales and clients come from data files.
    form : str
        How fractions are written.

    Examples
    --------
    >>> in_html("rated by <b>")
    '<div><p>rated by &lt;b&gt;</p></div>'
    """
    return f"<div>{''.join(_shown(part, form) for part in parts)}</div>"


def _shown(part: pd.DataFrame | str, form: str) -> str:
    if isinstance(part, pd.DataFrame):
        return str(part.to_html(index=False, float_format=form.format))
    return "".join(f"<p>{escape(line)}</p>" for line in part.splitlines() if line)


@dataclass(frozen=True, eq=False, kw_only=True)
class Figure:
    """A picture for a page: its ``data:`` address, and what it `says` to those who cannot see it."""

    source: str
    says: str
    caption: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Section:
    """A part of a page, in this order: paragraphs (escaped), tables with captions, figures.

    Numbers in tables are rounded for display only.
    """

    title: str = ""
    paragraphs: tuple[str, ...] = ()
    tables: tuple[tuple[str, pd.DataFrame], ...] = ()
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class Page:
    """A self-contained HTML page: title, lead, links to files beside it, and sections.

    A link is the name of a file, its title, and what it shows.
    """

    title: str
    lead: tuple[str, ...] = ()
    links: tuple[tuple[str, str, str], ...] = ()
    sections: tuple[Section, ...] = ()
    language: str = "en"
    contents: str = "Contents"
    footer: str = (
        "Made on this computer; nothing was sent anywhere. The page loads nothing from outside."
    )

    def html(self) -> str:
        """Return the page; every text is escaped, and the page may load nothing from outside."""
        template = environment("alliance.results").get_template("page.html")
        return str(template.render(page=self, display=_display))


def embed(drawn: Any, *, says: str, caption: str, dpi: int = 110) -> Figure:
    """Draw what a function of `alliance.figures` returned into a `Figure` for a page, and close it."""
    import matplotlib.pyplot as plt

    first = next(iter(np.ravel(drawn)))
    figure = first.get_figure(root=True)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, bbox_inches="tight", metadata={"Software": None})
    # A page holds many pictures, and matplotlib keeps every open one in memory.
    plt.close(figure)
    coded = base64.b64encode(buffer.getvalue()).decode("ascii")
    return Figure(source=f"data:image/png;base64,{coded}", says=says, caption=caption)


@cache
def environment(package: str, *, escape: bool = True) -> Environment:
    """Return where the templates of a package are found; texts in them are escaped for HTML."""
    return Environment(
        loader=PackageLoader(package),
        autoescape=escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _display(cell: object) -> tuple[str, bool]:
    """Return a cell of a table as text, and whether it is a number."""
    if cell is None or cell is pd.NA or (isinstance(cell, float) and cell != cell):
        return "–", False
    # Before numbers: a bool is an int to Python.
    if isinstance(cell, bool):
        return ("yes" if cell else "no"), False
    if isinstance(cell, float):
        # Two decimals would show a small share as none.
        small = 0 < abs(cell) < 0.01
        return f"{cell:.2g}" if small else f"{cell:.2f}", True
    if isinstance(cell, int) or hasattr(cell, "__index__"):
        return str(int(cell)), True
    return str(cell), False
