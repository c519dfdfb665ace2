"""Does the fitted pulse model give courses like those it was fitted to? Posterior predictive checks."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance.model.courses import Courses
from alliance.model.drawing import draw_courses
from alliance.model.parameters import SPREAD_OF_DEPTH, STAYS, Parameters

Array = NDArray[np.float64]
DRAWS = 40
# So many SDs of the draws away a statistic is one that the model does not give.
FAR = 3.5
# The cube of scores about the mean spreads less from study to study than the others do.
FAR_TAIL = 2.2
SHORTEST = 4
EARLY = 4
# What a check that fails says of the courses.
CHECKS = {
    "low": "the share of low scores",
    "lag 1": "how far a score carries over to the next session",
    "spread": "how the spread changes over sessions",
    "early": "the level of the first sessions",
    "middle": "the level in the middle of the course",
    "tail": "the tail of the noise",
}


def predictive_checks(courses: Courses, theta: Parameters) -> pd.DataFrame:
    """Compare statistics of the courses with those of courses drawn from the model.

    Returns one row for each of `CHECKS`: ``check``, ``meaning``, ``observed``, mean ``expected``
    and ``sd`` of the draws, and whether it ``holds`` (within `FAR` SDs). No rows if no client has
    `SHORTEST` sessions.
    """
    groups = list(_by_length(courses))
    if not groups:
        return pd.DataFrame(columns=["check", "meaning", "observed", "expected", "sd", "holds"])
    # A check is no experiment: the same courses always give the same verdict.
    rng = np.random.default_rng(0)
    observed = _statistics([(times, scores) for times, scores in groups])
    drawn = np.array(
        [_statistics([(t, _drawn(t, theta, rng)) for t, _ in groups]) for _ in range(DRAWS)]
    )
    expected, sd = drawn.mean(axis=0), drawn.std(axis=0, ddof=1)
    far = np.where(np.array(list(CHECKS)) == "tail", FAR_TAIL, FAR)
    return pd.DataFrame(
        {
            "check": list(CHECKS),
            "meaning": list(CHECKS.values()),
            "observed": observed,
            "expected": expected,
            "sd": sd,
            "holds": np.abs(observed - expected) <= far * sd,
        }
    )


def _by_length(courses: Courses) -> list[tuple[Array, Array]]:
    """Return session numbers and scores, shape (clients, length), of courses that vary."""
    found = []
    for length in np.unique(courses.lengths[courses.lengths >= SHORTEST]):
        rows = courses.starts[courses.lengths == length][:, None] + np.arange(length)
        rows = rows[np.ptp(courses.scores[rows], axis=1) > 0]
        if len(rows):
            found.append((courses.times[rows], courses.scores[rows]))
    return found


def _drawn(times: Array, theta: Parameters, rng: np.random.Generator) -> Array:
    """Draw courses with ruptures: begun at random, over with 1 - `STAYS` a session, or never."""
    scores = draw_courses(times, theta, rng, louder=True)
    within, mends = np.zeros((2, len(times)), dtype=bool)
    depth = np.zeros(len(times))
    begins, ends, will = rng.random((3, *times.shape))
    deep = theta.depth * (1 + SPREAD_OF_DEPTH * rng.standard_normal(times.shape))
    for row in range(1, times.shape[1]):
        passed = times[:, row] - times[:, row - 1]
        over = within & mends & (ends[:, row] > STAYS**passed)
        new = ~within & (begins[:, row] < 1 - (1 - min(theta.hazard, 0.99)) ** passed)
        mends = np.where(new, will[:, row] < theta.repaired, mends)
        depth = np.where(new, deep[:, row], depth)
        within = (within & ~over) | new
        scores[:, row] -= depth * within
    return scores


def _statistics(groups: list[tuple[Array, Array]]) -> Array:
    """Return the statistics of `CHECKS`, of scores about each client's own mean."""
    own = [scores - scores.mean(axis=1, keepdims=True) for _, scores in groups]
    flat = np.concatenate([each.ravel() for each in own])
    times = np.concatenate([each.ravel() for each, _ in groups])
    place = np.concatenate([np.tile(np.linspace(0, 1, each.shape[1]), len(each)) for each in own])
    sd = flat.std()
    before = np.concatenate([each[:, :-1].ravel() for each in own])
    after = np.concatenate([each[:, 1:].ravel() for each in own])
    moved = after - before
    late = np.concatenate([each[:, 1:].ravel() for each, _ in groups]) > EARLY
    middle = (place > 1 / 3) & (place < 2 / 3)
    about = np.concatenate(
        [(each - np.median(each, axis=1, keepdims=True)).ravel() for each in own]
    )
    return np.array(
        [
            (flat < -2 * sd).mean(),
            (before * after).mean() / sd**2,
            np.log((_sd(moved[~late]) + 1e-9) / (_sd(moved[late]) + 1e-9)),
            (_mean(flat[times <= 2]) - _mean(flat[(times > 2) & (times <= 5)])) / sd,
            (_mean(flat[middle]) - _mean(flat[~middle])) / sd,
            ((about / about.std()) ** 3).mean(),
        ]
    )


def _sd(values: Array) -> float:
    # The middle of the changes, so that ruptures do not pass for spread.
    return float(np.subtract(*np.quantile(values, [0.75, 0.25]))) if len(values) else 1.0


def _mean(values: Array) -> float:
    return float(values.mean()) if len(values) else 0.0
