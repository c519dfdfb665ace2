"""A clinic as it stands on a day: a simulated study with dates, and the truth about that day."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from alliance.errors import AllianceError
from alliance.simulate.drawing import simulate
from alliance.simulate.study import Study
from alliance.simulate.world import World

DAYS_BETWEEN = 7
LATE_BY = 3


@dataclass(frozen=True, eq=False, kw_only=True)
class Clinic:
    """A simulated clinic on the day of its review; no client is real.

    Attributes
    ----------
    sessions : DataFrame
        A sessions table with ``date`` (text, year-month-day), ``ended`` (date of the last session
        where therapy was over by the day, else missing) and ``status`` ("drop-out" or "completed",
        likewise); with `skipped` also the sessions held without a questionnaire, as rows without
        a score.
    outcomes : DataFrame
        Table OUTCOMES up to the day, with ``date``: symptoms at the sessions rated.
    truth : DataFrame
        One row for each client in therapy on the day, once rated or more: client, and whether
        the last session held lay in a true rupture (``open_now``).
    at : str
        The day, year-month-day.
    study : Study
        All that is true, later sessions included.
    """

    sessions: pd.DataFrame
    outcomes: pd.DataFrame
    truth: pd.DataFrame
    at: str
    study: Study


def clinic(
    world: World,
    *,
    clients: int = 200,
    at: str = "2025-06-30",
    days: int = 540,
    skipped: bool = False,
    seed: np.random.Generator | int = 0,
) -> Clinic:
    """Simulate a clinic: therapies that begin on different days, seen on one day.

    Parameters
    ----------
    world : World
    clients : int
        Clients who come in the time; those whose first session lies after `at` are not seen.
    at : str
        Day of the review, year-month-day.
    days : int
        Therapies begin, evenly spread, in this many days up to `at`.
    skipped : bool
        List sessions held without a questionnaire, too.
    seed : int or numpy Generator
        Source of chance.

    Returns
    -------
    Clinic

    Raises
    ------
    AllianceError
        If `at` is no date or `days` is below 1.

    Notes
    -----
    Sessions are a week apart, up to two days late. Drop-out is the world's own.

    Examples
    --------
    >>> from alliance import simulate
    >>> made = simulate.clinic(simulate.worlds()["R0d"], clients=30, seed=1)
    >>> made.sessions["date"].max() <= made.at
    True
    """
    try:
        day = date.fromisoformat(at)
    except ValueError:
        raise AllianceError(f"at must be a date such as 2025-06-30, not {at!r}.") from None
    if days < 1:
        raise AllianceError(f"days must be 1 or more, not {days}.")
    rng = np.random.default_rng(seed)
    study = simulate(world, clients=clients, seed=rng)
    held = _held(study, day, days, rng)
    sessions = _with_skipped(study.sessions, held) if skipped else study.sessions
    dates = held[["client", "session", "date"]]
    outcomes = study.outcomes.merge(dates, on=["client", "session"], validate="m:1")
    return Clinic(
        sessions=_seen(sessions, held, at),
        outcomes=outcomes[outcomes["date"] <= at].reset_index(drop=True),
        truth=_open_now(held, at),
        at=at,
        study=study,
    )


def _held(study: Study, day: date, days: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return every session of every client with its date, and how the therapy ends."""
    clients = study.clients
    held = study.truth[study.truth["rater"] == "client"]
    start = pd.Series(rng.integers(0, days, len(clients)), index=clients["client"])
    after = held["client"].map(start).to_numpy() + DAYS_BETWEEN * (held["session"].to_numpy() - 1)
    # Appointments move by a day or two, but never past the next one.
    after = after + rng.integers(0, LATE_BY, len(held))
    first = day - timedelta(days=days)
    dates = (np.datetime64(first) + after.astype("timedelta64[D]")).astype(str)
    held = held.assign(date=pd.array(dates, dtype="str"))
    last = held.groupby("client")["date"].max()
    left = clients.set_index("client")["dropped_out"].map({True: "drop-out", False: "completed"})
    return held.assign(ended=held["client"].map(last), status=held["client"].map(left))


def _with_skipped(sessions: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """Add the sessions at which the client filled in nothing, without a score."""
    key = ["client", "session", "rater", "therapist"]
    blank = held.loc[~held["rated"].astype(bool), key]
    same = {name: sessions[name].iloc[0] for name in ("instrument", "metric")}
    return (
        pd.concat([sessions, blank.assign(**same)], ignore_index=True)
        .astype({name: sessions[name].dtype for name in key})
        .sort_values(["client", "session", "rater"], ignore_index=True)
    )


def _seen(sessions: pd.DataFrame, held: pd.DataFrame, at: str) -> pd.DataFrame:
    key = ["client", "session"]
    dated = sessions.merge(held[[*key, "date", "ended", "status"]], on=key, validate="m:1")
    # What lies ahead of the day, ends included, nobody knows yet.
    seen = dated[dated["date"] <= at].reset_index(drop=True)
    over = seen["ended"] <= at
    return seen.assign(ended=seen["ended"].where(over), status=seen["status"].where(over))


def _open_now(held: pd.DataFrame, at: str) -> pd.DataFrame:
    seen = held[(held["date"] <= at) & (held["ended"] > at)]
    rated = seen.groupby("client")["rated"].any()
    last = seen.sort_values(["client", "session"]).drop_duplicates("client", keep="last")
    # A client without any rating cannot be on the page.
    last = last[last["client"].isin(rated.index[rated])]
    return (
        last[["client", "in_rupture"]]
        .rename(columns={"in_rupture": "open_now"})
        .reset_index(drop=True)
    )
