"""From a probability for every session to episodes: runs of sessions above a threshold."""

import numpy as np
import pandas as pd

from alliance.tables import EPISODES

_MORE = ["probability", "probability_of_repair"]


def runs(frame: pd.DataFrame, threshold: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return first row, last row and highest probability of each run above the threshold.

    `frame`: client, rater and probability, sorted by client, rater, session. `threshold`: between 0
    and 1.
    """
    probability = frame["probability"].to_numpy()
    above = probability > threshold
    # A run never goes on from one client to the next.
    joined = ~_course_begins(frame)
    begins = above & ~np.append(False, above[:-1] & joined[1:])
    ends = above & ~np.append(above[1:] & joined[1:], False)
    first, last = np.flatnonzero(begins), np.flatnonzero(ends)
    row = np.flatnonzero(above)
    run = np.repeat(np.arange(len(first)), last - first + 1)
    highest = np.zeros(len(first))
    np.maximum.at(highest, run, probability[row])
    return first, last, highest


def _course_begins(frame: pd.DataFrame) -> np.ndarray:
    begins = np.zeros(len(frame), dtype=bool)
    begins[:1] = True
    for name in ("client", "rater"):
        code = pd.factorize(frame[name])[0]
        begins[1:] |= code[1:] != code[:-1]
    return begins


def episodes(
    frame: pd.DataFrame,
    *,
    threshold: float,
    scale: str,
    sign: float,
    unit: np.ndarray,
    prospective: bool,
) -> pd.DataFrame:
    """Return the table EPISODES, with ``probability`` and ``probability_of_repair``.

    `frame`: client, rater, session, score, expected, probability and later_repaired, sorted by
    client, rater, session. `sign`: 1 if higher scores are better, else -1. `unit`: for each row of
    `frame`, the SD of the pooled scores in points. `prospective`: then the probability of repair is
    one minus that of rupture at the session that ended the episode, and missing while it is open.
    """
    first, last, highest = runs(frame, threshold)
    # The row after the run, if it is the same client's.
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
    columns = {
        "client": frame["client"].take(first).array,
        "rater": frame["rater"].take(first).array,
        "scale": pd.array([scale] * len(first), dtype="str"),
        "onset": session[first],
        "low": session[low],
        "end": session[end],
        "before": before,
        "lowest": score[low],
        "after": score[end],
        "depth": depth,
        "depth_in_units": depth / unit[low],
        "duration": session[end] - session[first],
        "recovery": sign * (score[end] - score[low]),
        "outcome": pd.array(np.where(repaired, "repaired", "open"), dtype="str"),
        "probability": highest,
        "probability_of_repair": of_repair,
    }
    return pd.DataFrame(columns)[[*EPISODES.columns, *_MORE]]


def _least_row(values: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Return the row of the least value in each run, the earliest of equal ones."""
    lengths = last - first + 1
    run = np.repeat(np.arange(len(first)), lengths)
    begins = np.cumsum(lengths) - lengths
    row = np.arange(lengths.sum()) - np.repeat(begins - first, lengths)
    order = np.lexsort((row, values[row], run))
    return np.asarray(row[order][begins])
