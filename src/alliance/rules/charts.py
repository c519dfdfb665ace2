"""Criteria from process control and change-point detection, in their textbook form."""

from __future__ import annotations

from alliance.rules.blind_spots import CEILING, LENGTH, OTHERS, SHIFT
from alliance.rules.repair_rule import RepairRule
from alliance.rules.rule import Rule
from alliance.rules.rupture_rule import ChangePoint, Cusum, RuptureRule


def xmr(*, threshold: float = 2.66, window: int | None = 5, minimum_drop: float = 0) -> Rule:
    """Below the lower limit of the client's own individuals chart, mean - 2.66 moving ranges."""
    return Rule(
        name="xmr",
        rupture=RuptureRule(
            reference="own mean",
            unit="own moving range",
            threshold=threshold,
            inequality="more than",
        ),
        repair=RepairRule(target="own mean", window=window),
        citation="individuals control chart, textbook form",
        provenance="secondary",
        repair_provenance="ours",
        minimum_sessions=5,
        minimum_drop=minimum_drop,
        blind_spots=(
            SHIFT,
            "misses nearly all ruptures in short courses: a single dip inside an otherwise flat "
            "course of fewer than 8 sessions can never be flagged",
            CEILING,
        ),
    )


def tukey(*, threshold: float = 1.5, window: int | None = 5, minimum_drop: float = 0) -> Rule:
    """Below the client's own lower fence, first quartile - 1.5 interquartile ranges.

    Named in a thesis on children's alliance (Kluft genannt Jans, Radboud University); the
    formula is the textbook one with linearly interpolated quartiles.
    """
    return Rule(
        name="tukey",
        rupture=RuptureRule(
            reference="own lower quartile",
            unit="own iqr",
            threshold=threshold,
            inequality="more than",
        ),
        repair=RepairRule(target="limit", window=window),
        citation="Tukey control chart, textbook form",
        provenance="secondary",
        repair_provenance="ours",
        minimum_sessions=5,
        minimum_drop=minimum_drop,
        blind_spots=(CEILING, "flags one in five courses of pure noise"),
    )


def cusum(*, allowance: float = 0.5, decision: float = 4, window: int | None = 5) -> Rule:
    """Alarm of a lower cumulative sum about the client's own mean.

    References
    ----------
    Page (1954). Biometrika, 41, 100-115. https://doi.org/10.1093/biomet/41.1-2.100
    """
    return Rule(
        name="cusum",
        rupture=Cusum(allowance=allowance, decision=decision),
        repair=RepairRule(target="own mean", window=window),
        citation="Page (1954), textbook constants",
        doi="10.1093/biomet/41.1-2.100",
        provenance="secondary",
        repair_provenance="ours",
        minimum_sessions=6,
        blind_spots=(
            "made for small lasting shifts: misses short dips",
            "flags the low part of any course that rises steadily",
            "flags late, some sessions after the fall began",
        ),
    )


def running_high(
    *, threshold: float = 2, unit: str = "own sd", tolerance: float = 0.25, window: int | None = 5
) -> Rule:
    """Below the highest score so far by two standard deviations.

    Parameters
    ----------
    threshold, tolerance : float
        In `unit`.
    unit : str
        One of `UNITS`; "own sd" by default, "pooled sd" to compare clients alike.
    window : int or None
        Sessions within which the score must return.
    """
    return Rule(
        name="running-high",
        rupture=RuptureRule(reference="running high", unit=unit, threshold=threshold),
        repair=RepairRule(target="before", amount=tolerance, unit=unit, window=window),
        repair_provenance="ours",
        minimum_sessions=3,
        blind_spots=(
            "one unusually high score makes everything after it look low",
            LENGTH,
            "measured in the own SD it flags most courses of pure noise",
        ),
    )


def change_point(*, penalty: float = 1.5, minimum_segment: int = 1, window: int | None = 5) -> Rule:
    """First session of a stretch with a lower mean, in the segmentation that PELT finds.

    References
    ----------
    Killick, Fearnhead & Eckley (2012). Journal of the American Statistical Association, 107,
    1590-1598. https://doi.org/10.1080/01621459.2012.737745
    """
    return Rule(
        name="change-point",
        rupture=ChangePoint(penalty=penalty, minimum_segment=minimum_segment),
        repair=RepairRule(target="share", amount=0.5, window=window),
        citation="Killick, Fearnhead & Eckley (2012)",
        doi="10.1080/01621459.2012.737745",
        provenance="from code",
        repair_provenance="ours",
        minimum_sessions=4,
        blind_spots=(
            "the method is from code, its use on alliance scores and the penalty are ours",
            OTHERS,
            "takes missed sessions for no time at all",
        ),
    )
