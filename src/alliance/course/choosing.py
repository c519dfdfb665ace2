"""Which scores are meant: scale, rater, questionnaire, moment and direction, decided once."""

from collections.abc import Mapping
from typing import TypedDict, Unpack

import numpy as np
import pandas as pd

from alliance.arrays import Bools, Ints
from alliance.course.courses import Courses
from alliance.errors import AllianceError, join_names, suggest
from alliance.instruments import Instrument, called_in, known, load
from alliance.tables import SESSIONS, checked, client_starts, distinct, scale_columns


class Choice(TypedDict, total=False):
    """What every analysis lets its caller choose, and passes on to `courses`."""

    scale: str
    rater: str | None
    instrument: str | Instrument | None
    moment: str | None
    higher_is_better: bool | None


def courses(
    sessions: pd.DataFrame | Courses,
    *,
    scale: str = "total",
    rater: str | None = None,
    instrument: str | Instrument | None = None,
    moment: str | None = None,
    higher_is_better: bool | None = None,
) -> Courses:
    """Choose the scores of one rater, questionnaire and scale, ready for every analysis.

    Parameters
    ----------
    sessions : DataFrame or Courses
        A sessions table. Courses that were chosen before are returned as they are; a choice made
        beside them must be the one they were made with.
    scale : str
        Column with the scores, in points.
    rater : str, optional
        Whose ratings; needed where several people rated.
    instrument : str or Instrument, optional
        Which questionnaire: its name, a path to a key file, or the value itself; needed where the
        table holds several.
    moment : str, optional
        Which rating of a session, ``"before"`` or ``"after"``, where there are two.
    higher_is_better : bool, optional
        Taken from the catalogue where the questionnaire is known, otherwise True. False turns
        the scores, so that a rise of symptoms is a fall for every analysis.

    Returns
    -------
    Courses

    Raises
    ------
    AllianceError
        If something must be named that is not, or is named and is not there.
    DataError
        If the table is not a sessions table, with every problem found.

    Examples
    --------
    >>> sessions = pd.DataFrame({
    ...     "client": ["a", "a", "b"], "session": [1, 2, 1], "rater": "client",
    ...     "instrument": "bdi-ii", "total": [20.0, 31.0, 14.0],
    ... })
    >>> chosen = courses(sessions)
    >>> chosen.sign, chosen.scores.tolist(), chosen.offsets.tolist()
    (-1, [-20.0, -31.0, -14.0], [0, 2, 3])
    """
    if isinstance(sessions, Courses):
        return _as_chosen(sessions, scale=scale, rater=rater, higher_is_better=higher_is_better)
    frame, starts = checked(sessions, SESSIONS)
    counts = {"rows": len(frame)}
    called = called_here(frame, instrument)
    for column, chosen in (("instrument", called), ("rater", rater), ("moment", moment)):
        kept = rows_of(frame, column, chosen)
        counts[f"of another {column}"] = len(frame) - len(kept)
        frame, starts = kept, starts if kept is frame else client_starts(kept)
    check_scale(frame, scale)
    measure = _known_instrument(frame, instrument)
    return _courses_of(frame, starts, scale, measure, higher_is_better, counts)


def _as_chosen(chosen: Courses, **choice: Unpack[Choice]) -> Courses:
    """Refuse a choice that contradicts the one already made."""
    made: Mapping[str, object] = {
        "scale": chosen.scale,
        "rater": chosen.rater,
        "higher_is_better": chosen.sign == 1,
    }
    for name, value in choice.items():
        # "total" is what nobody asked for in particular.
        if value in (None, "total") or value == made[name]:
            continue
        raise AllianceError(
            f"These courses were chosen with {name}={made[name]!r}, not {value!r}.\n"
            "To fix: choose anew from the sessions table, with alliance.courses()."
        )
    return chosen


def called_here(frame: pd.DataFrame, instrument: str | Instrument | None) -> str | None:
    """Return the questionnaire asked for as the table calls it."""
    if instrument is None:
        return None
    there = frame["instrument"].dropna().unique() if "instrument" in frame.columns else ()
    return called_in(map(str, there), instrument)


def rows_of(
    frame: pd.DataFrame,
    column: str,
    chosen: str | None,
    *,
    table: str = "sessions",
    example: str = "{}='{}'",
) -> pd.DataFrame:
    """Return the rows with one value of a column; the only one, if none is named.

    `table`: what it is called, for the message; `example`: how a value is named.
    """
    if column not in frame.columns:
        if chosen is None:
            return frame
        raise AllianceError(
            f"The {table} table has no column '{column}', so '{chosen}' cannot be chosen.\n"
            f"To fix: leave {column} out."
        )
    known = sorted(distinct(frame[column]).astype(str))
    if chosen is None and len(known) > 1:
        # At the command line --moment names a column of the export.
        command = f" (on the command line --when {known[0]})" if column == "moment" else ""
        raise AllianceError(
            f"The {table} table holds several {column}s: {join_names(known)}.\n"
            f"To fix: name one, e.g. {example.format(column, known[0])}{command}."
        )
    if chosen is None or (known == [chosen] and frame[column].notna().all()):
        return frame
    if chosen not in known:
        raise AllianceError(
            f"There is no {column} '{chosen}' in the {table} table."
            f"{suggest(chosen, known)} Known: {join_names(known) or 'none'}."
        )
    return frame[frame[column] == chosen]


def check_scale(frame: pd.DataFrame, scale: str, *, table: str = "sessions") -> None:
    """Raise an error if a table has no scores of a scale, or infinite ones."""
    scales = scale_columns(frame)
    if scale not in scales:
        raise AllianceError(
            f"The {table} table has no scale '{scale}'.{suggest(scale, scales)} "
            f"Scales: {join_names(scales) or 'none'}.\n"
            "To fix: name a column of scores with scale=."
        )
    if np.isinf(frame[scale].to_numpy(dtype=float)).any():
        raise AllianceError(f"The column {scale} holds infinite values.")


def _known_instrument(
    frame: pd.DataFrame, instrument: str | Instrument | None
) -> Instrument | None:
    if isinstance(instrument, Instrument):
        return instrument
    if instrument is not None and instrument.endswith(".toml"):
        return load(instrument)
    return known(_only(frame, "instrument") or instrument)


def _only(frame: pd.DataFrame, column: str) -> str:
    """Return the one value of a column, or nothing if there is none or several."""
    if column not in frame.columns:
        return ""
    values = distinct(frame[column])
    return str(values.iloc[0]) if len(values) == 1 else ""


def _metric_of(frame: pd.DataFrame, rated: Bools) -> str:
    """Return the one metric of the scores: means and sums in one column cannot be compared."""
    if "metric" not in frame.columns:
        return ""
    metrics = distinct(frame["metric"] if rated.all() else frame["metric"][rated])
    if len(metrics) > 1:
        several = sorted(metrics)
        raise AllianceError(
            f"These sessions hold scores of more than one metric: {join_names(several)}.\n"
            f"To fix: choose the rows of one, e.g. sessions[sessions['metric'] == '{several[-1]}']."
        )
    return str(metrics.iloc[0]) if len(metrics) else _only(frame, "metric")


def _courses_of(
    frame: pd.DataFrame,
    starts: Ints | None,
    scale: str,
    measure: Instrument | None,
    higher_is_better: bool | None,
    counts: dict[str, int],
) -> Courses:
    if higher_is_better is None:
        higher_is_better = True if measure is None else measure.better_when_high(scale)
    sign = 1 if higher_is_better else -1
    frame, clients, cases, starts = _sorted(frame, starts)
    scores = frame[scale].to_numpy(dtype=float)
    rated = np.isfinite(scores)
    used = np.cumsum(rated)
    metric = _metric_of(frame, rated)
    return Courses(
        scores=sign * scores[rated],
        sessions=frame["session"].to_numpy()[rated],
        offsets=np.r_[0, used[starts[1:] - 1], used[-1:]],
        clients=clients,
        cases=cases,
        scale=scale,
        rater=_only(frame, "rater"),
        instrument=_only(frame, "instrument") or (measure.called if measure else ""),
        metric=metric,
        sign=sign,
        range=measure.score_range(scale, metric or None)
        if measure is not None and scale in measure.scales
        else None,
        counts={
            **counts,
            "without a score": int((~rated).sum()),
            "used": int(rated.sum()),
            "clients": len(clients) if cases is None else len(set(clients)),
        },
        table=frame,
    )


def _sorted(
    frame: pd.DataFrame, starts: Ints | None
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray | None, np.ndarray]:
    """Return the rows by client (and case) and session, whose courses they are, and their starts.

    Names of clients and cases have one value a course; a course starts where either changes.
    `starts`: where each client begins, if the rows are sorted.
    """
    if starts is not None and "case" not in frame.columns:
        names = frame["client"].take(starts).to_numpy(dtype=object)
        return frame.reset_index(drop=True), names, None, starts
    key = [frame["client"]]
    if "case" in frame.columns:
        key.append(frame["case"].astype("str").fillna(""))
    codes = [pd.factorize(column, sort=True)[0] for column in key]
    order = np.lexsort((frame["session"].to_numpy(), *reversed(codes)))
    changes = [np.diff(code[order], prepend=-1) != 0 for code in codes]
    starts = np.flatnonzero(np.any(changes, axis=0))
    names, *cases = (column.take(order[starts]).to_numpy(dtype=object) for column in key)
    return frame.take(order).reset_index(drop=True), names, cases[0] if cases else None, starts
