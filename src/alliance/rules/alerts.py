"""Clinic alerts on the Session Rating Scale: prompts to talk, not ruptures."""

from __future__ import annotations

from alliance.rules.made_for import MadeFor
from alliance.rules.presets import varied
from alliance.rules.rule import Rule


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
    # Whoever lies exactly at the cut is on one side of it, never on both.
    returned = "at least" if inequality == "more than" else "more than"
    return varied(
        "srs-level",
        {"level": cut, "inequality": inequality},
        {"window": window, "inequality": returned},
        **_for_other_scores(cut != 36),
    )


def srs_drop(drop: float = 1, *, window: int | None = 5) -> Rule:
    """Session Rating Scale total a point or more below the last: a prompt to talk."""
    return varied(
        "srs-drop", {"threshold": drop}, {"window": window}, **_for_other_scores(drop != 1)
    )


def _for_other_scores(own_points: bool) -> dict[str, MadeFor]:
    """Who sets points of a scale of their own has said which scores they are made for."""
    return {"made_for": MadeFor()} if own_points else {}
