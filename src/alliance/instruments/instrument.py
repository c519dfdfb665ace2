"""One questionnaire as a value: its items, range, scales and reversals, and who vouches for them."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from alliance.errors import AllianceError, join_names
from alliance.instruments.parts import Cutoff, Prompt, ReliableChange, Rights, WorkedCase

__all__ = ["GRADES", "METRICS", "Instrument"]
KINDS = ("alliance", "outcome")
METRICS = ("mean", "sum", "scaled")
GRADES = {
    "two sources": "the key was seen in at least two independent sources that agree",
    "derived": "the key follows from a form seen in two sources plus its item numbering",
    "one source": "the key was seen in one source only",
    "memory": "the key is the usual one, but no source for this form was seen",
    "user": "the key was supplied by the user",
}
_TABLES = ("raters", "scales", "words", "scaled")


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
        Item numbers of each scale, from 1; ``total`` is one of them unless `has_total` is False.
    reversed_items : tuple of int
        Items scored as minimum + maximum - answer.
    metric : {"mean", "sum", "scaled"}
        The metric of its scores unless the user asks for another.
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
    rights : Rights, optional
        Every instrument of the catalogue has them; a key of the user's own need not.
    scaled : mapping of str to float
        What the metric ``scaled`` multiplies, e.g. ``{"mean": 10}`` for ten times the item mean.
    optional_items : tuple of int
        Items that need not apply: left out they are not missing, and nothing is prorated for them.
    needed_in_all : int
        Items of the whole form that must be answered for any scale to be scored; 0 for no such rule.
    has_total : bool
        False where the authors define scales but no total.
    opposite_scales : tuple of str
        Scales whose good end is the other one than `higher_is_better` says.
    aliases : tuple of str
        Other names; those that say of a ready-made total which form it is answer `total_question`.
    total_question : str
        What must be asked of a ready-made total of this name, because another form shares name
        and range.
    file : str
        Path of the user's key file it was read from; empty for the catalogue's.

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
    rights: Rights | None = None
    scaled: Mapping[str, float] = field(default_factory=dict)
    optional_items: tuple[int, ...] = ()
    needed_in_all: int = 0
    has_total: bool = True
    opposite_scales: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    total_question: str = ""
    file: str = ""

    def __post_init__(self) -> None:
        for name in _TABLES:
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        misfits = _misfits_of(self)
        if misfits:
            lines = "\n".join(f"  - {misfit}" for misfit in misfits)
            raise AllianceError(f"The instrument '{self.key}' does not fit together:\n{lines}")

    def __reduce__(self) -> tuple[Any, ...]:
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        values |= {name: dict(values[name]) for name in _TABLES}
        return _rebuild, (values,)

    def pencil_score(self, answers: Sequence[float], scale: str, metric: str) -> float:
        """Score one form as a person would with a pencil: reverse, add up, divide or multiply.

        Parameters
        ----------
        answers : sequence of float
            One answer for each item, as ticked; NaN where an item that need not apply was left out.
        scale : str
        metric : {"mean", "sum", "scaled"}
        """
        keyed = [
            self.minimum + self.maximum - answers[item - 1]
            if item in self.reversed_items
            else answers[item - 1]
            for item in self.scales[scale]
            if not math.isnan(answers[item - 1])
        ]
        return sum(keyed) * self.factor(len(keyed), metric) / len(keyed)

    @property
    def called(self) -> str:
        """What tables call it: its key, or the path of its key file, so that it is found again."""
        return self.file or self.key

    @property
    def item_columns(self) -> list[str]:
        """The columns ``item_1`` ... of a responses table."""
        return [f"item_{number}" for number in range(1, self.items + 1)]

    @property
    def scale_order(self) -> list[str]:
        """The scales as tables show them: the total first, where there is one."""
        return sorted(self.scales, key=lambda scale: scale != "total")

    def better_when_high(self, scale: str) -> bool:
        """Return whether high scores of a scale are the good ones."""
        return self.higher_is_better != (scale in self.opposite_scales)

    def needed(self, scale: str, *, applying: int | None = None) -> int:
        """Return how many items of a scale must be answered, of those that apply (all of them)."""
        applying = len(self.scales[scale]) if applying is None else applying
        return math.ceil(self.needed_share * applying - 1e-9)

    def factor(self, items: int, metric: str | None = None) -> float:
        """Return what the mean of so many items is multiplied by to give a score in the metric."""
        metric = metric or self.metric
        if metric == "scaled":
            ((of, times),) = self.scaled.items()
            return times * self.factor(items, of)
        return items if metric == "sum" else 1

    def score_range(self, scale: str, metric: str | None = None) -> tuple[float, float]:
        """Return the lowest and highest possible score of a scale in the metric."""
        if self.total_range is not None and scale == "total":
            return self.total_range
        factor = self.factor(len(self.scales[scale]), metric)
        return self.minimum * factor, self.maximum * factor


def _rebuild(values: dict[str, Any]) -> Instrument:
    return Instrument(**values)


def _misfits_of(instrument: Instrument) -> list[str]:
    """Return what does not fit together; worked cases are tried only where all else fits."""
    found = [*_range(instrument), *_choices(instrument), *_items(instrument), *_scaled(instrument)]
    return found or [
        misfit
        for number, case in enumerate(instrument.worked, start=1)
        for misfit in _worked(instrument, case, f"worked case {number}")
    ]


def _range(each: Instrument) -> Iterator[str]:
    if not each.items >= 1:
        yield f"items must be 1 or more, not {each.items}"
    if not each.minimum < each.maximum:
        yield f"minimum ({each.minimum}) must be below maximum ({each.maximum})"
    if not 0 < each.needed_share <= 1:
        yield f"needed_share must lie above 0 and not above 1, not {each.needed_share}"
    if not 0 <= each.needed_in_all <= each.items:
        yield f"needed_in_all must lie between 0 and {each.items}, not {each.needed_in_all}"


def _choices(each: Instrument) -> Iterator[str]:
    if each.kind not in KINDS:
        yield f"kind must be one of {join_names(KINDS)}, not '{each.kind}'"
    if each.metric not in METRICS:
        yield f"metric must be one of {join_names(METRICS)}, not '{each.metric}'"
    if not each.raters:
        yield "raters must name at least one rater"
    for rater, grade in each.raters.items():
        if grade not in GRADES:
            yield f"rater '{rater}': '{grade}' is not one of {join_names(GRADES)}"


def _items(each: Instrument) -> Iterator[str]:
    if each.has_total != ("total" in each.scales):
        yield "scales must include 'total'" if each.has_total else "has_total is false: no 'total'"
    named = {"reversed": each.reversed_items, "optional_items": each.optional_items}
    for scale, items in {**each.scales, **named}.items():
        outside = [item for item in items if not 1 <= item <= each.items]
        if outside:
            yield f"{scale} names items outside 1 to {each.items}: {join_names(outside)}"
        if len(set(items)) < len(items):
            yield f"{scale} names an item twice"
        if scale not in named and not items:
            yield f"scale {scale} has no items"
    if each.item_names and len(each.item_names) != each.items:
        yield f"item_names holds {len(each.item_names)} names for {each.items} items"
    for word, code in each.words.items():
        if not each.minimum <= code <= each.maximum:
            yield f"the word '{word}' has code {code}, outside the range"
    unknown = [scale for scale in each.opposite_scales if scale not in each.scales]
    if unknown:
        yield f"opposite_scales names scales that are not there: {join_names(unknown)}"


def _scaled(each: Instrument) -> Iterator[str]:
    if each.scaled and (len(each.scaled) > 1 or not set(each.scaled) <= {"mean", "sum"}):
        yield "scaled must name one number to multiply by, as mean = 10 or sum = 2"
    in_use = {each.metric, *(case.metric for case in each.worked)}
    if "scaled" in in_use and not each.scaled:
        yield "the metric 'scaled' needs [scaled], e.g. mean = 10"


def _worked(each: Instrument, case: WorkedCase, name: str) -> Iterator[str]:
    if len(case.answers) != each.items:
        yield f"{name} has {len(case.answers)} answers, not {each.items}"
        return
    left_out = [n for n, answer in enumerate(case.answers, start=1) if math.isnan(answer)]
    if set(left_out) - set(each.optional_items):
        yield f"{name} leaves out items that must be answered: {join_names(left_out)}"
        return
    for scale, expected in case.scores.items():
        if scale not in each.scales:
            yield f"{name} names an unknown scale '{scale}'"
            continue
        found = each.pencil_score(case.answers, scale, case.metric)
        if not math.isclose(found, expected, abs_tol=0.005):
            yield f"{name}: {scale} is {found:g} by the key, not {expected:g}"
