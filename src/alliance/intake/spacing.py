"""Spacing: files in which a questionnaire was given at every k-th session only."""

import numpy as np
import pandas as pd

from alliance.errors import Problem
from alliance.intake.problems import known_problem, problem_of
from alliance.tables import run_starts

FEWEST_STEPS = 5
MOST = 0.6
CODES = (99.0, 999.0, 9999.0, 99999.0)


def spacing_problems(rated: pd.DataFrame, *, in_order: bool) -> list[Problem]:
    """Point out that most ratings of a client stand the same number of sessions apart.

    `rated`: a row for each rated session, repeated where several raters rated it.
    """
    course = [name for name in ("client", "case") if name in rated.columns]
    rated = rated[[*course, "session"]].dropna(subset=["client", "session"])
    if not in_order or len(course) > 1:
        rated = rated.sort_values([*course, "session"], kind="stable")
    steps = np.diff(rated["session"].to_numpy(dtype=float))
    for name in course:
        steps[run_starts(rated[name])[1:] - 1] = 0  # from one course to the next
    values, counts = np.unique(steps[steps > 0], return_counts=True)
    if counts.sum() < FEWEST_STEPS or counts.max() < MOST * counts.sum():
        return []
    usual = int(values[counts.argmax()])
    if usual == 1:
        return []
    return [known_problem("every k-th session", usual=usual, which=_ordinal(usual))]


def far_numbers(forms: pd.DataFrame) -> list[Problem]:
    """Point out session numbers that are usual codes for "unknown", far beyond all others."""
    numbers = forms["session"].to_numpy(dtype=float, na_value=np.nan)
    known = numbers[~np.isnan(numbers)]
    coded = np.isin(numbers, CODES)
    others = np.setdiff1d(known, CODES)
    far = coded & (numbers > 2 * others.max(initial=0) + 1)
    return problem_of("session number far beyond", forms[far & (len(others) > 0)])


def _ordinal(number: int) -> str:
    endings = {1: "st", 2: "nd", 3: "rd"}
    ending = "th" if number % 100 in (11, 12, 13) else endings.get(number % 10, "th")
    return f"{number}{ending}"
