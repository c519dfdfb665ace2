"""What the usual analyses say, and what it is worth: one result each, and all side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from alliance.errors import AllianceError, suggest
from alliance.results.notebook import in_html
from alliance.results.numbers import p_text

if TYPE_CHECKING:
    from alliance.results import PublicationTable

NOT_MEASURED = "not measured"
_OTHERS = "ruptures found by other criteria: this one was not measured"


@dataclass(frozen=True, eq=False, kw_only=True)
class ConventionalAnalysis:
    """One usual analysis: its numbers, and what they are worth.

    Parameters
    ----------
    name, compares, warning : str
        What is compared, and in one line why it misleads.
    estimate, se, df, low, high, p : float
        In points, turned so that positive means better after repair; NaN if it could not be
        computed. `df` is infinite for a normal test.
    n : mapping of str to int
        Clients (or sessions) behind it, by group.
    note : str
        Why there is no estimate; empty otherwise.
    rates : DataFrame
        Measured rates of false positives, as `false_positive_rates` returns them.
    same_criterion : bool
        Whether they were measured with the very criterion that found these ruptures; otherwise
        with all the criteria that were measured.
    """

    name: str
    compares: str
    warning: str
    estimate: float
    se: float
    df: float
    low: float
    high: float
    p: float
    n: Mapping[str, int]
    note: str
    rates: pd.DataFrame
    same_criterion: bool

    @property
    def false_positive_range(self) -> tuple[float, float]:
        """Lowest and highest measured rate over null worlds and criteria; NaN if none was."""
        if self.rates.empty:
            return math.nan, math.nan
        return float(self.rates["rate"].min()), float(self.rates["rate"].max())

    @property
    def false_positive_rate(self) -> str:
        """The same in words, e.g. ``"5% to 41%"``, or ``"not measured"``."""
        low, high = self.false_positive_range
        return NOT_MEASURED if math.isnan(low) else f"{100 * low:.0f}% to {100 * high:.0f}%"

    @property
    def percent_false(self) -> str:
        """The same for a table, e.g. ``"5–41"``, or a dash."""
        low, high = self.false_positive_range
        return "\N{EM DASH}" if math.isnan(low) else f"{100 * low:.0f}\N{EN DASH}{100 * high:.0f}"

    def text(self) -> str:
        """Return the numbers and their worth in sentences."""
        groups = ", ".join(f"{count} {group}" for group, count in self.n.items())
        if self.note:
            return f"{self.name}: not computed, {self.note} ({groups})."
        worth = (
            "How often it finds a difference where there is none was not measured."
            if self.false_positive_rate == NOT_MEASURED
            else f"Where repair leaves nothing behind, it is significant at 5% in "
            f"{self.false_positive_rate} of simulated studies of 200 clients, depending on the "
            f"world ({'ruptures found by this criterion' if self.same_criterion else _OTHERS})."
        )
        return (
            f"{self.name}: {self.estimate:.3g} points [{self.low:.3g}, {self.high:.3g}], "
            f"{p_text(self.p)} ({groups}); {self.compares}. {worth} {self.warning}"
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class ConventionalAnalyses:
    """The usual analyses of one study, side by side.

    Parameters
    ----------
    frame : DataFrame
        One row each: ``analysis``, ``estimate``, ``se``, ``df``, ``low``, ``high``, ``p``,
        ``estimate_in_sd`` (standard deviations of all scores), ``n`` (in words),
        ``false_positive_lowest``, ``false_positive_highest``, ``warning``, ``note``.
    analyses : tuple of ConventionalAnalysis
    outcome, rater : str
    landmark : int
        Session of the landmark.
    level : float
        Of the intervals, 0-1.
    unit : float
        Standard deviation of all scores, points.
    rows, set_aside : int
        Rated sessions used, and rows of this rater without an outcome.
    clients, not_judged, in_neither : int
        Clients with an outcome; those in whom ruptures could not be looked for; those with both
        repaired and other ruptures, who are in no group of the comparisons of groups.
    """

    frame: pd.DataFrame
    analyses: tuple[ConventionalAnalysis, ...]
    outcome: str
    rater: str
    landmark: int
    level: float
    unit: float
    rows: int
    set_aside: int
    clients: int
    not_judged: int
    in_neither: int

    def __getitem__(self, name: str) -> ConventionalAnalysis:
        """Return an analysis by its name."""
        for analysis in self.analyses:
            if analysis.name == name:
                return analysis
        names = [analysis.name for analysis in self.analyses]
        raise AllianceError(f"There is no analysis '{name}'.{suggest(name, names)}")

    def summary(self) -> pd.DataFrame:
        """Return estimate, p and measured rate of false positives, rounded."""
        table = self.frame[["analysis", "estimate", "low", "high"]].round(3)
        table["p"] = self.frame["p"].round(4)
        rates = [analysis.false_positive_rate for analysis in self.analyses]
        return table.assign(false_positives=rates, warning=self.frame["warning"])

    def text(self) -> str:
        """Return what each analysis says and what that is worth, one paragraph each."""
        return "\n".join([self._head(), *(analysis.text() for analysis in self.analyses)])

    def to_table(self, *, number: int | None = None) -> PublicationTable:
        """Return the table for a paper; see `alliance.results`."""
        from alliance import results

        frame = self.frame
        return results.PublicationTable(
            number=number,
            title="Analyses in Common Use, With Their Rates of False Positives",
            columns=(
                results.words("Analysis", frame["analysis"]),
                results.words("n", frame["n"]),
                results.numbers("Estimate", frame["estimate"]),
                results.intervals(f"{100 * self.level:g}% CI", frame["low"], frame["high"]),
                results.p_values("p", frame["p"]),
                results.Column(
                    head="False positives, %",
                    cells=[analysis.percent_false for analysis in self.analyses],
                ),
            ),
            general=f"{self._head()} Estimates are points, positive for better after repair. False "
            "positives: share of simulated studies of 200 clients without any gain in which the "
            "analysis is significant at 5%, lowest to highest over the worlds simulated.",
            specific=tuple(
                f"Not computed: {analysis.note}." if analysis.note else analysis.warning
                for analysis in self.analyses
            ),
        )

    def _head(self) -> str:
        return (
            f"Analyses in common use, for comparison with other studies; none of them is an "
            f"estimate of what repair does. {self.clients} clients with {self.rows} rated "
            f"sessions ({self.outcome}, rated by {self.rater}; {self.set_aside} rows without a "
            f"score set aside, {self.not_judged} clients not judged, {self.in_neither} with both "
            f"repaired and other ruptures left out of comparisons of groups); landmark at "
            f"session {self.landmark}."
        )

    def _repr_html_(self) -> str:
        return in_html(self.summary(), self.text().splitlines()[0])


def frame_of(analyses: tuple[ConventionalAnalysis, ...], unit: float) -> pd.DataFrame:
    """Return the frame of `ConventionalAnalyses`; `unit` is an SD in points."""
    rows = [
        {
            "analysis": analysis.name,
            **{
                name: getattr(analysis, name)
                for name in ("estimate", "se", "df", "low", "high", "p")
            },
            "estimate_in_sd": analysis.estimate / unit if unit > 0 else math.nan,
            "n": ", ".join(f"{count} {group}" for group, count in analysis.n.items()),
            "false_positive_lowest": analysis.false_positive_range[0],
            "false_positive_highest": analysis.false_positive_range[1],
            "warning": analysis.warning,
            "note": analysis.note,
        }
        for analysis in analyses
    ]
    return pd.DataFrame(rows)
