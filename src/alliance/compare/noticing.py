"""Of the ruptures in one rater's scores, in how many did the other rater's score dip, too?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from alliance.compare.cases import Found, detections
from alliance.compare.noticed_result import RatingDrop
from alliance.compare.turning import chance_of_draws
from alliance.compare.two_by_two import share_with_intervals
from alliance.errors import AllianceError, suggest
from alliance.tables import SESSIONS, tidy

FEWEST_SESSIONS = 4


def rating_drop_in_other_rater(
    found: Found,
    sessions: pd.DataFrame,
    *,
    rater: str = "client",
    other: str = "therapist",
    scale: str = "total",
    window: int = 1,
    dip: float = 1.0,
    higher_is_better: bool = True,
    confidence: float = 0.95,
    draws: int = 199,
    rng: np.random.Generator | int = 0,
) -> RatingDrop:
    """Say in how many ruptures of one rater the other rater's score dipped, too.

    Parameters
    ----------
    found : Ruptures or PulseScan
        With ruptures of `rater`.
    sessions : DataFrame
        A sessions table with the other's scores.
    rater, other : str
    scale : str
        Column with the other's scores.
    window : int
        Sessions before and after the onset that are looked at.
    dip : float
        How far below the own mean counts, in the other's own SD over the client's sessions.
    higher_is_better : bool
    confidence, draws, rng
        As in `alliance.compare_with_log`.

    Returns
    -------
    RatingDrop

    Raises
    ------
    AllianceError
        If raters or scale are unknown, or settings make no sense.

    Notes
    -----
    The lowest of up to three scores is often one SD below the mean by chance: read the share
    beside its chance level only. A dip in the therapist's score is not proof that the rupture was
    noticed, nor its absence that it was not: therapists may notice and rate high.

    Examples
    --------
    >>> from alliance import find_ruptures, rules, simulate
    >>> world = simulate.World(name="two raters", second_rater=True)
    >>> study = simulate.simulate(world, clients=60, rng=1)
    >>> found = find_ruptures(study.sessions, rules.own_mean())
    >>> noticed = rating_drop_in_other_rater(found, study.sessions, draws=19)
    >>> noticed.judged <= len(noticed.frame)
    True
    """
    if window < 0 or dip <= 0 or draws < 0:
        raise AllianceError("window and draws must be 0 or more, and dip above 0.")
    rng = np.random.default_rng(rng)
    episodes = detections(found, rater).episodes
    scores = _standing(sessions, other, scale, higher_is_better)
    change = _changes(episodes, scores, window)
    dipped = pd.Series(change <= -dip, index=episodes.index, dtype="boolean")
    frame = episodes.assign(other_change=change, noticed=dipped.mask(np.isnan(change)))
    judged = frame.dropna(subset=["noticed"])
    value, low, high = _share(judged, confidence)

    def draw() -> np.ndarray:
        moved = _moved(judged, scores, rng)
        return np.array([np.mean(_changes(moved, scores, window) <= -dip)])

    chance = chance_of_draws(np.array([value]), draw, draws if len(judged) else 0)[0]
    return RatingDrop(
        frame=frame,
        value=value,
        low=low,
        high=high,
        judged=len(judged),
        **dict(zip(("chance", "chance_low", "chance_high", "p"), map(float, chance), strict=True)),
        by=rater,
        other=other,
        window=window,
        dip=dip,
        confidence=confidence,
    )


def _share(judged: pd.DataFrame, confidence: float) -> tuple[float, float, float]:
    """Return the share noticed, with its interval from leaving out each client."""
    if judged.empty:
        return np.nan, np.nan, np.nan
    by_client = judged["noticed"].astype(float).groupby(judged["client"]).agg(["sum", "size"])
    value, _, low, high, *_ = share_with_intervals(
        by_client["sum"].to_numpy(), by_client["size"].to_numpy(float), confidence
    )
    return value, low, high


def _standing(sessions, other: str, scale: str, higher_is_better: bool) -> dict:
    """Return for each client the session numbers and the other's scores in own SD, sorted."""
    sessions = tidy(sessions, SESSIONS)
    if scale not in sessions.columns:
        raise AllianceError(f"The sessions table has no scale '{scale}'.")
    raters = sorted(sessions["rater"].unique())
    if other not in raters:
        raise AllianceError(f"No session was rated by '{other}'.{suggest(other, raters)}")
    rows = sessions[(sessions["rater"] == other) & sessions[scale].notna()]
    by_client = rows.groupby("client")[scale]
    sign = 1.0 if higher_is_better else -1.0
    spread = by_client.transform("std").where(lambda sd: sd > 0)
    known = by_client.transform("size") >= FEWEST_SESSIONS
    standing = sign * (rows[scale] - by_client.transform("mean")) / spread.where(known)
    return {
        client: (part["session"].to_numpy(), standing[part.index].to_numpy())
        for client, part in rows.groupby("client")
    }


def _changes(episodes: pd.DataFrame, scores: dict, window: int) -> np.ndarray:
    """Return the other's lowest standing near each onset, NaN where there is none."""
    found = np.full(len(episodes), np.nan)
    for place, (client, onset) in enumerate(episodes[["client", "onset"]].itertuples(index=False)):
        numbers, standing = scores.get(client, (np.empty(0), np.empty(0)))
        near = standing[np.abs(numbers - onset) <= window]
        if len(near) and not np.isnan(near).all():
            found[place] = np.nanmin(near)
    return found


def _moved(episodes: pd.DataFrame, scores: dict, rng: np.random.Generator) -> pd.DataFrame:
    """Turn each client's onsets round among the sessions the other rated."""
    onset = episodes["onset"].to_numpy().copy()
    for client, rows in episodes.groupby("client").indices.items():
        numbers = scores[client][0]
        place = np.searchsorted(numbers, onset[rows]) + rng.integers(len(numbers))
        onset[rows] = numbers[place % len(numbers)]
    return episodes.assign(onset=onset)
