"""Every named criterion with its settings, read from the file beside this one."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Any

from alliance.errors import AllianceError, join_names, suggest
from alliance.files import stated
from alliance.rules.made_for import MadeFor
from alliance.rules.repair_rule import RepairRule
from alliance.rules.rule import Rule
from alliance.rules.rupture_rule import ChangePoint, Criterion, Cusum, RuptureRule, SuddenLoss

_KINDS: dict[str, type[Criterion]] = {
    each.kind: each for each in (RuptureRule, SuddenLoss, Cusum, ChangePoint)
}


@cache
def presets() -> Mapping[str, Rule]:
    """Return every named criterion with its default settings, by name.

    Examples
    --------
    >>> list(presets())[:3]
    ['own-mean', 'own-past', 'v-episode']
    """
    told = stated("rules/presets.toml")
    rules = [_rule(entry, told["blind_spots"]) for entry in told["rule"]]
    return MappingProxyType({rule.name: rule for rule in rules})


def _rule(entry: Mapping[str, Any], shared: Mapping[str, str]) -> Rule:
    criterion = dict(entry["rupture"])
    made_for: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in entry.get("made_for", {}).items()
    }
    return Rule(
        **{
            **entry,
            "rupture": _KINDS[criterion.pop("kind", RuptureRule.kind)](**criterion),
            "repair": RepairRule(**entry["repair"]),
            "made_for": MadeFor(**made_for),
            # Shared sentences are named in braces and stand once in the file.
            "blind_spots": tuple(spot.format_map(shared) for spot in entry["blind_spots"]),
        }
    )


def load(name: str | Rule) -> Rule:
    """Return a criterion by its name; a `Rule` is returned as it is.

    Raises
    ------
    AllianceError
        If there is no criterion of that name.

    Examples
    --------
    >>> load("v_episode").citation
    'Stevens et al. (2007)'
    """
    if isinstance(name, Rule):
        return name
    known = presets()
    plain = str(name).strip().lower().replace("_", "-").replace(" ", "-")
    if plain in known:
        return known[plain]
    raise AllianceError(
        f"There is no rule '{name}'.{suggest(plain, known)} Known: {join_names(known, 40)}."
    )


def varied(
    preset: str,
    /,
    rupture: Mapping[str, Any] | None = None,
    repair: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Rule:
    """Return a named criterion with other settings of its rules and of itself."""
    rule = presets()[preset]
    return replace(
        rule,
        rupture=replace(rule.rupture, **(rupture or {})),
        repair=replace(rule.repair, **(repair or {})),
        **changes,
    )
