"""The clinic's page: a review as one HTML file that prints well and asks nothing of a network."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

import pandas as pd
from markupsafe import Markup

from alliance.clinic.review import Review
from alliance.clinic.review_view import ReviewView, view_of


def review_page(review: Review, *, how: tuple[str, ...] = ()) -> str:
    """Return the page of a review.

    Parameters
    ----------
    review : Review
    how : tuple of str
        How the file was read and what was set aside then, in sentences.

    Returns
    -------
    str
        HTML. Every text from data is escaped. The page may load nothing: its Content-Security-Policy
        allows only its own style and script, by their hashes.

    Examples
    --------
    >>> from alliance import simulate
    >>> from alliance.clinic import review
    >>> made = simulate.clinic(simulate.worlds()["R0d"], clients=60, rng=1)
    >>> page = review_page(review(made.sessions, draws=2))
    >>> page.startswith("<!DOCTYPE html>")
    True
    """
    return render(view_of(review, how))


def render(view: ReviewView) -> str:
    """Return the page that shows a view."""
    css, js = _part("review.css"), _part("review.js")
    return _template().render(
        view=view,
        number=_number,
        css=Markup(css),
        js=Markup(js),
        style_hash=_hash(css),
        script_hash=_hash(js),
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


def _part(name: str) -> str:
    return (files("alliance.clinic") / "templates" / name).read_text("utf-8")


@cache
def _template():
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["capitalize_first"] = lambda text: text[:1].upper() + text[1:]
    return environment.from_string(_part("review.html"))


def _number(value: object, decimals: int) -> Markup:
    """Return a cell that shows a number rounded and sorts by the whole of it."""
    if value is None or pd.isna(value):
        return Markup('<td class="number" data-value="">–</td>')
    return Markup(
        f'<td class="number" data-value="{float(value):.6g}">{float(value):.{decimals}f}</td>'
    )
