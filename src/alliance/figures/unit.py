"""What the scores are measured in: one questionnaire, its unit and the ends of its scale."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from alliance.errors import AllianceError, join_names
from alliance.instruments import load


@dataclass(frozen=True, kw_only=True)
class Unit:
    """What the vertical axis measures.

    Parameters
    ----------
    label : str
        Measure, scale, metric and scale ends.
    low, high : float or None
        The scale ends; None where they are not known.
    """

    label: str
    low: float | None = None
    high: float | None = None


def one_questionnaire(sessions: pd.DataFrame, scale: str, found=None) -> pd.DataFrame:
    """Return the rows of the one questionnaire and metric that hold the scale.

    Where ruptures were looked for in one of several questionnaires, that one is taken.

    Raises
    ------
    AllianceError
        If scores of several questionnaires or metrics would share an axis.
    """
    searched = getattr(found, "instrument", None)
    if searched is not None and "instrument" in sessions.columns:
        sessions = sessions[sessions["instrument"].eq(searched)]
    for name in ("instrument", "metric"):
        if name not in sessions.columns:
            continue
        held = sessions[name].fillna("")
        scored = held.isin(held[sessions[scale].notna()])
        kinds = sorted(held[scored].unique())
        if len(kinds) > 1:
            raise AllianceError(
                f"These sessions hold {scale} scores of more than one {name}: {join_names(kinds)}. "
                "They cannot share an axis.\n"
                f"To fix: choose the rows of one, e.g. "
                f"sessions[sessions['{name}'] == '{kinds[-1]}']."
            )
        sessions = sessions[scored] if kinds else sessions
    return sessions


def unit_of(sessions: pd.DataFrame, scale: str, score_range=None) -> Unit:
    """Return the unit of a scale, from the columns ``instrument`` and ``metric``.

    Parameters
    ----------
    sessions : DataFrame
        Rows of one questionnaire.
    scale : str
    score_range : tuple of float, optional
        Lowest and highest possible score where the instrument does not say.

    Raises
    ------
    AllianceError
        If the range is no range, or scores lie outside it.
    """
    instrument, metric = _only(sessions, "instrument"), _only(sessions, "metric")
    known = instrument.upper() if _load(instrument) else instrument
    name = f"{known} {scale}" if instrument else scale
    low, high = score_range or _known_range(instrument, scale, metric) or (None, None)
    if low is not None and not low < high:
        raise AllianceError(
            f"score_range must be the lowest and the highest possible score, not {score_range}."
        )
    if low is not None:
        _check_inside(sessions[scale], low, high, scale)
    kind = {"mean": "item mean", "sum": "sum", "scaled": "scaled"}.get(metric, "score")
    ends = f" {low:g}–{high:g}" if low is not None else ""
    return Unit(label=f"{name}, {kind}{ends}", low=low, high=high)


def _check_inside(scores: pd.Series, low: float, high: float, scale: str) -> None:
    outside = int(((scores < low - 1e-6) | (scores > high + 1e-6)).sum())
    if outside:
        raise AllianceError(
            f"{outside} {scale} score{' lies' if outside == 1 else 's lie'} outside "
            f"{low:g} to {high:g}, the range of the scale.\n"
            "To fix: correct the scores, the columns instrument and metric, or score_range."
        )


def steps_of(sessions: pd.DataFrame, scale: str) -> int | None:
    """Return the number of steps from the lowest to the highest complete score, if known."""
    instrument = _load(_only(sessions, "instrument"))
    if instrument is None or not instrument.whole_numbers or not instrument.scales.get(scale):
        return None
    return round((instrument.maximum - instrument.minimum) * len(instrument.scales[scale]))


def _only(sessions: pd.DataFrame, name: str) -> str:
    values = sessions[name].dropna().unique() if name in sessions.columns else []
    return values[0] if len(values) == 1 else ""


def _load(name: str):
    try:
        return load(name) if name else None
    except AllianceError:
        return None  # a questionnaire of the user's own: drawn, with the ends they give


def _known_range(name: str, scale: str, metric: str) -> tuple[float, float] | None:
    instrument = _load(name)
    if instrument is None or scale not in instrument.scales:
        return None
    return instrument.score_range(scale, metric or None)
