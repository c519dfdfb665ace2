"""Criteria of falls: those with which the error of the usual analyses was measured, and one of histories."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from alliance.rules import RepairRule, Rule, RuptureRule, own_mean

STEP = "fall of 1 SD from the session before"
HIGH = "fall of 1 SD from the highest so far"
OWN_MEAN = "own-mean"


def measured_criteria() -> Mapping[str, Rule]:
    """Return the criteria by their names in the table of rates: two rules of falls, and our default."""
    rules = {
        STEP: fall_rule(STEP, "previous session", window=3),
        HIGH: fall_rule(HIGH, "running high", window=8),
    }
    return MappingProxyType({**rules, OWN_MEAN: own_mean()})


def criterion_of(rule: Rule) -> str | None:
    """Return the name of the measured criterion that a rule is; None if it is another."""
    for name, measured in measured_criteria().items():
        settings = [
            (one.rupture, one.repair, one.minimum_sessions, one.minimum_drop)
            for one in (rule, measured)
        ]
        if settings[0] == settings[1]:
            return name
    return None


def drop_and_return(threshold: float = 1.0, *, tolerance: float = 0.25, window: int = 5) -> Rule:
    """Return the rule of a fall from the rated session before, and back to within a tolerance.

    Parameters
    ----------
    threshold, tolerance : float
        In standard deviations of all scores.
    window : int
        Sessions within which the score must return.
    """
    noisy = "half or more of what it flags is noise: made for a test that allows for it"
    made = fall_rule("drop-and-return", "previous session", threshold, tolerance, window, max_gap=3)
    return replace(made, blind_spots=(noisy,))


def fall_rule(
    name: str,
    reference: str,
    threshold: float = 1,
    tolerance: float = 0.25,
    window: int = 5,
    *,
    max_gap: int = 100,
) -> Rule:
    """Return a rule of falls and returns in standard deviations of all scores."""
    unit = "sd of all scores"
    return Rule(
        name=name,
        rupture=RuptureRule(reference=reference, unit=unit, threshold=threshold, max_gap=max_gap),
        repair=RepairRule(target="before", amount=tolerance, unit=unit, window=window),
    )
