"""How a regression on repairs takes ruptures and growth: from a rupture log, or from a rule."""

from __future__ import annotations

from dataclasses import dataclass

from alliance.checks import check_choice, check_integer, check_number
from alliance.rules import RepairRule, Rule, RuptureRule

GROWTHS = {
    "own": "growth over log session of each client's own, shrunken towards that of all",
    "own and bent": "growth of each client's own, shrunken towards that of all, that may bend over "
    "sessions and over the client's course and differs with the client's history of ruptures",
}
_UNIT = "sd of all scores"


def drop_and_return(threshold: float = 1.0, *, tolerance: float = 0.25, window: int = 5) -> Rule:
    """Return the rule of a fall from the rated session before, and back to within a tolerance.

    Parameters
    ----------
    threshold, tolerance : float
        In standard deviations of all scores.
    window : int
        Sessions within which the score must return.
    """
    return Rule(
        name="drop-and-return",
        rupture=RuptureRule(
            reference="previous session", unit=_UNIT, threshold=threshold, max_gap=3
        ),
        repair=RepairRule(target="before", amount=tolerance, unit=_UNIT, window=window),
        blind_spots=("half or more of what it flags is noise: made for a test that allows for it",),
    )


@dataclass(frozen=True, kw_only=True)
class Design:
    """How scores are regressed on the number of repairs completed before the session.

    Parameters
    ----------
    rule : Rule or None
        What counts as a rupture and as its repair; None where a rupture log says so.
    growth : str
        One of `GROWTHS`.
    growth_spread : float
        Standard deviation of the clients' own growths for a rise of 1 in log session, in residual
        standard deviations of the score, 0 or more. It weights the sessions only; standard
        errors hold for any value.
    settling_sessions : int
        Sessions after a repair, by number, in which the score may still settle.

    Raises
    ------
    AllianceError
        If a setting is not possible.
    """

    rule: Rule | None
    growth: str = "own"
    growth_spread: float = 0.75
    settling_sessions: int = 0

    def __post_init__(self) -> None:
        check_choice(self.growth, GROWTHS, "growth")
        check_integer(self.settling_sessions, "settling_sessions")
        check_number(self.growth_spread, "growth_spread")


# Ruptures and repairs as a log reports them; how often it errs is in calibration/reported_gain.csv.
REPORTED = Design(rule=None, growth="own and bent", settling_sessions=2)
# Found in the alliance, for another outcome: a fall and nearly all the way back, a tenth of an SD.
FOUND_RULE = drop_and_return(tolerance=0.1)
FOUND = Design(rule=FOUND_RULE)
