"""The usual analyses by name: what each compares, and why it misleads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from alliance.effects import conventional_estimates
from alliance.effects.conventional_courses import Therapies
from alliance.effects.conventional_estimates import Estimate
from alliance.files import stated


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


_STATED = stated("effects/conventional.toml")
KINDS = tuple(Kind(**entry) for entry in _STATED["analysis"])
