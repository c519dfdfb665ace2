"""The result of comparing rules: one row for each, and how far every pair agrees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from alliance.compare.measures import Agreement
from alliance.errors import AllianceError
from alliance.model import ChanceBaseline
from alliance.results.notebook import in_html
from alliance.ruptures import Ruptures

if TYPE_CHECKING:
    from alliance.results import PublicationTable


@dataclass(frozen=True, eq=False, kw_only=True)
class RuleComparison:
    """What several rules find in the same sessions, beside noise and beside each other.

    Parameters
    ----------
    frame : DataFrame
        One row for each rule: clients ``judged`` and ``with_rupture``, ``prevalence``;
        ``ruptures``, of them ``repaired``, ``unrepaired``, ``open``; ``repair_rate`` (open ones
        left out), ``per_client`` (ruptures per client judged); ``provenance``,
        ``repair_provenance``; ``why_not``, why the rule could not be used (empty if it could).
        With chance levels also, for prevalence, repair_rate and per_client and each null, the
        expected value (``prevalence_shuffled``), ``..._low``, ``..._high`` and ``..._p``.
    sessions : Agreement
        Between the rules on flagged sessions, over sessions judged by both.
    clients : Agreement
        Between the rules on clients with a rupture, over clients judged by both.
    found : mapping of str to Ruptures
    chance : ChanceBaseline, optional
    scale : str
    prospective : bool
    """

    frame: pd.DataFrame
    sessions: Agreement
    clients: Agreement
    found: Mapping[str, Ruptures]
    chance: ChanceBaseline | None
    scale: str
    prospective: bool

    def summary(self) -> pd.DataFrame:
        """Return the table without intervals: what each rule found and what noise gives."""
        columns = ["rule", "judged", "prevalence", "ruptures", "repair_rate", "open"]
        if self.chance is not None:
            for name in ("repair_rate", "prevalence"):
                expected = [f"{name}_{null}" for null in self.chance.nulls]
                place = columns.index(name) + 1
                columns[place:place] = [column for column in expected if column in self.frame]
        return self.frame[[*columns, "provenance", "why_not"]]

    def text(self) -> str:
        """Return what the comparison shows, in sentences for a report."""
        used = self.frame[self.frame["why_not"] == ""]
        aside = self.frame[self.frame["why_not"] != ""]
        sentences = [_range(used, self.scale), self._beside_noise(used), self._agree()]
        sentences += [f"{row.rule} could not be used: {row.why_not}." for row in aside.itertuples()]
        return " ".join(sentence for sentence in sentences if sentence)

    def _beside_noise(self, used: pd.DataFrame) -> str:
        if self.chance is None:
            return ""
        null = self.chance.nulls[-1]
        beyond = used[used["per_client"] > used[f"per_client_{null}_high"]]["rule"].tolist()
        where = "in courses simulated without any rupture" if null == "simulated" else "in shuffles"
        if not beyond:
            return f"No rule found more ruptures than it finds {where}."
        return f"More ruptures than {where} were found by {', '.join(beyond)} only."

    def _agree(self) -> str:
        table = self.sessions.kappa.to_numpy()
        pairs = table[np.triu_indices(len(table), 1)]
        pairs = pairs[np.isfinite(pairs)]
        if not len(pairs):
            return ""
        return (
            f"Session by session, the agreement of two rules beyond chance (kappa) ran from "
            f"{pairs.min():.2f} to {pairs.max():.2f}, with a median of {np.median(pairs):.2f}."
        )

    def plot(self, ax=None, *, by: str = "sessions", save=None):
        """Draw Cohen's kappa between rules; see `alliance.figures.agreement_heatmap`.

        Parameters
        ----------
        ax : Axes, optional
        by : {"sessions", "clients"}
        save : path, optional
            File to write the figure to, too.
        """
        if by not in ("sessions", "clients"):
            raise AllianceError(f"by must be 'sessions' or 'clients', not '{by}'.")
        from alliance import figures

        agreement = getattr(self, by)
        return figures.agreement_heatmap(agreement.kappa, judged=agreement.judged, ax=ax, save=save)

    def to_table(self, *, number: int | None = None) -> PublicationTable:
        """Return the table for a paper; see `alliance.results`."""
        from alliance import results

        frame = self.frame
        nulls = self.chance.nulls if self.chance is not None else ()

        def beside(name: str, spanner: str, found: str) -> list[results.Column]:
            heads = {name: found, **{f"{name}_{null}": null.capitalize() for null in nulls}}
            return [
                results.percents(head, frame[column]).under(spanner)
                for column, head in heads.items()
                if column in frame
            ]

        return results.PublicationTable(
            number=number,
            title=f"What Each Rule Finds in the Same {self.scale} Score",
            columns=(
                results.words("Rule", frame["rule"]),
                results.counts("Clients judged", frame["judged"]),
                *beside("prevalence", "Clients with a rupture, %", "Found"),
                results.counts("Ruptures", frame["ruptures"]),
                results.counts("Open", frame["open"]),
                *beside("repair_rate", "Repaired, %", "Found"),
            ),
            general=self._general(),
            specific=tuple(map(_row_note, frame.itertuples())),
        )

    def _general(self) -> str:
        mode = (
            "Each session was judged only by what was known on its day."
            if self.prospective
            else "Sessions were judged with the whole course known."
        )
        noise = ""
        if self.chance is not None:
            noise = (
                f"Shuffled: the clients' own sessions in random order; simulated: courses without "
                f"any rupture; means of {self.chance.draws} draws. "
            )
        return (
            f"Clients with a rupture in per cent of those judged; repaired in per cent of the "
            f"ruptures that were not open. {noise}{mode} {self.text()}"
        )

    def _repr_html_(self) -> str:
        return in_html(self.summary(), self.text())


def _row_note(row) -> str:
    if row.why_not:
        return f"Could not be used: {row.why_not}."
    return f"Rule: {row.provenance}; its repair: {row.repair_provenance}."


def _range(used: pd.DataFrame, scale: str) -> str:
    if used.empty:
        return f"No rule could be used on {scale}."
    used = used.sort_values("prevalence", kind="stable")
    least, most = used.iloc[0], used.iloc[-1]
    if len(used) == 1:
        return (
            f"In {scale}, {least['rule']} found a rupture in {least['prevalence']:.0%} of clients."
        )
    return (
        f"In the same scores of {scale}, the share of clients with a rupture ran from "
        f"{least['prevalence']:.0%} ({least['rule']}) to {most['prevalence']:.0%} ({most['rule']})."
    )
