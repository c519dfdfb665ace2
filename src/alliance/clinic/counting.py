"""Counting: ruptures found, repaired, open and ended while open, by period."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from alliance.clinic.endings import IN_THERAPY
from alliance.clinic.judge import Judged
from alliance.clinic.record import BEFORE, THIS, Record
from alliance.clinic.speed import speed

FOUND, REPAIRED, STILL_OPEN, ENDED_OPEN = COUNTS = (
    "ruptures found",
    "ruptures repaired",
    "ruptures still open",
    "therapies that ended while one was open",
)
OPEN_NOW = "clients in therapy with an open rupture"
MEDIAN = "median sessions to repair"


def counter(record: Record) -> Callable[[Judged], pd.Series]:
    """Return the function that counts what was found, in the data or in noise.

    Its result has the keys ``<quantity>, <period>`` for both periods, `OPEN_NOW` and `MEDIAN`
    (of the ruptures that began in this period).
    """
    rated = record.rated
    place = pd.MultiIndex.from_frame(rated[["client", "session"]])
    period = pd.Series(rated["period"].to_numpy(), index=place)
    clients = record.clients.set_index("client")
    in_therapy = clients["ending"] == IN_THERAPY

    def count(found: Judged) -> pd.Series:
        episodes = found.episodes
        began, over = _at(period, episodes, "onset"), _at(period, episodes, "end")
        repaired = episodes["outcome"].eq("repaired").to_numpy(bool)
        last = found.frame.drop_duplicates("client", keep="last").set_index("client")
        stays_open = last["inside"]
        here = in_therapy.reindex(stays_open.index).to_numpy(bool)
        last_period = clients["period"].reindex(stays_open.index).to_numpy()
        latest = episodes.drop_duplicates("client", keep="last").index
        # Only a course's last rupture can still be open.
        open_episode = episodes.index.isin(latest) & _of(stays_open, episodes["client"])
        numbers = {}
        for name in (THIS, BEFORE):
            numbers[f"{FOUND}, {name}"] = (began == name).sum()
            numbers[f"{REPAIRED}, {name}"] = (repaired & (over == name)).sum()
            numbers[f"{STILL_OPEN}, {name}"] = (
                open_episode & (began == name) & _of(in_therapy, episodes["client"])
            ).sum()
            # Who left is counted in the period of the last session.
            ended = stays_open.to_numpy(bool) & ~here & (last_period == name)
            numbers[f"{ENDED_OPEN}, {name}"] = ended.sum()
        numbers[OPEN_NOW] = (stays_open.to_numpy(bool) & here).sum()
        numbers[MEDIAN] = speed(record, found).median
        return pd.Series(numbers, dtype=float)

    return count


def months(record: Record) -> list[str]:
    """Return the months, year-month, from the first rated session to the day of the review."""
    if not record.at:
        return []
    first = record.rated["date"].min()[:7]
    return [str(month) for month in pd.period_range(first, record.at[:7], freq="M")]


def _at(labels: pd.Series, episodes: pd.DataFrame, name: str) -> np.ndarray:
    place = pd.MultiIndex.from_arrays([episodes["client"], episodes[name]])
    return np.asarray(labels.reindex(place))


def _of(truths: pd.Series, clients: pd.Series) -> np.ndarray:
    return np.asarray(truths.reindex(clients), dtype=bool)
