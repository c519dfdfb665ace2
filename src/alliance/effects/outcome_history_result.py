"""What became of an outcome by kind of history: counts, contrasts and what they are worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from alliance.effects.gains import MIN_EXPOSED
from alliance.effects.outcome_scores import Outcome
from alliance.results.notebook import in_html
from alliance.results.numbers import p_text

if TYPE_CHECKING:
    from alliance.results import PublicationTable

CHANGES = ("improved", "deteriorated", "no reliable change")
NOT_TWICE = "not measured twice"


@dataclass(frozen=True, eq=False, kw_only=True)
class OutcomeByHistory:
    """Change of an outcome from a client's first score to the last, by kind of history.

    Parameters
    ----------
    frame : DataFrame
        One row for each ``contrast`` of kinds: ``estimate`` (points by which the last score is
        better, adjusted), ``se``, ``df``, ``lower``, ``upper``, ``p``; ``clients`` and those
        they are ``compared_with``; ``false_positive_lowest`` and ``false_positive_highest``,
        the measured range of false positives. NaN where fewer than 8 clients are of a kind.
    change : DataFrame
        One row for each ``kind``: ``clients``, ``improved``, ``deteriorated``, ``no reliable
        change``, ``not measured twice``, mean ``first``, ``last`` and ``better_by``.
    clients : DataFrame
        client, kind, sessions (rated on the alliance), scores (of the outcome), first, last,
        better_by (points), change.
    outcome : Outcome
    rater : str
        Whose histories.
    confidence : float
        Level of the intervals, 0-1.
    strangers : int
        Scores of clients without a history.
    """

    frame: pd.DataFrame
    change: pd.DataFrame
    clients: pd.DataFrame
    outcome: Outcome
    rater: str
    confidence: float
    strangers: int

    def summary(self) -> pd.DataFrame:
        """Return the contrasts with p and the measured range of false positives, rounded."""
        table = self.frame[["contrast", "clients", "compared_with"]].copy()
        for name in ("estimate", "lower", "upper"):
            table[name] = self.frame[name].round(3)
        table["p"] = self.frame["p"].round(4)
        table["false_positives"] = [_range(row) for row in self.frame.itertuples()]
        return table

    def text(self) -> str:
        """Return what changed, the comparisons and how to read them."""
        parts = [self._counted(), *(self._told(row) for row in self.frame.itertuples())]
        return " ".join([*parts, self._reading()])

    def _counted(self) -> str:
        outcome, twice = self.outcome, int(self.clients["better_by"].notna().sum())
        text = (
            f"Of {len(self.clients)} clients {twice} had two or more scores of the {outcome.name}; "
            f"{len(self.clients) - twice} had not"
        )
        text += f"; {self.strangers} scores were of clients without a history" * bool(
            self.strangers
        )
        if outcome.reliable != outcome.reliable:
            return f"{text}. No reliable change is known of it: give one with reliable_change."
        counts = self.clients["change"].value_counts()
        told = ", ".join(f"{counts.get(name, 0)} {name}" for name in CHANGES)
        return (
            f"{text}. A change of {outcome.reliable:g} points or more from first to last counts as "
            f"reliable ({outcome.reliable_source}): {told}."
        )

    def _told(self, row) -> str:
        if row.estimate != row.estimate:
            return (
                f"{row.contrast}: not compared, {row.clients} and {row.compared_with} clients, and "
                f"{MIN_EXPOSED} of each are needed."
            )
        return (
            f"{row.contrast}: last score {abs(row.estimate):.2f} points "
            f"{'better' if row.estimate >= 0 else 'worse'} given the first score and the number of "
            f"sessions ({100 * self.confidence:.0f}% interval {row.lower:+.2f} to {row.upper:+.2f}, "
            f"{p_text(row.p)}; {row.clients} and {row.compared_with} clients; where repair leaves "
            f"nothing behind it rejects in {_range(row)} of simulated studies)."
        )

    def _reading(self) -> str:
        return (
            "None of this is an effect of repair. The kind of a history is known only when therapy is "
            "over: a client has to stay for a rupture to be repaired, kinds are chosen for how "
            "the alliance ended, and symptoms go with the alliance. The test by session, "
            "outcome_gain, is the one to report."
        )

    def to_table(self, *, number: int | None = None) -> PublicationTable:
        """Return the table for a paper; see `alliance.results`."""
        from alliance import results

        frame = self.frame
        false = [_range(row).replace(" to ", "\N{EN DASH}") for row in frame.itertuples()]
        return results.PublicationTable(
            number=number,
            title=f"Change of the {self.outcome.name} by Kind of History",
            columns=(
                results.words("Contrast", frame["contrast"]),
                results.counts("Clients", frame["clients"]).under("n"),
                results.counts("Compared with", frame["compared_with"]).under("n"),
                results.numbers("Estimate", frame["estimate"]),
                results.intervals(f"{100 * self.confidence:g}% CI", frame["lower"], frame["upper"]),
                results.p_values("p", frame["p"]),
                results.words("False positives", false),
            ),
            general=f"{self._counted()} Estimates are points by which the last score is better, "
            "given the first score and the number of sessions. False positives: share of simulated "
            f"studies without any gain in which the comparison is significant. {self._reading()}",
        )

    def plot(self, ax=None, *, save=None):
        """Draw the share of each kind that changed reliably; see `alliance.figures`."""
        from alliance import figures

        return figures.reliable_changes(self.change, label=self.outcome.name, ax=ax, save=save)

    def _repr_html_(self) -> str:
        return in_html(self.change, self.summary(), self.text())


def _range(row) -> str:
    low, high = row.false_positive_lowest, row.false_positive_highest
    return "an unmeasured share" if low != low else f"{100 * low:.0f}% to {100 * high:.0f}%"
