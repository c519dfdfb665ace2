"""Do symptoms, or another outcome, differ after a repaired rupture? The test by session."""

from typing import TypedDict, Unpack

import numpy as np
import pandas as pd

from alliance.checks import check_number
from alliance.course import Choice, Courses, courses
from alliance.effects.gains import growth_columns, regress
from alliance.effects.outcome_scores import Outcome, gather_outcome
from alliance.effects.repair import fit_rung
from alliance.effects.reported_gain import RegressionGain, numbers_of
from alliance.errors import AllianceError
from alliance.instruments import Instrument
from alliance.joins import join_clients, require_one_case
from alliance.model.gain_assumptions import LEAST
from alliance.model.gain_ladder import GainFit, session_posterior
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
        A rupture log; its reports raise or lower the probability of each rupture.
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
    Ruptures are not looked for first. The course model of `alliance.repair_gain` (its rung of
    fewest assumptions) gives the number of repairs expected to be completed before each session,
    and the outcome of the same client is regressed on that number, since a regression on an
    expected exposure estimates what one on the true exposure would. Growth is each client's own
    and may bend. The probability that the session lies in a rupture, and how far the alliance
    lies from its own undisturbed course there, are taken out: symptoms move with the alliance,
    and repairs are expected where the alliance is high. So the estimate is what a repair does for
    the outcome beyond what goes with the alliance of that session. Standard errors come from
    leaving out each client. Measured by ``calibration/outcomes.py``.

    Only outcomes of sessions that were rated on the alliance are used.

    Examples
    --------
    >>> from alliance import simulate
    >>> study = simulate.simulate(simulate.worlds()["R0d"], clients=60, seed=3)
    >>> answer = outcome_gain(study.sessions, study.outcomes)
    >>> answer.answered, answer.outcome
    (True, 'PHQ-9')
    """
    check_number(confidence, "confidence", 0.5, 0.9999)
    alliance = courses(sessions, **choice)
    alliance.require_numbers_from_one()
    require_one_case(alliance.clients)
    measured = gather_outcome(outcomes, **(outcome or {}))
    joined = join_clients(measured.frame["client"], alliance.clients, table="outcomes").require()
    explained, rows = _beside(alliance, measured)
    if not len(rows):
        raise AllianceError(
            "No score of the outcome goes with a rating of the alliance.\n"
            "To fix: check that clients and sessions are named alike in both tables."
        )
    if log is not None:
        join_clients(as_text(log["client"]), alliance.clients).require()
    fit, _ = fit_rung(alliance, LEAST, confidence=None, log=log)
    expected = _expected(fit, len(alliance.scores))[rows]
    # Clients whose scores are constant say nothing of ruptures.
    used = np.isfinite(expected[:, 0])
    before = pd.Series(expected[:, 0]).groupby(explained.owner)
    repaired = (before.last() - before.first()).reindex(range(explained.count)).fillna(0).to_numpy()
    found = regress(
        explained,
        np.column_stack([expected[:, :1], growth_columns(explained), expected[:, 1:]]),
        used,
        round(repaired.sum()),
        enough=fit.answered,
    )
    sessions_used = np.bincount(explained.owner[used], minlength=explained.count)
    return RegressionGain(
        **numbers_of(
            explained,
            found,
            confidence,
            clients={"used": sessions_used, "repaired": repaired},
            too_few=f"only {found.exposed} repaired ruptures are to be expected in the alliance "
            "before scores of the outcome, too few to tell what follows them",
        ),
        counts={**explained.counts, "used": int(used.sum())},
        source="expected",
        outcome=measured.name,
        unmatched=len(measured.frame) - len(rows),
        joined=joined,
    )


def _expected(fit: GainFit, sessions: int) -> np.ndarray:
    """Return expected repairs before, chance of a rupture and departure, sessions x 3."""
    known = session_posterior(fit, sessions)
    scores = np.full(sessions, np.nan)
    scores[fit.study.rows] = fit.study.scores
    return np.column_stack([known.repairs, known.rupture, scores - known.undisturbed])


def _beside(alliance: Courses, outcome: Outcome) -> tuple[Courses, np.ndarray]:
    """Return the outcome at rated sessions as courses, and which rows of the alliance those are."""
    frame = outcome.frame[outcome.frame["client"].isin(alliance.clients)]
    rated = alliance.frame[["client", "session"]].assign(row=np.arange(len(alliance.scores)))
    # In the order of the alliance's clients, who may have no outcome.
    frame = frame.merge(rated, on=["client", "session"]).sort_values("row", kind="stable")
    place = pd.Index(alliance.clients).get_indexer(frame["client"])
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
