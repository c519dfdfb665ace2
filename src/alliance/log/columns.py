"""The columns of a rupture log: in which range each lies, and what its values mean."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from alliance.tables import TABLES

LOG = TABLES["log"]
# In these columns 1 means yes beside 0, and the lowest extent beside 2 to 5; a column called
# resolution_extent (withdrawal_extent, confrontation_extent) holds extents whatever its values.
EXTENT = "_extent"
YES_OR_EXTENT = ("resolution", "withdrawal", "confrontation")
IMPACT_FROM = 2


@dataclass(frozen=True, kw_only=True)
class Range:
    """Lowest and highest value of a column, and what they mean in words."""

    low: float
    high: float
    meaning: str


RANGES = MappingProxyType(
    {
        "tension": Range(low=0, high=5, meaning="0 (no) or 1 (yes), or 0 to 5"),
        "intensity": Range(low=1, high=5, meaning="1 to 5"),
        **dict.fromkeys(
            YES_OR_EXTENT, Range(low=0, high=5, meaning="0 (no) or 1 (yes), or 1 to 5")
        ),
        **dict.fromkeys(
            ("resolved", "supervision"), Range(low=0, high=1, meaning="0 (no) or 1 (yes)")
        ),
    }
)
