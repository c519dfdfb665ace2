"""Periods: what happened in the period and in the one before, beside noise, with the uncertainty."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.clinic.completion import held_and_filled
from alliance.clinic.counting import COUNTS, FOUND, MEDIAN, Speed, count, speed
from alliance.clinic.judge import Judged
from alliance.clinic.record import BEFORE, THIS, Record
from alliance.clinic.review_noise import Expected
from alliance.clinic.words import Words


@dataclass(frozen=True, eq=False, kw_only=True)
class Periods:
    """What happened in the period and in the one before."""

    # One row for each quantity: quantity, this, before (counts), and for this period what noise
    # alone would give: noise, noise_low, noise_high.
    frame: pd.DataFrame
    # Rated sessions and clients seen, in this period and before.
    sessions: tuple[int, int]
    clients: tuple[int, int]
    # Share of the sessions that were rated, 0-1; NaN without sessions.
    completion: tuple[float, ...]
    # Ruptures found per rated session, this period over the one before, with its 95 % interval; NaN
    # where it is not defined.
    ratio: float
    ratio_low: float
    ratio_high: float
    speed: Speed  # How soon the period's ruptures were repaired
    median_in_noise: float  # Median sessions to repair in noise alone; NaN where it is not known

    def change(self, words: Words) -> str:
        """Return the change from the period before, in a sentence."""
        if np.isnan(self.ratio):
            return words("period.no_change")
        verdict = "chance" if self.ratio_low <= 1 <= self.ratio_high else "not_chance"
        change = words("period.change", ratio=self.ratio, low=self.ratio_low, high=self.ratio_high)
        return f"{change} {words(f'period.{verdict}')}"

    def repair(self, words: Words) -> str:
        """Return how soon ruptures were repaired, beside noise, in a sentence or two."""
        return self.speed.text(self.median_in_noise, words)


def periods(record: Record, found: Judged, noise: Expected) -> Periods:
    """Put together what happened in the period and in the one before, beside noise."""
    counted, rated = count(record, found), record.rated
    rows = []
    for quantity in COUNTS:
        counts = {name: int(counted[f"{quantity}, {name}"]) for name in (THIS, BEFORE)}
        expected, low, high = noise.of(f"{quantity}, {THIS}")
        beside = {"noise": expected, "noise_low": low, "noise_high": high}
        rows.append({"quantity": quantity, **counts, **beside})
    this, before = (rated[rated["period"] == name] for name in (THIS, BEFORE))
    begun, begun_before = (int(counted[f"{FOUND}, {name}"]) for name in (THIS, BEFORE))
    ratio, low, high = rate_ratio(begun, len(this), begun_before, len(before))
    return Periods(
        frame=pd.DataFrame(rows),
        sessions=(len(this), len(before)),
        clients=(this["client"].nunique(), before["client"].nunique()),
        completion=tuple(
            filled / held if held else np.nan
            for held, filled in (held_and_filled(record, name) for name in (THIS, BEFORE))
        ),
        ratio=ratio,
        ratio_low=low,
        ratio_high=high,
        speed=speed(record, found),
        median_in_noise=noise.of(MEDIAN)[0],
    )


def rate_ratio(events: int, of: int, events_before: int, of_before: int) -> tuple[float, ...]:
    """Return the ratio of two rates and its exact 95 % interval; NaN where it is not defined.

    Clopper, C. J., & Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated
    in the case of the binomial. Biometrika, 26, 404-413. doi:10.1093/biomet/26.4.404

    >>> [round(number, 2) for number in rate_ratio(11, 100, 19, 100)]
    [0.58, 0.25, 1.28]
    """
    from scipy.special import betaincinv

    if not (events_before and of and of_before):
        return (np.nan,) * 3
    total = events + events_before
    # Given their sum, one count is binomial: Clopper-Pearson for its share, turned into a ratio.
    low = betaincinv(events, total - events + 1, 0.025) if events else 0.0
    high = betaincinv(events + 1, total - events, 0.975) if events_before else 1.0
    odds = of_before / of
    return tuple(float(odds * share / (1 - share)) for share in (events / total, low, high))
