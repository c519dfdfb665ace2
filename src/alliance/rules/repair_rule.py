"""Repair rules as values: what must happen after a rupture for it to be called repaired."""

from dataclasses import dataclass
from math import inf

from alliance.checks import check_choice
from alliance.errors import AllianceError
from alliance.rules.units import InUnits, number

TARGETS = {
    "before": "the level before the rupture, less `amount` units",
    "share": "`amount` of the fall at the onset regained",
    "limit": "back inside the limit of the rupture rule",
    "own mean": "the client's own mean, less `amount` units",
    "rise": "a rise of `amount` units from the lowest score, or back at the level before",
}


@dataclass(frozen=True, kw_only=True)
class RepairRule(InUnits):
    """A rupture is repaired by the first later session within the window that reaches the target.

    Parameters
    ----------
    target : str
        One of `TARGETS`.
    amount : float
        How many units (``before``, ``own mean``: below the level; ``rise``: above the lowest
        score), or which share of the fall at the onset (``share``, 0 to 1). Unused for ``limit``.
    unit : str
        One of `UNITS`, taken as it was at the onset.
    window : int or None
        Largest session number after the onset's at which repair counts: with 3, an onset at
        session 7 can be repaired at sessions 8, 9 and 10, whether or not all were rated.
        None means at any later session; then a rupture is never unrepaired, only open.
    inequality : {"at least", "more than"}
        Whether reaching the target exactly counts.
    ddof, reliability, sd
        As in `RuptureRule`.

    Raises
    ------
    AllianceError
        If a choice is unknown or settings do not fit together.

    Examples
    --------
    >>> RepairRule(target="before", amount=0.25, window=3).text()
    'returned to the level before, less 0.25 points, within 3 sessions'
    """

    target: str
    amount: float = 0.0
    unit: str = "points"
    window: int | None
    inequality: str = "at least"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice(self.target, TARGETS, "repair target")
        check_choice(self.inequality, ("at least", "more than"), "inequality")
        self._check_numbers(amount=(0, 1 if self.target == "share" else inf))
        if self.window is not None:
            self._check_integers(window=1)
        if self.target in ("share", "limit") and self.unit != "points":
            raise AllianceError(f"The repair target '{self.target}' takes no unit.")

    def text(self) -> str:
        """Return the condition in words, to follow "it was called repaired when the score"."""
        if self.window is None:
            when = "at any later session"
        else:
            when = f"within {self.window} session{'s' if self.window > 1 else ''}"
        return f"{self._reached()} {when}"

    def _reached(self) -> str:
        strict = self.inequality == "more than"
        to, by = ("beyond", "more than") if strict else ("to", "at least")
        less = f", less {self.amount_text(self.amount)}," if self.amount else ""
        return {
            "before": f"returned {to} the level before{less}",
            "own mean": f"returned {to} the client's own mean{less}",
            "share": f"regained {by} {number(100 * self.amount)}% of the fall",
            "limit": f"was back {'inside' if strict else 'at or inside'} the limit",
            "rise": f"had risen by {by} {self.amount_text(self.amount)} from its lowest "
            "or was back at the level before",
        }[self.target]
