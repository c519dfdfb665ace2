"""What stands beside the answer: the course around a rupture, and the difference every reader has in mind."""

import numpy as np
import pandas as pd

from alliance.arrays import Floats
from alliance.course import Courses
from alliance.effects.conventional_courses import Therapies
from alliance.model.gain_ladder import GainFit
from alliance.model.gain_studies import Law, draw_scores, law_of
from alliance.model.scores import StandardScores
from alliance.rules import Rule, load
from alliance.ruptures import scan

# Any rule would do; this one needs nothing but the client's own course.
RULE = "own-mean"


def observed_difference(
    chosen: Courses,
    fit: GainFit,
    scale: StandardScores,
    *,
    draws: int,
    seed: int | np.random.Generator,
) -> pd.DataFrame:
    """Compare last scores of clients with repaired and with uninterrupted courses.

    `fit`: `draws` studies without a gain are drawn from it, at the sessions that were rated. Returns
    one row: clients with ``repaired`` ruptures only, and ``uninterrupted`` ones; the ``difference``
    of their mean last scores in points (positive: the repaired are stronger), and what studies
    without any gain show: ``expected``, ``low`` and ``high`` of the middle 95 % of draws.
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
    therapies = Therapies.of_scan(chosen, scan(chosen, rule))
    repaired = therapies.last[therapies.repaired]
    uninterrupted = therapies.last[therapies.uninterrupted]
    return _mean(repaired) - _mean(uninterrupted), len(repaired), len(uninterrupted)


def _mean(values: Floats) -> float:
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


BEFORE, AFTER = 5, 8
# From this posterior probability on a session is shown as part of a rupture, as everywhere else.
SHOWN_FROM = 0.5


def around_ruptures(sessions: pd.DataFrame, gain: float) -> pd.DataFrame:
    """Average the sessions around the ruptures of a study.

    `sessions`: ``client``, ``session``, ``score``, ``rupture`` (probability), ``repairs`` (expected
    number completed before) and ``undisturbed`` (expected score without any rupture). `gain`: for
    each repair, in points as given. Returns one row for each ``outcome`` (repaired, not repaired)
    and ``offset`` from the onset, -5 to 8 sessions: ``ruptures`` rated there, mean ``observed``
    score with its 95 % interval ``low`` and ``high``, ``without`` (expected without any gain) and
    ``expected`` (with the estimate).
    """
    rows = [
        part
        for _, course in sessions.groupby("client", sort=False)
        for part in _of_client(course.reset_index(drop=True), gain)
    ]
    if not rows:
        return pd.DataFrame(columns=["outcome", "offset", "ruptures", *_NUMBERS])
    frame = pd.concat(rows, ignore_index=True)
    return _averaged(frame[frame["offset"].between(-BEFORE, AFTER)])


_NUMBERS = ("observed", "low", "high", "without", "expected")


def _of_client(course: pd.DataFrame, gain: float) -> list[pd.DataFrame]:
    """Return a client's sessions once for each rupture, counted from its onset."""
    within = (course["rupture"] >= SHOWN_FROM).to_numpy()
    onsets = np.flatnonzero(within & ~np.roll(within, 1)) if len(within) else np.empty(0, int)
    if len(within) and within[0]:
        onsets = np.union1d(onsets, [0])
    return [_from_onset(course, within, int(onset), gain) for onset in onsets]


def _from_onset(course: pd.DataFrame, within: np.ndarray, onset: int, gain: float) -> pd.DataFrame:
    mended = not within[onset:].all()
    return pd.DataFrame(
        {
            "outcome": "repaired" if mended else "not repaired",
            "offset": course["session"] - course["session"].iloc[onset],
            "score": course["score"],
            "without": course["undisturbed"],
            "expected": course["undisturbed"] + gain * course["repairs"],
        }
    )


def _averaged(frame: pd.DataFrame) -> pd.DataFrame:
    grouped = frame.groupby(["outcome", "offset"])
    table = grouped[["score", "without", "expected"]].mean().rename(columns={"score": "observed"})
    table["ruptures"] = grouped.size()
    half = 1.96 * grouped["score"].std() / np.sqrt(table["ruptures"])
    table["low"], table["high"] = table["observed"] - half, table["observed"] + half
    return table.reset_index()[["outcome", "offset", "ruptures", *_NUMBERS]]
