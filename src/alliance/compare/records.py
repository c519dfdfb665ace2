"""What was found and what was logged, brought to the same sessions; not asked is not a no."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.arrays import Ints
from alliance.errors import AllianceError, join_names
from alliance.joins import require_one_case
from alliance.log import reports
from alliance.model import PulseScan
from alliance.ruptures import Ruptures
from alliance.tables import as_text

Detection = Ruptures | PulseScan
Spans = Mapping[str, Ints]
RATED = "rated"
_FAR = 1e6


@dataclass(frozen=True, eq=False, kw_only=True)
class Record:
    """What a rule or the pulse detector found of one rater's scores, in one form.

    sessions: client, session, found (True, False; missing where it could not be judged). episodes:
    client, onset, last (session of the rupture, a repair left out), outcome.
    """

    sessions: pd.DataFrame
    episodes: pd.DataFrame
    name: str


def record_of(found: Detection) -> Record:
    """Return what was found as a record; an error if it is no result of a search."""
    if not isinstance(found, Ruptures | PulseScan):
        raise AllianceError(
            "What was found must come from find_ruptures or find_pulses, not be a "
            f"{type(found).__name__}."
        )
    raters = sorted(found.clients["rater"].unique())
    if len(raters) > 1:
        raise AllianceError(
            f"Several raters were judged: {join_names(raters)}.\n"
            f"To fix: look for ruptures in the scores of one, e.g. rater='{raters[0]}'."
        )
    require_one_case(found.clients["client"])
    table = found.frame if isinstance(found, PulseScan) else found.flags
    sessions = table.assign(client=table["client"].astype("str")).reset_index(drop=True)
    if isinstance(found, PulseScan):
        episodes = last_low(found.episodes)
        likely = sessions["probability"].gt(found.threshold).astype("boolean")
        # Where the detector has no probability it has no answer either.
        yes = likely.mask(sessions["probability"].isna())
        name = f"the pulse detector (threshold {found.threshold:g})"
    else:
        episodes = last_low(found.frame)
        low = sessions["state"].eq("still low") | sessions.index.isin(
            inside(sessions, episodes)["point"]
        )
        yes = low.astype("boolean").where(sessions["flagged"].notna() | low)
        name = f"the rule {found.rule.name}"
    return Record(
        sessions=sessions[["client", "session"]].assign(found=yes),
        episodes=episodes[["client", "onset", "last", "outcome"]],
        name=name,
    )


def last_low(episodes: pd.DataFrame) -> pd.DataFrame:
    """Return episodes with ``last``, the last session of the rupture: a repair is left out."""
    # An episode ends at the session of its repair, which is no session of rupture.
    last = episodes["end"] - (episodes["outcome"] == "repaired")
    return episodes.assign(client=episodes["client"].astype("str"), last=last).reset_index(
        drop=True
    )


def inside(points: pd.DataFrame, episodes: pd.DataFrame, window: int = 0) -> pd.DataFrame:
    """Return which points (client, session) lie in which episodes (client, onset, last).

    `window` sessions before and after count too; ``point`` and ``episode`` are numbers of rows.

    >>> points = pd.DataFrame({"client": "a", "session": [1, 2, 3]})
    >>> inside(points, pd.DataFrame({"client": ["a"], "onset": [2], "last": [3]})).values.tolist()
    [[1, 0], [2, 0]]
    """
    rows = pd.DataFrame({"client": points["client"], "session": points["session"]})
    spans = episodes[["client", "onset", "last"]].assign(episode=np.arange(len(episodes)))
    pairs = rows.assign(point=np.arange(len(points))).merge(spans, on="client")
    near = pairs["session"].between(pairs["onset"] - window, pairs["last"] + window)
    return pairs.loc[near, ["point", "episode"]]


def answers(
    log: pd.DataFrame, asked: pd.DataFrame | str | None, rated: pd.DataFrame
) -> pd.DataFrame:
    """Return the sessions one source was asked about: client, session, logged (True or False).

    Besides those its log answers, `asked` names more: a table, or all of `rated`. An error if the
    log holds no session without tension and nothing is said about who was asked.
    """
    reported = log.loc[log["tension"].notna(), ["client", "session"]]
    reported = reported.assign(logged=log["tension"].gt(0))
    if asked is not None:
        return _with_asked(reported, rated if isinstance(asked, str) else asked, asked)
    if not len(reported) or reported["logged"].all():
        raise AllianceError(
            "The log holds only sessions with tension: it does not say in which sessions "
            "there was nothing to report, and in which nobody was asked.\n"
            "To fix: log sessions without tension too (tension 0), or say who was asked: "
            "asked='rated' if that was so in every rated session (--asked rated), or a table "
            "of client and session."
        )
    return reported.reset_index(drop=True)


def _with_asked(
    reported: pd.DataFrame, more: pd.DataFrame, asked: pd.DataFrame | str
) -> pd.DataFrame:
    if isinstance(asked, str) and asked != RATED:
        raise AllianceError(
            f"asked must be 'rated' or a table of client and session, not '{asked}'."
        )
    if not isinstance(more, pd.DataFrame) or not {"client", "session"} <= set(more.columns):
        raise AllianceError("asked must be 'rated' or a table with the columns client and session.")
    more = more[["client", "session"]].drop_duplicates()
    more = more.assign(client=as_text(more["client"]), logged=False)
    both = pd.concat([reported, more]).drop_duplicates(["client", "session"])
    return both.sort_values(["client", "session"], ignore_index=True)


def logged_episodes(log: pd.DataFrame, rated: pd.DataFrame) -> pd.DataFrame:
    """Return the ruptures that each source reported: client, source, onset, last, outcome."""
    columns = ["client", "source", "onset", "last", "outcome"]
    parts = [reports(rows, rated).assign(source=source) for source, rows in log.groupby("source")]
    if not parts:
        return pd.DataFrame(columns=columns)
    told = pd.concat(parts, ignore_index=True).rename(columns={"end": "last"})
    outcome = told["repaired"].map({True: "repaired", False: "unrepaired"})
    return told.assign(outcome=outcome.astype("str"))[columns]


def spans_by_client(episodes: pd.DataFrame) -> dict[str, Ints]:
    """Return first and last session of each client's episodes, shape (episodes, 2)."""
    spans = episodes[["onset", "last"]].to_numpy(dtype=np.int64)
    return {client: spans[rows] for client, rows in episodes.groupby("client").indices.items()}


def matched(found: Ints, logged: Ints, window: int) -> list[tuple[int, int]]:
    """Pair the spans (first, last) of one client, as many as can be, each once: numbers of both.

    At most `window` sessions lie between two of a pair: 0 for spans that share a session, 1 also
    for spans next to each other. Of all largest sets of pairs the nearest.

    >>> matched(np.array([[4, 6], [8, 8]]), np.array([[7, 7]]), window=1)
    [(1, 0)]
    """
    if not len(found) or not len(logged):
        return []
    apart = np.maximum(
        np.maximum(logged[None, :, 0] - found[:, None, 1], found[:, None, 0] - logged[None, :, 1]),
        0,
    )
    if found.shape[0] == logged.shape[0] == 1:
        return [(0, 0)] if apart[0, 0] <= window else []
    from scipy.optimize import linear_sum_assignment

    # Among equally near ones the one that begins at the same time.
    begins = np.abs(found[:, None, 0] - logged[None, :, 0])
    # Spans too far apart cost more than any set of pairs could, so they are never taken.
    cost = np.where(apart <= window, apart + begins / _FAR, _FAR)
    pairs = zip(*linear_sum_assignment(cost), strict=True)
    return [(int(one), int(other)) for one, other in pairs if cost[one, other] < _FAR]


def matches(found: Spans, logged: Spans, window: int) -> int:
    """Return the number of pairs over all clients."""
    return sum(len(matched(found[who], logged[who], window)) for who in logged if who in found)


def matched_rows(
    found: pd.DataFrame, logged: pd.DataFrame, window: int
) -> tuple[list[int], list[int]]:
    """Return the index of the rows of both tables (client, onset, last) that are pairs."""
    ours, theirs = (table.groupby("client").indices for table in (found, logged))
    spans, others = spans_by_client(found), spans_by_client(logged)
    pairs = sorted(
        (int(found.index[ours[who][one]]), int(logged.index[theirs[who][other]]))
        for who in ours.keys() & theirs.keys()
        for one, other in matched(spans[who], others[who], window)
    )
    return [one for one, _ in pairs], [other for _, other in pairs]
