"""Silences: what ratings and log do not tell together, for the clients and the period of the review."""

from __future__ import annotations

import pandas as pd

from alliance.clinic.detectors import Detected
from alliance.clinic.endings import IN_THERAPY
from alliance.clinic.record import THIS, Record
from alliance.compare import UnreportedSigns, unreported_signs

DRAWS = 199
COLUMNS = ["sign", "client", "sessions", "more"]


def silences(
    record: Record,
    found: Detected,
    log: pd.DataFrame | None,
    responses: pd.DataFrame | None,
    seed: int,
) -> UnreportedSigns:
    """Return the signs of ruptures that nobody spoke of, from what was known on the day.

    Parameters
    ----------
    record : Record
    found : Detected
    log : DataFrame, optional
        As it stood on the day.
    responses : DataFrame, optional
        The answers behind the sessions, for items left blank.
    seed : int
        Of the draws that say what chance gives.
    """
    return unreported_signs(
        record.sessions,
        found.by,
        responses=None if responses is None else _known(responses, record),
        log=log,
        draws=DRAWS,
        seed=seed,
    )


def _known(responses: pd.DataFrame, record: Record) -> pd.DataFrame:
    """Return the answers to the questionnaire reviewed, at the sessions known on the day."""
    of_it = responses
    if record.instrument is not None:
        of_it = of_it[of_it["instrument"] == record.instrument.key]
    of_it = of_it[of_it["rater"] == record.rater]
    of_it = of_it.merge(record.rated[["client", "session"]], on=["client", "session"])
    # What was found is found in the ratings of one rater, called the client there.
    return of_it.assign(rater=pd.array(["client"] * len(of_it), dtype="str"))


def in_this_period(signs: UnreportedSigns, record: Record) -> pd.DataFrame:
    """Return the signs of the period in clients still in therapy, one row for each.

    Returns
    -------
    DataFrame
        sign, client, sessions (text), more; by sign and client.
    """
    dips = signs.dips[signs.dips["logged_by"].eq("")].assign(
        sign="a dip nobody logged", more=signs.dips["outcome"]
    )
    reports = signs.reports[signs.reports["dip"].eq(False).fillna(False)]
    reports = reports.assign(sign="logged, without a dip", more="by " + reports["source"])
    perfect = signs.perfect.rename(columns={"first": "onset"}).assign(
        sign="perfect ratings in a row", more=signs.perfect["ratings"].astype("str")
    )
    names = ["sign", "client", "onset", "last", "more"]
    parts = [part[names] for part in (dips, reports, perfect) if len(part)]
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    rows = pd.concat(parts, ignore_index=True)
    rows = rows[_lies_in(rows, record)]
    span = rows["onset"].astype("str") + " to " + rows["last"].astype("str")
    rows = rows.assign(
        sessions=span.where(rows["onset"] != rows["last"], rows["last"].astype("str"))
    )
    return rows[COLUMNS].sort_values(["sign", "client"], kind="stable", ignore_index=True)


def _lies_in(rows: pd.DataFrame, record: Record) -> pd.Series:
    clients = record.clients
    there = rows["client"].isin(clients.loc[clients["ending"] == IN_THERAPY, "client"])
    period = record.rows[record.rows["period"] == THIS][["client", "session"]]
    places = pd.MultiIndex.from_frame(rows[["client", "last"]])
    return there & places.isin(pd.MultiIndex.from_frame(period))
