"""Of the ruptures in one rater's scores, in how many did the other rater's score dip, too?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Unpack

import numpy as np
import pandas as pd

from alliance.arrays import Floats, Ints
from alliance.checks import check_integer
from alliance.compare.circular_shift import CHANCE, beside_chance
from alliance.compare.records import Detection, record_of
from alliance.compare.two_by_two import share_with_intervals
from alliance.course import Choice, Courses, courses
from alliance.errors import AllianceError
from alliance.results import Result

MIN_SESSIONS = 4
Standing = Mapping[str, tuple[Ints, Floats]]


@dataclass(frozen=True, eq=False, kw_only=True)
class RatingDrop(Result):
    """How many ruptures of one rater the other rater's scores show, beside chance.

    Parameters
    ----------
    frame : DataFrame
        The ruptures: client, onset, last, outcome, ``other_change`` (the other's lowest score near
        the onset less the other's mean, in the other's SD for that client; better is positive) and
        ``noticed`` (missing where the other did not rate near it or fewer than 4 sessions).
    value, low, high : float
        Share noticed of those that could be judged, with its interval (jackknife over clients).
    chance, chance_low, chance_high, p : float
        The same with the ruptures of each client shifted round by a random number of sessions.
    by, other : str
        Whose ruptures, and who might have noticed.
    """

    value: float
    low: float
    high: float
    judged: int
    chance: float
    chance_low: float
    chance_high: float
    p: float
    by: str
    other: str
    window: int
    dip: float
    confidence: float

    def table_rows(self) -> pd.DataFrame:
        """Return the counts and the share in one row."""
        names = ("judged", "value", "low", "high", *CHANCE)
        row = {"ruptures": len(self.frame), **{name: getattr(self, name) for name in names}}
        return pd.DataFrame([row | self.facts()])

    def facts(self) -> dict[str, object]:
        """Return how many were noticed."""
        return {"noticed": int(self.frame["noticed"].fillna(False).sum())}


def rating_drop_in_other_rater(
    found: Detection,
    sessions: pd.DataFrame | Courses,
    *,
    other: str = "therapist",
    window: int = 1,
    dip: float = 1.0,
    confidence: float = 0.95,
    draws: int = 199,
    seed: np.random.Generator | int = 0,
    **choice: Unpack[Choice],
) -> RatingDrop:
    """Say in how many ruptures of one rater the other rater's score dipped, too.

    Parameters
    ----------
    found : Ruptures or PulseScan
        Found in the scores of one rater.
    sessions : DataFrame or Courses
        A sessions table with the other's scores.
    other : str
    window : int
        Sessions before and after the onset that are looked at.
    dip : float
        How far below the own mean counts, in the other's own SD over the client's sessions.
    confidence, draws, seed
        As in `alliance.compare_with_log`.
    **choice
        Which scores of the other are meant, see `alliance.courses`.

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
    >>> study = simulate.simulate(world, clients=60, seed=1)
    >>> client = study.sessions[study.sessions["rater"] == "client"]
    >>> found = find_ruptures(client, rules.own_mean())
    >>> noticed = rating_drop_in_other_rater(found, study.sessions, draws=19)
    >>> noticed.judged <= len(noticed.frame)
    True
    """
    check_integer(window, "window")
    check_integer(draws, "draws")
    if not dip > 0:
        raise AllianceError(f"dip must lie above 0; it is {dip}.")
    rng = np.random.default_rng(seed)
    episodes = record_of(found).episodes
    others: Choice = {**choice, "rater": other}
    scores = _standing(courses(sessions, **others))
    change = _changes(episodes, scores, window)
    dipped = pd.Series(change <= -dip, index=episodes.index, dtype="boolean")
    frame = episodes.assign(other_change=change, noticed=dipped.mask(np.isnan(change)))
    judged = frame.dropna(subset=["noticed"])
    value, _, low, high, *_ = share_with_intervals(judged["noticed"], judged["client"], confidence)

    def draw() -> Floats:
        shifted = _shifted(judged, scores, rng)
        return np.array([np.mean(_changes(shifted, scores, window) <= -dip)])

    chance = beside_chance(np.array([value]), draw, draws if len(judged) else 0)
    return RatingDrop(
        frame=frame,
        value=value,
        low=low,
        high=high,
        judged=len(judged),
        **chance.iloc[0].to_dict(),
        by=", ".join(found.clients["rater"].unique()),
        other=other,
        window=window,
        dip=dip,
        confidence=confidence,
    )


def _standing(chosen: Courses) -> Standing:
    """Return for each client the sessions and the scores around the own mean, in own SD."""
    table = pd.DataFrame({"course": chosen.owner, "score": chosen.scores})
    scores = table.groupby("course")["score"]
    spread = scores.transform("std").where(lambda sd: sd > 0)
    # A spread from fewer ratings says too little of what is low for this client.
    known = scores.transform("size") >= MIN_SESSIONS
    standing = (table["score"] - scores.transform("mean")) / spread.where(known)
    frame = chosen.frame
    rows = frame.groupby("client").indices
    numbers, values = frame["session"].to_numpy(), standing.to_numpy()
    return {client: (numbers[mine], values[mine]) for client, mine in rows.items()}


def _changes(episodes: pd.DataFrame, scores: Standing, window: int) -> Floats:
    """Return the other's lowest standing near each onset, NaN where there is none."""
    nobody = (np.empty(0, dtype=np.int64), np.empty(0))
    found = np.full(len(episodes), np.nan)
    for place, (client, onset) in enumerate(episodes[["client", "onset"]].itertuples(index=False)):
        numbers, standing = scores.get(client, nobody)
        near = standing[np.abs(numbers - onset) <= window]
        if len(near) and not np.isnan(near).all():
            found[place] = np.nanmin(near)
    return found


def _shifted(episodes: pd.DataFrame, scores: Standing, rng: np.random.Generator) -> pd.DataFrame:
    """Return each client's onsets shifted round among the sessions the other rated."""
    onset = episodes["onset"].to_numpy().copy()
    for client, rows in episodes.groupby("client").indices.items():
        numbers = scores[client][0]
        place = np.searchsorted(numbers, onset[rows]) + rng.integers(len(numbers))
        onset[rows] = numbers[place % len(numbers)]
    return episodes.assign(onset=onset)
