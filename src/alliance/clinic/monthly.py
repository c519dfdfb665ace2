"""Monthly: ruptures per 100 rated sessions, month by month, on a chart of individuals (XmR)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.clinic.judge import Judged
from alliance.clinic.record import Record
from alliance.clinic.words import Words
from alliance.errors import AllianceError

WIDTH = 2.66
FEWEST_MONTHS = 6


@dataclass(frozen=True, eq=False, kw_only=True)
class Monthly:
    """The rate of ruptures by month.

    `frame` has one row for each month: month, sessions (rated), ruptures (that began), rate (per 100
    sessions; NaN without sessions), whole (the month is over), in_baseline, outside (of the limits).
    `centre`, `low` and `high` are the mean of the baseline and its limits; NaN if there are too few
    months.
    """

    frame: pd.DataFrame
    centre: float
    low: float
    high: float

    def text(self, words: Words) -> str:
        """Return what the chart says, in a sentence or two."""
        if np.isnan(self.centre):
            return words("months.few", n=FEWEST_MONTHS)
        outside = self.frame.loc[self.frame["outside"], "month"].tolist()
        limits = words("months.limits", mean=self.centre, low=self.low, high=self.high)
        beyond = words("months.outside", months=", ".join(outside))
        return f"{limits} {beyond if outside else words('months.inside')}"


def monthly(record: Record, found: Judged, baseline: tuple[str, str] | None) -> Monthly | None:
    """Count ruptures by the month in which they were first seen; None where there are no dates.

    The month of the review enters no limit unless it is over. A baseline of fewer than three whole
    months of the record is an error.
    """
    if not record.at:
        return None
    rated = record.rated
    # From the first rated session to the day of the review.
    span = pd.period_range(rated["date"].min()[:7], record.at[:7], freq="M")
    names = [str(each) for each in span]
    began = record.at_sessions("date", found.episodes["client"], found.episodes["onset"])
    sessions, ruptures = (
        dates.str[:7].value_counts().reindex(names, fill_value=0)
        for dates in (rated["date"], pd.Series(began, dtype="str"))
    )
    last_day = pd.PeriodIndex(names, freq="M").end_time.strftime("%Y-%m-%d")
    frame = pd.DataFrame(
        {
            "month": pd.array(names, dtype="str"),
            "sessions": sessions.to_numpy(),
            "ruptures": ruptures.to_numpy(),
            "rate": 100 * ruptures.to_numpy() / sessions.where(sessions > 0).to_numpy(float),
            "whole": np.asarray(last_day <= record.at),
        }
    )
    return _with_limits(frame, baseline)


def _with_limits(frame: pd.DataFrame, baseline: tuple[str, str] | None) -> Monthly:
    usable = frame["whole"] & frame["rate"].notna()
    if baseline is not None:
        usable &= frame["month"].between(*baseline)
        if usable.sum() < 3:
            raise AllianceError(
                f"The baseline {baseline[0]} to {baseline[1]} holds {usable.sum()} whole months of "
                "this table, and 3 are needed.\nTo fix: choose others with --baseline."
            )
    rates = frame.loc[usable, "rate"].to_numpy()
    frame = frame.assign(in_baseline=usable, outside=False)
    if baseline is None and len(rates) < FEWEST_MONTHS:
        return Monthly(frame=frame, centre=np.nan, low=np.nan, high=np.nan)
    centre = float(rates.mean())
    # XmR: 2.66 = 3 / 1.128, the mean moving range in place of an SD.
    reach = WIDTH * float(np.abs(np.diff(rates)).mean())
    low, high = max(0.0, centre - reach), centre + reach
    # A month that is not over yet is no signal.
    outside = frame["whole"] & ((frame["rate"] < low) | (frame["rate"] > high))
    return Monthly(frame=frame.assign(outside=outside), centre=centre, low=low, high=high)
