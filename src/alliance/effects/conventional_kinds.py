"""The usual analyses by name: what each compares, and why it misleads."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from alliance.effects import conventional_estimates
from alliance.effects.conventional_courses import Therapies
from alliance.effects.conventional_estimates import Estimate


@dataclass(frozen=True, eq=False, kw_only=True)
class Kind:
    """One analysis of the literature, as ``conventional.toml`` states it."""

    name: str
    compares: str  # What the estimate is, in words
    warning: str  # One line: why a small p-value of it says little
    function: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    mixed: bool = False  # Whether it fits a mixed model and so takes long

    def run(self, therapies: Therapies, session: int) -> Estimate:
        """Return the estimate; `session` is that of the landmark."""
        analysis: Callable[..., Estimate] = getattr(conventional_estimates, self.function)
        landmark = {"session": session} if self.function == "landmark" else {}
        return analysis(therapies, **landmark, **self.settings)


_STATED = tomllib.loads((files("alliance.effects") / "conventional.toml").read_text("utf-8"))
KINDS = tuple(Kind(**entry) for entry in _STATED["analysis"])
