"""One questionnaire as a value: its items, range, scales and reversals, and who vouches for them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from alliance.errors import AllianceError, join_names

KINDS = ("alliance", "outcome")
METRICS = ("mean", "sum")
PROMPTS = ("below", "at most", "drop")
GRADES = {
    "two sources": "the key was seen in at least two independent sources that agree",
    "derived": "the key follows from a form seen in two sources plus its item numbering",
    "one source": "the key was seen in one source only",
    "memory": "the key is the usual one, but no source for this form was seen",
    "user": "the key was supplied by the user",
}


@dataclass(frozen=True, kw_only=True)
class Cutoff:
    """A published cut-off, and whether sources agree on it.

    Parameters
    ----------
    value : float
        In the instrument's metric.
    meaning : str
        What the cut-off separates, with its inequality in words.
    source : str
    """

    value: float
    meaning: str
    source: str


@dataclass(frozen=True, kw_only=True)
class ReliableChange:
    """A published amount of change that exceeds measurement error.

    Parameters
    ----------
    points : float
        In the instrument's metric.
    source : str
    """

    points: float
    source: str


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """A level or a fall at which users' manuals advise to talk with the client; never a rupture.

    Parameters
    ----------
    kind : {"below", "at most", "drop"}
        ``below`` or ``at most`` a total, or a ``drop`` of so many points or more since the last.
    value : float
        In the instrument's metric.
    says : str
        A few words for a table.
    source : str
    sure : str
        How sure we are of it.
    """

    kind: str
    value: float
    says: str
    source: str
    sure: str

    def __post_init__(self) -> None:
        if self.kind not in PROMPTS:
            raise AllianceError(f"A prompt must be {join_names(PROMPTS)}, not '{self.kind}'.")

    def applies(self, score, previous):
        """Return where the prompt applies, for arrays of last and previous totals (NaN: no)."""
        if self.kind == "drop":
            # Totals are sums of tenths: a fall of one point must not be lost to rounding.
            return previous - score >= self.value - 1e-9
        return score < self.value if self.kind == "below" else score <= self.value


@dataclass(frozen=True, kw_only=True)
class WorkedCase:
    """A case that a person can verify with a pencil.

    Parameters
    ----------
    answers : tuple of float
        As ticked on the form, before reversing, one for each item.
    scores : mapping of str to float
        The expected score of each scale, in the metric named.
    metric : {"mean", "sum"}
    """

    answers: tuple[float, ...]
    scores: Mapping[str, float]
    metric: str


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """What a questionnaire asks of its numbers.

    Parameters
    ----------
    key : str
        Short name, e.g. ``"wai-sr"``.
    name : str
        Full name.
    kind : {"alliance", "outcome"}
    raters : mapping of str to str
        Who may fill it in, each with how the scoring key was checked (one of `GRADES`).
    items : int
        Number of items.
    minimum, maximum : float
        Lowest and highest answer an item can have.
    whole_numbers : bool
        False for visual-analogue lines that are measured in decimals.
    scales : mapping of str to tuple of int
        Item numbers of each scale, from 1; ``total`` is one of them.
    reversed_items : tuple of int
        Items scored as minimum + maximum - answer.
    metric : {"mean", "sum"}
        The metric of its scores unless the user asks for the other.
    needed_share : float
        Share of a scale's items that must be answered for the scale to be scored; the rest
        is prorated. 1 means that no answer may be missing.
    missing_rule_from : str
        ``"published"`` or ``"ours"``, with the source.
    higher_is_better : bool
    reference : str
    checked : str
        How the key was checked, in words.
    doi : str, optional
    words : mapping of str to float
        Response words in lower case and their codes.
    item_names : tuple of str
        Names under which exports hold the items, where the items have names.
    totals_only : bool
        True where only ready-made totals are accepted, because the item key is licensed or
        could not be verified.
    total_range : tuple of float, optional
        Lowest and highest total where it does not follow from the items.
    cutoffs : tuple of Cutoff
    reliable_changes : tuple of ReliableChange
    prompts : tuple of Prompt
        Levels at which to talk with the client.
    notes : tuple of str
        Traps and disagreements that a user should know.
    worked : tuple of WorkedCase

    Raises
    ------
    AllianceError
        If the parts do not fit together; the message lists every misfit.
    """

    key: str
    name: str
    kind: str
    raters: Mapping[str, str]
    items: int
    minimum: float
    maximum: float
    whole_numbers: bool = True
    scales: Mapping[str, tuple[int, ...]]
    reversed_items: tuple[int, ...] = ()
    metric: str
    needed_share: float
    missing_rule_from: str
    higher_is_better: bool
    reference: str
    checked: str
    doi: str = ""
    words: Mapping[str, float] = field(default_factory=dict)
    item_names: tuple[str, ...] = ()
    totals_only: bool = False
    total_range: tuple[float, float] | None = None
    cutoffs: tuple[Cutoff, ...] = ()
    reliable_changes: tuple[ReliableChange, ...] = ()
    prompts: tuple[Prompt, ...] = ()
    notes: tuple[str, ...] = ()
    worked: tuple[WorkedCase, ...] = ()

    def __post_init__(self) -> None:
        for name in ("raters", "scales", "words"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        misfits = [*self._range_misfits(), *self._choice_misfits(), *self._item_misfits()]
        misfits = misfits or self._worked_misfits()
        if misfits:
            lines = "\n".join(f"  - {misfit}" for misfit in misfits)
            raise AllianceError(f"The instrument '{self.key}' does not fit together:\n{lines}")

    def __reduce__(self):
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        values |= {name: dict(values[name]) for name in ("raters", "scales", "words")}
        return _rebuild, (values,)

    def _range_misfits(self) -> list[str]:
        misfits = []
        if not self.items >= 1:
            misfits.append(f"items must be 1 or more, not {self.items}")
        if not self.minimum < self.maximum:
            misfits.append(f"minimum ({self.minimum}) must be below maximum ({self.maximum})")
        if not 0 < self.needed_share <= 1:
            misfits.append(
                f"needed_share must lie above 0 and not above 1, not {self.needed_share}"
            )
        return misfits

    def _choice_misfits(self) -> list[str]:
        misfits = []
        if self.kind not in KINDS:
            misfits.append(f"kind must be one of {join_names(KINDS)}, not '{self.kind}'")
        if self.metric not in METRICS:
            misfits.append(f"metric must be one of {join_names(METRICS)}, not '{self.metric}'")
        if not self.raters:
            misfits.append("raters must name at least one rater")
        for rater, grade in self.raters.items():
            if grade not in GRADES:
                misfits.append(f"rater '{rater}': '{grade}' is not one of {join_names(GRADES)}")
        return misfits

    def _item_misfits(self) -> list[str]:
        misfits = []
        if "total" not in self.scales:
            misfits.append("scales must include 'total'")
        for scale, items in {**self.scales, "reversed": self.reversed_items}.items():
            outside = [item for item in items if not 1 <= item <= self.items]
            if outside:
                misfits.append(
                    f"{scale} names items outside 1 to {self.items}: {join_names(outside)}"
                )
            if len(set(items)) < len(items):
                misfits.append(f"{scale} names an item twice")
            if scale != "reversed" and not items:
                misfits.append(f"scale {scale} has no items")
        if self.item_names and len(self.item_names) != self.items:
            misfits.append(f"item_names holds {len(self.item_names)} names for {self.items} items")
        for word, code in self.words.items():
            if not self.minimum <= code <= self.maximum:
                misfits.append(f"the word '{word}' has code {code}, outside the range")
        return misfits

    def _worked_misfits(self) -> list[str]:
        misfits = []
        for number, case in enumerate(self.worked, start=1):
            if len(case.answers) != self.items:
                misfits.append(
                    f"worked case {number} has {len(case.answers)} answers, not {self.items}"
                )
                continue
            for scale, expected in case.scores.items():
                if scale not in self.scales:
                    misfits.append(f"worked case {number} names an unknown scale '{scale}'")
                    continue
                found = self.pencil_score(case.answers, scale, case.metric)
                if not math.isclose(found, expected, abs_tol=0.005):
                    misfits.append(
                        f"worked case {number}: {scale} is {found:g} by the key, not {expected:g}"
                    )
        return misfits

    def pencil_score(self, answers: Sequence[float], scale: str, metric: str) -> float:
        """Score one complete form as a person would with a pencil: reverse, add up, divide.

        Parameters
        ----------
        answers : sequence of float
            One answer for each item, as ticked.
        scale : str
        metric : {"mean", "sum"}
        """
        total = 0.0
        for item in self.scales[scale]:
            answer = answers[item - 1]
            total += self.minimum + self.maximum - answer if item in self.reversed_items else answer
        return total / len(self.scales[scale]) if metric == "mean" else total

    @property
    def item_columns(self) -> list[str]:
        """The columns ``item_1`` ... of a responses table."""
        return [f"item_{number}" for number in range(1, self.items + 1)]

    def needed(self, scale: str) -> int:
        """Return how many items of a scale must be answered."""
        return math.ceil(self.needed_share * len(self.scales[scale]) - 1e-9)

    def score_range(self, scale: str, metric: str | None = None) -> tuple[float, float]:
        """Return the lowest and highest possible score of a scale in the metric."""
        if self.total_range is not None and scale == "total":
            return self.total_range
        factor = len(self.scales[scale]) if (metric or self.metric) == "sum" else 1
        return self.minimum * factor, self.maximum * factor


def _rebuild(values: dict) -> Instrument:
    return Instrument(**values)
