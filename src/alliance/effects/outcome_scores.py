"""Scores on an outcome measure, turned by what the catalogue says of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.errors import AllianceError, DataError, Problem, join_names, suggest
from alliance.instruments import Instrument, instruments, load
from alliance.tables import OUTCOMES, scale_columns, tidy


@dataclass(frozen=True, eq=False, kw_only=True)
class Outcome:
    """An outcome measure of many clients.

    Parameters
    ----------
    frame : DataFrame
        client, session, score (points as given); sorted, only sessions with a score.
    name : str
        What the measure is called.
    higher_is_better : bool
    reliable : float
        Change in points from which on it is called reliable; NaN if not known.
    reliable_source : str
    rows, unrated : int
        Rows that came in, and those without a score.
    """

    frame: pd.DataFrame
    name: str
    higher_is_better: bool
    reliable: float
    reliable_source: str
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

    Parameters
    ----------
    outcomes : DataFrame
        An outcomes table: client, session, instrument if there are several, and the scale.
    scale : str
        Column with the scores.
    instrument : str or Instrument, optional
        Which measure; needed if the table holds several, or if it does not say which it is.
    higher_is_better : bool, optional
        Of a measure that is not in the catalogue.
    reliable_change : float, optional
        Change that counts as reliable, points; the catalogue's first figure if not given.

    Raises
    ------
    AllianceError
        If the direction is not known, or scores lie outside the measure's range.
    """
    known = _instrument(instrument)
    key = known.key if known else instrument
    table = tidy(outcomes, OUTCOMES)
    frame = _of_one(table, key if "instrument" in table else None)
    if known is None and "instrument" in frame and len(frame):
        key = frame["instrument"].iloc[0]
        known = _instrument(key)
    _check_scale(frame, scale)
    better = higher_is_better if known is None else known.higher_is_better
    if better is None:
        raise AllianceError(
            f"Whether high scores are good is not known of '{key or scale}'.\n"
            "To fix: name a measure of the catalogue (see `alliance instruments`), or say "
            "whether higher is better."
        )
    rated = frame.loc[frame[scale].notna(), ["client", "session"]].assign(
        score=frame[scale].astype(float)
    )
    if known is not None and scale == "total":
        _check_range(rated, known)
    points, source = _reliable(known, reliable_change)
    return Outcome(
        frame=rated.reset_index(drop=True),
        name=known.key.upper() if known else str(key or scale),
        higher_is_better=better,
        reliable=points,
        reliable_source=source,
        rows=len(frame),
        unrated=len(frame) - len(rated),
    )


def _of_one(table: pd.DataFrame, key: str | None) -> pd.DataFrame:
    """Return the rows of one outcome measure; the only one, if none is named."""
    if "instrument" not in table.columns:
        return table
    known = sorted(table["instrument"].dropna().unique())
    if key is None and len(known) > 1:
        raise AllianceError(
            f"The outcomes table holds several instruments: {join_names(known)}.\n"
            f"To fix: name one, e.g. outcome={{'instrument': '{known[0]}'}}."
        )
    if key is not None and key not in known:
        raise AllianceError(
            f"There is no instrument '{key}' in the outcomes table.{suggest(key, known)} "
            f"Known: {join_names(known) or 'none'}."
        )
    return table if key is None else table[table["instrument"] == key]


def _instrument(name: str | Instrument | None) -> Instrument | None:
    if isinstance(name, Instrument):
        return name
    return load(name) if name is not None and name in instruments() else None


def _check_scale(frame: pd.DataFrame, scale: str) -> None:
    scales = [name for name in scale_columns(frame) if name not in OUTCOMES.columns]
    if scale not in scales:
        raise AllianceError(
            f"The outcomes table has no scale '{scale}'.{suggest(scale, scales)} "
            f"Scales: {join_names(scales) or 'none'}."
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


def _reliable(known: Instrument | None, given: float | None) -> tuple[float, str]:
    if given is not None:
        if not 0 < given < np.inf:
            raise AllianceError(f"A reliable change must be a number above 0, not {given}.")
        return float(given), "as given"
    if known is None or not known.reliable_changes:
        return np.nan, ""
    first, *others = known.reliable_changes
    differ = sorted({f"{other.points:g}" for other in others if other.points != first.points})
    beside = f"; other sources give {', '.join(differ)}" if differ else ""
    return float(first.points), first.source + beside
