"""The usual analyses by name: what each compares, and why it misleads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from alliance.effects.conventional_courses import Therapies
from alliance.effects.conventional_estimates import (
    Estimate,
    adjusted_last_session,
    common_slope,
    fixed_effects,
    growth_by_group,
    landmark,
    last_session,
    within_between,
)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One analysis of the literature."""

    name: str
    compares: str  # What the estimate is, in words
    warning: str  # One line: why a small p-value of it says little
    # Therapies and the session of the landmark in, estimate out.
    run: Callable[[Therapies, int], Estimate]
    mixed: bool = False  # Whether it fits a mixed model and so takes long


KINDS = (
    Kind(
        name="last session: repaired v uninterrupted",
        compares="last score of clients whose ruptures were all repaired, less that of clients "
        "without a rupture (Welch's t-test)",
        warning="Longer courses have both more repairs and higher ends, and clients with low "
        "alliance leave early.",
        run=lambda courses, _: last_session(
            courses, courses.repaired, courses.uninterrupted, ("repaired", "uninterrupted")
        ),
    ),
    Kind(
        name="last session: repaired v not repaired",
        compares="last score of clients whose ruptures were all repaired, less that of clients "
        "none of whose ruptures was repaired or who left with one open (Welch's t-test)",
        warning="The groups are defined by the outcome: repaired means that the scores came "
        "back up.",
        run=lambda courses, _: last_session(
            courses, courses.repaired, courses.not_repaired, ("repaired", "not repaired")
        ),
    ),
    Kind(
        name="last session given the first",
        compares="last score, repaired less uninterrupted, adjusted for the first score (HC3)",
        warning="The number of sessions is left out: longer courses have both more repairs and "
        "higher ends.",
        run=lambda courses, _: adjusted_last_session(courses, length=False),
    ),
    Kind(
        name="last session given the first and the length",
        compares="last score, repaired less uninterrupted, adjusted for the first score and the "
        "logarithm of the number of rated sessions (HC3)",
        warning="Holds its level for falls from one session to the next, and is badly wrong where "
        "the criterion looks at the whole course, as own means do.",
        run=lambda courses, _: adjusted_last_session(courses, length=True),
    ),
    Kind(
        name="growth by group",
        compares="rise for one unit of log(session), repaired less uninterrupted (mixed model, "
        "random level and slope)",
        warning="The groups are defined by the whole course, so sessions before a rupture count "
        "as growth after its repair.",
        run=lambda courses, _: growth_by_group(courses),
        mixed=True,
    ),
    Kind(
        name="repairs so far, fixed effects",
        compares="points for each repair completed before the session, within clients, growth "
        "in log(session) taken out (standard errors by client)",
        warning="The low sessions of the dip stand before the repair and after none: leaving "
        "them in makes what follows look high.",
        run=lambda courses, _: fixed_effects(courses),
    ),
    Kind(
        name="repairs so far, repeated-measures correlation",
        compares="points for each repair completed before the session, one slope for all clients "
        "(the test of pingouin's rm_corr)",
        warning="The alliance grows over time, and so does the number of repairs: any growth looks "
        "like their effect, and dips stand before repairs as well.",
        run=lambda courses, _: common_slope(courses),
    ),
    Kind(
        name="repairs so far, mixed model",
        compares="points for each repair completed before the session, centred within clients, "
        "beside the client's mean number of repairs and growth in log(session)",
        warning="Dips stand before repairs as with fixed effects, and the model takes "
        "neighbouring sessions for independent.",
        run=lambda courses, _: within_between(courses),
        mixed=True,
    ),
    Kind(
        name="landmark given the level so far",
        compares="mean score after the landmark, clients repaired by then less clients without "
        "a rupture by then, adjusted for the mean up to it (HC3)",
        warning="The dip lowers the mean that is adjusted for, and a criterion that looks at the "
        "whole course calls clients repaired by what came after the landmark.",
        run=lambda courses, session: landmark(courses, session, adjust="mean"),
    ),
    Kind(
        name="landmark given the first score",
        compares="mean score after the landmark, clients repaired by then less clients without "
        "a rupture by then, adjusted for the first score (HC3)",
        warning="Which clients have ruptures at all depends on their level, and one first score "
        "takes little of that out.",
        run=lambda courses, session: landmark(courses, session, adjust="first"),
    ),
)
