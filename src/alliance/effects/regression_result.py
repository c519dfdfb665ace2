"""The result of a regression on repairs: the difference for each repair, and what stands behind it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from alliance.joins import Joined
from alliance.results import Result


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
