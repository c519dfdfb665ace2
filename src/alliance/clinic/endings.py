"""Endings: who is in therapy on the day, who has left, and how that is known."""

import re
from collections.abc import Mapping
from functools import cache

import pandas as pd

from alliance.clinic.settings import Settings
from alliance.errors import AllianceError, join_names
from alliance.files import stated
from alliance.intake.dates import read_dates

ENDINGS = IN_THERAPY, DROPPED_OUT, COMPLETED, LEFT = (
    "in therapy",
    "drop-out",
    "end of therapy",
    "left, reason unknown",
)


def endings(
    last_date: pd.Series, frame: pd.DataFrame, at: str, settings: Settings, newest: str
) -> tuple[pd.Series, tuple[str, ...]]:
    """Return how each client stands on the day (one of `ENDINGS`), and by what that was decided.

    `last_date`: of each client's last session by the day. `frame`: all rows by the day. `at`,
    `newest`: the day, and the newest date of the table; empty without dates. A status without a
    dated end holds on the newest day only: on an earlier one nobody can tell since when it holds.
    An unknown word of the status is an error.
    """
    ending = pd.Series(IN_THERAPY, index=last_date.index, dtype="str")
    decided = []
    if at:
        days = (pd.to_datetime(at) - pd.to_datetime(last_date)).dt.days
        # Nobody says so, but no session for so long is no therapy any more.
        ending[days > settings.absent_after] = LEFT
        decided.append("dates")
    over = _over(frame, at).reindex(ending.index, fill_value=False)
    status = _status(frame, settings.statuses)
    if at and at < newest:
        # On a day of the past a status is known only of therapies that had ended by then.
        status = status[status.index.isin(over.index[over])]
    if len(status):
        status = status.reindex(ending.index)
        ending = status.where(status.notna(), ending)
        decided.append("status")
    if over.any():
        # A status says more than a date: it is not overwritten.
        ending[over & ~ending.isin([DROPPED_OUT, COMPLETED])] = COMPLETED
        decided.append("ended")
    return ending, tuple(decided)


def _over(frame: pd.DataFrame, at: str) -> pd.Series:
    """Return which clients' therapies had ended by the day, by the column ended."""
    if not at or frame["ended"].isna().all():
        return pd.Series(dtype=bool)
    ended, _, doubtful = read_dates(frame["ended"])
    if doubtful:
        raise AllianceError(
            "In the dates of the column ended it is not clear whether the day or the month comes "
            "first.\nTo fix: export dates as year-month-day, e.g. 2024-05-31."
        )
    last = ended.groupby(frame["client"]).last()
    return last.notna() & (last <= at)


def _status(frame: pd.DataFrame, stated: Mapping[str, str]) -> pd.Series:
    """Return each client's last status in our words."""
    words = frame["status"].dropna().astype("str").str.strip()
    words = words[words.ne("")]
    meaning = {**_known(), **{_plain(word): _ending(word, says) for word, says in stated.items()}}
    unknown = sorted({word for word in words.unique() if _plain(word) not in meaning})
    if unknown:
        raise AllianceError(
            f"The column status holds words that are not known: {join_names(map(repr, unknown))}.\n"
            f"To fix: say what each means, e.g. --status-word '{unknown[0]}=end of therapy'. "
            f"Meanings: {join_names(ENDINGS)}."
        )
    plain = {word: meaning[_plain(word)] for word in words.unique()}
    return words.map(plain).astype("str").groupby(frame["client"]).last()


def _ending(word: str, says: str) -> str:
    if says not in ENDINGS:
        raise AllianceError(f"'{word}' cannot mean '{says}'; meanings: {join_names(ENDINGS)}.")
    return says


@cache
def _known() -> Mapping[str, str]:
    known = stated("clinic/statuses.toml")
    return {_plain(word): says for says, words in known.items() for word in words}


def _plain(word: str) -> str:
    return re.sub(r"[\W_]+", "", word.casefold())
