"""From tables to arrays: which sessions of which clients enter the repair test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.effects.gains import Scores
from alliance.effects.parts import Parts, score_parts
from alliance.errors import AllianceError, DataError, Problem, join_names, suggest
from alliance.instruments import Instrument
from alliance.tables import SESSIONS, scale_columns, tidy


@dataclass(frozen=True, eq=False, kw_only=True)
class Material:
    """The sessions that enter the repair test, and what was left out before.

    Parameters
    ----------
    frame : DataFrame
        client, session, score (points as given) and, if asked for, part_1, part_2 ...;
        sorted, only sessions that are rated.
    scores : Scores
        The same as arrays, turned so that higher is better.
    clients : ndarray of str
        In the order of the courses.
    rater : str
    sign : int
        1, or -1 where lower scores are better.
    rows : int
        Sessions that came in for this rater and instrument.
    unrated : int
        Of these, sessions without a score on the scale.
    without_parts : int
        Further sessions without a score on every part of the items.
    parts : Parts or None
    """

    frame: pd.DataFrame
    scores: Scores
    clients: np.ndarray
    rater: str
    sign: int
    rows: int
    unrated: int
    without_parts: int
    parts: Parts | None

    @property
    def within_sd(self) -> float:
        """Pooled within-client standard deviation of the score, points."""
        grouped = self.frame.groupby("client")["score"]
        freedom = len(self.frame) - grouped.ngroups
        squares = ((self.frame["score"] - grouped.transform("mean")) ** 2).sum()
        return float(np.sqrt(squares / freedom)) if freedom > 0 else np.nan

    @property
    def total_sd(self) -> float:
        """Standard deviation of all scores, points."""
        return float(self.frame["score"].std())


def gather(
    sessions: pd.DataFrame,
    *,
    scale: str,
    instrument: str | Instrument | None = None,
    rater: str | None = None,
    higher_is_better: bool = True,
    items: pd.DataFrame | None = None,
    parts: int = 2,
) -> Material:
    """Choose and sort the sessions of one rater and instrument.

    Parameters
    ----------
    sessions : DataFrame
        A sessions table.
    scale : str
    instrument : str or Instrument, optional
    rater : str, optional
    higher_is_better : bool
    items : DataFrame, optional
        A responses table; then only sessions with scores on every part of the items enter.
    parts : int
        In how many parts the items are shared out.

    Raises
    ------
    AllianceError
        If a choice is missing or impossible, or the scores do not follow from the items.
    """
    key = instrument.key if isinstance(instrument, Instrument) else instrument
    frame = only(only(tidy(sessions, SESSIONS), "rater", rater), "instrument", key)
    _check(frame, scale)
    who = frame["rater"].iloc[0] if len(frame) else rater or ""
    scores = frame[["client", "session"]].assign(score=frame[scale].astype(float))
    rated = scores[scores["score"].notna()]
    shared, kept = None, rated
    if items is not None:
        answers = tidy(items[items["rater"] == who], SESSIONS, sort=False) if len(items) else items
        scored, shared = score_parts(answers, scale=scale, parts=parts, instrument=instrument)
        joined = rated.merge(scored.drop(columns="rater"), on=["client", "session"], how="left")
        _check_same(joined, shared, scale)
        kept = joined.dropna(subset=_columns(shared)).drop(columns="whole")
    kept = kept.reset_index(drop=True)
    sign = 1 if higher_is_better else -1
    codes, clients = pd.factorize(kept["client"])
    return Material(
        frame=kept,
        scores=Scores(
            sessions=kept["session"].to_numpy(np.int64),
            offsets=np.concatenate([[0], np.cumsum(np.bincount(codes, minlength=len(clients)))]),
            total=sign * kept["score"].to_numpy(),
            parts=None if shared is None else sign * kept[_columns(shared)].to_numpy(),
            sizes=None if shared is None else shared.sizes,
        ),
        clients=np.asarray(clients, dtype=object),
        rater=str(who),
        sign=sign,
        rows=len(frame),
        unrated=len(frame) - len(rated),
        without_parts=len(rated) - len(kept),
        parts=shared,
    )


def only(
    frame: pd.DataFrame, column: str, chosen: str | None, *, table: str = "sessions"
) -> pd.DataFrame:
    """Return the rows of one rater or instrument; the only one, if none is named."""
    if column not in frame.columns:
        return frame
    known = sorted(frame[column].dropna().unique())
    if chosen is None and len(known) > 1:
        raise AllianceError(
            f"The {table} table holds several {column}s: {join_names(known)}.\n"
            f"To fix: name one, e.g. {column}='{known[0]}'."
        )
    if chosen is None:
        return frame
    if chosen not in known:
        raise AllianceError(
            f"There is no {column} '{chosen}' in the {table} table."
            f"{suggest(chosen, known)} Known: {join_names(known) or 'none'}."
        )
    return frame[frame[column] == chosen]


def _check(frame: pd.DataFrame, scale: str) -> None:
    scales = scale_columns(frame)
    if scale not in scales:
        raise AllianceError(
            f"The sessions table has no scale '{scale}'.{suggest(scale, scales)} "
            f"Scales: {join_names(scales) or 'none'}."
        )
    early = frame["session"] < 1
    if early.any():
        raise DataError(
            [
                Problem(
                    kind="session number",
                    what="Growth is modelled over log session number, so sessions count from 1",
                    fix="renumber the sessions 1, 2, 3 ..., or take an intake rating out.",
                    rows=frame.loc[early, ["client", "session"]],
                )
            ]
        )


def _columns(parts: Parts) -> list[str]:
    return [f"part_{number}" for number in range(1, len(parts.items) + 1)]


def _check_same(joined: pd.DataFrame, parts: Parts, scale: str) -> None:
    """Refuse parts whose whole is not the score, in either metric."""
    both = joined.dropna(subset=["score", "whole"])
    if both.empty:
        raise AllianceError(
            "No session of the sessions table has items in the responses.\n"
            "To fix: check that clients, sessions and raters are named alike in both tables."
        )
    number = sum(parts.sizes)
    slack = 0.01 * max(both["score"].std(), 1e-12)
    fits = [
        (both["score"] - both["whole"] * factor).abs().le(slack * max(factor, 1)).mean()
        for factor in (1, number, 1 / number)
    ]
    if max(fits) < 0.9:
        known = "" if parts.in_catalogue else " The questionnaire is not in the catalogue, so "
        known += "" if parts.in_catalogue else "its items were taken as they are."
        raise AllianceError(
            f"The scores of {scale} do not follow from the items.{known}\n"
            "To fix: score the items with alliance.score() and pass what it returns, or name the "
            "instrument."
        )
