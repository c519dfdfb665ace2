"""Scores on an outcome measure, turned by what the catalogue says of it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.course.choosing import called_here, check_scale, rows_of
from alliance.errors import AllianceError, DataError, Problem
from alliance.instruments import Instrument, known
from alliance.tables import OUTCOMES, tidy


@dataclass(frozen=True, eq=False, kw_only=True)
class Outcome:
    """An outcome measure of many clients."""

    # Client, session, score (points as given); sorted, only sessions with a score.
    frame: pd.DataFrame
    name: str  # What the measure is called
    higher_is_better: bool
    reliable: float  # Change in points from which on it is called reliable; NaN if not known
    reliable_source: str
    # Rows that came in, and those without a score.
    rows: int
    unrated: int

    @property
    def sign(self) -> int:
        """1, or -1 where lower scores are better."""
        return 1 if self.higher_is_better else -1


def gather_outcome(
    outcomes: pd.DataFrame,
    *,
    scale: str = "total",
    instrument: str | Instrument | None = None,
    higher_is_better: bool | None = None,
    reliable_change: float | None = None,
) -> Outcome:
    """Choose the scores of one outcome measure, and look its direction up.

    `instrument`: needed if the table holds several, or does not say which it is. `higher_is_better`:
    of a measure that is not in the catalogue. `reliable_change`: in points; the catalogue's first
    figure if not given. An unknown direction, and scores out of range, are errors.
    """
    table = tidy(outcomes, OUTCOMES)
    frame = table
    if "instrument" in table.columns:
        called = called_here(table, instrument)
        example = "outcome={{'{}': '{}'}}"
        frame = rows_of(table, "instrument", called, table="outcomes", example=example)
    # What the table says comes before what was asked for: it was looked up by it.
    named = frame["instrument"].iloc[0] if "instrument" in frame and len(frame) else instrument
    measure = instrument if isinstance(instrument, Instrument) else known(named)
    check_scale(frame, scale, table="outcomes")
    better = higher_is_better
    if better is None and measure is not None:
        better = measure.better_when_high(scale)
    if better is None:
        raise AllianceError(
            f"Whether high scores are good is not known of '{named or scale}'.\n"
            "To fix: name a measure of the catalogue (see `alliance instruments`), or say "
            "whether higher is better."
        )
    rated = frame.loc[frame[scale].notna(), ["client", "session"]].assign(
        score=frame[scale].astype(float)
    )
    if measure is not None and scale == "total":
        _check_range(rated, measure)
    points, source = _reliable(measure, reliable_change)
    return Outcome(
        frame=rated.reset_index(drop=True),
        name=measure.key.upper() if measure else str(named or scale),
        higher_is_better=better,
        reliable=points,
        reliable_source=source,
        rows=len(frame),
        unrated=len(frame) - len(rated),
    )


def _check_range(rated: pd.DataFrame, instrument: Instrument) -> None:
    low, high = instrument.score_range("total")
    outside = ~rated["score"].between(low, high)
    if outside.any():
        raise DataError(
            [
                Problem(
                    kind="outside the range",
                    what=f"A total of {instrument.key} lies between {low:g} and {high:g}",
                    fix="correct the scores, or leave them empty.",
                    rows=rated[outside],
                )
            ]
        )


def _reliable(measure: Instrument | None, given: float | None) -> tuple[float, str]:
    if given is not None:
        if not 0 < given < np.inf:
            raise AllianceError(f"A reliable change must be a number above 0, not {given}.")
        return float(given), "as given"
    if measure is None or not measure.reliable_changes:
        return np.nan, ""
    first, *others = measure.reliable_changes
    # Sources differ; the first is used and the others are named.
    differ = sorted({f"{other.points:g}" for other in others if other.points != first.points})
    beside = f"; other sources give {', '.join(differ)}" if differ else ""
    return float(first.points), first.source + beside
