"""What the engine found as tables: episodes, sessions and clients, in points as given."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance.arrays import Ints
from alliance.course import Courses
from alliance.results.sentences import count
from alliance.rules import Rule
from alliance.ruptures.engine import STATES, Scan, Sessions
from alliance.ruptures.following import OUTCOMES, REPAIRED

# The type by itself: by its name, "str", it would be looked for among all types each time.
_TEXT = pd.StringDtype(na_value=np.nan)


def _words(words: Sequence[str] | NDArray[np.object_], which: Ints) -> pd.array:
    """Return words by their numbers as a column of text."""
    return pd.array(words, dtype=_TEXT).take(which)


def whose(courses: Courses, which: Ints) -> dict[str, pd.array]:
    """Return the columns that say whose course it is: client, case where known."""
    columns = {"client": _words(courses.clients, which)}
    if courses.cases is not None:
        columns["case"] = _words(courses.cases, which)
    return columns


def cases_said(clients: pd.DataFrame) -> str:
    """Return in words that each case counts as a client of its own, where clients have several."""
    people = clients["client"].nunique()
    if people == len(clients):
        return ""
    several = f"{count(len(clients), 'course')} of {count(people, 'client')}"
    return f"Each case counts as a client of its own: {several}."


def _numbers_of(rows: Ints, courses: Courses) -> pd.arrays.IntegerArray:
    """Return the session numbers of rows, missing where a row is -1."""
    # A missing session number is missing, not 0: hence the nullable integers.
    missing = rows < 0
    if not len(courses.sessions):
        return pd.arrays.IntegerArray(rows.astype(np.int64), missing)
    return pd.arrays.IntegerArray(courses.sessions[np.where(missing, 0, rows)], missing)


def episode_frame(found: Scan, courses: Courses) -> pd.DataFrame:
    """Return one row for each rupture: the frame of `Ruptures`."""
    lowest, after = courses.scores[found.low], courses.scores[found.end]
    onset, low, end = (courses.sessions[row] for row in (found.onset, found.low, found.end))
    depth = found.before - lowest
    # A constant course has no spread to measure a depth in: it stays missing.
    in_units = np.divide(depth, found.unit, out=np.full(len(depth), np.nan), where=found.unit > 0)
    # Only what came back can have gone beyond where it was.
    overshoot = np.where(found.outcome == REPAIRED, after - found.before, np.nan)
    return pd.DataFrame(
        {
            **whose(courses, found.course),
            "rater": courses.rater,
            "scale": courses.scale,
            "onset": onset,
            "low": low,
            "end": end,
            "before": courses.sign * found.before,
            "lowest": courses.sign * lowest,
            "after": courses.sign * after,
            "depth": depth,
            "depth_in_units": in_units,
            "duration": (end - onset).astype(float),
            "recovery": after - lowest,
            "outcome": _words(OUTCOMES, found.outcome),
            "overshoot": overshoot,
            "unit": found.unit,
            "before_session": _numbers_of(found.origin, courses),
        },
        copy=False,
    )


def flag_frame(at: Sessions, courses: Courses) -> pd.DataFrame:
    """Return one row for each rated session: the flags of `Ruptures`."""
    return pd.DataFrame(
        {
            **whose(courses, courses.owner),
            "session": courses.sessions,
            "rater": courses.rater,
            "score": courses.points,
            "flagged": pd.arrays.BooleanArray(at.flagged.copy(), ~at.judged),
            "state": pd.Categorical.from_codes(at.state, categories=list(STATES)),
            "reference": courses.sign * np.where(at.judged, at.reference, np.nan),
            "limit": courses.sign * np.where(at.judged, at.limit, np.nan),
            "unit": np.where(at.judged, at.unit, np.nan),
            "reference_session": _numbers_of(np.where(at.judged, at.reference_row, -1), courses),
        }
    )


def client_frame(found: Scan, courses: Courses, rule: Rule, prospective: bool) -> pd.DataFrame:
    """Return one row for each course: the clients of `Ruptures`."""
    rated, counts = courses.lengths, found.counts()
    first = np.where(rated > 0, courses.offsets[:-1], -1)
    last = np.where(rated > 0, courses.offsets[1:] - 1, -1)
    return pd.DataFrame(
        {
            **whose(courses, np.arange(courses.count)),
            "rater": courses.rater,
            "sessions": rated,
            "first": _numbers_of(first, courses),
            "last": _numbers_of(last, courses),
            "judged": found.judged > 0,
            "reason": _reasons(rated, found.judged, rule, prospective),
            "judged_sessions": found.judged,
            "flagged": found.flagged,
            "ruptures": counts.sum(axis=1),
            **{outcome: counts[:, code] for code, outcome in enumerate(OUTCOMES)},
        }
    )


def _reasons(rated: Ints, judged: Ints, rule: Rule, prospective: bool) -> pd.Series:
    """Return for each course why it could not be judged; empty if it could."""
    needed = rule.minimum_sessions
    words = [
        "no rated session",
        *(
            f"{count} rated session{'' if count == 1 else 's'}, the rule needs {needed}"
            for count in range(1, needed)
        ),
        rule.rupture.incomparable(prospective=prospective),
        "",
    ]
    long_enough = np.where(judged > 0, len(words) - 1, len(words) - 2)
    # Each number of sessions below what is needed has a sentence of its own.
    few = (rated < needed) | (rated == 0)
    return pd.Series(_words(words, np.where(few, rated, long_enough)))
