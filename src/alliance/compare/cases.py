"""What was found and what was logged, brought to the same sessions; not asked is not a no."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.errors import AllianceError, join_names, suggest
from alliance.log import reports
from alliance.model import PulseScan
from alliance.ruptures import Ruptures
from alliance.tables import as_text

Found = Ruptures | PulseScan
RATED = "rated"


@dataclass(frozen=True, eq=False, kw_only=True)
class Detections:
    """What a rule or the pulse detector found of one rater's scores, in one form.

    Parameters
    ----------
    sessions : DataFrame
        client, session, found (True, False; missing where it could not be judged).
    episodes : DataFrame
        client, onset, last (session of the rupture, a repair left out), outcome.
    name : str
    """

    sessions: pd.DataFrame
    episodes: pd.DataFrame
    name: str


def detections(found: Found, rater: str | None = None) -> Detections:
    """Return what was found for one rater.

    Raises
    ------
    AllianceError
        If it is no result of a search, or several raters were judged and none is named.
    """
    if not isinstance(found, Ruptures | PulseScan):
        raise AllianceError(
            f"What was found must come from find_ruptures or pulse.scan, not be a "
            f"{type(found).__name__}."
        )
    raters = sorted(found.clients["rater"].unique())
    if rater is None and len(raters) > 1:
        raise AllianceError(
            f"Several raters were judged: {join_names(raters)}.\n"
            f"To fix: name one, e.g. rater='{raters[0]}'."
        )
    if rater is not None and rater not in raters:
        raise AllianceError(f"No session was rated by '{rater}'.{suggest(rater, raters)}")
    scan = isinstance(found, PulseScan)
    episodes = _of(found.episodes if scan else found.frame, rater)
    episodes = episodes.assign(last=episodes["end"] - (episodes["outcome"] == "repaired"))
    episodes = episodes[["client", "onset", "last", "outcome"]].reset_index(drop=True)
    if scan:
        sessions = _of(found.frame, rater)
        likely = sessions["probability"].gt(found.threshold).astype("boolean")
        yes = likely.mask(sessions["probability"].isna())
        name = f"the pulse detector (threshold {found.threshold:g})"
    else:
        sessions = _of(found.flags, rater)
        covered = _covered(sessions, episodes) | sessions["state"].eq("still low").to_numpy()
        judged = sessions["flagged"].notna().to_numpy() | covered
        yes = pd.Series(covered, index=sessions.index, dtype="boolean").where(judged)
        name = f"the rule {found.rule.name}"
    sessions = sessions[["client", "session"]].assign(found=yes).reset_index(drop=True)
    return Detections(sessions=sessions, episodes=episodes, name=name)


def _of(frame: pd.DataFrame, rater: str | None) -> pd.DataFrame:
    frame = frame if rater is None else frame[frame["rater"] == rater]
    return frame.assign(client=frame["client"].astype("str"))


def _covered(sessions: pd.DataFrame, episodes: pd.DataFrame) -> np.ndarray:
    rows = sessions[["client", "session"]].assign(row=np.arange(len(sessions)))
    pairs = rows.merge(episodes, on="client")
    inside = pairs["session"].between(pairs["onset"], pairs["last"])
    return np.isin(np.arange(len(sessions)), pairs.loc[inside, "row"])


def answers(
    log: pd.DataFrame, asked: pd.DataFrame | str | None, rated: pd.DataFrame
) -> pd.DataFrame:
    """Return the sessions one source was asked about: client, session, logged (True or False).

    Parameters
    ----------
    log : DataFrame
        A tidy log of one source.
    asked : DataFrame, "rated" or None
        Sessions asked about besides those the log answers: a table with client and session, or
        all of `rated`. None: only where the log says yes or no.
    rated : DataFrame
        client and session.

    Raises
    ------
    AllianceError
        If the log holds no session without tension and nothing is said about who was asked.
    """
    told = log.loc[log["tension"].notna(), ["client", "session"]]
    told = told.assign(logged=log["tension"].gt(0))
    if asked is None:
        if not len(told) or told["logged"].all():
            raise AllianceError(
                "The log holds only sessions with tension: it does not say in which sessions "
                "there was nothing to report, and in which nobody was asked.\n"
                "To fix: log sessions without tension too (tension 0), or say who was asked: "
                "asked='rated' if that was so in every rated session (--asked rated), or a table "
                "of client and session."
            )
        return told.reset_index(drop=True)
    return _with_asked(told, rated if isinstance(asked, str) else asked, asked)


def _with_asked(told: pd.DataFrame, more: pd.DataFrame, asked) -> pd.DataFrame:
    if isinstance(asked, str) and asked != RATED:
        raise AllianceError(
            f"asked must be 'rated' or a table of client and session, not '{asked}'."
        )
    if not isinstance(more, pd.DataFrame) or not {"client", "session"} <= set(more.columns):
        raise AllianceError("asked must be 'rated' or a table with the columns client and session.")
    more = more[["client", "session"]].drop_duplicates()
    more = more.assign(client=as_text(more["client"]), logged=False)
    both = pd.concat([told, more]).drop_duplicates(["client", "session"])
    return both.sort_values(["client", "session"], ignore_index=True)


def logged_episodes(log: pd.DataFrame, rated: pd.DataFrame) -> pd.DataFrame:
    """Return the ruptures one source logged: client, onset, last, outcome."""
    told = reports(log, rated)
    outcome = told["repaired"].map({True: "repaired", False: "unrepaired"})
    return told.rename(columns={"end": "last"})[["client", "onset", "last"]].assign(
        outcome=outcome.astype("str")
    )
