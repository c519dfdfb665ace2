"""Outcome beside the alliance: last score, reliable change, and the course to be expected."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.arrays import Floats
from alliance.clinic.record import Record
from alliance.errors import AllianceError
from alliance.instruments import Instrument, known
from alliance.tables import OUTCOMES, tidy

QUANTILES = (0.1, 0.5, 0.9)
MIN_CLIENTS = 40
FOLDS = 5


@dataclass(frozen=True, eq=False, kw_only=True)
class Band:
    """Quantile growth curves: what earlier clients with such a first score had at a session.

    `coefficients` (3, 5) are those of the 10th, 50th and 90th percentile, on `_design`; `clients` and
    `sessions` count earlier clients and their later scores that it was taken from. `coverage` is the
    share of scores inside (0.8 is meant), `false_alarms` that beyond the worse end, both of clients
    left out when the curves were drawn.
    """

    coefficients: Floats
    clients: int
    sessions: int
    coverage: float
    false_alarms: float

    def at(self, start: Floats, session: Floats) -> Floats:
        """Return the three percentiles, shape (rows, 3), in rising order."""
        # Curves fitted apart may cross: the percentiles are put in order.
        return np.sort(_design(start, session) @ self.coefficients.T, axis=1)


@dataclass(frozen=True, eq=False, kw_only=True)
class Outcome:
    """One outcome questionnaire, by client.

    `frame` has one row for each client with a score: client, session, date (of the last score),
    first, last (scores), change (reliable: improved, worse, none, or missing with one score), low,
    middle, high (the expected course at that session; NaN without a band), on_track (True, False or
    missing).
    """

    instrument: Instrument
    frame: pd.DataFrame
    band: Band | None  # None where there are too few earlier clients


def outcomes_of(record: Record, outcomes: pd.DataFrame | None) -> tuple[Outcome, ...]:
    """Return what the outcome questionnaires say of each client on the day.

    Parameters
    ----------
    record : Record
    outcomes : DataFrame, optional
        Table OUTCOMES with ``instrument``; ``date`` where known. Rows after the day are not used.

    Notes
    -----
    The expected course is taken from clients who are no longer in therapy on the day: for the
    10th, 50th and 90th percentile of a later score a linear quantile regression on the first
    score, the logarithm of the number of the score, their product and the square of the first.
    It needs 40 such clients with two scores. Its coverage is that in clients who were left out.

    References
    ----------
    Koenker, R., & Bassett, G. (1978). Regression quantiles. Econometrica, 46, 33-50.
    doi:10.2307/1913643
    """
    if outcomes is None or outcomes.empty:
        return ()
    frame = _known(tidy(outcomes, OUTCOMES, sort=False), record)
    found = []
    for key, rows in frame.groupby("instrument", sort=True):
        instrument = known(key)
        if instrument is not None and instrument.kind == "outcome":
            found.append(_outcome(instrument, rows, record))
    return tuple(found)


def _known(frame: pd.DataFrame, record: Record) -> pd.DataFrame:
    """Return the scores known on the day, of clients of the record."""
    if "instrument" not in frame.columns:
        raise AllianceError("The outcomes need a column instrument, e.g. ors or phq-9.")
    frame = frame[frame["total"].notna() & (frame["session"] >= 0)]
    held = record.rows[["person", "client", "session", "date"]]
    if "date" in frame.columns and record.at:
        frame = frame[frame["date"].isna() | (frame["date"].astype("str") <= record.at)]
        last = held.drop_duplicates("person", keep="last").set_index("person")["client"]
        frame = frame[frame["client"].isin(last.index)]
        return frame.assign(client=frame["client"].map(last), date=frame["date"].astype("str"))
    frame = frame.drop(columns="date", errors="ignore").rename(columns={"client": "person"})
    return frame.merge(held, on=["person", "session"])


def _outcome(instrument: Instrument, rows: pd.DataFrame, record: Record) -> Outcome:
    rows = rows.sort_values(["client", "session"], kind="stable").reset_index(drop=True)
    rows = rows.assign(nth=rows.groupby("client").cumcount() + 1)
    rows["start"] = rows.groupby("client")["total"].transform("first")
    sign = 1 if instrument.higher_is_better else -1
    # Curves of therapies that are over: those still running say nothing of later sessions.
    over = rows[~rows["client"].isin(record.in_therapy["client"])]
    band = _band(over[over["nth"] > 1], sign)
    last = rows.drop_duplicates("client", keep="last")
    # The first figure is the one that the catalogue puts forward.
    points = instrument.reliable_changes[0].points if instrument.reliable_changes else np.nan
    change = sign * (last["total"] - last["start"])
    says = np.select([change >= points, change <= -points], ["improved", "worse"], "none")
    several = last["nth"].gt(1).to_numpy()
    frame = last[["client", "session", "date", "start", "total"]].assign(
        change=pd.Series(says, last.index, dtype="str").where(several & np.isfinite(points))
    )
    frame = frame.rename(columns={"start": "first", "total": "last"})
    ends = np.full((len(last), 3), np.nan)
    if band is not None:
        start, nth = (last.loc[several, name].to_numpy(float) for name in ("start", "nth"))
        ends[several] = band.at(start, nth)
    frame[["low", "middle", "high"]] = ends
    worse = last["total"] < ends[:, 0] if sign == 1 else last["total"] > ends[:, 2]
    frame["on_track"] = (~worse).astype("boolean").where(np.isfinite(ends[:, 0]))
    return Outcome(instrument=instrument, frame=frame.reset_index(drop=True), band=band)


def _design(start: Floats, nth: Floats) -> Floats:
    """Return 1, s, log n, s log n, s^2 for first scores s and numbers n of the score."""
    log = np.log(nth)
    return np.column_stack([np.ones(len(start)), start, log, start * log, start**2])


def _band(rows: pd.DataFrame, sign: int) -> Band | None:
    """Draw the curves from the later scores of earlier clients, and test them on those left out."""
    clients = rows["client"].nunique()
    if clients < MIN_CLIENTS:
        return None
    start, nth, score = (rows[name].to_numpy(float) for name in ("start", "nth", "total"))
    fold = pd.factorize(rows["client"])[0] % FOLDS
    inside, beyond = np.zeros(len(rows), bool), np.zeros(len(rows), bool)
    for part in range(FOLDS):
        # Clients, not rows, are left out: rows of one client are alike.
        out = fold == part
        curves = _curves(start[~out], nth[~out], score[~out])
        ends = np.sort(_design(start[out], nth[out]) @ curves.T, axis=1)
        inside[out] = (score[out] >= ends[:, 0]) & (score[out] <= ends[:, 2])
        beyond[out] = score[out] < ends[:, 0] if sign == 1 else score[out] > ends[:, 2]
    return Band(
        coefficients=_curves(start, nth, score),
        clients=int(clients),
        sessions=len(rows),
        coverage=float(inside.mean()),
        false_alarms=float(beyond.mean()),
    )


def _curves(start: Floats, nth: Floats, score: Floats) -> Floats:
    from statsmodels.regression.quantile_regression import QuantReg

    # Its iterations may end at the limit: the curves are tested on clients left out anyway.
    with warnings.catch_warnings(action="ignore"):
        model = QuantReg(score, _design(start, nth))
        return np.array([model.fit(q=share, max_iter=200).params for share in QUANTILES])
