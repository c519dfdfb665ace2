"""The result of comparing two raters' scores of the same sessions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from alliance.results.notebook import in_html
from alliance.results.numbers import p_text

if TYPE_CHECKING:
    from alliance.results import PublicationTable


@dataclass(frozen=True, eq=False, kw_only=True)
class RaterComparison:
    """How two raters' scores of the same sessions hang together.

    Parameters
    ----------
    frame : DataFrame
        One row for each ``measure``: ``meaning``, ``value`` with ``low`` and ``high``, ``clients``
        and ``sessions`` it rests on, and what dyads of strangers give: ``strangers`` (mean),
        ``strangers_low``, ``strangers_high`` (95 % of the draws), ``p`` (two-sided).
    clients : DataFrame
        client, shared (sessions both rated), first_mean, second_mean, difference, profile (NaN
        with fewer than 4 shared sessions, or if a rater never changed).
    counts : mapping of str to int
        Clients with a shared session, and those with a profile correlation.
    first, second : str
        The raters.
    scale : str
    confidence : float
    draws : int
    """

    frame: pd.DataFrame
    clients: pd.DataFrame
    counts: Mapping[str, int]
    first: str
    second: str
    scale: str
    confidence: float
    draws: int

    def summary(self) -> pd.DataFrame:
        """Return each measure with its interval and what dyads of strangers give."""
        columns = ["measure", "value", "low", "high", "clients", "sessions"]
        return self.frame[[*columns, *(["strangers", "p"] if self.draws else [])]]

    def text(self) -> str:
        """Return what the two views share, in sentences for a paper."""
        at = self.frame.set_index("measure")
        level, profile = at.loc["level"], at.loc["profile"]
        higher = self.first if level["value"] > 0 else self.second
        chance = f" (pairs of strangers: {profile['strangers']:.2f})" if self.draws else ""
        return (
            f"In {int(level['sessions'])} sessions of {int(level['clients'])} clients rated by "
            f"both, the {higher} scored {abs(level['value']):.2f} points higher in {self.scale}; the "
            f"clients' means correlated {at.loc['between', 'value']:.2f}. Within a client, the two "
            f"moved together with a mean correlation of {profile['value']:.2f} "
            f"({profile['low']:.2f} to {profile['high']:.2f}){chance}; {self.counts['profile']} of "
            f"{self.counts['clients']} clients could be judged. {self._follows('second')} "
            f"{self._follows('first')} Following is no proof of influence: what both see in the "
            "relationship goes on from session to session, and shows as following in both "
            "directions."
        )

    def _follows(self, who: str) -> str:
        row = self.frame.set_index("measure").loc[f"{who}_follows"]
        follower, leader = (
            (self.second, self.first) if who == "second" else (self.first, self.second)
        )
        p = f"; {p_text(row['p'])} against pairs of strangers" if self.draws else ""
        return (
            f"For each point of the {leader}'s score one session before, the {follower}'s was "
            f"{row['value']:+.2f} points higher ({row['low']:+.2f} to {row['high']:+.2f}{p})."
        )

    def plot(self, ax=None, *, save=None):
        """Draw correlation and following beside dyads of strangers, into a file, too, if asked."""
        from alliance import figures

        return figures.compare_raters(self, ax=ax, save=save)

    def to_table(self, *, number: int | None = None) -> PublicationTable:
        """Return the table for a paper; see `alliance.results`."""
        from alliance import results

        frame = self.frame
        strangers = []
        if self.draws:
            strangers = [
                results.numbers("Mean", frame["strangers"]).under("Strangers"),
                results.p_values("p", frame["p"]).under("Strangers"),
            ]
        return results.PublicationTable(
            number=number,
            title=f"Two Views of One Relationship: {self.first} and {self.second}, {self.scale}",
            columns=(
                results.words("Measure", frame["measure"].str.replace("_", " ").str.capitalize()),
                results.words("Meaning", frame["meaning"]),
                results.numbers("Value", frame["value"]),
                results.intervals(f"{100 * self.confidence:g}% CI", frame["low"], frame["high"]),
                results.counts("Clients", frame["clients"]).under("n"),
                results.counts("Sessions", frame["sessions"]).under("n"),
                *strangers,
            ),
            general=f"First is the {self.first}, second the {self.second}. {self.text()}",
        )

    def _repr_html_(self) -> str:
        return in_html(self.summary(), self.text())
