"""Scores: exports that hold ready-made scores instead of answers become sessions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from alliance.errors import AllianceError, Problem, join_names, raise_if_serious, suggest
from alliance.instruments import METRICS, Instrument, load_for_totals
from alliance.intake.answers import Reading, folded, read_answers, to_number
from alliance.intake.files import Export, read_file
from alliance.intake.identity import read_sessions
from alliance.intake.mapping import ExportMap
from alliance.intake.patterns import pattern_places
from alliance.tables import SESSIONS, tidy


def read_scores(
    path: str | Path,
    *,
    client: str,
    session: str | None = None,
    scores: Mapping[str, str],
    rater: str = "client",
    raters: Mapping[str, str] | None = None,
    therapist: str | None = None,
    instrument: str | None = None,
    metric: str | None = None,
    missing_codes: tuple = (),
    encoding: str | None = None,
    separator: str | None = None,
    sheet: str | None = None,
) -> pd.DataFrame:
    """Read ready-made scores, one or several a row, into a sessions table.

    Parameters
    ----------
    path : str or Path
    client, session, therapist : str
        Columns; leave `session` out if it stands in the columns' names.
    scores : mapping of scale to str
        Column of each scale, or a pattern with ``{session}`` and ``{rater}`` for wide files, e.g.
        ``{"total": "bdi_s{session}"}``.
    rater : str
        Who rated, if no pattern says so.
    raters : mapping of str to str, optional
        What stands in the place of ``{rater}`` and the rater it means; others are left out.
    instrument : str, optional
        Name in the catalogue: scores outside its range are problems, and its metric is taken. Where
        the name or the metric leaves open which scores these are, they are asked for.
    metric : {"mean", "sum", "scaled"}, optional
        Metric of the scores, if no instrument is named or the file has another one.
    missing_codes : tuple
        Numbers that mean "no score".
    encoding, separator, sheet : str, optional
        How the file is written, if it is not found out.

    Returns
    -------
    DataFrame
        Table SESSIONS; rows in which no score is given are left out, so that a missed session is
        a gap.

    Raises
    ------
    AllianceError
        If columns are missing.
    DataError
        With every cell that holds no number or a score outside the range, and every repeated row.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "wide.csv"
    >>> _ = file.write_text("id,bdi_s1,bdi_s2\\n007,35,37\\n008,26,\\n")
    >>> read_scores(file, client="id", scores={"total": "bdi_s{session}"})
      client  session   rater  total
    0    007        1  client   35.0
    1    007        2  client   37.0
    2    008        1  client   26.0
    """
    export = read_file(path, encoding=encoding, separator=separator, sheet=sheet)
    _refuse_unknown(export, [client, session, therapist])
    reading = _reading(missing_codes)
    parts, problems = [], []
    for (who, number), columns in _places(export, scores).items():
        if who is not None and raters is not None and who not in raters:
            continue
        part = {"row": export.cells.index, "client": export.cells[client]}
        part["session"], wrong = _sessions(export, session, number)
        part["rater"] = rater if who is None else (raters or {}).get(who, who)
        if therapist is not None:
            part["therapist"] = export.cells[therapist]
        for scale, column in columns.items():
            part[scale], strange = read_answers(export.cells[column], reading)
            problems += _strange(part, strange, column)
        part = pd.DataFrame(part, index=export.cells.index)
        problems += _unnumbered(part[wrong & part[list(columns)].notna().any(axis=1)])
        parts.append(part)
    raise_if_serious(problems)
    if not parts:
        raise AllianceError(f"No column is of one of the raters {join_names(raters or {})}.")
    sessions = pd.concat(parts, ignore_index=True)
    scales = [scale for scale in scores if scale in sessions.columns]
    sessions = sessions[sessions[scales].notna().any(axis=1)]
    sessions = _with_metric(sessions, instrument, metric, scales).set_index("row")
    return tidy(sessions, SESSIONS)[_column_order(sessions, scales)]


def _reading(missing_codes) -> Reading:
    codes = ExportMap(missing_codes=missing_codes).missing_codes
    numbers = tuple(number for number in map(to_number, codes) if number is not None)
    texts = frozenset(folded(code) for code in codes if to_number(code) is None)
    return Reading(words={}, missing_words=texts, missing_codes=numbers)


def _refuse_unknown(export: Export, names: list[str | None]) -> None:
    columns = list(export.cells.columns)
    unknown = [
        f"There is no column '{name}'.{suggest(name, columns)}"
        for name in names
        if name is not None and name not in columns
    ]
    if unknown:
        raise AllianceError(
            "\n".join([*unknown, f"The file's columns: {join_names(columns, 40)}."])
        )


def _places(export: Export, scores: Mapping[str, str]) -> dict[tuple, dict[str, str]]:
    """Return for each (rater, session) of the columns' names the column of each scale."""
    if not isinstance(scores, Mapping) or not all(isinstance(n, str) for n in scores.values()):
        raise AllianceError(
            'The scores must be a table of scale and column, e.g. scores={"total": "srs_total"}.'
        )
    columns = list(export.cells.columns)
    places: dict[tuple, dict[str, str]] = defaultdict(dict)
    for scale, pattern in scores.items():
        found = pattern_places(pattern, columns)
        if not found:
            raise AllianceError(
                f"No column fits '{pattern}' for the scale {scale}."
                f"{suggest(pattern, columns)}\n"
                f"The file's columns: {join_names(columns, 40)}."
            )
        for column, stands in found:
            number = stands.get("session")
            place = places[stands.get("rater"), int(number) if number else None]
            if scale in place:
                raise AllianceError(
                    f"Two columns are the same score: {place[scale]} and {column}.\n"
                    "To fix: take one out, or name the column."
                )
            place[scale] = column
    return places


def _sessions(export: Export, session: str | None, number: int | None):
    """Return the session of each row, and the rows whose cell holds no session number."""
    if number is not None:
        return number, pd.Series(False, index=export.cells.index)
    if session is None:
        raise AllianceError(
            'The session is not named.\nTo fix: name its column, session="...", or give a pattern '
            'with {session}, e.g. scores={"total": "srs_s{session}"}.'
        )
    numbers = read_sessions(export.cells[session], {})
    # Cells that hold no number stay as they are, so that they can be shown.
    given = export.cells[session].astype(object)
    return given.mask(numbers.notna(), numbers.astype(object)), numbers.isna()


def _unnumbered(rows: pd.DataFrame) -> list[Problem]:
    if not len(rows):
        return []
    return [
        Problem(
            kind="session number",
            what="The session is not a whole number",
            fix="number the sessions 1, 2, 3 ...; leave a number out where one was missed.",
            rows=rows[["client", "session", "rater"]],
        )
    ]


def _strange(part: dict, strange: pd.DataFrame | None, column: str) -> list[Problem]:
    if strange is None or strange["kind"].eq("missing mark").all():
        return []
    strange = strange[strange["kind"] != "missing mark"]
    names = ("client", "session", "rater")
    rows = pd.DataFrame({name: part[name] for name in names}, index=part["row"])
    rows = rows.iloc[strange["place"]]
    return [
        Problem(
            kind="not a number",
            what=f"The column {column} must hold numbers",
            fix="correct the cells, empty them, or declare them as missing with "
            "missing_codes=[...] (--missing).",
            rows=rows.assign(found=strange["found"].to_numpy()),
        )
    ]


def _with_metric(
    sessions: pd.DataFrame, name: str | None, metric: str | None, scales: list[str]
) -> pd.DataFrame:
    if metric is not None and metric not in METRICS:
        raise AllianceError(f"The metric must be one of {join_names(METRICS)}, not '{metric}'.")
    if name is not None:
        return _as_instrument(sessions, load_for_totals(name, metric), metric, scales)
    return sessions if metric is None else sessions.assign(metric=metric)


def _as_instrument(
    sessions: pd.DataFrame, instrument: Instrument, metric: str | None, scales: list[str]
) -> pd.DataFrame:
    metric = metric or instrument.metric
    sessions = sessions.assign(instrument=instrument.key, metric=metric)
    problems = []
    for scale in scales:
        if scale not in instrument.scales:
            raise AllianceError(
                f"{instrument.key} has no scale '{scale}'; it has {join_names(instrument.scales)}."
            )
        low, high = instrument.score_range(scale, metric)
        outside = ~sessions[scale].between(low, high) & sessions[scale].notna()
        if outside.any():
            rows = sessions[outside].set_index("row")[["client", "session", "rater"]]
            problems.append(
                Problem(
                    kind="out of range",
                    what=f"Scores of {instrument.key} {scale} ({metric}) lie between {low:g} and "
                    f"{high:g}",
                    fix="correct the cells, declare codes for missing scores with "
                    "missing_codes=[...] (--missing), or name the other metric.",
                    rows=rows.assign(found=sessions.loc[outside, scale].to_numpy()),
                )
            )
    raise_if_serious(problems)
    return sessions


def _column_order(sessions: pd.DataFrame, scales: list[str]) -> list[str]:
    first = ["client", "session", "rater", "instrument", "metric"]
    known = [name for name in first if name in sessions.columns]
    return [*known, *scales, *(["therapist"] if "therapist" in sessions.columns else [])]
