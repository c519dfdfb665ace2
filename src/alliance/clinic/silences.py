"""Silences: what ratings and log do not tell together, for the clients and the period of the review."""

import numpy as np
import pandas as pd

from alliance.clinic.falls import Falls
from alliance.clinic.record import THIS, Record
from alliance.compare import UnreportedSigns

SIGNS = BLANK, DIP, LOW, REPORT, PERFECT = "blank", "dip", "low", "report", "perfect"
COLUMNS = ["sign", "client", "sessions", "detail", "source", "points"]
_PARTS = {
    "sign": "str",
    "client": "str",
    "onset": "int64",
    "last": "int64",
    "detail": "str",
    "source": "str",
    "points": "float64",
}


def answers_by_then(responses: pd.DataFrame, record: Record) -> pd.DataFrame:
    """Return the answers to the questionnaire reviewed, at the sessions known on the day."""
    of_it = responses
    if record.instrument is not None:
        of_it = of_it[of_it["instrument"] == record.instrument.called]
    of_it = of_it[of_it["rater"] == record.rater].rename(columns={"client": "person"})
    key = ["person", "session"]
    of_it = of_it.merge(record.rated[[*key, "client"]], on=key).drop(columns="person")
    of_it = of_it.drop_duplicates(["client", "session"])
    # What was found is found in the ratings of one rater, called the client there.
    return of_it.assign(rater=pd.array(["client"] * len(of_it), dtype="str"))


def in_this_period(signs: UnreportedSigns, record: Record, fallen: Falls) -> pd.DataFrame:
    """Return the signs of the period in clients still in therapy, one row for each.

    Returns
    -------
    DataFrame
        sign (one of `SIGNS`), client, sessions (text), detail (the outcome of a dip, or how many
        perfect ratings), source (of a report), points (below the own level, of a report); sessions
        without a questionnaire first, as withdrawal.

    Notes
    -----
    A report is called one without a dip only where the score is not far below the client's own
    level. Where it is, as it can be at a first session, which no detector judges, the report is
    called low but not judged.
    """
    unseen = signs.dips[signs.dips["logged_by"].eq("")]
    perfect = signs.perfect.rename(columns={"first": "onset"})
    parts = [
        _blank(record).assign(sign=BLANK),
        unseen.assign(sign=DIP, detail=unseen["outcome"]),
        _reports(signs, fallen, record),
        perfect.assign(sign=PERFECT, detail=perfect["ratings"].astype("str")),
    ]
    rows = pd.concat([part.reindex(columns=list(_PARTS)) for part in parts], ignore_index=True)
    rows = rows.fillna({"detail": "", "source": ""}).astype(_PARTS)
    period = record.rows.loc[record.rows["period"] == THIS, ["client", "session"]]
    places = pd.MultiIndex.from_frame(rows[["client", "last"]])
    inside = places.isin(pd.MultiIndex.from_frame(period))
    rows = rows[inside & rows["client"].isin(record.in_therapy["client"])]
    span = rows["onset"].astype("str") + "–" + rows["last"].astype("str")
    rows = rows.assign(
        sessions=span.where(rows["onset"] != rows["last"], rows["last"].astype("str")),
        order=rows["sign"].map(SIGNS.index),
    )
    return rows.sort_values(["order", "client", "onset"], kind="stable", ignore_index=True)[COLUMNS]


def _blank(record: Record) -> pd.DataFrame:
    """Return the runs of sessions held without a questionnaire at the end of a course."""
    blank = record.in_therapy[record.in_therapy["blank"] > 0]
    rows = record.rows.merge(blank[["client", "last"]], on="client")
    rows = rows[rows["session"] > rows["last"].fillna(-1)]
    return rows.groupby("client")["session"].agg(onset="min", last="max").reset_index()


def _reports(signs: UnreportedSigns, fallen: Falls, record: Record) -> pd.DataFrame:
    reports = signs.reports[~signs.reports["dip"].eq(True).fillna(False)].reset_index(drop=True)
    below = _depth(reports, fallen, record)
    far = below >= fallen.limit if np.isfinite(fallen.limit) else below > 0
    reports = reports.assign(sign=np.where(far, LOW, REPORT), points=below)
    return reports[far | reports["dip"].eq(False).fillna(False).to_numpy(bool)]


def _depth(reports: pd.DataFrame, fallen: Falls, record: Record) -> pd.Series:
    """Return how far each report's lowest score lies below the client's own level, in points.

    Where the detector gives no level, as at a first session, it is the mean of the other scores.
    """
    frame = fallen.frame.assign(score=record.rated["score"].to_numpy(float))
    grouped = frame.groupby("client")["score"]
    size = grouped.transform("size")
    others = (grouped.transform("sum") - frame["score"]) / (size - 1).where(size > 1)
    frame["below"] = frame["below"].fillna(record.sign * (others - frame["score"]))
    joined = reports[["client", "onset", "last"]].reset_index().merge(frame, on="client")
    inside = joined[joined["session"].between(joined["onset"], joined["last"])]
    return inside.groupby("index")["below"].max().reindex(reports.index)
