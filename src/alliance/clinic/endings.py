"""Endings: who is in therapy on the day, who has left, and how that is known."""

from __future__ import annotations

import pandas as pd

from alliance.clinic.settings import Settings
from alliance.intake.dates import read_dates

IN_THERAPY, DROPPED_OUT, COMPLETED, LEFT = (
    "in therapy",
    "drop-out",
    "end of therapy",
    "left, reason unknown",
)
_WORDS = {
    **dict.fromkeys(("in therapy", "active", "open", "ongoing", "current"), IN_THERAPY),
    **dict.fromkeys(("drop-out", "dropout", "dropped out", "dropped", "discontinued"), DROPPED_OUT),
    **dict.fromkeys(("completed", "end of therapy", "ended", "closed", "finished"), COMPLETED),
}


def endings(
    last_row: pd.DataFrame, frame: pd.DataFrame, at: str, settings: Settings
) -> tuple[pd.Series, str]:
    """Return how each client stands on the day, and how that was decided.

    Parameters
    ----------
    last_row : DataFrame
        Each client's last row by the day; the client is the index.
    frame : DataFrame
        All rows by the day, with the columns ended and status where there are such.
    at : str
        The day, empty without dates.
    settings : Settings

    Returns
    -------
    ending : Series
        By client: in therapy, drop-out, end of therapy or left, reason unknown.
    decided : str
        In a sentence.
    """
    ending = pd.Series(IN_THERAPY, index=last_row.index, dtype="str")
    said, unless = [], []
    if at:
        days = (pd.to_datetime(at) - pd.to_datetime(last_row["date"])).dt.days
        ending[days > settings.absent_after] = LEFT
        said.append(f"whose last session lies at most {settings.absent_after} days before {at}")
    over = _over(frame, at).reindex(ending.index, fill_value=False)
    # With a day named, only a status that goes with a dated end is known to hold by then.
    usable = frame[frame["client"].isin(over.index[over])] if settings.at else frame
    status = _status(usable)
    if status is not None:
        status = status.reindex(ending.index)
        ending = status.where(status.notna(), ending)
        unless.append("the column status says otherwise")
    if over.any():
        ending[over & ~ending.isin([DROPPED_OUT, COMPLETED])] = COMPLETED
        unless.append("the therapy had ended by the column ended")
    if not said and not unless:
        return ending, "Every client counts as in therapy: there are neither dates nor a status."
    who = f"a client {said[0]}" if said else "every client"
    but = f", unless {' or '.join(unless)}" if unless else ""
    return ending, f"In therapy counts {who}{but}."


def _over(frame: pd.DataFrame, at: str) -> pd.Series:
    """Return which clients' therapies had ended by the day, by the column ended."""
    if "ended" not in frame.columns or not at or frame["ended"].isna().all():
        return pd.Series(dtype=bool)
    ended, _, doubtful = read_dates(frame["ended"])
    if doubtful:
        return pd.Series(dtype=bool)
    last = ended.groupby(frame["client"]).last()
    return last.notna() & (last <= at)


def _status(frame: pd.DataFrame) -> pd.Series | None:
    """Return each client's last status in our words; none if the column holds other words."""
    if "status" not in frame.columns:
        return None
    words = frame["status"].dropna().astype("str").str.strip().str.casefold()
    if words.empty or not words.isin(_WORDS).all():
        return None
    return words.map(_WORDS).groupby(frame["client"]).last()
