"""The codes a rupture log may hold: what set a rupture off, how it showed, what was tried."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True)
class Code:
    """One code of the log, from ``codes.toml``: its key, and other spellings that are read as it.

    `group` says what it is a code of: ``trigger``, ``withdrawal``, ``confrontation``, ``strategy``.
    """

    key: str
    group: str
    meaning: str
    synonyms: tuple[str, ...] = ()


_GROUPS = tomllib.loads((files("alliance.log") / "codes.toml").read_text("utf-8"))


def _codes(group: str) -> tuple[Code, ...]:
    return tuple(
        Code(key=key, group=group, meaning=code["meaning"], synonyms=(*code.get("synonyms", ()),))
        for key, code in _GROUPS[group].items()
    )


TRIGGERS, STRATEGIES = _codes("trigger"), _codes("strategy")
WITHDRAWAL, CONFRONTATION = _codes("withdrawal"), _codes("confrontation")
MARKERS = (*WITHDRAWAL, *CONFRONTATION)

# The columns of a log that hold codes, several of them separated by semicolons.
CODES = MappingProxyType({"trigger": TRIGGERS, "markers": MARKERS, "strategies": STRATEGIES})
