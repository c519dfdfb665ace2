"""Specifications as values: one defensible way to ask for the gain, and the choices there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from itertools import product
from types import MappingProxyType

import numpy as np
import pandas as pd

from alliance.checks import check_choice, check_integer, check_number
from alliance.effects.designs import GROWTHS, Design
from alliance.errors import AllianceError, join_names, suggest
from alliance.rules import RepairRule, Rule, RuptureRule

_UNIT = "sd of all scores"
CRITERIA = MappingProxyType(
    {
        "previous session": _UNIT,
        "start of decline": _UNIT,
        "running high": _UNIT,
        "own line": "own residual sd",
    }
)
FLANKS = {
    "dropped": "the rupture, the session it fell from and that of recovery are set aside",
    "kept": "every session is used",
}
SCORES = {
    "raw": "points of the scale",
    "normal": "normal quantiles of the ranks among all scores",
}
AXES = MappingProxyType(
    {
        "criterion": "a fall from",
        "threshold": "of at least, SD",
        "tolerance": "back to within, SD",
        "window": "sessions to return",
        "flanks": "selected sessions",
        "halves": "halves of the items",
        "growth": "growth",
        "minimum_sessions": "fewest sessions",
        "scores": "scores",
    }
)


@dataclass(frozen=True, kw_only=True)
class Specification:
    """One way to ask whether a repaired rupture leaves the alliance stronger.

    Parameters
    ----------
    criterion : str
        What a rupture is a fall from: ``previous session``, ``start of decline`` (high to low),
        ``running high`` or ``own line`` (the client's own trend).
    threshold : float
        Smallest fall, in SD of all scores; for ``own line`` in SD about the client's own line.
    tolerance : float
        How near the level before a repaired rupture comes, in SD of all scores.
    window : int or None
        Sessions, by number, within which it must; None for any later session.
    flanks : {"dropped", "kept"}
        Whether sessions chosen for their scores are set aside: those of the rupture, the one it
        fell from and the one of recovery. Kept is what most published analyses do.
    halves : bool
        Ruptures are looked for in one half of the items, the outcome is the other half.
    growth : str
        One of `alliance.effects.GROWTHS`.
    minimum_sessions : int
        Clients with fewer rated sessions are left out.
    scores : {"raw", "normal"}
        As they are, or as normal quantiles of their ranks among all scores of the study.

    Raises
    ------
    AllianceError
        If a choice is unknown.

    Notes
    -----
    The posterior of the pulse detector is no criterion here: it has no threshold in SD and no
    return to cross with the other choices.

    Examples
    --------
    >>> Specification(criterion="running high", threshold=1.5, flanks="kept").design().growth
    'common'
    """

    criterion: str = "previous session"
    threshold: float = 1.0
    tolerance: float = 0.25
    window: int | None = 5
    flanks: str = "dropped"
    halves: bool = False
    growth: str = "common"
    minimum_sessions: int = 4
    scores: str = "raw"

    def __post_init__(self) -> None:
        check_choice(self.criterion, CRITERIA, "criterion")
        check_choice(self.flanks, FLANKS, "choice for the flanks")
        check_choice(self.growth, GROWTHS, "growth")
        check_choice(self.scores, SCORES, "kind of scores")
        check_number(self.threshold, "threshold", 0.1)
        check_number(self.tolerance, "tolerance", 0)
        check_integer(self.minimum_sessions, "minimum_sessions", 1)
        if self.window is not None:
            check_integer(self.window, "window", 1)
        if not isinstance(self.halves, bool):
            raise AllianceError(f"halves must be True or False; it is {self.halves!r}.")

    def rule(self) -> Rule:
        """Return what counts as a rupture and as its repair."""
        return Rule(
            name=f"fall from {self.criterion}",
            rupture=RuptureRule(
                reference=self.criterion,
                unit=CRITERIA[self.criterion],
                threshold=self.threshold,
                max_gap=3,
            ),
            repair=RepairRule(
                target="before", amount=self.tolerance, unit=_UNIT, window=self.window
            ),
        )

    def design(self) -> Design:
        """Return the design for `alliance.effects.repair_gain`, but for flanks that are kept."""
        parts = 2 if self.halves else 0
        return Design(name="specification", rule=self.rule(), parts=parts, growth=self.growth)


@dataclass(frozen=True, kw_only=True)
class Choices:
    """The options on each axis; every combination of them is one specification.

    Parameters
    ----------
    criterion, threshold, tolerance, window, flanks, halves, growth, minimum_sessions, scores : tuple
        Options as in `Specification`, each axis with one or more, none twice.

    Raises
    ------
    AllianceError
        If an axis has no option, the same one twice, or an impossible one.

    Examples
    --------
    >>> few = Choices(threshold=(1.0, 1.5), flanks=("dropped", "kept"))
    >>> len(few), few.specifications()[1].flanks
    (4, 'kept')
    """

    criterion: tuple[str, ...] = ("previous session",)
    threshold: tuple[float, ...] = (1.0,)
    tolerance: tuple[float, ...] = (0.25,)
    window: tuple[int | None, ...] = (5,)
    flanks: tuple[str, ...] = ("dropped",)
    halves: tuple[bool, ...] = (False,)
    growth: tuple[str, ...] = ("common",)
    minimum_sessions: tuple[int, ...] = (4,)
    scores: tuple[str, ...] = ("raw",)

    def __post_init__(self) -> None:
        for axis in AXES:
            options = getattr(self, axis)
            if not isinstance(options, tuple) or not options or len({*options}) < len(options):
                raise AllianceError(
                    f"{axis} must be a tuple of one or more different options; it is {options!r}."
                )
            for option in options:
                Specification(**{axis: option})

    def __len__(self) -> int:
        return len(self.specifications())

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each axis: axis, meaning, options and how many there are."""
        options = {axis: getattr(self, axis) for axis in AXES}
        return pd.DataFrame(
            {
                "axis": list(AXES),
                "meaning": list(AXES.values()),
                "options": [", ".join(map(shown, told)) for told in options.values()],
                "count": [len(told) for told in options.values()],
            }
        )

    def specifications(self) -> tuple[Specification, ...]:
        """Return every combination, the last axis changing fastest."""
        options = asdict(self)
        return tuple(
            Specification(**dict(zip(options, chosen, strict=True)))
            for chosen in product(*options.values())
        )

    def without_items(self) -> Choices:
        """Return the choices that are left where there are no items to halve.

        Raises
        ------
        AllianceError
            If every specification needs halves.
        """
        if False not in self.halves:
            raise AllianceError(
                "Every specification takes ruptures and outcome from halves of the items.\n"
                "To fix: pass items=, the responses table, or halves=(False,)."
            )
        return replace(self, halves=(False,))


def choices() -> Mapping[str, Choices]:
    """Return the named sets of choices.

    Returns
    -------
    mapping of str to Choices
        ``small``: three criteria, two thresholds, flanks, halves and growth: 48 specifications
        (24 without items), for a first look. ``full``: 4,608 (2,304 without items).

    Examples
    --------
    >>> {name: len(options) for name, options in choices().items()}
    {'small': 48, 'full': 4608}
    """
    return _CHOICES


_BOTH = {"flanks": ("dropped", "kept"), "halves": (False, True)}
_CHOICES: Mapping[str, Choices] = MappingProxyType(
    {
        "small": Choices(
            criterion=("previous session", "start of decline", "running high"),
            threshold=(1.0, 1.5),
            growth=("common", "by history"),
            **_BOTH,
        ),
        "full": Choices(
            criterion=tuple(CRITERIA),
            threshold=(0.75, 1.0, 1.5, 2.0),
            tolerance=(0.25, 0.5),
            window=(3, 5, None),
            growth=("common", "by history", "own"),
            minimum_sessions=(4, 8),
            scores=("raw", "normal"),
            **_BOTH,
        ),
    }
)


def chosen(given: str | Choices) -> Choices:
    """Return choices by name or as they are.

    Raises
    ------
    AllianceError
        If there are none of that name.
    """
    if isinstance(given, Choices):
        return given
    if given not in _CHOICES:
        raise AllianceError(
            f"There are no choices '{given}'.{suggest(str(given), _CHOICES)} "
            f"Known: {join_names(_CHOICES)}."
        )
    return _CHOICES[given]


def as_columns(specifications: tuple[Specification, ...]) -> dict[str, list]:
    """Return the options of many specifications, one list for each axis."""
    return {
        axis.name: [getattr(one, axis.name) for one in specifications]
        for axis in fields(Specification)
    }


def shown(option: object) -> str:
    """Return an option as a reader sees it.

    Examples
    --------
    >>> [shown(option) for option in (None, True, 1.0, "kept")]
    ['any', 'yes', '1', 'kept']
    """
    if isinstance(option, bool | np.bool_):
        return "yes" if option else "no"
    if option is None or option is pd.NA:
        return "any"
    return f"{option:g}" if isinstance(option, float) else str(option)
