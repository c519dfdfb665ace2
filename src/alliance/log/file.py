"""Rupture logs: forms filled in, REDCap exports and tables of any program become one log."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypedDict, Unpack

import pandas as pd

from alliance.errors import AllianceError, Problem, join_names, raise_if_serious, suggest
from alliance.intake.dates import read_dates
from alliance.intake.export import Export
from alliance.intake.files import read_file
from alliance.intake.identity import identifiers, session_numbers
from alliance.intake.own_tables import without_marks
from alliance.intake.recognition import columns_named
from alliance.intake.words import folded
from alliance.log.cells import log_problem, read_numbers, spelled
from alliance.log.check import RESOLVED_FROM, LogCheck, check_log
from alliance.log.columns import CODES, EXTENT, LOG, RANGES, YES_OR_EXTENT, Range
from alliance.tables import SESSIONS, as_text, tidy

_OTHER_NAMES = {
    "source": ("reporter", "reported_by", "rater", "respondent", "informant"),
    "tension": ("rupture", "ruptured"),
    "resolution": ("repair",),
    "resolution_extent": ("extent_of_resolution",),
    "trigger": ("triggers",),
    "markers": ("marker", "rupture_markers"),
    "strategies": ("strategy", "resolution_strategies"),
    "done": ("what_was_done", "notes"),
    "supervision": ("supervision_sought",),
}
_EXTENTS = tuple(f"{name}{EXTENT}" for name in YES_OR_EXTENT)
_NAMES = (*LOG.every, *_EXTENTS)
_RECOGNISED = ("client", "session", "therapist", "date")
_YES_NO = {"yes", "no", "checked", "unchecked", "true", "false"}
_TICKED = Range(low=0, high=1, meaning="0 or 1, checked or unchecked")


class FileForm(TypedDict, total=False):
    """How a file is written, if it is not found out."""

    encoding: str | None
    separator: str | None
    sheet: str | None


class LogReading(FileForm, total=False):
    """What `read_log` lets its caller say."""

    mapping: Mapping[str, str] | str | Path | None
    source: str | None
    resolved_from: float
    missing_codes: Iterable[object]
    keep: Iterable[str]
    sessions: pd.DataFrame | None


def read_log(path: str | Path, **reading: Unpack[LogReading]) -> pd.DataFrame:
    """Read a rupture log: what client, therapist or observer reported of sessions.

    Parameters
    ----------
    path : str or Path
        CSV, Excel, SPSS, Stata or Parquet; a blank form filled in (`alliance log --form`), or
        REDCap's export of it.
    mapping : mapping of str to str, or path of a TOML file, optional
        Which column of the file is which of the log, e.g. ``{"client": "ID", "tension": "q1"}``,
        where the names do not say it.
    source : str, optional
        Who reported, if no column says so.
    resolved_from : float
        Where the resolution is an extent from 1 to 5, the least that counts as resolved; 4.
    missing_codes : iterable
        Cells that mean "not answered", e.g. 99.
    keep : iterable of str
        Further columns of the file that shall travel along.
    sessions : DataFrame, optional
        The scored sessions with their dates, for a log that names sessions by date.
    encoding, separator, sheet : str, optional
        How the file is written, if it is not found out.

    Returns
    -------
    DataFrame
        As `alliance.log.tidy_log` returns it.

    Raises
    ------
    AllianceError
        If the file cannot be read, or lacks client or session.
    DataError
        With every problem found, by row of the file.

    Notes
    -----
    Several codes in one cell are separated by semicolons. Besides, checkboxes
    (``trigger___missed_cue``: 0 or 1) and numbered columns (``trigger_2``) are joined.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "log.csv"
    >>> _ = file.write_text("ID,Session,Reporter,Tension,Trigger\\n007,3,Patient,yes,Missed cue\\n")
    >>> read_log(file)[["client", "session", "source", "tension", "trigger"]].values.tolist()
    [['007', 3, 'client', 1.0, 'missed_cue']]
    """
    checked = examine_log(path, **reading)
    raise_if_serious(checked.problems)
    return checked.frame


def examine_log(
    path: str | Path,
    *,
    mapping: Mapping[str, str] | str | Path | None = None,
    source: str | None = None,
    resolved_from: float = RESOLVED_FROM,
    missing_codes: Iterable[object] = (),
    keep: Iterable[str] = (),
    sessions: pd.DataFrame | None = None,
    **file: Unpack[FileForm],
) -> LogCheck:
    """Read a rupture log and return it with every problem found, serious or not; see `read_log`.

    Raises
    ------
    AllianceError
        If the file cannot be read, or lacks client or session.
    """
    export = read_file(path, **file)
    named, keep = _named(mapping), list(keep)
    _refuse_unknown(export, named, keep)
    empty = {folded(code) for code in missing_codes}
    places = {name: named.get(name) or _found(export, name) for name in _NAMES}
    cells = {name: _cells(export, where, name, empty) for name, where in places.items() if where}
    log, problems = pd.DataFrame(cells, index=export.cells.index), []
    for name in CODES:
        log, wrong = _with_boxes(log, name, export)
        problems += wrong
    log = log.loc[log.drop(columns="client", errors="ignore").notna().any(axis=1)]
    log = log.assign(**{name: export.cells[name] for name in keep})
    if source is not None and "source" not in log:
        log = log.assign(source=source)
    if {"client", "date"} <= set(log.columns):
        log, wrong = number_by_date(log, sessions)
        problems += wrong
    checked = check_log(log, resolved_from=resolved_from)
    return replace(checked, problems=(*problems, *checked.problems))


def _named(mapping: Mapping[str, str] | str | Path | None) -> dict[str, str]:
    """Return which column of the file is named for which of the log."""
    if not isinstance(mapping, str | Path):
        return dict(mapping or {})
    try:
        named = tomllib.loads(Path(mapping).read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise AllianceError(f"The mapping {mapping} cannot be read: {error}.") from None
    return {name: str(column) for name, column in named.items()}


def _refuse_unknown(export: Export, named: dict[str, str], keep: list[str]) -> None:
    there = list(export.cells.columns)
    wrong = [
        f"A rupture log has no column '{name}'.{suggest(name, _NAMES)}"
        for name in named
        if name not in _NAMES
    ]
    wrong += [
        f"There is no column '{name}' in {export.name}.{suggest(name, there)}"
        for name in (*named.values(), *keep)
        if name not in there
    ]
    if wrong:
        raise AllianceError("\n".join([*wrong, f"The file's columns: {join_names(there, 40)}."]))


def _found(export: Export, name: str) -> str | None:
    """Return the one column of the file whose name says that it is this one of the log."""
    there = list(export.cells.columns)
    for wanted in (name, *_OTHER_NAMES.get(name, ())):
        found = [column for column in there if spelled(column) == wanted]
        if len(found) == 1:
            return str(found[0])
    found = columns_named(name, export.cells) if name in _RECOGNISED else []
    if not found and name == "session":
        found = [column for column in there if column == "redcap_repeat_instance"]
    return str(found[0]) if len(found) == 1 else None


def _cells(export: Export, column: str, name: str, empty: set[str]) -> pd.Series:
    cells = export.cells[column]
    cells = cells.mask(cells.map(folded).isin(empty))
    labels = export.labels.get(column, {})
    # A number that means yes or no is read by its label: 2 may stand for no.
    if labels and (
        name not in (*RANGES, *_EXTENTS) or {folded(label) for label in labels.values()} <= _YES_NO
    ):
        cells = cells.map(lambda code: labels.get(code, code), na_action="ignore")
    if name in ("client", "therapist"):
        return identifiers(without_marks(as_text(cells)))
    if name == "session":
        numbers = session_numbers(cells, {})
        # Cells that hold no number stay as they are, so that they can be shown.
        return cells.astype(object).mask(numbers.notna(), numbers.astype("Int64").astype(object))
    return cells if pd.api.types.is_numeric_dtype(cells) else without_marks(cells.astype("str"))


def _with_boxes(log: pd.DataFrame, name: str, export: Export) -> tuple[pd.DataFrame, list[Problem]]:
    """Join checkboxes (trigger___power) and numbered columns (trigger_2) into one column."""
    box = re.compile(rf"{name}___(?P<code>.+)", re.IGNORECASE)
    further = re.compile(rf"{name}_\d", re.IGNORECASE)
    parts, problems = [log[name]] if name in log else [], []
    for column in export.cells.columns:
        match = box.fullmatch(column)
        if match:
            ticked, wrong = read_numbers(export.cells[column], column, _TICKED, log)
            problems += wrong
            parts.append(ticked.map({1.0: match["code"]}))
        elif further.fullmatch(column):
            parts.append(export.cells[column])
    if not parts:
        return log, problems
    table = pd.concat([part.astype("str") for part in parts], axis=1)
    joined = ["; ".join(row[~row.isna()]) or None for _, row in table.iterrows()]
    return log.assign(**{name: pd.Series(joined, index=log.index, dtype="str")}), problems


def number_by_date(
    log: pd.DataFrame, sessions: pd.DataFrame | None
) -> tuple[pd.DataFrame, list[Problem]]:
    """Return a log with sessions filled in by date from the scores, and the rows of which none is known."""
    session = log["session"] if "session" in log else pd.Series(pd.NA, index=log.index)
    asked = session.isna() & log["date"].notna()
    if not asked.any():
        return log, []
    if sessions is None or "date" not in sessions.columns:
        raise AllianceError(
            "The rupture log names sessions by date, and there are no scored sessions with dates "
            "to look them up in.\nTo fix: give them beside the log, read_log(path, "
            "sessions=sessions) (on the command line --against sessions.csv)."
        )
    days = read_dates(log.loc[asked, "date"]).days
    held = tidy(sessions, SESSIONS)[["client", "session", "date"]]
    held = held.assign(day=read_dates(held["date"]).days).drop_duplicates()
    # Two sessions on one day cannot be told apart by it.
    held = held[held["day"].notna()].drop_duplicates(["client", "day"], keep=False)
    numbers = held.set_index(["client", "day"])["session"]
    # Looked up by client and day at once: two clients share most days.
    wanted = pd.MultiIndex.from_arrays([as_text(log.loc[asked, "client"]), days])
    found = pd.Series(numbers.reindex(wanted).to_numpy(), index=days.index)
    log = log.assign(session=session.astype(object).where(~asked, found.reindex(log.index)))
    absent = found.index[found.isna()]
    return log.drop(absent), _not_found(log.loc[absent], known=set(held["client"]))


def _not_found(rows: pd.DataFrame, known: set[str]) -> list[Problem]:
    """Return a problem with the dates on which a known client had no session, or two."""
    here, rows = as_text(rows["client"]).isin(known), rows[["client", "date"]]
    return [
        *log_problem("no session on the date", rows[here]),
        *log_problem("client without sessions", rows[~here]),
    ]
