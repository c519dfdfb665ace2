"""Rupture rules as values: what a session must show to be called a rupture."""

from dataclasses import dataclass, replace
from math import inf
from typing import ClassVar, Self

from alliance.checks import check_choice
from alliance.errors import AllianceError
from alliance.rules.units import InUnits, number

REFERENCES = {
    "previous session": "the score of the session before",
    "start of decline": "the score from which the present unbroken decline started",
    "own mean": "the client's own mean over the whole course",
    "own past": "the client's own mean over the sessions before",
    "own other sessions": "the client's own mean over all other sessions",
    "own line": "the client's own least-squares line over session numbers",
    "own robust line": "the client's own Theil-Sen line over session numbers",
    "running high": "the highest score of the sessions before",
    "last sessions": "the mean of the last sessions before",
    "own lower quartile": "the client's own lower quartile",
    "level": "a fixed level",
}
_STEPS = {"previous session", "start of decline"}
_PAST = {*_STEPS, "own past", "running high", "last sessions", "level"}
_MOVING = {*_STEPS, "own past", "running high", "last sessions"}


@dataclass(frozen=True, kw_only=True)
class Criterion(InUnits):
    """What a session must show to be called a rupture; the base of every kind of rupture rule.

    Parameters
    ----------
    rounding : float
        Differences smaller than this count as none, because means of whole answers are not
        exact in binary: 1.333333333 - 0.333333333 falls short of 1 by 1e-16.
    unit, ddof, reliability, sd
        As in `InUnits`.
    """

    rounding: float = 1e-9
    kind: ClassVar[str]
    # Whether the latest session of a record can be judged on its day.
    judges_last: ClassVar[bool] = True
    # Whether it does not matter how many sessions were missed between two rated ones.
    skips_gaps: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_numbers(rounding=(0, inf))

    @property
    def step_rule(self) -> bool:
        """True if a session is compared with the one before, so that each flag is a new fall."""
        return False

    @property
    def standing_limit(self) -> bool:
        """True if there is a limit that belongs to the course, not to the sessions just before."""
        return False

    @property
    def looks_ahead(self) -> bool:
        """True if later sessions can change whether a session is flagged."""
        return True

    def mirrored(self) -> Self:
        """Return the rule for scores whose sign was turned: a fixed level turns with them."""
        return self

    def with_max_gap(self, max_gap: int) -> Self:
        """Return the rule with another `max_gap`, or itself if it knows none."""
        return self

    def text(self) -> str:
        """Return the condition in words, to follow "a session was called a rupture when"."""
        raise NotImplementedError

    def incomparable(self, *, prospective: bool) -> str:
        """Return why no session of a course could be judged, if it was long enough."""
        return "no session could be compared with what the rule asks for"


@dataclass(frozen=True, kw_only=True)
class NeighbourRule(Criterion):
    """A criterion that may compare a session with the one before it, at most `max_gap` away."""

    max_gap: int = 1
    skips_gaps = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_integers(max_gap=1)

    @property
    def neighbours_within(self) -> int:
        return self.max_gap

    def with_max_gap(self, max_gap: int) -> Self:
        return replace(self, max_gap=max_gap)


@dataclass(frozen=True, kw_only=True)
class RuptureRule(NeighbourRule):
    """A session is a rupture if its score lies far enough below a reference.

    The fall, reference minus score turned so that worse is lower, must reach `threshold`
    times the unit, and must be a fall at all.

    Parameters
    ----------
    reference : str
        What the score is compared with, one of `REFERENCES`.
    unit : str
        What the fall is measured in, one of `UNITS`.
    threshold : float
        How many units, 0 or more.
    inequality : {"at least", "more than"}
        Whether a fall of exactly `threshold` units counts.
    max_gap : int
        For rules that compare a session with the one before: the largest difference between
        their session numbers. 1 means that no session may be missing between them.
    span : int, optional
        How many sessions "last sessions" averages.
    level : float, optional
        The fixed level, in points of the scale, for the reference "level".
    ddof, reliability, sd, rounding
        As in `Criterion`.

    Raises
    ------
    AllianceError
        If a choice is unknown or settings do not fit together.

    Notes
    -----
    Units such as the own standard deviation use the client's whole course, except that with
    the references "own past" and "own other sessions" they use the same sessions as the
    reference. Units with "pooled", "mean of" and "all" use all clients of the same rater.
    Quartiles interpolate linearly. The residual standard deviation divides by n - 2; about a
    Theil-Sen line it is 1.4826 times the median absolute residual.

    Examples
    --------
    >>> RuptureRule(reference="previous session", unit="points", threshold=1).text()
    'its score lay at least 1 point below the score of the session before'
    """

    reference: str
    threshold: float
    inequality: str = "at least"
    span: int | None = None
    level: float | None = None
    kind = "comparison"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice(self.reference, REFERENCES, "reference")
        check_choice(self.inequality, ("at least", "more than"), "inequality")
        self._check_numbers(threshold=(0, inf), level=(-inf, inf))
        for name, reference in (("span", "last sessions"), ("level", "level")):
            if (getattr(self, name) is not None) != (self.reference == reference):
                raise AllianceError(
                    f"The reference '{reference}' and the setting {name} go together: "
                    "name both or neither."
                )
        if self.span is not None:
            self._check_integers(span=1)

    @property
    def compared_with(self) -> str:
        return self.reference

    @property
    def step_rule(self) -> bool:
        return self.reference in _STEPS

    @property
    def standing_limit(self) -> bool:
        return self.reference not in _MOVING

    @property
    def looks_ahead(self) -> bool:
        fixed_unit = self.unit == "points" or (self.unit == "reliable change" and not self.pool)
        # Its spread is that of the sessions before, so later ones cannot change it.
        past_unit = self.reference == "own past" and self.unit == "own sd"
        return not (self.reference in _PAST and (fixed_unit or past_unit))

    def mirrored(self) -> Self:
        return self if self.level is None else replace(self, level=-self.level)

    def incomparable(self, *, prospective: bool) -> str:
        if self.step_rule:
            return "no two rated sessions close enough to compare"
        return super().incomparable(prospective=prospective)

    def text(self) -> str:
        if self.level is not None:
            how = "below" if self.inequality == "more than" else "at or below"
            less = f" less {self.amount_text(self.threshold)}" if self.threshold else ""
            return f"its score lay {how} {number(self.level)}{less}"
        reference = REFERENCES[self.reference]
        if self.span is not None:
            reference = f"the mean of the last {self.span} sessions before"
        gap = f" (at most {self.max_gap} sessions apart)" if self.max_gap > 1 else ""
        return (
            f"its score lay {self.inequality} {self.amount_text(self.threshold)} below "
            f"{reference}{gap if self.step_rule else ''}"
        )


@dataclass(frozen=True, kw_only=True)
class SuddenLoss(NeighbourRule):
    """A rupture is a sudden, large and lasting fall between two neighbouring sessions.

    The three criteria of sudden gains, for falls: between sessions n and n + 1 the score falls
    (1) by at least `cutoff` units, (2) by at least `share` of the score at n, and (3) the mean of
    sessions n - 2 to n exceeds that of n + 1 to n + 3 by more than the critical t value times
    their pooled standard deviation.

    Parameters
    ----------
    cutoff : float
        Smallest fall, in `unit`.
    unit : str
        One of `UNITS`.
    share : float
        Smallest fall as a share of the score before, 0 to 1.
    alpha : float
        Two-sided error of the t value; its degrees of freedom follow the sessions observed.
    max_gap : int
        Largest difference between the session numbers of n and n + 1.
    ddof, reliability, sd, rounding
        As in `Criterion`.

    Notes
    -----
    Criterion 3 multiplies by the pooled standard deviation, not by the standard error of a
    difference of means, as in the reference implementation; it is stricter than a t test. It
    needs at least two observed sessions on either side, else the session is not judged; so the
    latest session can never be judged on its own day. Criterion 2 takes the score's distance
    from zero, so the rule changes if a constant is added to the scale.
    """

    cutoff: float
    unit: str = "points"
    share: float = 0.25
    alpha: float = 0.05
    kind = "sudden loss"
    judges_last = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_numbers(cutoff=(0, inf), share=(0, 1), alpha=(1e-9, 0.999999))

    @property
    def step_rule(self) -> bool:
        return True

    def incomparable(self, *, prospective: bool) -> str:
        if prospective:
            return "the rule needs later sessions, so it cannot judge a session on its day"
        return "no step with two rated sessions on either side"

    def text(self) -> str:
        return (
            "its score had fallen since the session before by at least "
            f"{self.amount_text(self.cutoff)} and by at least {number(100 * self.share)}% of the "
            "score before, and the mean of the three sessions before the fall exceeded that of "
            "the three sessions from it on by more than the critical t value (two-sided alpha "
            f"{number(self.alpha)}) times their pooled standard deviation"
        )


@dataclass(frozen=True, kw_only=True)
class Cusum(Criterion):
    """A rupture is an alarm of a one-sided cumulative sum of falls below the own mean.

    C_t = max(0, C_(t-1) + (mean - allowance * unit) - x_t), with an alarm while C_t exceeds
    decision * unit.

    Parameters
    ----------
    allowance, decision : float
        In `unit`; usual values are 0.5 and 4 to 5.
    unit : str
        One of `UNITS`.
    ddof, reliability, sd, rounding
        As in `Criterion`.
    """

    unit: str = "own sd"
    allowance: float = 0.5
    decision: float = 4.0
    kind = "cusum"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_numbers(allowance=(0, inf), decision=(0, inf))

    def text(self) -> str:
        return (
            "the cumulative sum of falls below the client's own mean (allowance "
            f"{number(self.allowance)}) exceeded {number(self.decision)}, both in units of "
            f"{self.unit_text}"
        )


@dataclass(frozen=True, kw_only=True)
class ChangePoint(Criterion):
    """A rupture is the first session of a stretch whose mean lies below that of the stretch before.

    The stretches are those of the exact penalised least-squares segmentation, which PELT finds too.

    Parameters
    ----------
    penalty : float
        Each change point costs penalty * unit**2 * log(n) of squared error.
    minimum_segment : int
        Fewest rated sessions in a stretch.
    unit : str
        One of `UNITS`.
    ddof, reliability, sd, rounding
        As in `Criterion`.

    Notes
    -----
    The package `ruptures`, which detects change points in signals and has nothing to do with
    ruptures of an alliance but the name, gives the same stretches where they may be one session
    long; with a longer minimum it now and then misses the best ones. Rated sessions are taken as
    equally spaced.
    """

    unit: str = "pooled sd"
    penalty: float = 1.5
    minimum_segment: int = 1
    kind = "change point"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_numbers(penalty=(0, inf))
        self._check_integers(minimum_segment=1)

    @property
    def step_rule(self) -> bool:
        return True

    def text(self) -> str:
        return (
            "a stretch of sessions with a lower mean began with it, in the exact least-squares "
            f"segmentation with penalty {number(self.penalty)} times the square of "
            f"{self.unit_text} times log n and stretches of at least {self.minimum_segment}"
        )
