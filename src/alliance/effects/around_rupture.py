"""The average course around a rupture: observed, expected without any gain, and with the estimate."""

from __future__ import annotations

import numpy as np
import pandas as pd

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
