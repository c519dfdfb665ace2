"""Do symptoms, or another outcome, differ after a repaired rupture? The test by session."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.checks import check_number
from alliance.effects.answer import choose_design, numbers_of, report_exposure
from alliance.effects.designs import Design
from alliance.effects.exposure import Exposure, find_exposure
from alliance.effects.gain_result import RepairGain
from alliance.effects.gains import Scores, estimate_gain
from alliance.effects.material import Material, gather
from alliance.effects.outcome_scores import Outcome, gather_outcome
from alliance.effects.words import Words
from alliance.errors import AllianceError
from alliance.instruments import Instrument
from alliance.rules import Rule


@dataclass(frozen=True, eq=False, kw_only=True)
class OutcomeGain(RepairGain):
    """How much better an outcome is after a repaired rupture of the alliance.

    Estimates are points of the outcome, positive for the better, whatever its direction. What
    is not listed here is as in `RepairGain`.

    Parameters
    ----------
    outcome : str
        What the outcome measure is called.
    unmatched : int
        Scores of the outcome at sessions, or of clients, without a rating of the alliance.
    """

    outcome: str
    unmatched: int

    @property
    def _title(self) -> str:
        return f"Gain of {self.words.score} for Each Repaired Rupture"

    def _set_aside(self) -> str:
        aside = f" {self.unmatched} scores had no rating of the alliance beside them."
        return super()._set_aside() + (aside if self.unmatched else "")

    def _reading(self) -> str:
        source = (
            "reported" if self.design.rule is None else f"found in the {self.rater}'s {self.scale}"
        )
        circle = (
            "The reports do not depend on the outcome's chance ups and downs."
            if self.design.rule is None
            else f"Symptoms move with the alliance: at the dip, where the {self.outcome} is bad because "
            "the alliance is, sessions are set aside, and so are those around it that were chosen "
            "for high ratings. What is left of the circle is what carries over from one session to "
            "the next."
        )
        return (
            f"Ruptures were {source}, the outcome is another measure. {circle} Missed ruptures and "
            "false ones pull the estimate towards zero: read it as a lower bound. Nobody was "
            "assigned to repair: whatever mends a rupture may also help otherwise."
        )


def outcome_gain(
    sessions: pd.DataFrame,
    outcomes: pd.DataFrame,
    *,
    log: pd.DataFrame | None = None,
    outcome_scale: str = "total",
    outcome_instrument: str | Instrument | None = None,
    outcome_higher_is_better: bool | None = None,
    design: str | Design = "auto",
    rule: Rule | str | None = None,
    scale: str = "total",
    instrument: str | Instrument | None = None,
    rater: str | None = None,
    higher_is_better: bool = True,
    settle: int | None = None,
    confidence: float = 0.95,
) -> OutcomeGain:
    """Estimate how much better an outcome is after each repaired rupture of the alliance.

    Parameters
    ----------
    sessions : DataFrame
        A sessions table with ratings of the alliance.
    outcomes : DataFrame
        An outcomes table: client, session, instrument if there are several, and a score.
    log : DataFrame, optional
        A rupture log; then it says where ruptures and repairs were.
    outcome_scale : str
        Column of the outcomes table with the scores.
    outcome_instrument : str or Instrument, optional
        Which outcome measure, if the table holds several or does not say.
    outcome_higher_is_better : bool, optional
        Of a measure that is not in the catalogue.
    design : {"auto", "P1", "P4", "4d", "log"} or Design
        As for `repair_gain`; parts of the items are not needed, because the outcome is another
        measure than the one that ruptures are found in.
    rule, scale, instrument, rater, higher_is_better, settle
        As for `repair_gain`, of the alliance.
    confidence : float
        Level of the intervals, 0-1.

    Returns
    -------
    OutcomeGain
        Positive for the better, in points of the outcome.

    Raises
    ------
    AllianceError
        If the tables, the design or the settings cannot be used.

    Notes
    -----
    Ruptures and repairs are found in the alliance (or come from a log), and the outcome of the
    same client is regressed on the number of repairs completed before the session, with the
    same intercepts, growth terms and standard errors as the repair test. The sessions of a
    rupture, the one it fell from and the one of recovery are set aside: there the outcome moves
    with what the session was chosen for. Measured in the null worlds by
    ``calibration/outcomes.py``.

    Examples
    --------
    >>> from alliance import simulate
    >>> study = simulate.simulate(simulate.worlds()["R0d"], clients=120, rng=3)
    >>> answer = outcome_gain(study.sessions, study.outcomes)
    >>> answer.answered, answer.words.score, answer.words.better
    (True, 'the PHQ-9', 'lower')
    """
    check_number(confidence, "confidence", 0.5, 0.9999)
    chosen = _without_parts(design, sessions, log=log, rule=rule, settle=settle)
    alliance = gather(
        sessions,
        scale=scale,
        instrument=instrument,
        rater=rater,
        higher_is_better=higher_is_better,
    )
    outcome = gather_outcome(
        outcomes,
        scale=outcome_scale,
        instrument=outcome_instrument,
        higher_is_better=outcome_higher_is_better,
    )
    material, rows = joined(alliance, outcome, each_session=log is None)
    if not len(material.frame):
        raise AllianceError(
            "No score of the outcome goes with a rating of the alliance.\n"
            "To fix: check that clients and sessions are named alike in both tables."
        )
    told, strangers = outcome_exposure(alliance, material, rows, chosen, log)
    found = estimate_gain(material.scores, chosen, (told,))
    return OutcomeGain(
        **numbers_of(material, found, chosen, confidence),
        reports_set_aside=strangers,
        scale=scale,
        rater=alliance.rater,
        words=Words(
            score=f"the {outcome.name}",
            better="higher" if outcome.higher_is_better else "lower",
            alliance=True,
        ),
        outcome=outcome.name,
        unmatched=len(outcome.frame) - len(material.frame),
    )


def _without_parts(design: str | Design, sessions: pd.DataFrame, *, log, **settings) -> Design:
    if design == "auto":
        design = "P4" if log is None else "log"
    # Any table stands for items here, so that designs with parts are refused for the right reason.
    chosen = choose_design(design, items=sessions, log=log, **settings)
    if chosen.parts:
        raise AllianceError(
            "The outcome is another measure, so parts of the items are not needed.\n"
            "To fix: choose P4, or leave design out."
        )
    return chosen


def joined(
    alliance: Material, outcome: Outcome, *, each_session: bool
) -> tuple[Material, np.ndarray]:
    """Return the outcome as material, in the order of the alliance's clients, and the rows used.

    With `each_session` only sessions rated on the alliance; the rows are those of its frame.
    """
    frame = outcome.frame[outcome.frame["client"].isin(alliance.clients)]
    rows = np.zeros(0, dtype=np.int64)
    if each_session:
        rated = alliance.frame[["client", "session"]].assign(row=np.arange(len(alliance.frame)))
        frame = frame.merge(rated, on=["client", "session"]).sort_values("row", ignore_index=True)
        rows = frame.pop("row").to_numpy()
    place = pd.Index(alliance.clients).get_indexer(frame["client"])
    order = np.lexsort((frame["session"], place))
    frame, place = frame.iloc[order].reset_index(drop=True), place[order]
    if (frame["session"] < 1).any():
        # Growth is over log session: scores of an intake before the first session cannot enter.
        kept = (frame["session"] >= 1).to_numpy()
        frame, place = frame[kept].reset_index(drop=True), place[kept]
    counts = np.bincount(place, minlength=len(alliance.clients))
    return Material(
        frame=frame,
        scores=Scores(
            sessions=frame["session"].to_numpy(np.int64),
            offsets=np.concatenate([[0], np.cumsum(counts)]),
            total=outcome.sign * frame["score"].to_numpy(),
        ),
        clients=alliance.clients,
        rater=alliance.rater,
        sign=outcome.sign,
        rows=len(frame) + outcome.unrated,
        unrated=outcome.unrated,
        without_parts=0,
        parts=None,
    ), rows


def outcome_exposure(
    alliance: Material, outcome: Material, rows: np.ndarray, design: Design, log
) -> tuple[Exposure, int]:
    """Return what each session with an outcome was exposed to, and reports of strangers."""
    if design.rule is None:
        series = outcome.scores.series(outcome.scores.total)
        return report_exposure(log, alliance, series, design.settle)
    told = find_exposure(
        alliance.scores.series(alliance.scores.total),
        design.rule,
        to_the_end=design.to_the_end,
        settle=design.settle,
        pool=alliance.scores.study,
    )
    return Exposure(repairs=told.repairs[rows], role=told.role[rows], counts=told.counts), 0
