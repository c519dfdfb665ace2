"""What a rung of the ladder assumes about courses and ruptures: switches of one engine."""

from dataclasses import dataclass, replace
from typing import Any, Self

from alliance.errors import AllianceError


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """The switches of the gain's likelihood.

    Raises AllianceError if a switch has no such position.

    The design and its error rates are described in the package's documentation of calibration.
    """

    # {'straight', 'curved', 'bent'}: mean growth: straight over log session; with session as well;
    # or with session and its square, place in the client's course and its square, and own levels of
    # sessions 1-3.
    growth: str = "bent"
    # {'none', 'onward', 'either'}: a rupture's onset (lead) and recovery (tail): sudden; a share of
    # the depth, 0 or more, in the row next to it and half of that in the second; or of either sign
    # over three rows, so that a passing lift after a repair, or a high before a rupture, is not
    # taken for a gain.
    edges: str = "either"
    walk: bool = True  # Whether clients' levels drift as a random walk
    settling: bool = True  # Whether the log SD of fluctuation and error changes with log session
    ruptures: int = 2  # At most 1 or 2 a client
    # {'shrunken', 'free'}: whether clients' own growth is a draw from a fitted spread, or free.
    own_growth: str = "shrunken"
    # Below this many expected repaired ruptures a client there is no answer.
    min_repairs: float = 0.0
    name: str = ""

    def __post_init__(self) -> None:
        allowed = {
            "growth": ("straight", "curved", "bent"),
            "edges": ("none", "onward", "either"),
            "own_growth": ("shrunken", "free"),
            "ruptures": (1, 2),
        }
        for switch, positions in allowed.items():
            if getattr(self, switch) not in positions:
                raise AllianceError(
                    f"{switch} must be one of {', '.join(map(str, positions))}, "
                    f"not {getattr(self, switch)!r}."
                )

    def but(self, **changes: Any) -> Self:
        """Return a copy with some switches set otherwise."""
        return replace(self, **changes)


LEAST = Assumptions(name="fewest assumptions", min_repairs=0.10)
NO_PASSING_LIFT = Assumptions(name="no passing lift", edges="onward", walk=False, settling=False)
STRAIGHT_GROWTH = NO_PASSING_LIFT.but(name="straight growth", growth="straight")
LADDER = (LEAST, NO_PASSING_LIFT, STRAIGHT_GROWTH)
