"""Client, therapist and observer compared: who reported a rupture in the same session."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from alliance.checks import check_number
from alliance.compare.cases import answers
from alliance.compare.turning import chance_of_draws, turned
from alliance.compare.two_by_two import (
    BOTH,
    FIRST_ONLY,
    NEITHER,
    SECOND_ONLY,
    estimates,
    share,
    tables_by_client,
    value_of,
)
from alliance.errors import AllianceError
from alliance.log import tidy_log
from alliance.results.notebook import in_html

if TYPE_CHECKING:
    from alliance.results import PublicationTable

_BY = "by_"


@dataclass(frozen=True, eq=False, kw_only=True)
class SourceAgreement:
    """How far those who reported on the same sessions agree.

    Parameters
    ----------
    frame : DataFrame
        One row for each pair of sources: ``first``, ``second``; ``clients`` and ``sessions`` about
        which both were asked; ``both``, ``first_only``, ``second_only``, ``neither``;
        ``first_yes`` and ``second_yes`` (share of sessions reported); ``on_yes`` (sessions both
        report, as a share of the mean of those each does); ``kappa`` with ``low`` and ``high``
        (jackknife over clients), ``chance``, ``chance_low``, ``chance_high`` and ``p``.
    sessions : DataFrame
        client, session and one column for each source (``by_therapist``): True, False, or
        missing (not asked).
    confidence : float
    draws : int
    """

    frame: pd.DataFrame
    sessions: pd.DataFrame
    confidence: float
    draws: int

    def summary(self) -> pd.DataFrame:
        """Return counts, shares and kappa of each pair."""
        columns = ["first", "second", "sessions", "both", "first_only", "second_only", "neither"]
        columns += ["first_yes", "second_yes", "kappa", "low", "high"]
        return self.frame[[*columns, *(["chance", "p"] if self.draws else [])]]

    def noticed(self) -> pd.DataFrame:
        """Return who reported: sessions by the set of sources that said yes, where all were asked.

        Returns
        -------
        DataFrame
            ``reported_by`` ("client and therapist", "nobody" ...), ``sessions``, ``share``.
        """
        columns = [name for name in self.sessions.columns if name.startswith(_BY)]
        names = [name.removeprefix(_BY) for name in columns]
        table = self.sessions.dropna(subset=columns)
        told = [
            " and ".join(name for name, yes in zip(names, row, strict=True) if yes) or "nobody"
            for row in table[columns].to_numpy(bool)
        ]
        counts = pd.Series(told, dtype="str").value_counts().rename_axis("reported_by")
        counts = counts.rename("sessions").reset_index()
        return counts.assign(share=counts["sessions"] / max(len(table), 1))

    def text(self) -> str:
        """Return the agreement in sentences for a paper."""
        return " ".join(_sentence(row, self.draws) for row in self.frame.itertuples())

    def plot(self, ax=None, *, save=None):
        """Draw kappa between all sources as a heat-map."""
        from alliance import figures

        names = sorted({*self.frame["first"], *self.frame["second"]})
        table = pd.DataFrame(np.eye(len(names)), index=names, columns=names)
        for row in self.frame.itertuples():
            table.loc[row.first, row.second] = table.loc[row.second, row.first] = row.kappa
        return figures.agreement_heatmap(table, between="sources", ax=ax, save=save)

    def to_table(self, *, number: int | None = None) -> PublicationTable:
        """Return the table for a paper; see `alliance.results`."""
        from alliance import results

        frame = self.frame
        level = f"{100 * self.confidence:g}% CI"
        chance = [results.p_values("p", frame["p"])] if self.draws else []
        return results.PublicationTable(
            number=number,
            title="Who Reported Ruptures in the Same Sessions",
            columns=(
                results.words("Sources", frame["first"] + " and " + frame["second"]),
                results.counts("n", frame["sessions"]),
                results.counts("Both", frame["both"]).under("Sessions reported by"),
                results.counts("First only", frame["first_only"]).under("Sessions reported by"),
                results.counts("Second only", frame["second_only"]).under("Sessions reported by"),
                results.counts("Neither", frame["neither"]).under("Sessions reported by"),
                results.coefficients("κ", frame["kappa"]),
                results.intervals(level, frame["low"], frame["high"], results.bounded),
                *chance,
            ),
            general="n: sessions about which both were asked; others are set aside. κ: Cohen's "
            f"kappa, its interval from leaving out each client. {self.text()}",
        )

    def _repr_html_(self) -> str:
        return in_html(self.summary(), self.text(), form="{:.2f}")


def _sentence(row, draws: int) -> str:
    chance = f", by chance {row.chance:.2f}" if draws else ""
    return (
        f"In {row.sessions} sessions of {row.clients} clients about which both were asked, the "
        f"{row.first} reported a rupture in {row.first_yes:.0%} and the {row.second} in "
        f"{row.second_yes:.0%}; {row.both} sessions were reported by both, {row.first_only} by the "
        f"{row.first} only and {row.second_only} by the {row.second} only (kappa {row.kappa:.2f}, "
        f"{row.low:.2f} to {row.high:.2f}{chance})."
    )


def compare_sources(
    log: pd.DataFrame,
    *,
    asked: pd.DataFrame | None = None,
    confidence: float = 0.95,
    draws: int = 199,
    rng: np.random.Generator | int = 0,
) -> SourceAgreement:
    """Compare all pairs of sources of a rupture log, session by session.

    Parameters
    ----------
    log : DataFrame
        A rupture log of several sources, see `alliance.read_log`.
    asked : DataFrame, optional
        Sessions about which the sources were asked, if the log holds only reported ruptures:
        client and session, and ``source`` where they differ by source. What is neither in the
        log nor here was not asked about, and is not taken for a no.
    confidence, draws, rng
        As in `compare_with_log`.

    Returns
    -------
    SourceAgreement

    Raises
    ------
    AllianceError
        If there is only one source, no session in common, or it is not known who was asked.

    Notes
    -----
    Kappa is low where a rupture is rare, whatever the agreement; read it beside the counts, and
    beside its chance level: kappa after turning one record of each client round by a random
    number of sessions. Above 0 that level is agreement about clients, not about sessions.

    Examples
    --------
    >>> log = pd.DataFrame({
    ...     "client": ["a"] * 4 + ["b"] * 4,
    ...     "session": [1, 1, 2, 2] * 2,
    ...     "source": ["client", "therapist"] * 4,
    ...     "tension": [1, 1, 0, 0, 0, 1, 0, 0],
    ... })
    >>> compare_sources(log, draws=0).frame[["both", "first_only", "second_only"]].values.tolist()
    [[1, 0, 1]]
    """
    check_number(confidence, "confidence", 0.5, 0.9999)
    rng = np.random.default_rng(rng)
    log = tidy_log(log)
    names = sorted(log["source"].unique())
    if len(names) < 2:
        raise AllianceError(
            f"The log has one source only ({', '.join(names)}): there is nobody to compare with."
        )
    wide = None
    for name in names:
        told = answers(log[log["source"] == name], _asked_of(asked, name), log)
        told = told.rename(columns={"logged": _BY + name}).astype({_BY + name: "boolean"})
        wide = told if wide is None else wide.merge(told, on=["client", "session"], how="outer")
    wide = wide.sort_values(["client", "session"], ignore_index=True)
    rows = [
        _pair(wide, first, second, confidence, draws, rng)
        for first, second in combinations(names, 2)
    ]
    return SourceAgreement(
        frame=pd.DataFrame(rows), sessions=wide, confidence=confidence, draws=draws
    )


def _asked_of(asked: pd.DataFrame | None, source: str) -> pd.DataFrame | None:
    if asked is None or not isinstance(asked, pd.DataFrame) or "source" not in asked:
        return asked
    return asked[asked["source"] == source]


def _pair(wide, first: str, second: str, confidence: float, draws: int, rng) -> dict:
    shared = wide.dropna(subset=[_BY + first, _BY + second])
    if shared.empty:
        raise AllianceError(f"{first} and {second} were never asked about the same session.")
    one, other = (shared[_BY + name].to_numpy(bool) for name in (first, second))
    client = pd.factorize(shared["client"])[0]
    offsets = np.append(0, np.cumsum(np.bincount(client)))
    counts = tables_by_client(one, other, client)
    total = counts.sum(0)
    agreed = estimates(counts, confidence).set_index("measure").loc["kappa"]

    def draw() -> np.ndarray:
        around, _ = turned(other, offsets, rng)
        return value_of("kappa", tables_by_client(one, around, np.zeros_like(client)))

    chance = chance_of_draws(np.array([agreed["value"]]), draw, draws)[0]
    cells = {"both": BOTH, "first_only": FIRST_ONLY, "second_only": SECOND_ONLY, "neither": NEITHER}
    said = 2 * total[BOTH] + total[FIRST_ONLY] + total[SECOND_ONLY]
    return {
        "first": first,
        "second": second,
        "clients": len(counts),
        "sessions": len(shared),
        **{name: int(total[cell]) for name, cell in cells.items()},
        "first_yes": one.mean(),
        "second_yes": other.mean(),
        "on_yes": float(share(2 * total[BOTH], said)),
        "kappa": agreed["value"],
        "low": agreed["low"],
        "high": agreed["high"],
        **dict(zip(("chance", "chance_low", "chance_high", "p"), chance, strict=True)),
    }
