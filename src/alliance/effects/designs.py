"""The named designs of the repair test: how ruptures are found and what is compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from alliance.checks import check_choice, check_integer, check_number
from alliance.errors import AllianceError
from alliance.rules import RepairRule, Rule, RuptureRule

GROWTHS = {
    "common": "one growth over log session for all clients",
    "by history": "growth over log session that differs for clients with a repaired rupture and "
    "for clients with an unrepaired one",
    "by rupture": "growth over log session that differs for clients with any rupture",
    "own": "growth over log session of each client's own, shrunken towards that of all",
}
_UNIT = "sd of all scores"


def drop_and_return(threshold: float = 1.0, *, tolerance: float = 0.25, window: int = 5) -> Rule:
    """Fall from the rated session before, and back to within a quarter of an SD.

    Parameters
    ----------
    threshold, tolerance : float
        In standard deviations of all scores.
    window : int
        Sessions within which the score must return.
    """
    return _rule("drop-and-return", "previous session", threshold, tolerance, window)


def high_to_low(threshold: float = 1.5, *, tolerance: float = 0.25, window: int = 8) -> Rule:
    """Unbroken fall from the preceding high, and back to within a quarter of an SD.

    Parameters
    ----------
    threshold, tolerance : float
        In standard deviations of all scores.
    window : int
        Sessions within which the score must return.
    """
    return _rule("high-to-low", "start of decline", threshold, tolerance, window)


def _rule(name: str, reference: str, threshold: float, tolerance: float, window: int) -> Rule:
    return Rule(
        name=name,
        rupture=RuptureRule(reference=reference, unit=_UNIT, threshold=threshold, max_gap=3),
        repair=RepairRule(target="before", amount=tolerance, unit=_UNIT, window=window),
        blind_spots=("half or more of what it flags is noise: made for a test that allows for it",),
    )


@dataclass(frozen=True, kw_only=True)
class Design:
    """How the gain from a repaired rupture is estimated.

    Parameters
    ----------
    name : str
    rule : Rule or None
        What counts as a rupture and as its repair; None where a rupture log says so.
    parts : int
        In how many parts the items are shared out, 0 for none: the outcome is taken from one
        part and ruptures are looked for in the others, each part in turn.
    growth : str
        One of `GROWTHS`.
    growth_spread : float
        With growth ``own``: standard deviation of the clients' growths for a rise of 1 in log
        session, in residual standard deviations of the score, 0 or more. The larger, the less
        they are shrunken. It weights the sessions only; standard errors hold for any value.
    to_the_end : bool
        Set all sessions from the onset of an unrepaired rupture on aside, not only those
        of the rule's window.
    settle : int
        Sessions after a repair, by number, in which the score may still settle. With a rule:
        how many are set aside beyond the session of recovery. With a log: how many have a level
        of their own.

    Raises
    ------
    AllianceError
        If a setting is not possible.

    Examples
    --------
    >>> designs()["P1"].growth
    'by history'
    """

    name: str
    rule: Rule | None
    parts: int = 0
    growth: str = "by history"
    growth_spread: float = 0.75
    to_the_end: bool = True
    settle: int = 0

    def __post_init__(self) -> None:
        check_choice(self.growth, GROWTHS, "growth")
        check_integer(self.settle, "settle", 0)
        check_number(self.growth_spread, "growth_spread", 0)
        if self.parts:
            check_integer(self.parts, "parts", 2)
        if self.parts and self.rule is None:
            raise AllianceError("A rupture log needs no parts: the scores are free as outcome.")

    def text(self) -> str:
        """Return the design as sentences for the methods section of a paper."""
        found = "Ruptures and repairs were taken from a rupture log."
        aside = "The sessions of a rupture were set aside."
        after = "were given a level of their own"
        if self.rule is not None:
            found = self.rule.text()
            aside = (
                "The sessions of a rupture, the session it fell from and the session of recovery "
                "were set aside."
            )
            after = "were set aside, too"
        if self.parts:
            share = {2: "half", 3: "third", 4: "quarter"}.get(self.parts, f"1 / {self.parts}")
            found += (
                f" The outcome was the score of a {share} of the items and ruptures were looked "
                f"for in the score of all others, each {share} in turn."
            )
        settling = (
            f" The {self.settle} sessions after a repair {after}, to let the score settle."
            if self.settle
            else ""
        )
        return (
            f"{found} The score was regressed on the number of repairs completed before the "
            f"session, with an intercept for each client and {GROWTHS[self.growth]}. {aside}"
            f"{settling} Standard errors come from leaving out each client in turn, with effective "
            "degrees of freedom."
        )


def designs() -> Mapping[str, Design]:
    """Return the named designs.

    Returns
    -------
    mapping of str to Design
        ``P1``: falls from the session before and back to within a tenth of an SD, growth by
        history. ``P2``: the same, but back to within a quarter of an SD, with each half of the
        items as outcome and ruptures looked for in the other. ``P3``: falls of 1.5 SD from the
        preceding high and back to within a fifth of an SD, growth by history, with each third
        of the items as outcome and ruptures looked for in the other two. ``4d``: falls from the
        session before and back to within a quarter of an SD, common growth. ``P4``: P1 with
        growth of each client's own instead. ``log``: a rupture log instead of a rule, growth of
        each client's own.

    Notes
    -----
    P1, P4 and 4d need no items. 4d rejects too often under ceilings and where an unseen quality of
    client or therapist drives repair as well as growth; use it with surrogates only. What each
    design does in worlds with and without a gain is in `alliance.effects.measured_rates`.

    A falling score may pass over missed sessions (up to three numbers apart), and the window for
    its return counts session numbers, so that three rated sessions usually lie in five.

    Back to within a tenth of an SD is nearly all the way: with a quarter, P1 finds a gain of 0.3 SD
    in .12 of studies instead of .15, at the same rate of false positives, because more of the
    returns it takes for repairs are none. P2 and 4d keep the quarter: a score that came back high
    may stay high for a while, and with a tenth P2 rejects in .07 of null studies in which the
    alliance wanders, and 4d in .09 where the therapist's skill drives repair as well as growth.
    """
    return _DESIGNS


_BACK = drop_and_return(tolerance=0.1)
_DESIGNS: Mapping[str, Design] = MappingProxyType(
    {
        design.name: design
        for design in (
            Design(name="P1", rule=_BACK),
            Design(name="P2", rule=drop_and_return(), parts=2),
            Design(name="P3", rule=high_to_low(tolerance=0.2), parts=3),
            Design(name="P4", rule=_BACK, growth="own"),
            Design(name="4d", rule=drop_and_return(), growth="common", to_the_end=False),
            Design(name="log", rule=None, growth="own", settle=2),
        )
    }
)
