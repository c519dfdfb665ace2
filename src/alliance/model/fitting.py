"""The pulse detector's parameters: those of highest posterior density, clients taken together."""

from dataclasses import fields, replace
from importlib.util import find_spec

import numpy as np

from alliance.arrays import Bools
from alliance.course import Courses
from alliance.model.gain_assumptions import Assumptions
from alliance.model.gain_fit import climb, fit_without
from alliance.model.gain_likelihood import Design, design, informative
from alliance.model.parameters import SETTLED_AT, Parameters

# The engine of the gain, its switches set to the pulse detector's model.
PULSE = Assumptions(growth="straight", edges="none")
MOST_SESSIONS = 150
# So many tell a dozen parameters well enough; without a compiler a few must do.
MOST_CLIENTS = 500 if find_spec("numba") else 30
# An unrepaired rupture keeps its depth; no ruptures at all.
WHOLE, NEVER = 1 - 1e-9, 1e-9
# So much log density is no rupture more or less.
CLOSE = 0.01
NAMES = [each.name for each in fields(Parameters)]


def fit_parameters(
    courses: Courses,
    reliability: float,
    *,
    ruptures: bool = True,
    near: Parameters | None = None,
) -> tuple[Parameters, int]:
    """Return the parameters of highest posterior density, and how many clients gave them.

    `courses`: of standard scores. `reliability`: of one session's score, between 0 and 1. Without
    `ruptures` all that moves is noise. `near`: where the search may begin.
    """
    study = pulse_design(representative(courses), PULSE, reliability)
    if ruptures:
        start = None if near is None else study.space.at(study.space.centre, vars(near))
        found = fit_without(study, start, close=CLOSE)
    else:
        study = replace(study, space=study.space.held("hazard", NEVER))
        found = climb(study, study.space.centre, study.space.gains, ruptures=1, close=CLOSE)
    values = study.space.named(found.free)
    return Parameters(**{name: values[name] for name in NAMES}), len(study.clients)


def pulse_design(courses: Courses, assumptions: Assumptions, reliability: float) -> Design:
    """Lay out courses for the engine of the gain, as the pulse detector sees them."""
    found = design(courses, assumptions, reliability)
    settled = np.log(found.times / SETTLED_AT)
    return replace(found, settled=settled, space=found.space.held("remains", WHOLE))


def judgeable(courses: Courses) -> Bools:
    """Return which clients can be judged: those with 2 to `MOST_SESSIONS` rated sessions."""
    return (courses.lengths >= 2) & (courses.lengths <= MOST_SESSIONS)


def representative(courses: Courses) -> Courses:
    """Return at most `MOST_CLIENTS` of the clients whose scores vary, evenly over lengths and levels.

    Who always gives the same says nothing of noise; but where hardly anybody's scores vary,
    everybody who can be judged is taken.
    """
    usable = judgeable(courses)
    varying = usable & informative(courses)
    chosen = np.flatnonzero(varying if varying.sum() >= 2 else usable)
    if len(chosen) > MOST_CLIENTS:
        summed = np.concatenate([[0.0], np.cumsum(courses.scores)])
        means = np.diff(summed[courses.offsets]) / np.maximum(courses.lengths, 1)
        order = chosen[np.lexsort((means[chosen], courses.lengths[chosen]))]
        chosen = order[np.linspace(0, len(order) - 1, MOST_CLIENTS).astype(int)]
    return courses.take(chosen)
