"""Counting: ruptures found, repaired, open and ended while open, by period, and how soon they were repaired."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.clinic.endings import IN_THERAPY
from alliance.clinic.judge import Judged
from alliance.clinic.record import BEFORE, THIS, Record, last_rows
from alliance.clinic.words import Words
from alliance.ruptures.aalen_johansen import aalen_johansen

WITHIN = 3


@dataclass(frozen=True, kw_only=True)
class Speed:
    """Sessions from onset to repair of the ruptures that began in the period."""

    # Sessions by which half of the ruptures were repaired; infinite if fewer were, NaN if there
    # were no ruptures.
    median: float = np.nan
    # Share repaired within three sessions, 0-1, with its 95 % interval; NaN if there were none.
    share: float = np.nan
    low: float = np.nan
    high: float = np.nan

    def text(self, noise: float, words: Words) -> str:
        """Return how soon ruptures were repaired, beside the median that noise alone gives."""
        if np.isnan(self.median):
            return words("speed.none")
        half = "speed.slow" if np.isinf(self.median) else "speed.half"
        share = words("speed.share", share=self.share, low=self.low, high=self.high)
        beside = "speed.noise_slow" if np.isinf(noise) else "speed.noise_half"
        beside = "speed.noise_unknown" if np.isnan(noise) else beside
        return f"{words(half, n=self.median)} {share} {words(beside, n=noise)}"


def speed(record: Record, found: Judged) -> Speed:
    """Estimate how soon the ruptures that began in the period were repaired.

    Cumulative incidence of repair with the end of therapy as the competing event; therapies that go
    on are censored at the last rated session.
    """
    from alliance.ruptures.incidence import interval

    period = record.at_sessions("period", found.episodes["client"], found.episodes["onset"])
    begun = found.episodes[period == THIS]
    if begun.empty:
        return Speed()
    clients = record.clients.set_index("client").loc[begun["client"]]
    repaired = begun["outcome"].eq("repaired").to_numpy()
    ended = clients["ending"].ne(IN_THERAPY).to_numpy()
    left = clients["last"].to_numpy(dtype=np.int64) + np.where(ended, 1, 0)
    time = np.where(repaired, begun["end"], left) - begun["onset"].to_numpy()
    cause = np.where(repaired, 1, np.where(ended, 2, 0))
    steps = aalen_johansen(time, cause, 2)
    share, se = steps["incidence"][:, 0], steps["standard_error"][:, 0]
    half = share >= 0.5
    at = min(WITHIN, len(share) - 1)
    low, high = interval(share[at : at + 1], se[at : at + 1], 0.95)
    return Speed(
        median=float(steps["time"][half][0]) if half.any() else np.inf,
        share=float(share[at]),
        low=float(low[0]),
        high=float(high[0]),
    )


FOUND, REPAIRED, STILL_OPEN, ENDED_OPEN = COUNTS = (
    "ruptures found",
    "ruptures repaired",
    "ruptures still open",
    "therapies that ended while one was open",
)
OPEN_NOW = "clients in therapy with an open rupture"
MEDIAN = "median sessions to repair"


def count(record: Record, found: Judged) -> pd.Series:
    """Return ``<quantity>, <period>`` of `COUNTS` in both periods, `OPEN_NOW` and `MEDIAN`.

    What was found may be of some of the record's clients only.
    """
    episodes = found.episodes
    began, over = (
        record.at_sessions("period", episodes["client"], episodes[at]) for at in ("onset", "end")
    )
    repaired = episodes["outcome"].eq("repaired")
    stays_open = last_rows(found.frame)["inside"]
    clients = record.clients.set_index("client").reindex(stays_open.index)
    open_here = stays_open & clients["ending"].eq(IN_THERAPY)
    # Only a course's last rupture can still be open.
    last = ~episodes["client"].duplicated(keep="last")
    still_open = last & episodes["client"].map(open_here).astype(bool)
    numbers = {}
    for name in (THIS, BEFORE):
        numbers[f"{FOUND}, {name}"] = (began == name).sum()
        numbers[f"{REPAIRED}, {name}"] = (repaired & (over == name)).sum()
        numbers[f"{STILL_OPEN}, {name}"] = (still_open & (began == name)).sum()
        # Who left is counted in the period of the last session.
        ended = stays_open & ~open_here & clients["period"].eq(name)
        numbers[f"{ENDED_OPEN}, {name}"] = ended.sum()
    numbers[OPEN_NOW] = open_here.sum()
    numbers[MEDIAN] = speed(record, found).median
    return pd.Series(numbers, dtype=float)
