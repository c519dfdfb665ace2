"""The result of comparing what was found with what was logged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from alliance.results.notebook import in_html

if TYPE_CHECKING:
    from alliance.results import PublicationTable


@dataclass(frozen=True, eq=False, kw_only=True)
class LogAgreement:
    """How far ruptures found in scores agree with those logged, beside chance.

    Parameters
    ----------
    frame : DataFrame
        One row for each ``level`` (session, episode) and ``measure`` (sensitivity, ppv,
        specificity, kappa; repair_agreement): ``meaning``, ``value``, ``of`` (what was divided
        by), ``low`` and ``high`` (jackknife over clients), ``simple_low`` and ``simple_high`` (as
        if all cases were independent), ``chance`` with ``chance_low`` and ``chance_high`` (95 %
        of the draws), ``p``. NaN where there is nothing to divide by.
    sessions : DataFrame
        The sessions compared: client, session, found, logged.
    found, logged : DataFrame
        The ruptures of each record (client, onset, last, outcome), and whether the other one has
        them, too.
    counts : mapping of str to int
        clients, sessions compared, and what was set aside: ``judged_not_asked``,
        ``asked_not_judged``, of these ``logged_not_judged``; ``found_set_aside`` and
        ``logged_set_aside``, ruptures without a session compared.
    name, source : str
        What found, and who logged.
    window : int
    confidence : float
    draws : int
    """

    frame: pd.DataFrame
    sessions: pd.DataFrame
    found: pd.DataFrame
    logged: pd.DataFrame
    counts: Mapping[str, int]
    name: str
    source: str
    window: int
    confidence: float
    draws: int

    def summary(self) -> pd.DataFrame:
        """Return each measure with its interval and what chance gives."""
        columns = ["level", "measure", "value", "low", "high", "of"]
        if self.draws:
            columns += ["chance", "chance_low", "chance_high", "p"]
        return self.frame[columns]

    def text(self) -> str:
        """Return the agreement in sentences for a paper."""
        at = self.frame.set_index(["level", "measure"])
        counts = self.counts
        sentences = [
            f"In {counts['compared']} sessions of {counts['clients']} clients both "
            f"{self.name} and the log of the {self.source} had an answer; kappa was "
            f"{self._with_interval(at.loc[('session', 'kappa')])}.",
            f"Of {at.loc[('episode', 'sensitivity'), 'of']} ruptures logged, "
            f"{self._share(at.loc[('episode', 'sensitivity')])} were found within {self._within()}; "
            f"of {at.loc[('episode', 'ppv'), 'of']} found, "
            f"{self._share(at.loc[('episode', 'ppv')])} had been logged.",
        ]
        if self.draws:
            sentences.append(
                "Chance is what the same measures give when each client's log is turned round by a "
                "random number of sessions."
            )
        sentences.append(
            "Intervals come from leaving out each client (jackknife). "
            f"Not compared: {counts['judged_not_asked']} judged sessions about which nobody was "
            f"asked, and {counts['logged_not_judged']} logged sessions without a judgement."
        )
        return " ".join(sentences)

    def _within(self) -> str:
        return f"{self.window} session{'' if self.window == 1 else 's'}"

    def _with_interval(self, row: pd.Series) -> str:
        chance = f" (by chance {row['chance']:.2f})" if self.draws else ""
        return (
            f"{row['value']:.2f}, {self.confidence:.0%} interval {row['low']:.2f} to "
            f"{row['high']:.2f}{chance}"
        )

    def _share(self, row: pd.Series) -> str:
        if not row["of"]:
            return "none"
        chance = f", by chance {row['chance']:.0%}" if self.draws else ""
        return f"{row['value']:.0%} ({row['low']:.0%} to {row['high']:.0%}{chance})"

    def plot(self, ax=None, *, save=None):
        """Draw every measure with its interval and its chance level."""
        from alliance import figures

        return figures.log_agreement(self, ax=ax, save=save)

    def to_table(self, *, number: int | None = None) -> PublicationTable:
        """Return the table for a paper; see `alliance.results`."""
        from alliance import results

        frame = self.frame
        chance = []
        if self.draws:
            chance = [
                results.coefficients("Mean", frame["chance"]).under("By chance"),
                results.p_values("p", frame["p"]).under("By chance"),
            ]
        level = f"{100 * self.confidence:g}% CI"
        return results.PublicationTable(
            number=number,
            title=f"Ruptures Found by {self.name} Against the Log of the {self.source}",
            columns=(
                results.words("Level", frame["level"].str.capitalize()),
                results.words("Measure", frame["measure"].str.replace("_", " ")),
                results.coefficients("Value", frame["value"]),
                results.intervals(level, frame["low"], frame["high"], results.bounded),
                results.counts("n", frame["of"]),
                *chance,
            ),
            general=f"n is the number divided by. {self.text()}",
        )

    def _repr_html_(self) -> str:
        return in_html(self.summary(), self.text(), form="{:.2f}")
