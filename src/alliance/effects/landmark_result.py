"""The answer to repaired against unrepaired: what differs after the landmark, and what would anyway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from alliance.effects.gains import FEWEST_EXPOSED
from alliance.effects.landmark import Landmark
from alliance.effects.surrogates import SurrogateNull
from alliance.effects.words import Words
from alliance.results.notebook import in_html
from alliance.results.numbers import p_text

if TYPE_CHECKING:
    from alliance.results import PublicationTable

GROUPS = (
    "no score before the onset",
    "repaired, left before the landmark",
    "not repaired, left before the landmark",
    "repaired by the landmark",
    "repaired later",
    "never repaired",
)
_COMPARED = GROUPS[3:]
# From calibration/landmark.csv, for the rule and the landmark used if none are named.
MEASURED = (
    " In simulated studies of 200 clients without any gain it differs from 0 at the 5% level in 3 to "
    "11% (13 kinds of study), and lies above 0 then in 3% at most; a gain of 0.3 or 0.5 SD is found "
    "in 1 to 4%, so that finding nothing says nothing."
)


@dataclass(frozen=True, eq=False, kw_only=True)
class LandmarkComparison:
    """How much higher scores are after a rupture repaired by a landmark than after one that was not.

    Parameters
    ----------
    landmark : Landmark
    difference, standard_error : float
        Points after the landmark, repaired less not repaired, positive for a stronger alliance;
        as observed, before the surrogates' difference is taken off. NaN if not answered.
    df : float
    p : float
        Two-sided: among the surrogates, or with a rupture log that of the regression.
    confidence : float
        Level of the intervals, 0-1.
    within_sd, total_sd : float
        Pooled within-client SD and SD of all scores, points.
    counts : dict of str to int
        rows and unrated sessions; clients, those not judged, without and with a rupture; and of
        the first ruptures how many lie in each of `GROUPS`.
    clients : DataFrame
        One row for each client with a rupture: client, onset, repaired (session number, missing
        where it never was), group (of `GROUPS`), before and after (mean scores, points).
    reports_set_aside : int
        Reported ruptures of clients without rated sessions.
    words : Words
    surrogate : SurrogateNull or None
        None with a rupture log.
    reason : str
        Why there is no answer; empty if there is one.
    """

    landmark: Landmark
    difference: float
    standard_error: float
    df: float
    p: float
    confidence: float
    within_sd: float
    total_sd: float
    counts: dict[str, int]
    clients: pd.DataFrame
    reports_set_aside: int
    words: Words
    surrogate: SurrogateNull | None = None
    reason: str = ""

    @property
    def answered(self) -> bool:
        """True if there is an estimate."""
        return not self.reason

    @property
    def expected(self) -> float:
        """Difference in studies without a gain, points; NaN with a rupture log."""
        return np.nan if self.surrogate is None else float(np.nanmean(self.surrogate.estimates))

    @property
    def corrected(self) -> float:
        """Difference less that of studies without a gain, points; as observed with a log."""
        return self.difference if self.surrogate is None else self.surrogate.corrected

    @property
    def interval(self) -> tuple[float, float]:
        """Confidence interval of the corrected difference, points."""
        if not self.answered:
            return np.nan, np.nan
        if self.surrogate is not None:
            return self.surrogate.interval(self.confidence)
        from scipy.special import stdtrit

        reach = float(stdtrit(self.df, (1 + self.confidence) / 2)) * self.standard_error
        return self.difference - reach, self.difference + reach

    @property
    def frame(self) -> pd.DataFrame:
        """The difference, one row for each unit.

        Columns: unit (points, within-person SD, SD of all scores), size (of the unit, points),
        difference, expected (without a gain), corrected, lower, upper, p.
        """
        lower, upper = self.interval
        table = pd.DataFrame(
            {
                "unit": pd.array(["points", "within-person SD", "SD of all scores"], "str"),
                "size": [1.0, self.within_sd, self.total_sd],
            }
        )
        size = table["size"].where(table["size"] > 0)
        table["difference"], table["expected"] = self.difference / size, self.expected / size
        table["corrected"] = self.corrected / size
        table["lower"], table["upper"], table["p"] = lower / size, upper / size, self.p
        return table

    def summary(self) -> pd.DataFrame:
        """Return one row: the difference in points, and the clients behind it."""
        row = self.frame.iloc[0].drop(["unit", "size"]).to_dict()
        repaired, *others = (self.counts[name] for name in _COMPARED)
        return pd.DataFrame(
            [{"answered": self.answered, **row, "repaired": repaired, "not_repaired": sum(others)}]
        )

    def flow(self) -> pd.DataFrame:
        """Return how many clients are left at each step: step and clients."""
        steps = ("clients", "not judged", "without rupture", "with rupture", *GROUPS)
        rows = [(step, self.counts[step]) for step in steps]
        return pd.DataFrame(rows, columns=["step", "clients"])

    def text(self) -> str:
        """Return the answer in plain words, with what it rests on and how to read it."""
        parts = [self._answer() if self.answered else self._no_answer(), self._set_aside()]
        if self.answered:
            parts.append(self._reading())
        parts += [self.words.note(), self.landmark.text()]
        return self.words.told(" ".join(part for part in parts if part))

    def _no_answer(self) -> str:
        return (
            f"Whether {self.words.score} is {self.words.better} after ruptures that were repaired than after "
            f"others is not answered: {self.reason}."
        )

    def _answer(self) -> str:
        repaired, later, never = (self.counts[name] for name in _COMPARED)
        first = (
            f"Of clients still {'in therapy' if self.words.alliance else 'followed'} "
            f"{self.landmark.sessions} sessions after the onset of their first rupture, the "
            f"{repaired} in whom it was repaired by then had a mean of {self.words.score} "
            f"afterwards that was {self.words.differ(self.difference)} than that of the "
            f"{later + never} in whom it was not ({later} of these were repaired later), given the "
            "mean before the onset and the session of the onset."
        )
        return f"{first} {self._beside_surrogates() if self.surrogate else self._by_report()}"

    def _beside_surrogates(self) -> str:
        return (
            "A rupture that is not repaired is one that is still low, so that some difference is "
            f"there whatever repair does: in {self.surrogate.count} surrogate studies with the same "
            f"sessions, ruptures that pass or stay, and no gain it was {self.expected:+.2f} points "
            f"on average. Beyond that the difference is {self.corrected:+.2f} points "
            f"({self._in_sd()}, {p_text(self.p)} among the surrogates). {self._verdict()}"
        )

    def _by_report(self) -> str:
        return (
            f"({self._in_sd()}, {p_text(self.p)}, HC3.) Reports do not depend on the chance ups and "
            "downs of the scores, so no surrogate studies are needed as long as whoever reported "
            "did not go by the scores."
        )

    def _in_sd(self) -> str:
        lower, upper = (end / self.within_sd for end in self.interval)
        return (
            f"{self.corrected / self.within_sd:+.2f} within-person SD, "
            f"{100 * self.confidence:.0f}% interval {lower:+.2f} to {upper:+.2f}"
        )

    def _verdict(self) -> str:
        lower, upper = self.interval
        if lower > 0:
            return "That is more than such ruptures make without a gain."
        if upper < 0:
            return "That is less than such ruptures make without a gain."
        return "The data are compatible with no gain from repair."

    def _set_aside(self) -> str:
        count = self.counts
        parts = [
            f"{count['without rupture']} had no rupture",
            f"{count[GROUPS[1]] + count[GROUPS[2]]} had no score after the landmark "
            f"({count[GROUPS[2]]} of these left with the rupture still open)",
        ]
        if count["not judged"]:
            parts.append(f"{count['not judged']} could not be judged")
        if count[GROUPS[0]]:
            parts.append(f"{count[GROUPS[0]]} had no score before the onset")
        text = f"Of {count['clients']} clients {'; '.join(parts)}: they are not compared."
        if self.reports_set_aside:
            text += f" {self.reports_set_aside} reports were of clients without rated sessions."
        return text

    def _reading(self) -> str:
        if self.surrogate is None:
            return (
                "The difference says how clients fared, not that repair added anything: a rupture that "
                "goes on keeps the scores low by itself, and nobody was assigned to repair."
            )
        return (
            "Surrogates leave out that clients leave because of a rupture; where they do, the "
            "corrected difference leans below 0, so one above 0 is the safer finding."
            f"{MEASURED if self.landmark == Landmark() and self.words.alliance else ''} Nobody was "
            "assigned to repair."
        )

    def to_table(self, *, number: int | None = None) -> PublicationTable:
        """Return the table for a paper; see `alliance.results`."""
        from alliance import results

        frame = self.frame
        level = f"{100 * self.confidence:g}% CI"
        return results.PublicationTable(
            number=number,
            title="Scores After Ruptures Repaired by a Landmark and After Others",
            columns=(
                results.words("Unit", frame["unit"]),
                results.numbers("Difference", frame["difference"]),
                results.numbers("Expected without gain", frame["expected"]),
                results.numbers("Estimate", frame["corrected"]).under("Beyond that"),
                results.intervals(level, frame["lower"], frame["upper"]).under("Beyond that"),
                results.p_values("p", frame["p"]).under("Beyond that"),
            ),
            general=self.text(),
        )

    def plot(self, ax=None, *, save=None):
        """Draw the observed difference among those of the surrogates; returns the Axes.

        With a rupture log, or without an answer, the two groups' means before and after.

        Parameters
        ----------
        ax : Axes, optional
        save : path, optional
            File to write the figure to, too.
        """
        from alliance import figures

        if self.surrogate is None:
            groups = self.clients[self.clients["group"].isin(_COMPARED)]
            groups = groups.assign(repaired=groups["group"].eq(_COMPARED[0]))
            return figures.before_and_after(groups, label=self.words.score, ax=ax, save=save)
        return figures.against_surrogates(
            self.surrogate.estimates,
            observed=self.difference,
            label=f"repaired less not repaired, points of {self.words.score}",
            ax=ax,
            save=save,
        )

    def _repr_html_(self) -> str:
        return in_html(self.frame, self.text())


def too_few(repaired: int, unrepaired: int) -> str:
    """Return why a study with few clients in either group is not answered."""
    if min(repaired, unrepaired) >= FEWEST_EXPOSED:
        return "the groups cannot be told apart from what is adjusted for"
    return (
        f"at the landmark there were {repaired} clients with the rupture repaired and {unrepaired} "
        f"with it not repaired, and fewer than {FEWEST_EXPOSED} of either cannot carry a comparison"
    )
