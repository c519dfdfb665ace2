"""The result of asking whether the other rater noticed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from alliance.results.notebook import in_html
from alliance.results.numbers import p_text

if TYPE_CHECKING:
    from alliance.results import PublicationTable


@dataclass(frozen=True, eq=False, kw_only=True)
class RatingDrop:
    """How many ruptures of one rater the other rater's scores show, beside chance.

    Parameters
    ----------
    frame : DataFrame
        The ruptures: client, onset, last, outcome, ``other_change`` (the other's lowest score near
        the onset less the other's mean, in the other's SD for that client; better is positive)
        and ``noticed`` (True, False; missing where the other did not rate near it or fewer than
        4 sessions).
    value, low, high : float
        Share noticed of those that could be judged, with its interval (jackknife over clients).
    judged : int
    chance, chance_low, chance_high, p : float
        The same with the ruptures of each client turned round by a random number of sessions.
    by, other : str
        Whose ruptures, and who might have noticed.
    window : int
    dip : float
    confidence : float
    """

    frame: pd.DataFrame
    value: float
    low: float
    high: float
    judged: int
    chance: float
    chance_low: float
    chance_high: float
    p: float
    by: str
    other: str
    window: int
    dip: float
    confidence: float

    def summary(self) -> pd.DataFrame:
        """Return the counts and the share in one row."""
        names = ("value", "low", "high", "chance", "chance_low", "chance_high", "p")
        row = {"ruptures": len(self.frame), "judged": self.judged}
        row |= {"noticed": int(self.frame["noticed"].fillna(False).sum())}
        return pd.DataFrame([row | {name: getattr(self, name) for name in names}])

    def text(self) -> str:
        """Return the share in a sentence."""
        if not self.judged:
            return f"No rupture could be judged by the {self.other}'s scores."
        plural = "" if self.window == 1 else "s"
        return (
            f"In {int(self.frame['noticed'].fillna(False).sum())} of {self.judged} ruptures in the "
            f"{self.by}'s scores ({self.value:.0%}, {self.low:.0%} to {self.high:.0%}) the "
            f"{self.other}'s score dipped by {self.dip:g} SD or more within {self.window} "
            f"session{plural} of the onset{self._by_chance()}. "
            f"{len(self.frame) - self.judged} ruptures could not be judged."
        )

    def _by_chance(self) -> str:
        if np.isnan(self.chance):
            return ""
        return (
            f"; at other times of the same therapies that is so in {self.chance:.0%} "
            f"({self.chance_low:.0%} to {self.chance_high:.0%}; {p_text(self.p)})"
        )

    def to_table(self, *, number: int | None = None) -> PublicationTable:
        """Return the table for a paper; see `alliance.results`."""
        from alliance import results

        level = f"{100 * self.confidence:g}% CI"
        return results.PublicationTable(
            number=number,
            title=f"Ruptures of the {self.by} That the Scores of the {self.other} Show",
            columns=(
                results.counts("Ruptures", [len(self.frame)]),
                results.counts("n judged", [self.judged]),
                results.coefficients("Share", [self.value]).under("Noticed"),
                results.intervals(level, [self.low], [self.high], results.bounded).under("Noticed"),
                results.coefficients("Share", [self.chance]).under("By chance"),
                results.p_values("p", [self.p]).under("By chance"),
            ),
            general=self.text(),
        )

    def _repr_html_(self) -> str:
        return in_html(self.summary(), self.text())
