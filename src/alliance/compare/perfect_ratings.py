"""Runs of perfect ratings: every item in its best category, several times in a row."""

import numpy as np
import pandas as pd

from alliance.compare.records import Detection
from alliance.course import courses
from alliance.errors import AllianceError
from alliance.instruments import load
from alliance.model import PulseScan


def perfect_runs(
    sessions: pd.DataFrame, responses: pd.DataFrame | None, found: Detection, min_run: int
) -> pd.DataFrame:
    """Return the runs of at least `min_run` perfect ratings, by items or, without them, by scores.

    client, rater, instrument, first and last session, ratings; none where the sessions do not say
    of which instrument the scores are.
    """
    marked = _by_items(responses) if responses is not None else _by_scores(sessions, found)
    marked = marked.sort_values(["client", "rater", "instrument", "session"], ignore_index=True)
    course = marked.groupby(["client", "rater", "instrument"]).ngroup()
    # Every change of course or of perfect / not perfect begins a run; a gap does not.
    begins = course.ne(course.shift()) | marked["perfect"].ne(marked["perfect"].shift())
    rows = marked[marked["perfect"]].groupby(begins.cumsum()[marked["perfect"]])
    runs = rows.agg(
        client=("client", "first"),
        rater=("rater", "first"),
        instrument=("instrument", "first"),
        first=("session", "min"),
        last=("session", "max"),
        ratings=("session", "size"),
    )
    return runs[runs["ratings"] >= min_run].reset_index(drop=True)


def _by_items(responses: pd.DataFrame) -> pd.DataFrame:
    parts = []
    for name, rows in responses.groupby("instrument"):
        perfect = _perfect_forms(name, rows)
        parts.append(rows[["client", "rater", "session", "instrument"]].assign(perfect=perfect))
    return pd.concat(parts, ignore_index=True)


def _perfect_forms(name: str, rows: pd.DataFrame) -> pd.Series | bool:
    """Say of each form whether it is perfect; none is if the instrument is not known."""
    try:
        instrument = load(name)
    except AllianceError:
        return False
    items = [f"item_{number}" for number in range(1, instrument.items + 1)]
    low, high = instrument.minimum, instrument.maximum
    # The best answer is the other end for items that are keyed in reverse.
    best = pd.Series(high if instrument.higher_is_better else low, index=items)
    for number in instrument.reversed_items:
        best[f"item_{number}"] = low + high - best[f"item_{number}"]
    return rows.reindex(columns=items).eq(best, axis="columns").all(axis=1)


def _by_scores(sessions: pd.DataFrame, found: Detection) -> pd.DataFrame:
    """Say of each score whether it is the best that its questionnaire has."""
    scale = (found.model if isinstance(found, PulseScan) else found).scale
    told_apart = [name for name in ("rater", "instrument", "moment") if name in sessions]
    parts = [sessions.head(0).assign(instrument="", perfect=False)]
    for _, rows in sessions.groupby(told_apart, dropna=False):
        chosen = courses(rows, scale=scale)
        # Without a known range nothing is perfect: nothing equals a missing number.
        low, high = chosen.range or (np.nan, np.nan)
        perfect = chosen.points == (high if chosen.sign == 1 else low)
        who = {"rater": chosen.rater, "instrument": chosen.instrument}
        parts.append(chosen.frame.assign(**who, perfect=perfect))
    return pd.concat(parts[1:] or parts, ignore_index=True)
