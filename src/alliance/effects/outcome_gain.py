"""Do symptoms, or another outcome, differ after a repaired rupture? The test by session."""

from __future__ import annotations

from typing import TypedDict, Unpack

import numpy as np
import pandas as pd

from alliance.checks import check_number
from alliance.course import Choice, Courses, courses
from alliance.effects.designs import FOUND, FOUND_RULE, REPORTED
from alliance.effects.exposure import Exposure, find_exposure
from alliance.effects.gains import estimate_gain
from alliance.effects.outcome_scores import Outcome, gather_outcome
from alliance.effects.regression_result import RegressionGain
from alliance.effects.reported_gain import numbers_of, report_exposure
from alliance.errors import AllianceError
from alliance.instruments import Instrument
from alliance.joins import join_clients
from alliance.tables import as_text


class OutcomeChoice(TypedDict, total=False):
    """Which outcome measure: see `outcome_gain`."""

    scale: str
    instrument: str | Instrument | None
    higher_is_better: bool | None


def outcome_gain(
    sessions: pd.DataFrame | Courses,
    outcomes: pd.DataFrame,
    *,
    log: pd.DataFrame | None = None,
    outcome: OutcomeChoice | None = None,
    confidence: float = 0.95,
    **choice: Unpack[Choice],
) -> RegressionGain:
    """Estimate how much better an outcome is after each repaired rupture of the alliance.

    Parameters
    ----------
    sessions : DataFrame or Courses
        A sessions table with ratings of the alliance.
    outcomes : DataFrame
        An outcomes table: client, session, instrument if there are several, and a score.
    log : DataFrame, optional
        A rupture log; then it says where ruptures and repairs were.
    outcome : dict, optional
        Which outcome: ``scale`` (its column, ``"total"`` if not given), ``instrument`` (needed
        if the table holds several or does not say) and ``higher_is_better`` (of a measure that
        is not in the catalogue).
    confidence : float
        Level of the interval, 0-1.
    **choice
        Which scores of the alliance, as in `alliance.courses`.

    Returns
    -------
    RegressionGain
        Positive for the better, in points of the outcome.

    Raises
    ------
    AllianceError
        If the tables or the settings cannot be used.

    Notes
    -----
    Ruptures and repairs are found in the alliance (or come from a log), and the outcome of the
    same client is regressed on the number of repairs completed before the session, with an
    intercept and a growth of each client's own. The sessions of a rupture, the one it fell from
    and the one of recovery are set aside: there the outcome moves with what the session was
    chosen for. Measured in the null worlds by ``calibration/outcomes.py``.

    Examples
    --------
    >>> from alliance import simulate
    >>> study = simulate.simulate(simulate.worlds()["R0d"], clients=120, seed=3)
    >>> answer = outcome_gain(study.sessions, study.outcomes)
    >>> answer.answered, answer.outcome
    (True, 'PHQ-9')
    """
    check_number(confidence, "confidence", 0.5, 0.9999)
    alliance = courses(sessions, **choice)
    alliance.require_numbers_from_one()
    measured = gather_outcome(outcomes, **(outcome or {}))
    joined = join_clients(measured.frame["client"], alliance.clients, table="outcomes").require()
    explained, rows = _beside(alliance, measured, each_session=log is None)
    if not len(explained.scores):
        raise AllianceError(
            "No score of the outcome goes with a rating of the alliance.\n"
            "To fix: check that clients and sessions are named alike in both tables."
        )
    if log is None:
        # Exposure belongs to the alliance's sessions; the outcome sees those it shares.
        reported = _at(find_exposure(alliance, FOUND_RULE), rows)
        found = estimate_gain(explained, FOUND, reported)
    else:
        join_clients(as_text(log["client"]), alliance.clients).require()
        reported, _ = report_exposure(log, alliance, explained, REPORTED.settling_sessions)
        found = estimate_gain(explained, REPORTED, reported)
    return RegressionGain(
        **numbers_of(explained, found, confidence),
        source="found" if log is None else "reported",
        outcome=measured.name,
        unmatched=len(measured.frame) - len(explained.scores),
        joined=joined,
    )


def _beside(
    alliance: Courses, outcome: Outcome, *, each_session: bool
) -> tuple[Courses, np.ndarray]:
    """Return the outcome as courses, in the order of the alliance's clients, and the rows used.

    With `each_session` only sessions rated on the alliance; the rows are those of its scores.
    """
    frame = outcome.frame[outcome.frame["client"].isin(alliance.clients)]
    # Growth is over log session: scores of an intake before the first session cannot enter.
    frame = frame[frame["session"] >= 1].assign(row=-1)
    if each_session:
        rated = alliance.frame[["client", "session"]].assign(row=np.arange(len(alliance.scores)))
        frame = frame.drop(columns="row").merge(rated, on=["client", "session"])
    place = pd.Index(alliance.clients).get_indexer(frame["client"])
    # In the order of the alliance's clients, who may have no outcome.
    order = np.lexsort((frame["session"], place))
    frame, place = frame.iloc[order], place[order]
    counts = np.bincount(place, minlength=alliance.count)
    explained = Courses(
        scores=outcome.sign * frame["score"].to_numpy(float),
        sessions=frame["session"].to_numpy(),
        offsets=np.concatenate([[0], np.cumsum(counts)]),
        clients=alliance.clients,
        scale=alliance.scale,
        rater=alliance.rater,
        sign=outcome.sign,
        counts={"rows": outcome.rows, "without a score": outcome.unrated, "used": len(frame)},
    )
    return explained, frame["row"].to_numpy()


def _at(whole: Exposure, rows: np.ndarray) -> Exposure:
    """Return the exposure of some of the rows."""
    return Exposure(repairs=whole.repairs[rows], role=whole.role[rows], counts=whole.counts)
