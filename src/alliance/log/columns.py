"""The columns of a rupture log: their ranges and codes, and the questions of a blank one, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from alliance.files import stated
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


@dataclass(frozen=True, kw_only=True)
class Code:
    """One code of the log, from ``codes.toml``: its key, and other spellings that are read as it.

    `group` says what it is a code of: ``trigger``, ``withdrawal``, ``confrontation``, ``strategy``.
    """

    key: str
    group: str
    meaning: str
    synonyms: tuple[str, ...] = ()


_GROUPS = stated("log/codes.toml")


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


FIELDS = tuple(Field(**question) for question in stated("log/form.toml")["field"])
