"""What stands beside the answer: the course around a rupture, and the difference every reader has in mind."""

import numpy as np
import pandas as pd

from alliance.course import Courses
from alliance.effects.conventional_courses import Therapies
from alliance.model.gain_ladder import GainFit
from alliance.model.gain_studies import Law, draw_study, law_of
from alliance.model.scores import StandardScores
from alliance.rules import load
from alliance.ruptures import scan
from alliance.tables import course_key

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
    found = _difference(chosen)
    drawn = []
    if draws:
        rng, law = np.random.default_rng(seed), law_of(fit)
        drawn = [_difference(without_gain(chosen, fit, law, scale, rng)) for _ in range(draws)]
    # Without a client in either group there is nothing to compare, in no draw.
    expected = pd.Series([each["difference"] for each in drawn], dtype=float)
    low, high = expected.quantile([0.025, 0.975])
    return pd.DataFrame([{**found, "expected": expected.mean(), "low": low, "high": high}])


def _difference(chosen: Courses) -> dict[str, float]:
    """Return the clients in either group, and the difference of their mean last scores."""
    therapies = Therapies.of_scan(chosen, scan(chosen, load(RULE)))
    repaired, others = (
        pd.Series(therapies.last[group]) for group in (therapies.repaired, therapies.uninterrupted)
    )
    return {
        "repaired": len(repaired),
        "uninterrupted": len(others),
        "difference": repaired.mean() - others.mean(),
    }


def without_gain(
    chosen: Courses, fit: GainFit, law: Law, scale: StandardScores, rng: np.random.Generator
) -> Courses:
    """Return the courses with scores drawn without a gain, at the sessions that were fitted."""
    scores = chosen.scores.copy()
    scores[fit.study.rows] = chosen.sign * scale.back(draw_study(fit.study, law, 0.0, rng).scores)
    return chosen.with_scores(scores)


BEFORE, AFTER = 5, 8
# From this posterior probability on a session is shown as part of a rupture, as everywhere else.
SHOWN_FROM = 0.5


def around_ruptures(sessions: pd.DataFrame, gain: float) -> pd.DataFrame:
    """Average the sessions around the ruptures of a study.

    `sessions`: ``client``, ``case`` where known, ``session``, ``score``, ``rupture`` (probability),
    ``repairs`` (expected number completed before) and ``undisturbed`` (expected score without any
    rupture). `gain`: for each repair, in points as given. Returns one row for each ``outcome``
    (repaired, not repaired) and ``offset`` from the onset, -5 to 8 sessions: ``ruptures`` rated
    there, mean ``observed`` score with its 95 % interval ``low`` and ``high``, ``without`` (expected
    without any gain) and ``expected`` (with the estimate).
    """
    key = course_key(sessions)
    course = sessions.groupby(key, sort=False).ngroup()
    within = sessions["rupture"] >= SHOWN_FROM
    begins = within & ~within.groupby(course).shift(fill_value=False)
    # A rupture is repaired if a session without one follows in this course.
    row = pd.Series(sessions.index, index=sessions.index)
    last_outside = row.where(~within).groupby(course).transform("max")
    outcome = np.where(last_outside > row, "repaired", "not repaired")
    onsets = sessions.assign(outcome=outcome).loc[begins, [*key, "session", "outcome"]]
    frame = onsets.merge(sessions, on=key, suffixes=("_onset", ""))
    frame = frame.assign(
        offset=frame["session"] - frame["session_onset"],
        expected=frame["undisturbed"] + gain * frame["repairs"],
    )
    return _averaged(frame[frame["offset"].between(-BEFORE, AFTER)])


def _averaged(frame: pd.DataFrame) -> pd.DataFrame:
    grouped = frame.groupby(["outcome", "offset"])
    table = grouped[["score", "undisturbed", "expected"]].mean()
    table = table.set_axis(["observed", "without", "expected"], axis="columns")
    table["ruptures"] = grouped.size()
    half = 1.96 * grouped["score"].std() / np.sqrt(table["ruptures"])
    table["low"], table["high"] = table["observed"] - half, table["observed"] + half
    order = ["outcome", "offset", "ruptures", "observed", "low", "high", "without", "expected"]
    return table.reset_index()[order]
