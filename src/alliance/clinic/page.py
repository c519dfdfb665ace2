"""The clinic's page: a review as one HTML file that prints well and asks nothing of a network."""

import base64
import hashlib
from importlib.resources import files

import pandas as pd
from markupsafe import Markup

from alliance.clinic.clients_view import begun
from alliance.clinic.counting import FOUND, OPEN_NOW
from alliance.clinic.news import News
from alliance.clinic.record import THIS
from alliance.clinic.review import Review
from alliance.clinic.view import view_of
from alliance.clinic.words import ENGLISH, Words
from alliance.results.page import environment


def review_page(
    review: Review,
    *,
    how: tuple[str, ...] = (),
    language: str = ENGLISH,
    therapist: str | None = None,
    news: News | None = None,
    synthetic: bool = False,
) -> str:
    """Return the page of a review.

    Parameters
    ----------
    review : Review
    how : tuple of str
        How the file was read and what was set aside then, in sentences.
    language : str
        ``"en"``, ``"de"``, or the name of another file of words.
    therapist : str, optional
        Only this therapist's clients.
    news : News, optional
        What is new, from a monitor's memory.
    synthetic : bool
        Say on the page that the clinic is simulated.

    Returns
    -------
    str
        HTML. Every text from data is escaped. The page may load nothing: its Content-Security-Policy
        allows only its own style and script, by their hashes.

    Examples
    --------
    >>> from alliance import simulate
    >>> from alliance.clinic import review
    >>> made = simulate.clinic(simulate.worlds()["R0d"], clients=30, seed=1)
    >>> page = review_page(review(made.sessions, draws=2))
    >>> page.startswith("<!DOCTYPE html>")
    True
    """
    words = Words(language)
    view = view_of(review, words, how, therapist=therapist, news=news, synthetic=synthetic)
    css, js = _part("review.css"), _part("review.js")

    def number(value: object, form: str) -> Markup:
        """Return a cell that shows a number rounded and sorts by the whole of it."""
        if value is None or pd.isna(value):
            return Markup('<td class="number" data-value="">{}</td>').format(words("page.unknown"))
        cell = Markup('<td class="number" data-value="{}">{}</td>')
        text = words.write(value, form)
        return cell.format(f"{float(value):.6g}", text)  # type: ignore[arg-type]

    return (
        environment("alliance.clinic")
        .get_template("review.html")
        .render(
            view=view,
            review=review,
            w=words,
            begun=begun,
            OPEN_NOW=OPEN_NOW,
            FOUND_NOW=f"{FOUND}, {THIS}",
            number=number,
            css=Markup(css),
            js=Markup(js),
            # The page's own policy lets in just these two, by their digest.
            style_hash=_hash(css),
            script_hash=_hash(js),
        )
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


def _part(name: str) -> str:
    return (files("alliance.clinic") / "templates" / name).read_text("utf-8")
