"""From a probability for every session to episodes: runs of sessions above a threshold."""

import numpy as np
import pandas as pd

from alliance.arrays import Floats, Ints
from alliance.tables import course_key, run_starts


def runs(frame: pd.DataFrame, threshold: float) -> tuple[Ints, Ints, Floats]:
    """Return first row, last row and highest probability of each run above the threshold.

    `frame`: probability of each session, sorted by course and session. `threshold`: between 0 and 1.
    """
    probability = frame["probability"].to_numpy()
    rows = np.flatnonzero(probability > threshold)
    # A run never goes on from one course to the next.
    begins = _course_begins(frame)[rows] | (np.diff(rows, prepend=-2) > 1)
    highest = np.maximum.reduceat(probability[rows], np.flatnonzero(begins))
    # One ends where the next begins.
    return rows[begins], rows[np.roll(begins, -1)], highest


def _course_begins(frame: pd.DataFrame) -> np.ndarray:
    begins = np.zeros(len(frame), dtype=bool)
    for name in course_key(frame):
        begins[run_starts(frame[name])] = True
    return begins


def episodes(
    frame: pd.DataFrame,
    *,
    threshold: float,
    scale: str,
    sign: float,
    unit: float,
    prospective: bool,
) -> pd.DataFrame:
    """Return the table EPISODES, with ``probability`` and ``probability_of_repair``.

    `frame`: client, case where known, rater, session, score, expected, probability and
    later_repaired, sorted by course and session. `sign`: 1 if higher scores are better, else -1.
    `unit`: the SD of the pooled scores in points. `prospective`: then the probability of repair is
    one minus that of rupture at the session that ended the episode, and missing while it is open.
    """
    first, last, highest = runs(frame, threshold)
    # The row after the run, if it is of the same course.
    follows = np.minimum(last + 1, len(frame) - 1)
    repaired = (last + 1 < len(frame)) & ~_course_begins(frame)[follows]
    end = np.where(repaired, follows, last)
    score, session = frame["score"].to_numpy(), frame["session"].to_numpy()
    probability = frame["probability"].to_numpy()
    low = _least_row(sign * score, first, last)
    if prospective:
        of_repair = np.where(repaired, 1 - probability[end], np.nan)
    else:
        peak = _least_row(-probability, first, last)
        of_repair = frame["later_repaired"].to_numpy()[peak] / highest
    before = frame["expected"].to_numpy()[low]
    depth = sign * (before - score[low])
    return pd.DataFrame(
        {
            **{name: frame[name].take(first).array for name in [*course_key(frame), "rater"]},
            "scale": pd.array([scale] * len(first), dtype="str"),
            "onset": session[first],
            "low": session[low],
            "end": session[end],
            "before": before,
            "lowest": score[low],
            "after": score[end],
            "depth": depth,
            "depth_in_units": depth / unit,
            "duration": session[end] - session[first],
            "recovery": sign * (score[end] - score[low]),
            "outcome": pd.array(np.where(repaired, "repaired", "open"), dtype="str"),
            "probability": highest,
            "probability_of_repair": of_repair,
        }
    )


def _least_row(values: Floats, first: Ints, last: Ints) -> Ints:
    """Return the row of the least value in each run, the earliest of equal ones."""
    lengths = last - first + 1
    run = np.repeat(np.arange(len(first)), lengths)
    rows = np.arange(lengths.sum()) + np.repeat(first - np.cumsum(lengths) + lengths, lengths)
    least = pd.Series(values[rows], index=rows).groupby(run).idxmin()
    return np.asarray(least, dtype=np.int64)
