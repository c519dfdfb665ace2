"""The difference every reader has in mind, and how much of it studies without any gain show."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance.course import Courses
from alliance.model.gain_ladder import GainFit
from alliance.model.gain_studies import Law, draw_scores, law_of
from alliance.model.scores import StandardScores
from alliance.rules import Rule, load
from alliance.ruptures import OUTCOMES, scan

# Any rule would do; this one needs nothing but the client's own course.
RULE = "own-mean"
REPAIRED = OUTCOMES.index("repaired")


def observed_difference(
    chosen: Courses,
    fit: GainFit,
    scale: StandardScores,
    *,
    draws: int,
    seed: int | np.random.Generator,
) -> pd.DataFrame:
    """Compare last scores of clients with repaired and with uninterrupted courses.

    `fit`: studies without a gain are drawn from it, at the sessions that were rated. `draws`:
    studies drawn; 0 for none. Returns one row: clients with ``repaired`` ruptures only, and
    ``uninterrupted`` ones; the ``difference`` of their mean last scores in points (positive: the
    repaired are higher in the direction of a stronger alliance), and what studies without any gain
    show: ``expected``, ``low`` and ``high`` of the middle 95 % of draws.

    Clients whose ruptures were repaired differ from the others before any repair: they stayed
    longer, and a rise after a fall is what made them repaired. That difference is there without
    any gain, and is no estimate of one.
    """
    rule = load(RULE)
    found, repaired, uninterrupted = _difference(chosen, rule)
    expected = np.array([np.nan])
    if draws:
        rng, law = np.random.default_rng(seed), law_of(fit)
        expected = np.array([_drawn(chosen, fit, law, scale, rule, rng) for _ in range(draws)])
    # Without a client in either group there is nothing to compare, in no draw.
    known = expected[np.isfinite(expected)]
    low, high = np.quantile(known, [0.025, 0.975]) if len(known) else (np.nan, np.nan)
    return pd.DataFrame(
        {
            "repaired": [repaired],
            "uninterrupted": [uninterrupted],
            "difference": [found],
            "expected": [float(known.mean()) if len(known) else np.nan],
            "low": [low],
            "high": [high],
        }
    )


def _difference(chosen: Courses, rule: Rule) -> tuple[float, int, int]:
    """Return the difference of mean last scores, and the clients in either group."""
    found = scan(chosen, rule)
    ruptures = np.bincount(found.course, minlength=chosen.count)
    mended = np.bincount(found.course[found.outcome == REPAIRED], minlength=chosen.count)
    judged = found.judged > 0
    last = chosen.scores[np.maximum(chosen.offsets[1:] - 1, 0)]
    repaired = judged & (ruptures > 0) & (mended == ruptures)
    uninterrupted = judged & (ruptures == 0)
    return _mean(last[repaired]) - _mean(last[uninterrupted]), *_counts(repaired, uninterrupted)


def _counts(*groups: NDArray[np.bool_]) -> tuple[int, int]:
    first, second = (int(group.sum()) for group in groups)
    return first, second


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _drawn(
    chosen: Courses,
    fit: GainFit,
    law: Law,
    scale: StandardScores,
    rule: Rule,
    rng: np.random.Generator,
) -> float:
    """Return the difference in one study drawn without a gain."""
    study = fit.study
    scores = chosen.scores.copy()
    standard = draw_scores(study, law, 0.0, rng)
    scores[study.rows] = chosen.sign * scale.back(standard)
    return _difference(chosen.with_scores(scores), rule)[0]
