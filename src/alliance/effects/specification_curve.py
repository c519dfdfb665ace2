"""The answers of all specifications: one row each, the curve, and what they say together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance.effects.gain_result import too_few
from alliance.effects.gains import FEWEST_EXPOSED
from alliance.effects.multiverse_choices import AXES, Choices, Specification, as_columns, shown
from alliance.effects.multiverse_grid import Estimates
from alliance.effects.multiverse_joint import (
    curve_band,
    each_p,
    joint_table,
    means,
    only,
    significant,
    statistics,
)
from alliance.effects.multiverse_text import paragraph, table_of
from alliance.results.notebook import in_html

if TYPE_CHECKING:
    from alliance.results import PublicationTable


@dataclass(frozen=True, eq=False, kw_only=True)
class SpecificationCurve:
    """What every specification finds, and how the whole compares with studies without gain.

    Parameters
    ----------
    choices : Choices
    specifications : tuple of Specification
        In the order of the rows of `frame`.
    found : Estimates
        Of the study, shape (1, specifications).
    surrogates : Estimates or None
        Of studies with ruptures but no gain, shape (surrogates, specifications).
    confidence : float
        Level of the intervals, 0-1.
    total_sd : float
        SD of all scores, points.
    scale, rater : str
    counts : dict of str to int
        rows that came in, unrated, without_parts, sessions and clients that entered.
    """

    choices: Choices
    specifications: tuple[Specification, ...]
    found: Estimates
    surrogates: Estimates | None
    confidence: float
    total_sd: float
    scale: str
    rater: str
    counts: dict[str, int]

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each specification.

        Columns: specification (number from 1), the axes of `Choices` (window: missing for any),
        answered, estimate (points for each repair; NaN with normal scores), estimate_sd,
        standard_error_sd, lower_sd, upper_sd (SD of all scores), df, t, p (two-sided, by
        itself), significant (above 0 with p < .05), exposed (clients), sessions_used, reason
        (why it is refused) and, with surrogates, corrected_sd (estimate less the mean of the
        surrogates) and p_surrogate.
        """
        from scipy.special import stdtrit

        found, size = self.found, self.sd_sizes
        answered = found.answered[0]
        points = np.array([one.scores == "raw" for one in self.specifications])
        table = pd.DataFrame(
            {
                "specification": np.arange(1, len(size) + 1),
                **as_columns(self.specifications),
                "answered": answered,
                "estimate": np.where(points, found.estimate[0], np.nan),
                "estimate_sd": found.estimate[0] / size,
                "standard_error_sd": found.standard_error[0] / size,
            }
        )
        table["window"] = table["window"].astype("Int64")
        reach = stdtrit(found.df[0], (1 + self.confidence) / 2) * table["standard_error_sd"]
        table["lower_sd"] = table["estimate_sd"] - reach
        table["upper_sd"] = table["estimate_sd"] + reach
        table["df"], table["t"], table["p"] = found.df[0], found.t[0], found.p[0]
        table["significant"] = significant(found)[0]
        table["exposed"] = found.exposed[0].astype(int)
        table["sessions_used"] = found.used[0]
        table["reason"] = pd.array([self._reason(place) for place in range(len(size))], "str")
        if self.surrogates is not None:
            mean = means(self.surrogates.estimate)
            table["corrected_sd"] = (found.estimate[0] - mean) / size
            table["p_surrogate"] = each_p(found, self.surrogates)
        return table

    @property
    def joint(self) -> pd.DataFrame:
        """The joint statistics beside those without gain; see `alliance.effects.joint_table`.

        Empty without surrogates.
        """
        if self.surrogates is None:
            none = only(self.found, np.zeros(len(self.specifications), dtype=bool))
            return joint_table(self.found, none).iloc[:0]
        return joint_table(self.found, self.surrogates)

    @property
    def p(self) -> float:
        """The joint p: one-sided, of the median t; NaN without surrogates."""
        return float(self.joint["p"].iloc[0]) if self.surrogates is not None else np.nan

    @property
    def answered(self) -> int:
        """How many specifications have an estimate."""
        return int(self.found.answered.sum())

    @property
    def band(self) -> pd.DataFrame:
        """Where the sorted curve lies in surrogate studies: place, lower, median, upper (SD)."""
        if self.surrogates is None:
            return curve_band(np.zeros((0, 1)), 0)
        estimates = only(self.surrogates, self.found.answered[0]).estimate / self.sd_sizes
        return curve_band(estimates, self.answered)

    def summary(self) -> pd.DataFrame:
        """Return one row for each option of each axis that has several, and one for all.

        Columns: axis, option, specifications, answered, significant (share of those answered),
        significant_without_gain (the same in the surrogates, mean), median_sd (of the
        estimates, SD of all scores), median_t.
        """
        rows = [("all", "", np.ones(len(self.specifications), dtype=bool))]
        for axis in AXES:
            options = getattr(self.choices, axis)
            values = np.array([options.index(getattr(one, axis)) for one in self.specifications])
            if len(options) > 1:
                rows += [(axis, shown(option), values == n) for n, option in enumerate(options)]
        return pd.DataFrame([self._summary_row(*row) for row in rows]).astype(
            {"axis": "str", "option": "str"}
        )

    def _summary_row(self, axis: str, option: str, which: NDArray[np.bool_]) -> dict:
        found = only(self.found, which)
        answered = found.answered[0]
        told = statistics(found)
        row = {
            "axis": axis,
            "option": option,
            "specifications": int(which.sum()),
            "answered": int(answered.sum()),
            "significant": told["share significant"][0],
        }
        if self.surrogates is not None:
            drawn = statistics(only(self.surrogates, answered))["share significant"]
            row["significant_without_gain"] = float(means(drawn[:, None])[0])
        sizes = (self.found.estimate[0] / self.sd_sizes)[answered]
        row["median_sd"] = float(np.median(sizes)) if len(sizes) else np.nan
        row["median_t"] = told["median t"][0]
        return row

    @property
    def sd_sizes(self) -> NDArray[np.float64]:
        """An SD of all scores in each specification's own unit: points, or 1 for normal scores."""
        raw = np.array([one.scores == "raw" for one in self.specifications])
        return np.where(raw, self.total_sd if self.total_sd > 0 else np.nan, 1.0)

    def _reason(self, place: int) -> str:
        if self.found.answered[0, place]:
            return ""
        exposed = int(self.found.exposed[0, place])
        if exposed < FEWEST_EXPOSED:
            return too_few(exposed)
        return "the exposure cannot be told apart from growth in these sessions"

    def text(self) -> str:
        """Return the answer as a paragraph for a paper."""
        return paragraph(self)

    def plot(self, *, save=None):
        """Draw the specification curve; returns two Axes, the curve and the choices below it."""
        from alliance.figures import specification_curve

        return specification_curve(
            self.frame,
            self.band,
            title=f"{self.rater}'s {self.scale}, {self.counts['clients']:,} clients",
            surrogates=0 if self.surrogates is None else len(self.surrogates.estimate),
            save=save,
        )

    def to_table(self, *, number: int | None = None) -> PublicationTable:
        """Return the table for a paper, one row for each option; see `alliance.results`."""
        return table_of(self, number=number)

    def _repr_html_(self) -> str:
        return in_html(self.summary(), self.text(), form="{:.2f}")
