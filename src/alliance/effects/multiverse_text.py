"""A specification curve in words and as a table for a paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from alliance.effects.gains import FEWEST_EXPOSED
from alliance.effects.multiverse_choices import AXES, shown
from alliance.effects.multiverse_joint import ALPHA, only, significant, statistics
from alliance.results.numbers import p_text

if TYPE_CHECKING:
    from alliance.effects.specification_curve import SpecificationCurve
    from alliance.results import PublicationTable

_NOTHING = "one specification reaching .05 means nothing"


def paragraph(curve: SpecificationCurve) -> str:
    """Return what was asked, what the answers are alone, and what they say together."""
    parts = [_asked(curve), _refused(curve)]
    if curve.answered:
        parts += [_alone(curve), _together(curve)]
    return " ".join(part for part in parts if part)


def table_of(curve: SpecificationCurve, *, number: int | None) -> PublicationTable:
    """Return the table for a paper: one row for all specifications and one for each option."""
    from alliance import results

    frame = curve.summary()
    names = [AXES.get(axis, "All specifications") for axis in frame["axis"]]
    beside = []
    if curve.surrogates is not None:
        share = frame["significant_without_gain"]
        beside = [results.percents("without a gain", share).under("Above 0 with p < .05, %")]
    return results.PublicationTable(
        number=number,
        title="Gain of the Alliance for Each Repaired Rupture, by Every Choice",
        columns=(
            results.words("Choice", names),
            results.words("Option", frame["option"]),
            results.counts("Specifications", frame["specifications"]),
            results.counts("Answered", frame["answered"]),
            results.numbers("Median estimate, SD", frame["median_sd"]),
            results.numbers("Median t", frame["median_t"]),
            results.percents("in this study", frame["significant"]).under(
                "Above 0 with p < .05, %"
            ),
            *beside,
        ),
        general=curve.text(),
    )


def _asked(curve: SpecificationCurve) -> str:
    varied, alike = _options(curve, several=True), _options(curve, several=False)
    told = ". Alike in all were ".join(part for part in (varied, alike) if part)
    count, counts = len(curve.specifications), curve.counts
    missing = counts["unrated"] + counts["without_parts"]
    where = " on both halves of the items" if True in curve.choices.halves else ""
    aside = f"; {missing:,} of {counts['rows']:,} had no score{where}" if missing else ""
    return (
        f"Whether each repaired rupture leaves the {curve.rater}'s {curve.scale} higher was asked "
        f"in {count:,} way{'s' if count > 1 else ''} of {counts['clients']:,} clients with "
        f"{counts['sessions']:,} rated sessions{aside} ({told})."
    )


def _options(curve: SpecificationCurve, *, several: bool) -> str:
    """Return the axes on which specifications differ, or on which they do not, in words."""
    options = {axis: getattr(curve.choices, axis) for axis in AXES}
    return "; ".join(
        f"{AXES[axis]}: {', '.join(map(shown, told))}"
        for axis, told in options.items()
        if (len(told) > 1) == several
    )


def _refused(curve: SpecificationCurve) -> str:
    refused = len(curve.specifications) - curve.answered
    if not refused:
        return ""
    few = int((curve.found.exposed[0] < FEWEST_EXPOSED).sum())
    how_many = "" if few == refused else f", {few:,} of them"
    return (
        f"{refused:,} {'was' if refused == 1 else 'were'} not answered{how_many} for having fewer "
        f"than {FEWEST_EXPOSED} clients with sessions both before and after a repair."
    )


def _alone(curve: SpecificationCurve) -> str:
    sizes = (curve.found.estimate[0] / curve.sd_sizes)[curve.found.answered[0]]
    count = int(significant(curve.found).sum())
    return (
        f"The {curve.answered:,} estimates ran from {sizes.min():+.2f} to {sizes.max():+.2f} SD of "
        f"all scores for each repair (median {np.median(sizes):+.2f}); {count:,} "
        f"({count / curve.answered:.0%}) were above zero with p < .05 taken alone."
    )


def _together(curve: SpecificationCurve) -> str:
    if curve.surrogates is None:
        return (
            f"{_NOTHING.capitalize()}, and without surrogates nothing can be said of all together: "
            "ask for some."
        )
    drawn = statistics(only(curve.surrogates, curve.found.answered[0]))["share significant"]
    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn):
        return "No surrogate study could be judged, so there is no joint p."
    table = curve.joint.set_index("statistic")
    t, share = table.loc["median t"], table.loc["share significant"]
    verdict = "lies higher than without a gain" if t["p"] <= ALPHA else "is compatible with no gain"
    return (
        f"In {len(drawn)} surrogate studies with the same sessions, ruptures and repairs but no "
        f"gain, {np.mean(drawn > 0):.0%} had at least one such specification and on average "
        f"{np.mean(drawn):.0%} of theirs were: {_NOTHING}. Judged together, by the statistic named "
        f"in advance, the median t was {t['observed']:+.2f} (without gain {t['without_gain']:+.2f}, "
        f"middle 95% {t['lower']:+.2f} to {t['upper']:+.2f}; one-sided joint {p_text(t['p'])}); the "
        f"share of significant specifications has {p_text(share['p'])}. The curve as a whole "
        f"{verdict}."
    )
