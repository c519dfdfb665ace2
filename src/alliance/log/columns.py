"""The columns of a rupture log: what each holds, in which range, and what its values mean."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from alliance.tables import Table

LOG = Table(
    name="rupture log",
    row="what one source reported of one session",
    key=("client", "session", "source"),
    columns={
        "client": ("identifier", "identifier of the client"),
        "session": ("session", "number of the session"),
    },
    optional={
        "source": ("text", "who reported: client, therapist, observer ..."),
        "tension": (
            "number",
            "above 0: the session lay in a rupture; 0: asked, and there was none",
        ),
        "intensity": ("number", "how strained the session was, 1 (little) to 5 (very)"),
        "resolution": ("number", "resolved in this session: 0 no, 1 yes; or how far, 1 to 5"),
        "resolved": ("any", "whether the resolution counts as one; made from it if not given"),
        "withdrawal": ("number", "the client moved away: 0 no, 1 yes; or impact, 1 (none) to 5"),
        "confrontation": ("number", "the client moved against: 0 no, 1 yes; or impact, 1 to 5"),
        "markers": ("text", "how it showed, several codes separated by semicolons"),
        "strategies": ("text", "what the therapist tried, several codes"),
        "trigger": ("text", "what set it off, several codes"),
        "kind": ("text", "withdrawal, confrontation or mixed; made from the others if not given"),
        "done": ("text", "what was done, in words"),
        "supervision": ("number", "was supervision sought: 0 no, 1 yes"),
        "therapist": ("identifier", "identifier of the therapist"),
        "date": ("any", "date of the session"),
    },
)


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
        "resolution": Range(low=0, high=5, meaning="0 (no) or 1 (yes), or 1 to 5"),
        "withdrawal": Range(low=0, high=5, meaning="0 (no) or 1 (yes), or 1 to 5"),
        "confrontation": Range(low=0, high=5, meaning="0 (no) or 1 (yes), or 1 to 5"),
        "resolved": Range(low=0, high=1, meaning="0 (no) or 1 (yes)"),
        "supervision": Range(low=0, high=1, meaning="0 (no) or 1 (yes)"),
    }
)
# In these columns 1 means yes beside 0, and the lowest extent beside 2 to 5; a column called
# resolution_extent (withdrawal_extent, confrontation_extent) holds extents whatever its values.
EXTENT = "_extent"
YES_OR_EXTENT = ("resolution", "withdrawal", "confrontation")
IMPACT_FROM = 2
