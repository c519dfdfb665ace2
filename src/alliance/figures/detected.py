"""What can be drawn: what a rule found, or what the pulse detector found, in one form."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, eq=False, kw_only=True)
class Detected:
    """The findings of the pulse detector as `course` and `courses` draw them.

    Parameters
    ----------
    frame : DataFrame
        Episodes.
    flags : DataFrame
        One row for each session: ``flagged`` where its probability passed the threshold,
        ``reference`` the level expected without a rupture, no ``limit``.
    posterior : DataFrame
        The probability of rupture of each session.
    scale : str
    """

    frame: pd.DataFrame
    flags: pd.DataFrame
    posterior: pd.DataFrame
    scale: str


def drawable(found):
    """Return findings that can be drawn: those of a rule as they are, a `PulseScan` turned."""
    if found is None or not hasattr(found, "threshold"):
        return found
    sessions = found.frame.rename(columns={"probability": "posterior", "expected": "reference"})
    likely = sessions["posterior"].gt(found.threshold).astype("boolean")
    return Detected(
        frame=found.episodes,
        flags=sessions.assign(
            flagged=likely.mask(sessions["posterior"].isna()), limit=float("nan")
        ),
        posterior=sessions[["client", "rater", "session", "posterior"]],
        scale=found.model.scale,
    )
