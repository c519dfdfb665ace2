"""The result of assessing reliability: the table and the paragraph that a paper needs."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from alliance.reliability.paragraph import paper_table, paragraph

if TYPE_CHECKING:
    from alliance.results import PublicationTable

_ROUNDED = {
    "alpha": 3,
    "alpha_lower": 3,
    "alpha_upper": 3,
    "omega": 3,
    "within_person": 3,
    "between_person": 3,
    "first_mean": 2,
    "first_sd": 2,
    "sem": 2,
    "reliable_change": 2,
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Reliability:
    """How reliable an instrument was in one file, for each rater and scale.

    Attributes
    ----------
    instrument, name : str
        Key and full name.
    metric : {"mean", "sum"}
        Unit of ``first_mean``, ``first_sd``, ``sem`` and ``reliable_change``.
    sessions : {"first", "all"}
        Rows that alpha, omega and the item statistics come from.
    confidence : float
        Of the interval of alpha and of reliable change.
    frame : DataFrame
        One row for each ``rater`` and ``scale``: ``items``; ``forms`` (came in),
        ``incomplete`` (an answer of the scale missing), ``clients`` (with a complete form),
        ``sessions`` (distinct session numbers); ``rows`` (that alpha rests on), ``alpha``,
        ``alpha_lower``, ``alpha_upper``, ``omega``; ``first_mean``, ``first_sd`` (scores of
        each client's first complete form), ``sem``, ``reliable_change`` (from that SD and
        alpha); ``within_person`` (R_C), ``between_person`` (R_KR over
        ``sessions_averaged``); ``note`` (what is undefined or doubtful, and why).
    items : DataFrame
        For each ``rater``, ``scale`` and ``item``: ``reversed``, ``rows``, ``mean``, ``sd``,
        ``item_rest``, of keyed answers.
    components : DataFrame
        For each ``rater`` and ``scale`` the variance components in squared answer points and
        the coefficients ``r_c``, ``r_1r``, ``r_kr``, ``r_kf``.
    agreement : DataFrame
        Intraclass correlations of scale scores (see `icc`). ``question`` is ``raters agree``
        (two raters about the same session) or ``session to session`` (one rater, the first
        two scored sessions of each client).
    """

    instrument: str
    name: str
    metric: str
    sessions: str
    confidence: float
    frame: pd.DataFrame
    items: pd.DataFrame
    components: pd.DataFrame
    agreement: pd.DataFrame

    def summary(self) -> pd.DataFrame:
        """Return the main columns of the table, rounded."""
        names = ["rater", "scale", "items", "forms", "incomplete", "clients", *_ROUNDED, "note"]
        return self.frame[names].round(_ROUNDED)

    def text(self) -> str:
        """Return the paragraph for a paper: one sentence group for each rater."""
        return paragraph(self)

    def to_table(self, *, number: int | None = None) -> PublicationTable:
        """Return the table for a paper; see `alliance.results`."""
        return paper_table(self, number)

    def _repr_html_(self) -> str:
        table = self.summary().to_html(index=False, na_rep="")
        return f"{table}<p>{html.escape(self.text())}</p>"
