"""Criteria from process control and change-point detection, in their textbook form."""

from __future__ import annotations

from alliance.rules.presets import varied
from alliance.rules.rule import Rule


def xmr(*, threshold: float = 2.66, window: int | None = 5, minimum_drop: float = 0) -> Rule:
    """Below the lower limit of the client's own individuals chart, mean - 2.66 moving ranges."""
    return varied("xmr", {"threshold": threshold}, {"window": window}, minimum_drop=minimum_drop)


def tukey(*, threshold: float = 1.5, window: int | None = 5, minimum_drop: float = 0) -> Rule:
    """Below the client's own lower fence, first quartile - 1.5 interquartile ranges.

    Named in a thesis on children's alliance (Kluft genannt Jans, Radboud University); the
    formula is the textbook one with linearly interpolated quartiles.
    """
    return varied("tukey", {"threshold": threshold}, {"window": window}, minimum_drop=minimum_drop)


def cusum(*, allowance: float = 0.5, decision: float = 4, window: int | None = 5) -> Rule:
    """Alarm of a lower cumulative sum about the client's own mean.

    References
    ----------
    Page (1954). Biometrika, 41, 100-115. https://doi.org/10.1093/biomet/41.1-2.100
    """
    return varied("cusum", {"allowance": allowance, "decision": decision}, {"window": window})


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
    return varied(
        "running-high",
        {"threshold": threshold, "unit": unit},
        {"amount": tolerance, "unit": unit, "window": window},
    )


def change_point(*, penalty: float = 1.5, minimum_segment: int = 1, window: int | None = 5) -> Rule:
    """First session of a stretch with a lower mean, in the segmentation that PELT finds.

    References
    ----------
    Killick, Fearnhead & Eckley (2012). Journal of the American Statistical Association, 107,
    1590-1598. https://doi.org/10.1080/01621459.2012.737745
    """
    settings = {"penalty": penalty, "minimum_segment": minimum_segment}
    return varied("change-point", settings, {"window": window})
