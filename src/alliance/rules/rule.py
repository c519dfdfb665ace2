"""A named criterion: a rupture rule, a repair rule, and who vouches for them."""

from dataclasses import dataclass, field, replace
from typing import Self

from alliance.checks import check_choice, check_integer, check_number
from alliance.errors import AllianceError
from alliance.rules.made_for import MadeFor
from alliance.rules.repair_rule import RepairRule
from alliance.rules.rupture_rule import Criterion
from alliance.rules.units import number

PROVENANCE = {
    "exact from source": "the rule was read in the publication that states it",
    "from code": "the rule was read in an open implementation",
    "secondary": "the rule is known from other publications or textbooks",
    "not verified": "the rule's parameters could not be checked",
    "user": "the rule was put together by the user",
}
REPAIR_PROVENANCE = (*PROVENANCE, "ours")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What counts as a rupture, what counts as its repair, and how sure we are of both.

    Parameters
    ----------
    name : str
        Short name, e.g. ``"own-mean"``.
    rupture : RuptureRule, SuddenLoss, Cusum or ChangePoint
    repair : RepairRule
    citation, doi : str
        Where the rupture rule comes from; empty for a user's own.
    provenance : str
        How the rupture rule is known, one of `PROVENANCE`.
    repair_provenance : str
        The same for the repair rule, or ``"ours"`` where the source gives none.
    minimum_sessions : int
        Clients with fewer rated sessions are not judged.
    minimum_drop : float
        Smallest fall in points that can be a rupture, whatever the unit. 0 keeps rules as
        published; above 0 it guards against person-scaled rules that flag a dip of 0.1 in a
        course that is otherwise at the ceiling.
    made_for : MadeFor
        Which scores the rule is made for; it is not used on others.
    blind_spots : tuple of str
        What the rule is known to miss or to flag wrongly.

    Raises
    ------
    AllianceError
        If a choice is unknown or settings do not fit together.

    Examples
    --------
    >>> from alliance.rules import RepairRule, Rule, RuptureRule
    >>> rule = Rule(
    ...     name="fall of a point",
    ...     rupture=RuptureRule(reference="previous session", unit="points", threshold=1),
    ...     repair=RepairRule(target="before", amount=0.25, window=3),
    ... )
    >>> rule.provenance
    'user'
    """

    name: str
    rupture: Criterion
    repair: RepairRule
    citation: str = ""
    doi: str = ""
    provenance: str = "user"
    repair_provenance: str = "user"
    minimum_sessions: int = 2
    minimum_drop: float = 0.0
    made_for: MadeFor = field(default_factory=MadeFor)
    blind_spots: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.rupture, Criterion):
            raise AllianceError("rupture must be a RuptureRule, SuddenLoss, Cusum or ChangePoint.")
        if not isinstance(self.repair, RepairRule):
            raise AllianceError("repair must be a RepairRule.")
        check_choice(self.provenance, PROVENANCE, "provenance")
        check_choice(self.repair_provenance, REPAIR_PROVENANCE, "repair provenance")
        sessions = check_integer(self.minimum_sessions, "minimum_sessions", 1)
        object.__setattr__(self, "minimum_sessions", sessions)
        object.__setattr__(self, "minimum_drop", check_number(self.minimum_drop, "minimum_drop"))
        object.__setattr__(self, "blind_spots", tuple(self.blind_spots))

    @property
    def pools(self) -> tuple[str, ...]:
        """What the rule needs from all clients together; empty if each is judged alone."""
        return tuple(dict.fromkeys(p for p in (self.rupture.pool, self.repair.pool) if p))

    def mirrored(self) -> Self:
        """Return the rule for scores whose sign was turned: a fixed level turns with them."""
        return replace(self, rupture=self.rupture.mirrored())

    def with_max_gap(self, max_gap: int | None) -> Self:
        """Return the rule with another largest gap between neighbours, if it is given and known."""
        return (
            self if max_gap is None else replace(self, rupture=self.rupture.with_max_gap(max_gap))
        )

    def text(self) -> str:
        """Return the rule as sentences for the methods section of a paper."""
        sentences = [
            f"A session was called a rupture when {self.rupture.text()}{self._source()}.",
            f"The rupture was called repaired when the score {self.repair.text()}"
            f"{_REPAIR_NOTES[self.repair_provenance]}.",
        ]
        if self.minimum_drop:
            sentences.insert(
                1, f"Falls of less than {number(self.minimum_drop)} points were not counted."
            )
        if self.minimum_sessions > 1:
            sentences.append(
                f"Clients with fewer than {self.minimum_sessions} rated sessions were not judged."
            )
        return " ".join(sentences)

    def _source(self) -> str:
        if not self.citation:
            return ""
        if self.provenance == "exact from source":
            return f" ({self.citation})"
        if self.provenance == "from code":
            return f" ({self.citation}; as in its open implementation)"
        if self.provenance == "user":
            return f" (cf. {self.citation})"
        return f" (after {self.citation} (parameters not verified))"

    def __str__(self) -> str:
        return self.text()


_REPAIR_NOTES = {
    "exact from source": "",
    "from code": "",
    "user": "",
    "secondary": " (parameters not verified)",
    "not verified": " (parameters not verified)",
    "ours": " (our choice; the source gives no repair rule)",
}
