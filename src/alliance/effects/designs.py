"""The rule of falls that comparisons by kind of history go by, and how long a report settles."""

from __future__ import annotations

from alliance.rules import RepairRule, Rule, RuptureRule

# Sessions after a reported repair, by number, in which the score may still settle.
SETTLING_SESSIONS = 2
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
