"""Clinic alerts on the Session Rating Scale: prompts to talk, not ruptures."""

from __future__ import annotations

from alliance.rules.blind_spots import SLIDE
from alliance.rules.repair_rule import RepairRule
from alliance.rules.rule import Rule
from alliance.rules.rupture_rule import RuptureRule


def srs_level(cut: float = 36, *, inequality: str = "more than", window: int | None = 5) -> Rule:
    """Session Rating Scale total below 36 of 40: a prompt to talk, not a rupture.

    Parameters
    ----------
    cut : float
        On the total from 0 to 40.
    inequality : {"more than", "at least"}
        Whether a total must lie below the cut or may equal it; sources disagree.
    window : int or None
        Sessions within which the total must be back above the cut.

    References
    ----------
    Duncan et al. (2003). Journal of Brief Therapy, 3, 3-12.
    """
    return Rule(
        name="srs-level",
        rupture=RuptureRule(
            reference="level", level=cut, unit="points", threshold=0, inequality=inequality
        ),
        repair=RepairRule(
            target="limit",
            window=window,
            inequality="at least" if inequality == "more than" else "more than",
        ),
        citation="Duncan et al. (2003) and users' manuals",
        provenance="secondary",
        repair_provenance="secondary",
        minimum_sessions=1,
        blind_spots=(
            "an alert about the level, not a fall: who always rates low is always flagged",
            "the second alert, any item below 9, is not included",
            "sources disagree on below 36 or at most 36",
        ),
    )


def srs_drop(drop: float = 1, *, window: int | None = 5) -> Rule:
    """Session Rating Scale total a point or more below the last: a prompt to talk."""
    return Rule(
        name="srs-drop",
        rupture=RuptureRule(reference="previous session", unit="points", threshold=drop),
        repair=RepairRule(target="before", window=window),
        citation="users' manuals of the Session Rating Scale",
        provenance="not verified",
        repair_provenance="ours",
        blind_spots=(
            "one point of 40 lies far inside measurement error: most flags are noise",
            SLIDE,
        ),
    )
