"""Units in which a fall or a rise can be measured, and the checks that all rules share."""

from dataclasses import dataclass
from math import inf

from alliance.checks import check_choice, check_integer, check_number
from alliance.errors import AllianceError

UNITS = {
    "points": "points of the scale",
    "own sd": "the client's own standard deviation",
    "own residual sd": "the standard deviation about the client's own line",
    "own sd of differences": "the standard deviation of the client's own session-to-session "
    "differences",
    "own moving range": "the client's own mean moving range",
    "own iqr": "the client's own interquartile range",
    "mean of own sds": "the mean over clients of the own standard deviations",
    "pooled sd": "the pooled within-client standard deviation",
    "larger of own and pooled sd": "the larger of the client's own and the pooled within-client "
    "standard deviation",
    "sd of all scores": "the standard deviation of all scores",
    "reliable change": "the standard error of a difference between two scores",
}
_POOLS = {
    "mean of own sds": "mean of own sds",
    "pooled sd": "pooled sd",
    "larger of own and pooled sd": "pooled sd",
    "sd of all scores": "sd of all scores",
    "reliable change": "sd of all scores",
}


def number(value: float) -> str:
    """Return a number as a person would write it: ``1``, ``0.25``, ``2.66``."""
    return f"{value:.4g}"


@dataclass(frozen=True, kw_only=True)
class InUnits:
    """Something measured in a unit of `UNITS`; the base of all rules.

    `ddof` says whether a standard deviation divides by n - 1 or by n. The unit "reliable change" is
    sqrt(2) * SD * sqrt(1 - reliability), its `sd` that of all scores in the data if not given.
    """

    unit: str
    ddof: int = 1
    reliability: float | None = None
    sd: float | None = None

    def __post_init__(self) -> None:
        check_choice(self.unit, UNITS, "unit")
        if (self.unit == "reliable change") != (self.reliability is not None):
            raise AllianceError(
                "The unit 'reliable change' and a reliability go together: name both or neither."
            )
        self._check_numbers(reliability=(0, 0.999999), sd=(0, inf))
        if self.ddof not in (0, 1):
            raise AllianceError(f"ddof must be 0 or 1, not {self.ddof!r}.")

    def _check_numbers(self, **limits: tuple[float, float]) -> None:
        """Keep settings as plain numbers within their limits; what is left out stays None."""
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if value is not None or self.__dataclass_fields__[name].default is not None:
                object.__setattr__(self, name, check_number(value, name, low, high))

    def _check_integers(self, **lowest: int) -> None:
        """Keep settings as plain whole numbers, each at least as large as said."""
        for name, low in lowest.items():
            object.__setattr__(self, name, check_integer(getattr(self, name), name, low))

    @property
    def compared_with(self) -> str:
        """The reference of the rule, where it has one of `REFERENCES`."""
        return ""

    @property
    def neighbours_within(self) -> int:
        """Largest difference between the numbers of two sessions that are neighbours."""
        return 1

    @property
    def pool(self) -> str | None:
        """What the unit needs from all clients together, None if each is measured alone."""
        # With a published SD the threshold does not depend on who else is in the data.
        own_sd_given = self.unit == "reliable change" and self.sd is not None
        return None if own_sd_given else _POOLS.get(self.unit)

    @property
    def unit_text(self) -> str:
        """The unit in words."""
        if self.unit != "reliable change":
            return UNITS[self.unit]
        source = "that of all scores" if self.sd is None else number(self.sd)
        return (
            f"{UNITS[self.unit]} (standard deviation {source}, reliability {self.reliability:.4g})"
        )

    def amount_text(self, amount: float) -> str:
        """Return an amount of the unit in words: ``1 point``, ``2 times the client's own ...``."""
        if self.unit == "points":
            return f"{number(amount)} point{'' if amount == 1 else 's'}"
        return self.unit_text if amount == 1 else f"{number(amount)} times {self.unit_text}"
