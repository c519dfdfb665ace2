"""Of the ruptures in one rater's scores, in how many did the other rater's score dip, too?"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from alliance.agreement.cases import Found, detections
from alliance.agreement.turning import chance_of_draws
from alliance.agreement.two_by_two import share_with_intervals
from alliance.errors import AllianceError, did_you_mean
from alliance.tables import SESSIONS, tidy

if TYPE_CHECKING:
    from alliance.papers import PaperTable

FEWEST_SESSIONS = 4


@dataclass(frozen=True, eq=False, kw_only=True)
class Noticed:
    """How many ruptures of one rater the other rater's scores show, beside chance.

    Parameters
    ----------
    frame : DataFrame
        The ruptures: client, onset, last, outcome, ``other_change`` (the other's lowest score near
        the onset less the other's mean, in the other's SD for that client; better is positive)
        and ``noticed`` (True, False; missing where the other did not rate near it or fewer than
        4 sessions).
    value, low, high : float
        Share noticed of those that could be judged, with its interval (jackknife over clients).
    judged : int
    chance, chance_low, chance_high, p : float
        The same with the ruptures of each client turned round by a random number of sessions.
    by, other : str
        Whose ruptures, and who might have noticed.
    window : int
    dip : float
    """

    frame: pd.DataFrame
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

    def summary(self) -> pd.DataFrame:
        """Return the counts and the share in one row."""
        names = ("value", "low", "high", "chance", "chance_low", "chance_high", "p")
        row = {"ruptures": len(self.frame), "judged": self.judged}
        row |= {"noticed": int(self.frame["noticed"].fillna(False).sum())}
        return pd.DataFrame([row | {name: getattr(self, name) for name in names}])

    def text(self) -> str:
        """Return the share in a sentence."""
        if not self.judged:
            return f"No rupture could be judged by the {self.other}'s scores."
        plural = "" if self.window == 1 else "s"
        return (
            f"In {int(self.frame['noticed'].fillna(False).sum())} of {self.judged} ruptures in the "
            f"{self.by}'s scores ({self.value:.0%}, {self.low:.0%} to {self.high:.0%}) the "
            f"{self.other}'s score dipped by {self.dip:g} SD or more within {self.window} "
            f"session{plural} of the onset{self._by_chance()}. "
            f"{len(self.frame) - self.judged} ruptures could not be judged."
        )

    def _by_chance(self) -> str:
        if np.isnan(self.chance):
            return ""
        return (
            f"; at other times of the same therapies that is so in {self.chance:.0%} "
            f"({self.chance_low:.0%} to {self.chance_high:.0%}; p = {self.p:.3f})"
        )

    def to_table(self, *, number: int | None = None) -> PaperTable:
        """Return the table for a paper; see `alliance.papers`."""
        from alliance import papers

        return papers.PaperTable(
            number=number,
            title=f"Ruptures of the {self.by} That the Scores of the {self.other} Show",
            columns=(
                papers.counts("Ruptures", [len(self.frame)]),
                papers.counts("n judged", [self.judged]),
                papers.coefficients("Share", [self.value]).under("Noticed"),
                papers.intervals("95% CI", [self.low], [self.high], papers.bounded).under(
                    "Noticed"
                ),
                papers.coefficients("Share", [self.chance]).under("By chance"),
                papers.p_values("p", [self.p]).under("By chance"),
            ),
            general=self.text(),
        )

    def _repr_html_(self) -> str:
        table = self.summary().to_html(index=False, float_format=lambda value: f"{value:.3g}")
        return f"<div>{table}<p>{escape(self.text())}</p></div>"


def rupture_noticed(
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
) -> Noticed:
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
    Noticed

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
    >>> noticed = rupture_noticed(found, study.sessions, draws=19)
    >>> noticed.judged <= len(noticed.frame)
    True
    """
    if window < 0 or dip <= 0 or draws < 0:
        raise AllianceError("window and draws must be 0 or more, and dip above 0.")
    rng = np.random.default_rng(rng)
    episodes = detections(found, rater).episodes
    scores = _standing(sessions, other, scale, higher_is_better)
    change = _changes(episodes, scores, window)
    frame = episodes.assign(
        other_change=change,
        noticed=pd.Series(change <= -dip, index=episodes.index, dtype="boolean").mask(
            np.isnan(change)
        ),
    )
    judged = frame.dropna(subset=["noticed"])
    value = float(judged["noticed"].mean()) if len(judged) else np.nan
    groups = judged["noticed"].astype(float).groupby(judged["client"]).agg(["sum", "size"])
    low, high = (
        share_with_intervals(groups["sum"].to_numpy(), groups["size"].to_numpy(float), confidence)[
            2:4
        ]
        if len(judged)
        else (np.nan, np.nan)
    )

    def draw() -> np.ndarray:
        moved = _moved(judged, scores, rng)
        return np.array([np.mean(_changes(moved, scores, window) <= -dip)])

    chance = chance_of_draws(np.array([value]), draw, draws if len(judged) else 0)[0]
    return Noticed(
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
    )


def _standing(sessions, other: str, scale: str, higher_is_better: bool) -> dict:
    """Return for each client the session numbers and the other's scores in own SD, sorted."""
    sessions = tidy(sessions, SESSIONS)
    if scale not in sessions.columns:
        raise AllianceError(f"The sessions table has no scale '{scale}'.")
    raters = sorted(sessions["rater"].unique())
    if other not in raters:
        raise AllianceError(f"No session was rated by '{other}'.{did_you_mean(other, raters)}")
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
