"""The result of assessing reliability: what a paper reports for each rater and scale."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from alliance.results import Result, Spec


@dataclass(frozen=True, eq=False, kw_only=True)
class Reliability(Result):
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
    items: pd.DataFrame
    components: pd.DataFrame
    agreement: pd.DataFrame

    def table_rows(self) -> pd.DataFrame:
        """Return the table; an alpha below -1, which can be anything, is shown as -1."""
        shown = self.frame[["alpha", "alpha_lower"]].clip(lower=-1)
        return self.frame.assign(**shown)

    def table_columns(self) -> Sequence[Spec]:
        """Return the columns that are stated; the rater only where there are several."""
        stated = super().table_columns()
        return stated if self.frame["rater"].nunique() > 1 else stated[1:]

    def row_notes(self) -> Sequence[str]:
        """Return what is undefined or doubtful in each row."""
        return tuple(self.frame["note"].fillna(""))

    def facts(self) -> Mapping[str, object]:
        """Return the rows by rater and scale, and the agreement of raters and of sessions."""
        rows = self.table_rows().to_dict("records")
        raters = list(dict.fromkeys(row["rater"] for row in rows))
        single = self.agreement[
            (self.agreement["type"] == "ICC(A,1)") & self.agreement["icc"].notna()
        ]
        by_question = {
            question: single[single["question"] == question].to_dict("records")
            for question in ("raters agree", "session to session")
        }
        scales = [row["scale"] for row in rows]
        main = "total" if "total" in scales or not scales else scales[0]
        return {
            "rows": rows,
            "raters": raters,
            "parts": [{row["scale"]: row for row in rows if row["rater"] == who} for who in raters],
            "main": main,
            "repeated": by_question["session to session"],
            "raters_agree": [
                row
                for row in by_question["raters agree"]
                if row["scale"] == main or not self.instrument
            ],
        }
