"""The criteria for ruptures with which the error of the usual analyses was measured."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from alliance.rules import RepairRule, Rule, RuptureRule, own_mean

STEP = "fall of 1 SD from the session before"
HIGH = "fall of 1 SD from the highest so far"
OWN_MEAN = "own-mean"


def measured_criteria() -> Mapping[str, Rule]:
    """Return the criteria by the name that the table of rates gives them.

    Two fall rules in standard deviations of all scores, in which rated sessions count as
    neighbours across missed ones, and this package's own default.

    Examples
    --------
    >>> list(measured_criteria())[-1]
    'own-mean'
    """
    fall = {STEP: ("previous session", 3), HIGH: ("running high", 8)}
    rules = {name: _fall(name, *settings) for name, settings in fall.items()}
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


def _fall(name: str, reference: str, window: int) -> Rule:
    unit = "sd of all scores"
    return Rule(
        name=name,
        rupture=RuptureRule(reference=reference, unit=unit, threshold=1, max_gap=100),
        repair=RepairRule(target="before", amount=0.25, unit=unit, window=window),
    )
