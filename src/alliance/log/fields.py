"""The questions of a blank rupture log, as data: what is asked, and what may be answered."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from types import MappingProxyType

from alliance.log.codes import CODES


@dataclass(frozen=True, kw_only=True)
class Field:
    """One question of the form, from ``form.toml``: column of the log, question, possible answers.

    `choices` holds answers to choose from and their meaning; for a column of codes, those.
    """

    name: str
    asks: str
    answers: str
    choices: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        codes = {code.key: code.meaning for code in CODES.get(self.name, ())}
        object.__setattr__(self, "choices", MappingProxyType(codes or dict(self.choices)))

    @property
    def several(self) -> bool:
        """Whether several answers may be chosen."""
        return self.name in CODES

    @property
    def redcap_type(self) -> str:
        """REDCap's type of field."""
        if self.several:
            return "checkbox"
        if self.choices:
            return "yesno" if set(self.choices) == {"yes", "no"} else "radio"
        return "notes" if self.name == "done" else "text"


FIELDS = tuple(
    Field(**question)
    for question in tomllib.loads((files("alliance.log") / "form.toml").read_text("utf-8"))["field"]
)
