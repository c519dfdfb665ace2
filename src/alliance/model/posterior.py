"""The probability of a rupture at every session: no rupture, each one, and each two weighed.

Ruptures begin at random, at most two in a record, with a rated session between them: a set of
pulses has prior weight proportional to the product of its rates, no pulse 1. The sum over all sets,
and over the volatility nodes, is exact.
"""

from dataclasses import dataclass, replace

import numpy as np

from alliance.model.courses import Courses
from alliance.model.parameters import Parameters
from alliance.model.pulse_judging import judge
from alliance.model.pulse_kernel import as_array
from alliance.ruptures.threads import in_threads


@dataclass(frozen=True, eq=False, kw_only=True)
class Posterior:
    """What the scores say about ruptures, session by session."""

    # (sessions,): probability that the session lies in a rupture; NaN at a client's first session.
    rupture: np.ndarray
    # (sessions,): probability that it does and that a later rated session is free of that rupture.
    repaired: np.ndarray
    # (sessions,): the client's own level and growth there, standardised, ruptures taken out.
    expected: np.ndarray
    anywhere: np.ndarray  # (clients,): probability of a rupture at any session


def posterior(
    courses: Courses,
    theta: Parameters,
    *,
    look_ahead: bool = True,
    wanted: np.ndarray | None = None,
    workers: int | None = None,
) -> Posterior:
    """Judge every course of two or more sessions.

    `look_ahead`: if False, each session is judged by the sessions up to it only. `wanted`
    (sessions,): without `look_ahead` only these are judged; the others stay NaN. `workers`:
    threads; as many as there are processors if not given. Without `look_ahead`, `anywhere` stands
    as it was known at the last session.
    """
    several = courses.lengths > 1
    seen = replace(courses, starts=courses.starts[several], lengths=courses.lengths[several])
    if not look_ahead:
        seen = seen.up_to_each_session(wanted)
    values = as_array(theta)

    def weigh(part: Courses) -> tuple[Courses, np.ndarray, np.ndarray]:
        return part, *judge(part.starts, part.lengths, part.times, part.scores, values, look_ahead)

    found, anywhere = (
        np.full((3, len(courses.scores)), np.nan),
        np.full(len(courses.scores), np.nan),
    )
    for part, each, chance in in_threads(weigh, seen.parts(), workers):
        ends = part.starts + part.lengths - 1
        # Without look-ahead each cut course speaks of its last session alone.
        found[:, part.rows() if look_ahead else ends] = each
        anywhere[ends] = chance
    found[:2, courses.starts] = np.nan
    rupture, repaired, expected = found
    # As it is known at each client's last session.
    last = np.maximum(courses.starts + courses.lengths - 1, 0)
    return Posterior(
        rupture=rupture,
        repaired=repaired,
        expected=expected,
        anywhere=np.where(several, anywhere[last], np.nan),
    )
