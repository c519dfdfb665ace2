"""The result of looking for what went unspoken, with the caution that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from alliance.results.notebook import in_html
from alliance.results.numbers import p_text

if TYPE_CHECKING:
    from alliance.results import PublicationTable

CAUTION = (
    "None of these is proof: a dip can be noise, a report without a dip can be a rupture repaired "
    "before the form was filled in, a gap a holiday, and a perfect rating a good relationship."
)


@dataclass(frozen=True, eq=False, kw_only=True)
class UnreportedSigns:
    """Signs of ruptures that one record holds and another does not.

    Parameters
    ----------
    dips : DataFrame
        Ruptures found: client, onset, last, outcome; ``logged_by`` (sources with a rupture
        logged near it, empty if none) and ``asked`` (whether a source gave any answer about one
        of its sessions; missing if that is not known). Both are missing without a log.
    reports : DataFrame
        Ruptures logged: client, source, onset, last, outcome; ``dip`` (True, False; missing
        where no session near it could be judged).
    silence : DataFrame
        ``sign`` (a gap before the next rating; an unanswered item in the next rating), ``after_dip``
        (ratings that follow a session in a rupture found), ``seen`` with the sign, and what is
        ``expected`` with ``low`` and ``high`` (95 % of the draws) and ``p`` if dips and signs had
        nothing to do with each other; ``elsewhere``, the share with the sign after other sessions.
    perfect : DataFrame
        Runs of perfect ratings: client, rater, first, last, ratings; ``logged_within``, sessions
        of the run that somebody logged as tense.
    window, draws : int
    has_log : bool
    """

    dips: pd.DataFrame
    reports: pd.DataFrame
    silence: pd.DataFrame
    perfect: pd.DataFrame
    window: int
    draws: int
    has_log: bool

    def summary(self) -> pd.DataFrame:
        """Return one row for each sign: how often, of how many, and what chance gives."""
        rows = [("runs of perfect ratings", len(self.perfect), np.nan, np.nan, np.nan)]
        if self.has_log:
            judged = self.reports["dip"].dropna()
            unlogged = self.dips["logged_by"].eq("")
            rows = [
                ("dips nobody logged", int(unlogged.sum()), len(self.dips), np.nan, np.nan),
                ("reports without a dip", int((~judged).sum()), len(judged), np.nan, np.nan),
                *rows,
            ]
        rows += [
            (f"{row.sign} after a dip", row.seen, row.after_dip, row.expected, row.p)
            for row in self.silence.itertuples()
        ]
        return pd.DataFrame(rows, columns=["sign", "seen", "of", "expected", "p"])

    def text(self) -> str:
        """Return the signs in sentences, with the caution that belongs to them."""
        sentences = []
        if self.has_log:
            judged = self.reports["dip"].dropna()
            sentences.append(
                f"Of {len(self.dips)} ruptures found in the scores {self.dips['logged_by'].eq('').sum()}"
                f" were logged by nobody; of {len(judged)} logged that could be judged "
                f"{int((~judged).sum())} show no dip within {self.window} "
                f"session{'' if self.window == 1 else 's'}."
            )
        sentences += [_silent(row) for row in self.silence.itertuples()]
        runs = len(self.perfect)
        sentences.append(
            f"{runs} run{'' if runs == 1 else 's'} of perfect ratings {'was' if runs == 1 else 'were'} "
            f"found, in {self.perfect['client'].nunique()} clients."
        )
        return " ".join([*sentences, CAUTION])

    def to_table(self, *, number: int | None = None) -> PublicationTable:
        """Return the table for a paper; see `alliance.results`."""
        from alliance import results

        table = self.summary()
        return results.PublicationTable(
            number=number,
            title="Signs of Ruptures That One Record Holds and Another Does Not",
            columns=(
                results.words("Sign", table["sign"].str.capitalize()),
                results.counts("Seen", table["seen"]),
                results.counts("Of", table["of"]),
                results.numbers("Expected", table["expected"], 1),
                results.p_values("p", table["p"]),
            ),
            general=self.text(),
        )

    def _repr_html_(self) -> str:
        return in_html(self.summary(), self.text())


def _silent(row) -> str:
    if np.isnan(row.expected) or row.seen == row.high == 0:
        return f"After {row.after_dip} sessions in a dip, {row.seen or 'none'} had {row.sign}."
    return (
        f"After {row.after_dip} sessions in a dip, {row.seen} had {row.sign}, where "
        f"{row.expected:.1f} ({row.low:.0f} to {row.high:.0f}) are expected if the two had nothing to do "
        f"with each other ({p_text(row.p)})."
    )
