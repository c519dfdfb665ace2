"""The gain after repairs that a rupture log reports, a cross-check beside the course model, and its result."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Unpack

import numpy as np
import pandas as pd

from alliance.checks import check_integer, check_number
from alliance.course import Choice, Courses, courses
from alliance.effects.gains import (
    MIN_EXPOSED,
    SETTLING_SESSIONS,
    USED,
    Exposure,
    Gains,
    counted,
    reported_exposure,
    reported_gains,
)
from alliance.errors import AllianceError
from alliance.joins import Joined, join_clients, require_one_case
from alliance.log import reports
from alliance.results import Result
from alliance.ruptures import OUTCOMES
from alliance.tables import as_text


@dataclass(frozen=True, eq=False, kw_only=True)
class RegressionGain(Result):
    """How much higher a score is after each repair, within clients.

    Parameters
    ----------
    frame : DataFrame
        One row a ``unit`` (points, within-person SD, SD of all scores; ``size`` in points):
        ``estimate`` for each completed repair, positive for the better, ``standard_error``,
        ``low``, ``high``, ``df``, ``p``. NaN if not answered.
    exposed : int
        Clients with used sessions both before and after a reported repair; of an outcome the
        number of repairs expected among its sessions.
    counts : mapping of str to int
        Sessions by what became of them; with a log also its ruptures by outcome.
    clients : DataFrame
        client, sessions, used, ruptures ``repaired`` (of a log also unrepaired and open),
        ``share`` (of the client in what identifies the gain), ``without`` (the estimate without
        the client, points).
    source : {"reported", "expected"}
        Where repairs come from: a log, or the course model.
    outcome, scale, rater : str
        What was explained, and the scale and rater of the alliance.
    unmatched : int
        Reports of clients, or scores of the outcome, without a rating of the alliance.
    confidence : float
    joined : Joined
        Which clients of the log or the outcome were found in the sessions.
    reason : str
        Why there is no answer; empty if there is one.
    """

    exposed: int
    counts: Mapping[str, int]
    clients: pd.DataFrame
    source: str
    outcome: str
    scale: str
    rater: str
    unmatched: int
    confidence: float
    joined: Joined
    reason: str = ""

    def preface(self) -> str:
        """Return which clients of the log or the outcome are in no session."""
        return self.joined.text()

    @property
    def answered(self) -> bool:
        """Whether there is an estimate."""
        return not self.reason

    @property
    def estimate(self) -> float:
        """Points for each completed repair."""
        return float(self.frame["estimate"].iloc[0])

    def facts(self) -> Mapping[str, object]:
        """Return the estimate in points and in within-person SD."""
        return {"points": self.frame.iloc[0].to_dict(), "within": self.frame.iloc[1].to_dict()}


def reported_gain(
    sessions: pd.DataFrame | Courses,
    log: pd.DataFrame,
    *,
    settling_sessions: int = SETTLING_SESSIONS,
    confidence: float = 0.95,
    **choice: Unpack[Choice],
) -> RegressionGain:
    """Estimate how much stronger the alliance is after each repair that a log reports.

    Parameters
    ----------
    sessions : DataFrame or Courses
        A sessions table with session numbers from 1.
    log : DataFrame
        A rupture log of one source: client, session, resolution, and tension if it also holds
        sessions without rupture.
    settling_sessions : int
        Sessions after the end of a reported rupture in which the score may still settle; they
        have a level of their own.
    confidence : float
        Level of the interval, 0-1.
    **choice
        Which scores, as in `alliance.courses`.

    Returns
    -------
    RegressionGain
        With fewer than 8 exposed clients a result that is not answered and says why.

    Raises
    ------
    AllianceError
        If the tables or the settings cannot be used.

    Notes
    -----
    The score is regressed, within clients, on the number of repairs completed before the
    session. Growth is each client's own and may bend over session and over the client's course,
    because growth that bends looks like a gain; it may differ for clients with repaired and with
    unrepaired ruptures. Standard errors come from leaving out each client. Reports are not
    chosen by their scores, so only the sessions of a rupture are set aside. Ruptures that were
    not reported, and reports of none, pull the estimate towards zero.

    A score that is high just before a rupture, or that takes more sessions than allowed to
    recover, is mistaken for harm; `alliance.repair_gain` allows for both.

    References
    ----------
    Bell, R. M., & McCaffrey, D. F. (2002). Bias reduction in standard errors for linear
    regression with multi-stage samples. Survey Methodology, 28, 169-181.

    Examples
    --------
    >>> from alliance import simulate
    >>> study = simulate.simulate(simulate.worlds()["A3d"], clients=120, seed=3)
    >>> reported_gain(study.sessions, study.log).answered
    True
    """
    check_number(confidence, "confidence", 0.5, 0.9999)
    check_integer(settling_sessions, "settling_sessions")
    chosen = courses(sessions, **choice)
    chosen.require_numbers_from_one()
    require_one_case(chosen.clients)
    if not len(chosen.scores):
        raise AllianceError(f"No session has a score on {chosen.scale}: there is nothing to test.")
    joined = join_clients(as_text(log["client"]), chosen.clients).require()
    reported, unmatched = report_exposure(log, chosen, settling_sessions)
    found = reported_gains(chosen, reported)
    used = np.bincount(chosen.owner[reported.role == USED], minlength=chosen.count)
    return RegressionGain(
        **numbers_of(
            chosen,
            found,
            confidence,
            clients={"used": used, **dict(zip(OUTCOMES, reported.counts.T, strict=True))},
            too_few=f"only {found.exposed} with used sessions both before and after a repair, and "
            f"fewer than {MIN_EXPOSED} cannot carry a standard error",
        ),
        counts={**chosen.counts, **counted(reported)},
        source="reported",
        outcome=chosen.scale,
        unmatched=unmatched,
        joined=joined,
    )


def report_exposure(
    log: pd.DataFrame, chosen: Courses, settling_sessions: int
) -> tuple[Exposure, int]:
    """Return what a log reports for each row, and how many reports were of unknown clients."""
    reported = reports(log.assign(client=as_text(log["client"])), chosen.frame)
    place = pd.Index(chosen.clients).get_indexer(reported["client"])
    known = reported[place >= 0]
    exposed = reported_exposure(
        chosen,
        place[place >= 0],
        known["onset"].to_numpy(),
        known["end"].to_numpy(),
        known["repaired"].to_numpy(),
        settling_sessions=settling_sessions,
    )
    return exposed, int((place < 0).sum())


def numbers_of(
    chosen: Courses,
    found: Gains,
    confidence: float,
    *,
    clients: Mapping[str, np.ndarray],
    too_few: str,
) -> dict[str, Any]:
    """Return what a `RegressionGain` says in numbers, by the name of its field.

    `clients`: what is known of each client besides; `too_few`: why there is no answer, where that
    is for want of exposure.
    """
    low, high = found.interval(confidence)
    sizes = {"points": 1.0, "within-person SD": chosen.within_sd, "total SD": chosen.total_sd}
    frame = pd.DataFrame({"unit": list(sizes), "size": list(sizes.values())})
    each = {
        "client": pd.array(chosen.clients, dtype="str"),
        "sessions": chosen.lengths,
        **clients,
        "share": found.fit.shares,
        "without": found.fit.left_out,
    }
    told_apart = "the exposure cannot be told apart from growth in these sessions"
    return {
        "frame": frame.assign(
            estimate=found.estimate / frame["size"],
            standard_error=found.standard_error / frame["size"],
            low=low / frame["size"],
            high=high / frame["size"],
            df=found.df,
            p=found.p,
        ),
        "clients": pd.DataFrame(each),
        "exposed": found.exposed,
        "scale": chosen.scale,
        "rater": chosen.rater,
        "confidence": confidence,
        "reason": "" if np.isfinite(found.estimate) else told_apart if found.enough else too_few,
    }
