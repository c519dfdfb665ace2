"""Counting: ruptures found, repaired, open and ended while open, by period, and how soon they were repaired."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.clinic.endings import IN_THERAPY
from alliance.clinic.judge import Judged
from alliance.clinic.record import BEFORE, THIS, Record
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
        return f"{words(half, n=self.median)} {share} {_beside(noise, words)}"


def speed(record: Record, found: Judged) -> Speed:
    """Estimate how soon the ruptures that began in the period were repaired.

    Cumulative incidence of repair with the end of therapy as the competing event; therapies that go
    on are censored at the last rated session.
    """
    from alliance.ruptures.incidence import interval

    rated = record.rated
    inside = rated[rated["period"] == THIS].rename(columns={"session": "onset"})
    begun = found.episodes.merge(inside[["client", "onset"]], on=["client", "onset"])
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


def _beside(noise: float, words: Words) -> str:
    if np.isnan(noise):
        return words("speed.noise_unknown")
    return words("speed.noise_slow") if np.isinf(noise) else words("speed.noise_half", n=noise)


FOUND, REPAIRED, STILL_OPEN, ENDED_OPEN = COUNTS = (
    "ruptures found",
    "ruptures repaired",
    "ruptures still open",
    "therapies that ended while one was open",
)
OPEN_NOW = "clients in therapy with an open rupture"
MEDIAN = "median sessions to repair"


def counter(record: Record) -> Callable[[Judged], pd.Series]:
    """Return what counts findings: ``<quantity>, <period>`` for both, `OPEN_NOW` and `MEDIAN`."""
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


def _at(labels: pd.Series, episodes: pd.DataFrame, name: str) -> np.ndarray:
    place = pd.MultiIndex.from_arrays([episodes["client"], episodes[name]])
    return np.asarray(labels.reindex(place))


def _of(truths: pd.Series, clients: pd.Series) -> np.ndarray:
    return np.asarray(truths.reindex(clients), dtype=bool)
