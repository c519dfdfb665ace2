"""The true episodes of a simulated study, read off the courses of therapy."""

from __future__ import annotations

import numpy as np
import pandas as pd

from alliance.simulate.answers import Sheets
from alliance.simulate.courses import RUPTURE, UNREPAIRED, Courses

OUTCOMES = ("repaired", "unrepaired", "open")


def true_episodes(courses: Courses, sheets: Sheets) -> pd.DataFrame:
    """Return one row for each true rupture, as in `Study.episodes`, by the client's number from 0.

    The questionnaires say at which sessions a rupture could be seen.
    """
    phase = np.where(courses.took_place, courses.phase, 0)
    inside = (phase == RUPTURE) | (phase == UNREPAIRED)
    edge = np.zeros((len(phase), 1), dtype=bool)
    number, onset = np.nonzero(inside & ~np.hstack([edge, inside[:, :-1]]))
    end = np.nonzero(inside & ~np.hstack([inside[:, 1:], edge]))[1]
    # Over while therapy went on; a dip at the last session attended is never repaired.
    repaired = end < courses.attended[number] - 1
    kind = np.where(repaired, 0, np.where(phase[number, end] == UNREPAIRED, 1, 2))
    return pd.DataFrame(
        {
            "number": number,
            "episode": courses.episode[number, onset].astype("int64"),
            "onset": onset + 1,
            "end": end + 1,
            "depth": courses.depth[number, onset],
            "duration": _counted(phase == RUPTURE, number, onset, end),
            "repaired": repaired,
            "outcome": pd.array(OUTCOMES, dtype="str").take(kind),
            "observed": _counted(_rated(courses, sheets), number, onset, end) > 0,
        }
    )


def _counted(
    what: np.ndarray, number: np.ndarray, first: np.ndarray, last: np.ndarray
) -> np.ndarray:
    """Count the true cells of rows `number` from column `first` to `last`, both included."""
    # Running counts: what lies between two columns is a difference of two of them.
    upto = np.cumsum(np.hstack([np.zeros((len(what), 1), dtype=int), what]), axis=1)
    return np.asarray(upto[number, last + 1] - upto[number, first])


def _rated(courses: Courses, sheets: Sheets) -> np.ndarray:
    rated = np.zeros(courses.phase.shape, dtype=bool)
    rated[sheets.client, sheets.session - 1] = True
    return rated
