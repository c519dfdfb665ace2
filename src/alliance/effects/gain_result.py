"""The answer of the repair test: the gain for each repair, what stands behind it, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from alliance.effects.designs import Design
from alliance.effects.gains import FEWEST_EXPOSED
from alliance.effects.measured import measured_text
from alliance.effects.parts import Parts
from alliance.effects.surrogates import SurrogateNull
from alliance.effects.words import Words
from alliance.errors import AllianceError
from alliance.results.notebook import in_html
from alliance.results.numbers import p_text

if TYPE_CHECKING:
    from alliance.results import PublicationTable

_LABELS = {
    "rows": "sessions that came in",
    "unrated": "without a score on the scale",
    "without_parts": "without a score on every part of the items",
    "rupture": "in a rupture: set aside",
    "reference": "the session a rupture fell from: set aside",
    "recovery": "the session of recovery: set aside, or of its own level with a log",
    "settling": "settling after a repair: set aside, or of its own level with a log",
    "used": "all others: used",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class RepairGain:
    """How much stronger the alliance is after a repaired rupture, and how sure that is.

    Parameters
    ----------
    design : Design
    estimate, standard_error : float
        Points of the scale for each completed repair, positive for a stronger alliance. NaN if
        not answered.
    df : float
        Effective degrees of freedom.
    p : float
        Two-sided, of no gain.
    confidence : float
        Level of the intervals, 0-1.
    within_sd, total_sd : float
        Pooled within-client SD and SD of all scores, points.
    exposed : int
        Clients with used sessions both before and after a repair.
    counts : dict of str to float
        Sessions that came in, by what became of them, and ruptures by outcome; with parts of the items the
        means over the parts.
    clients : DataFrame
        client, sessions, used, repaired, unrepaired, open (with parts: those found by
        the first), share (of the client in what identifies the gain), without (the estimate
        without the client, points).
    reports_set_aside : int
        Reported ruptures of clients without rated sessions.
    scale, rater : str
    words : Words
        What the scale, the people and the occasions are called.
    parts : Parts or None
    surrogate : SurrogateNull or None
    reason : str
        Why there is no answer; empty if there is one.
    """

    design: Design
    estimate: float
    standard_error: float
    df: float
    p: float
    confidence: float
    within_sd: float
    total_sd: float
    exposed: int
    counts: dict[str, float]
    clients: pd.DataFrame
    reports_set_aside: int
    scale: str
    rater: str
    words: Words
    parts: Parts | None = None
    surrogate: SurrogateNull | None = None
    reason: str = ""

    @property
    def answered(self) -> bool:
        """True if there is an estimate."""
        return not self.reason

    @property
    def interval(self) -> tuple[float, float]:
        """Confidence interval of the estimate, points."""
        if not self.answered:
            return np.nan, np.nan
        from scipy.special import stdtrit

        reach = float(stdtrit(self.df, (1 + self.confidence) / 2)) * self.standard_error
        return self.estimate - reach, self.estimate + reach

    @property
    def frame(self) -> pd.DataFrame:
        """The estimate, one row for each unit.

        Columns: unit (points, within-person SD, SD of all scores), size (of the unit, points),
        estimate, standard_error, lower, upper, df, p; and with surrogates corrected (estimate
        less the mean of the surrogates) and p_surrogate.
        """
        lower, upper = self.interval
        sizes = {
            "points": 1.0,
            "within-person SD": self.within_sd,
            "SD of all scores": self.total_sd,
        }
        table = pd.DataFrame({"unit": pd.array(list(sizes), "str"), "size": list(sizes.values())})
        size = table["size"].where(table["size"] > 0)
        table["estimate"] = self.estimate / size
        table["standard_error"] = self.standard_error / size
        table["lower"], table["upper"] = lower / size, upper / size
        table["df"], table["p"] = self.df, self.p
        if self.surrogate is not None:
            table["corrected"] = self.surrogate.corrected / size
            table["p_surrogate"] = self.surrogate.p
        return table

    def summary(self) -> pd.DataFrame:
        """Return one row: design, estimate in SD with interval, df, p, clients and repairs."""
        row = self.frame.iloc[1].drop(["unit", "size"]).to_dict()
        return pd.DataFrame(
            [
                {
                    "design": self.design.name,
                    "answered": self.answered,
                    "points": self.estimate,
                    **{f"{name}_sd" if name == "estimate" else name: row[name] for name in row},
                    "clients": len(self.clients),
                    "exposed": self.exposed,
                    "repaired": self.counts["repaired_ruptures"],
                    "sessions_used": self.counts["used"],
                }
            ]
        )

    def flow(self) -> pd.DataFrame:
        """Return what became of the sessions: step and sessions (means over the parts, if any)."""
        rows = [(label, round(self.counts[name], 1)) for name, label in _LABELS.items()]
        return pd.DataFrame(rows, columns=["step", "sessions"])

    def text(self) -> str:
        """Return the answer in plain words, with what it rests on and how to read it."""
        parts = [self._answer() if self.answered else self._no_answer()]
        if self.answered and self.surrogate is not None:
            parts.append(self._beside_surrogates())
        parts += [self._rests_on(), self._set_aside(), self.design.text()]
        if self.answered:
            parts.insert(-1, self._reading())
        parts.insert(-1, self.words.note())
        return self.words.told(" ".join(part for part in parts if part))

    def _answer(self) -> str:
        lower, upper = self.interval
        first, last = lower / self.within_sd, upper / self.within_sd
        verdict = (
            "The interval leaves out no gain."
            if lower > 0
            else "Scores after a repair were worse than chance explains."
            if upper < 0
            else "The data are compatible with no gain."
        )
        return (
            f"After each repaired rupture {self.words.score} was "
            f"{self.words.differ(self.estimate)} than the same client's growth without it "
            f"({self.estimate / self.within_sd:+.2f} within-person SD, "
            f"{100 * self.confidence:.0f}% interval {first:+.2f} to {last:+.2f}, "
            f"{p_text(self.p)}, {self.df:.0f} degrees of freedom). {verdict}"
        )

    def _no_answer(self) -> str:
        return (
            f"Whether {self.words.score} is {self.words.better} after a repaired rupture is not "
            "answered: "
            f"{self.reason}."
        )

    def _beside_surrogates(self) -> str:
        null = self.surrogate
        return (
            f"In {null.count} surrogate studies with the same sessions, ruptures and repairs but "
            f"no gain the same test found {np.nanmean(null.estimates):+.2f} points on average; "
            f"corrected for that the estimate is {null.corrected:+.2f} points, "
            f"{p_text(null.p)} among the surrogates."
        )

    def _rests_on(self) -> str:
        counts = self.counts
        told = "reported" if self.design.rule is None else "found"
        return (
            f"This rests on {self.exposed} clients with sessions both before and after a repair, "
            f"of {len(self.clients)}; {counts['repaired_ruptures']:.0f} repaired, "
            f"{counts['unrepaired_ruptures']:.0f} unrepaired and {counts['open_ruptures']:.0f} "
            f"open ruptures were {told}."
        )

    def _set_aside(self) -> str:
        counts = self.counts
        after = counts["recovery"] + counts["settling"]
        if self.design.rule is None:
            aside, used = counts["rupture"], counts["used"] + after
            detail = f"as part of a rupture, and {after:.0f} of those used came soon after a repair"
        else:
            aside, used = counts["rupture"] + counts["reference"] + after, counts["used"]
            detail = (
                f"as part of a rupture ({counts['rupture']:.0f} in it, "
                f"{counts['reference']:.0f} it fell from, {after:.0f} of recovery)"
            )
        text = f"Of {counts['rows']:.0f} sessions {used:.0f} were used; {aside:.0f} were set aside "
        text += detail
        missing = counts["unrated"] + counts["without_parts"]
        if missing:
            where = " on every part of the items" if self.design.parts else ""
            text += f"; {missing:.0f} had no score{where}"
        if self.reports_set_aside:
            text += f"; {self.reports_set_aside} reports were of clients without rated sessions"
        means = " (Ruptures and sessions are means over the parts of the items.)"
        return f"{text}.{means if self.design.parts else ''}"

    def _reading(self) -> str:
        surrogates = self.surrogate is not None
        rates = f" {measured_text(self.design, surrogates=surrogates)}" * self.words.alliance
        if self.design.rule is None:
            return (
                "Ruptures that were not reported, and reports of none, pull the estimate towards "
                f"zero: read it as a lower bound.{rates}"
            )
        return (
            "Rules find half or less of the true ruptures and flag noise besides, which pulls the "
            "estimate towards zero: read it as a lower bound, never as the size of the effect."
            + rates
        )

    def plot(self, ax=None, *, save=None):
        """Draw the gain, and what it is without each client; see `alliance.figures.gain`.

        Raises
        ------
        AllianceError
            If there is no answer to draw.
        """
        from alliance import figures

        if not self.answered:
            raise AllianceError(f"There is nothing to draw. {self._no_answer()}")
        return figures.gain(
            self.clients,
            estimate=self.estimate,
            interval=self.interval,
            scale=self.scale,
            confidence=self.confidence,
            ax=ax,
            save=save,
        )

    @property
    def _title(self) -> str:
        gains = "the Alliance" if self.words.alliance else self.words.score
        return f"Gain of {gains} for Each Repaired Rupture"

    def to_table(self, *, number: int | None = None) -> PublicationTable:
        """Return the table for a paper; see `alliance.results`."""
        from alliance import results

        frame = self.frame
        beside = []
        if self.surrogate is not None:
            beside = [
                results.numbers("Corrected", frame["corrected"]).under("Beside surrogates"),
                results.p_values("p", frame["p_surrogate"]).under("Beside surrogates"),
            ]
        reason = "" if self.answered else self._no_answer()
        return results.PublicationTable(
            number=number,
            title=self._title,
            columns=(
                results.words("Unit", frame["unit"]),
                results.numbers("Size, points", frame["size"]),
                results.numbers("Estimate", frame["estimate"]),
                results.numbers("SE", frame["standard_error"]),
                results.intervals(f"{100 * self.confidence:g}% CI", frame["lower"], frame["upper"]),
                results.numbers("df", frame["df"], 1),
                results.p_values("p", frame["p"]),
                *beside,
            ),
            general=" ".join(
                part
                for part in (
                    f"Score {self.scale}, rated by the {self.rater}.",
                    reason or self._reading(),
                    self._rests_on(),
                    self._set_aside(),
                    self.design.text(),
                )
            ),
        )

    def _repr_html_(self) -> str:
        return in_html(self.frame, self.text())


def too_few(exposed: int) -> str:
    """Return why a study with few exposed clients is not answered."""
    clients = "client has" if exposed == 1 else "clients have"
    return (
        f"only {exposed} {clients} used sessions both before and after a repair, and fewer than "
        f"{FEWEST_EXPOSED} cannot carry a standard error"
    )
