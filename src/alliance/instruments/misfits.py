"""Misfits: what does not fit together in an instrument, all of it at once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from alliance.errors import join_names

if TYPE_CHECKING:
    from alliance.instruments.instrument import Instrument
    from alliance.instruments.parts import WorkedCase

KINDS = ("alliance", "outcome")
METRICS = ("mean", "sum", "scaled")
GRADES = {
    "two sources": "the key was seen in at least two independent sources that agree",
    "derived": "the key follows from a form seen in two sources plus its item numbering",
    "one source": "the key was seen in one source only",
    "memory": "the key is the usual one, but no source for this form was seen",
    "user": "the key was supplied by the user",
}


def misfits_of(instrument: Instrument) -> list[str]:
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
