"""Noise: what the same detector finds in the same clinic if no rupture ever happens."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.clinic.counting import MEDIAN, count
from alliance.clinic.judge import Judged, fit_some
from alliance.clinic.record import BEFORE, THIS, Record
from alliance.model.drawing import draw_courses
from alliance.model.parameters import Noise
from alliance.progress import track

SESSIONS_IN_ALL = 12_000
SESSIONS_IN_A_DRAW = 3_000


@dataclass(frozen=True, eq=False, kw_only=True)
class Expected:
    """Counts to expect without any rupture."""

    # By quantity: expected (mean over draws; of the median sessions to repair the median), low and
    # high (between which a count of that mean lies in 95 of 100 clinics; NaN for what is no count).
    frame: pd.DataFrame
    draws: int  # 0 where there are too few ratings to draw from.

    def of(self, quantity: str) -> tuple[float, float, float]:
        """Return the expected count and its limits; NaN where it is not known."""
        if quantity not in self.frame.index:
            return (np.nan,) * 3
        return tuple(self.frame.loc[quantity])


def expect(record: Record, judged: Judged, *, draws: int, seed: int) -> Expected:
    """Draw clinics without ruptures at the same sessions, and count what is found in them.

    `judged`: of the record. `draws`: most draws; where they would hold more than 12,000 sessions in
    all, fewer, but at least 2.

    Of a clinic with more than 3,000 rated sessions every k-th client is drawn, and counts are
    multiplied. Courses are drawn without ruptures from the clinic's own course model, fitted with
    them where it judges and as if there were none where a rule does. The lowest of the drawn values
    gets the lowest score of the clinic, and so on, so that rounding, range and ceiling are its own.
    The detector is fitted anew to each draw, as it would have been in such a clinic, and judges what
    the counts of the period need. The count is what the whole procedure shows where there is nothing
    to find, and says nothing about how many of the ruptures found in a clinic with ruptures are
    false. Limits are those of a Poisson count with the mean of the draws.
    """
    whole = record.sessions
    model = judged.epochs[-1].model
    if model is None:
        # A rule takes much for a rupture that the model has for noise.
        model = fit_some(whole, record.higher_is_better, ruptures=False)
    if model is None:
        return Expected(frame=pd.DataFrame(), draws=0)
    sessions = _some(whole)
    rows = _rows_by_length(sessions)
    draws = min(draws, max(2, SESSIONS_IN_ALL // len(sessions)))
    wanted = _that_count(record, sessions)

    def counted(rng: np.random.Generator) -> pd.Series:
        quiet = _drawn(sessions, rows, model.raters[0].parameters, rng)
        return count(record, judged.again(sessions.assign(total=quiet), wanted))

    rngs = np.random.default_rng(seed).spawn(draws)
    found = track(map(counted, rngs), total=draws, label="noise")
    times = len(whole) / len(sessions)
    return Expected(frame=_summed(pd.DataFrame(list(found)), times), draws=draws)


def _drawn(
    sessions: pd.DataFrame, rows: list[np.ndarray], noise: Noise, rng: np.random.Generator
) -> np.ndarray:
    """Return scores of courses without ruptures: the clinic's own, in the order of drawn values."""
    numbers, latent = sessions["session"].to_numpy(float), np.empty(len(sessions))
    for part in rows:
        latent[part] = draw_courses(numbers[part], noise, rng)
    scores = np.empty(len(sessions))
    scores[np.argsort(latent, kind="stable")] = np.sort(sessions["total"].to_numpy())
    return scores


def _some(sessions: pd.DataFrame) -> pd.DataFrame:
    """Return every k-th client, so that a draw holds no more sessions than it needs."""
    codes = pd.factorize(sessions["client"])[0]
    every = -(-len(sessions) // SESSIONS_IN_A_DRAW)
    return sessions[codes % every == 0].reset_index(drop=True)


def _that_count(record: Record, sessions: pd.DataFrame) -> np.ndarray:
    """Return which sessions the counts need: of the period, the one before, and each last one."""
    client = sessions["client"]
    inside = pd.Series(record.at_sessions("period", client, sessions["session"]) == THIS)
    before = inside.groupby(client).shift(-1, fill_value=False)
    return np.asarray(inside | before | ~client.duplicated(keep="last"), dtype=bool)


def _rows_by_length(sessions: pd.DataFrame) -> list[np.ndarray]:
    """Return the rows of each length (clients, length), sorted by what they hold, not by names."""
    scores, numbers = sessions["total"].to_numpy(), sessions["session"].to_numpy()
    codes = pd.factorize(sessions["client"])[0]
    lengths = np.bincount(codes)
    first = np.cumsum(lengths) - lengths
    rows = []
    for length in np.unique(lengths):
        part = first[lengths == length][:, None] + np.arange(length)
        rows.append(part[np.lexsort(np.hstack([scores[part], numbers[part]]).T[::-1])])
    return rows


def _summed(counted: pd.DataFrame, times: float) -> pd.DataFrame:
    # What was before the period is not judged in noise.
    counts = counted.drop(columns=[MEDIAN, *counted.filter(like=f", {BEFORE}")])
    mean = times * counts.mean()
    frame = pd.DataFrame(
        {"expected": mean, "low": _poisson(0.025, mean), "high": _poisson(0.975, mean)}
    )
    frame.loc[MEDIAN] = [counted[MEDIAN].median(), np.nan, np.nan]
    return frame


def _poisson(share: float, mean: pd.Series) -> np.ndarray:
    """Return the smallest count that a Poisson variable does not exceed with a probability."""
    from scipy.special import pdtr, pdtrik  # scipy.stats would take half a second to import.

    means = mean.clip(lower=1e-9).to_numpy(float)
    smallest = np.ceil(pdtrik(share, means))
    lower = np.maximum(smallest - 1, 0)
    return np.asarray(np.where(pdtr(lower, means) >= share, lower, smallest))
