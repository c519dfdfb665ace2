"""Dated: a log that names sessions by their date gets the numbers that the scores give them."""

import pandas as pd

from alliance.errors import AllianceError, Problem
from alliance.intake.dates import read_dates
from alliance.tables import SESSIONS, as_text, tidy


def number_by_date(
    log: pd.DataFrame, sessions: pd.DataFrame | None
) -> tuple[pd.DataFrame, list[Problem]]:
    """Return a log with sessions filled in by date from the scores, and the rows of which none is known."""
    session = log["session"] if "session" in log else pd.Series(pd.NA, index=log.index)
    asked = session.isna() & log["date"].notna()
    if not asked.any():
        return log, []
    if sessions is None or "date" not in sessions.columns:
        raise AllianceError(
            "The rupture log names sessions by date, and there are no scored sessions with dates "
            "to look them up in.\nTo fix: give them beside the log, read_log(path, "
            "sessions=sessions) (on the command line --against sessions.csv)."
        )
    days = read_dates(log.loc[asked, "date"]).days
    held = tidy(sessions, SESSIONS)[["client", "session", "date"]]
    held = held.assign(day=read_dates(held["date"]).days).drop_duplicates()
    # Two sessions on one day cannot be told apart by it.
    held = held[held["day"].notna()].drop_duplicates(["client", "day"], keep=False)
    numbers = held.set_index(["client", "day"])["session"]
    # Looked up by client and day at once: two clients share most days.
    wanted = pd.MultiIndex.from_arrays([as_text(log.loc[asked, "client"]), days])
    found = pd.Series(numbers.reindex(wanted).to_numpy(), index=days.index)
    log = log.assign(session=session.astype(object).where(~asked, found.reindex(log.index)))
    absent = found.index[found.isna()]
    return log.drop(absent), _not_found(log.loc[absent], known=set(held["client"]))


def _not_found(rows: pd.DataFrame, known: set[str]) -> list[Problem]:
    """Return a problem with the dates on which a known client had no session, or two."""
    problems = []
    here = as_text(rows["client"]).isin(known)
    for kind, where, what in (
        ("no session on the date", here, "The client has no session on this date, or two"),
        ("client without sessions", ~here, "The client has no dated session"),
    ):
        if where.any():
            problem = Problem(
                kind=kind,
                what=what,
                fix="correct the date or the client, or give the session's number.",
                rows=rows.loc[where, ["client", "date"]],
                serious=kind == "no session on the date",
            )
            problems.append(problem)
    return problems
