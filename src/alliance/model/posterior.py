"""The probability of a rupture at every session: no rupture, each one, and each two weighed.

Ruptures begin at random, at most two in a record, with a rated session between them: a set of
pulses has prior weight proportional to the product of its rates, no pulse 1. The sum over all sets,
and over the volatility nodes, is exact.
"""

from dataclasses import dataclass

import numpy as np

from alliance.arrays import Bools, Floats, Ints
from alliance.course import Courses
from alliance.model.parameters import Parameters
from alliance.model.pulse_judging import judge
from alliance.model.pulse_kernel import as_array
from alliance.ruptures.threads import in_threads

AT_ONCE = 128


@dataclass(frozen=True, eq=False, kw_only=True)
class Posterior:
    """What the scores say about ruptures, session by session."""

    # (sessions,): probability that the session lies in a rupture; NaN at a client's first session.
    rupture: Floats
    # (sessions,): probability that it does and that a later rated session is free of that rupture.
    repaired: Floats
    # (sessions,): the client's own level and growth there, standardised, ruptures taken out.
    expected: Floats
    anywhere: Floats  # (clients,): probability of a rupture at any session


def posterior(
    courses: Courses,
    theta: Parameters,
    *,
    look_ahead: bool = True,
    wanted: Bools | None = None,
    workers: int | None = None,
) -> Posterior:
    """Judge every course of two or more sessions.

    `courses`: of standard scores. `look_ahead`: if False, each session is judged by the sessions up
    to it only. `wanted` (sessions,): without `look_ahead` only these are judged; the others stay
    NaN. `workers`: threads; as many as there are processors if not given. Without `look_ahead`,
    `anywhere` stands as it was known at the last session.
    """
    several = courses.lengths > 1
    starts, lengths = courses.offsets[:-1][several], courses.lengths[several]
    if not look_ahead:
        starts, lengths = _up_to_each_session(starts, lengths, wanted)
    found = np.full((4, len(courses.scores)), np.nan)
    times, values = courses.sessions.astype(float), as_array(theta)

    def fill(part: slice) -> None:
        judge(starts[part], lengths[part], times, courses.scores, values, look_ahead, found)

    # Some courses at a time, the same with any number of threads.
    parts = [slice(begin, begin + AT_ONCE) for begin in range(0, len(starts), AT_ONCE)]
    list(in_threads(fill, parts, workers))
    found[:2, courses.offsets[:-1][several]] = np.nan
    rupture, repaired, expected, so_far = found
    # As it is known at each client's last session.
    anywhere = np.full(courses.count, np.nan)
    anywhere[several] = so_far[courses.offsets[1:][several] - 1]
    return Posterior(rupture=rupture, repaired=repaired, expected=expected, anywhere=anywhere)


def _up_to_each_session(starts: Ints, lengths: Ints, wanted: Bools | None) -> tuple[Ints, Ints]:
    """Cut every course off after its second, third ... session, wanted ones only: no look-ahead."""
    cuts = lengths - 1
    cut = np.arange(cuts.sum()) - np.repeat(np.cumsum(cuts) - cuts, cuts)
    starts, lengths = np.repeat(starts, cuts), cut + 2
    if wanted is None:
        return starts, lengths
    kept = wanted[starts + lengths - 1]
    return starts[kept], lengths[kept]
