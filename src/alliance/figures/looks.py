"""How the outcomes of an episode look, and how large marks are."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from alliance.figures.style import COLOURS


@dataclass(frozen=True, kw_only=True)
class Look:
    """How one outcome of an episode looks: colour, shape and pattern each tell it alone."""

    colour: str
    marker: str
    hatch: str


LOOKS = MappingProxyType(
    {
        "repaired": Look(colour=COLOURS["sky blue"], marker="^", hatch=""),
        "unrepaired": Look(colour=COLOURS["vermillion"], marker="X", hatch="////"),
        "open": Look(colour=COLOURS["yellow"], marker="D", hatch="...."),
    }
)
# From so many sessions on, marks of the usual size would touch.
_MANY = 24


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Sizes of marks in points, chosen for the room that each session has."""

    dot: float
    mark: float
    line: float

    @classmethod
    def of_one(cls, sessions: int) -> Sizes:
        """Sizes for a picture of its own."""
        small = sessions > _MANY
        return cls(dot=3.2 if small else 5.0, mark=7.0 if small else 9.0, line=1.2)

    @classmethod
    def of_many(cls, sessions: int) -> Sizes:
        """Sizes for a small picture among many."""
        small = sessions > _MANY
        return cls(dot=1.6 if small else 2.8, mark=5.0 if small else 5.5, line=0.8)
