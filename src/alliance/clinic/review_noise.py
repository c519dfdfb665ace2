"""Noise: what the same detector finds in the same clinic if no rupture ever happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.clinic.counting import MEDIAN
from alliance.clinic.detectors import Detected, PulseDetector, RuleDetector
from alliance.clinic.record import Record
from alliance.errors import AllianceError
from alliance.model.noise import drawn, fit_noise
from alliance.model.resampling import Group
from alliance.progress import track

SESSIONS_IN_ALL = 50_000
ALL_CORES_FROM = 10_000


@dataclass(frozen=True, eq=False, kw_only=True)
class Expected:
    """Counts to expect without any rupture.

    Attributes
    ----------
    frame : DataFrame
        One row for each quantity: quantity, expected (mean over draws; of the median sessions to
        repair the median), low and high (between which a count of that mean lies in 95 of 100
        clinics; NaN for what is no count).
    draws : int
    why_not : str
        Why there are none, if so.
    """

    frame: pd.DataFrame
    draws: int
    why_not: str = ""

    def of(self, quantity: str) -> tuple[float, float, float]:
        """Return the expected count and its limits; NaN where it is not known."""
        rows = self.frame[self.frame["quantity"] == quantity]
        if rows.empty:
            return (np.nan,) * 3
        return tuple(rows[["expected", "low", "high"]].iloc[0].astype(float))


def expect(
    record: Record,
    detector: PulseDetector | RuleDetector,
    count: Callable[[Detected], pd.Series],
    *,
    draws: int,
    seed: int,
) -> Expected:
    """Draw clinics without ruptures at the same sessions, and count what is found in them.

    Parameters
    ----------
    record : Record
    detector : PulseDetector or RuleDetector
        Of the record.
    count : callable
        From what was found to named counts.
    draws : int
        Most draws; where they would hold more than 50,000 sessions in all, fewer, but at least 2.
    seed : int

    Notes
    -----
    Courses are drawn from the model without ruptures of `alliance.chance_baseline` and get the clinic's
    own scores by rank. The detector is fitted anew to each draw, as it would have been in such a
    clinic: the count is what the whole procedure shows where there is nothing to find, and says
    nothing about how many of the ruptures found in a clinic with ruptures are false. Limits are
    those of a Poisson count with the mean of the draws.
    """
    sessions = record.sessions
    rows = _rows_by_length(sessions)
    scores, numbers = sessions["total"].to_numpy(), sessions["session"].to_numpy()
    groups = [Group(scores=scores[part], sessions=numbers[part]) for part in rows]
    try:
        noise = fit_noise(groups)
    except AllianceError as error:
        return _nothing(str(error).splitlines()[0])
    draws = min(draws, max(2, SESSIONS_IN_ALL // len(sessions)))

    def counted(rng: np.random.Generator) -> pd.Series:
        quiet = np.empty(len(sessions))
        for part, values in zip(rows, drawn(groups, noise, rng), strict=True):
            quiet[part] = values
        table = sessions.assign(total=quiet)
        return count(detector.refitted(table).find(table))

    rngs = np.random.default_rng(seed).spawn(draws)
    found = track(_each(counted, rngs, len(sessions)), total=draws, label="noise")
    return Expected(frame=_summed(pd.DataFrame(list(found))), draws=draws)


def _each(work: Callable, rngs: list[np.random.Generator], sessions: int) -> Iterator[pd.Series]:
    """Yield what the work returns for each draw; large clinics are worth all cores."""
    from joblib import Parallel, delayed

    run = Parallel(n_jobs=-1 if sessions >= ALL_CORES_FROM else 1, return_as="generator")
    return run(delayed(work)(rng) for rng in rngs)


def _rows_by_length(sessions: pd.DataFrame) -> list[np.ndarray]:
    """Return for each length of course the rows of its sessions, shape (clients, length).

    Within a length they are sorted by session numbers and scores, so that clients' names do not
    decide which random number meets whom.
    """
    scores, numbers = sessions["total"].to_numpy(), sessions["session"].to_numpy()
    codes = pd.factorize(sessions["client"])[0]
    lengths = np.bincount(codes)
    first = np.cumsum(lengths) - lengths
    return [
        part[np.lexsort(np.hstack([scores[part], numbers[part]]).T[::-1])]
        for part in _by_length(first, lengths)
    ]


def _by_length(first: np.ndarray, lengths: np.ndarray) -> Iterator[np.ndarray]:
    for length in np.unique(lengths):
        yield first[lengths == length][:, None] + np.arange(length)


def _summed(counted: pd.DataFrame) -> pd.DataFrame:
    from scipy.stats import poisson

    counts = counted.drop(columns=MEDIAN)
    mean = counts.mean()
    frame = pd.DataFrame(
        {
            "quantity": pd.array(mean.index, dtype="str"),
            "expected": mean.to_numpy(float),
            "low": poisson.ppf(0.025, mean.clip(lower=1e-9)),
            "high": poisson.ppf(0.975, mean.clip(lower=1e-9)),
        }
    )
    median = {
        "quantity": [MEDIAN],
        "expected": [counted[MEDIAN].median()],
        "low": np.nan,
        "high": np.nan,
    }
    return pd.concat([frame, pd.DataFrame(median)], ignore_index=True)


def _nothing(why: str) -> Expected:
    columns = {"quantity": pd.Series(dtype="str")}
    columns |= {name: pd.Series(dtype=float) for name in ("expected", "low", "high")}
    return Expected(frame=pd.DataFrame(columns), draws=0, why_not=why)
