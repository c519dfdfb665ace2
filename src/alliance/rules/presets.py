"""Every named criterion with its default settings, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from alliance.errors import AllianceError, join_names, suggest
from alliance.rules.alerts import srs_drop, srs_level
from alliance.rules.charts import change_point, cusum, running_high, tukey, xmr
from alliance.rules.published import (
    gumz_like,
    own_mean,
    own_past,
    reliable_drop,
    stiles_like,
    strauss_like,
    sudden_loss,
    v_episode,
)
from alliance.rules.rule import Rule

_PRESETS: tuple[Callable[[], Rule], ...] = (
    own_mean,
    own_past,
    v_episode,
    strauss_like,
    stiles_like,
    lambda: gumz_like(1),
    lambda: gumz_like(2),
    xmr,
    tukey,
    sudden_loss,
    reliable_drop,
    cusum,
    running_high,
    change_point,
    srs_level,
    srs_drop,
)


def presets() -> Mapping[str, Rule]:
    """Return every named criterion with its default settings, by name.

    Examples
    --------
    >>> list(presets())[:3]
    ['own-mean', 'own-past', 'v-episode']
    """
    rules = [preset() for preset in _PRESETS]
    return MappingProxyType({rule.name: rule for rule in rules})


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
