"""Reading: a scored table, or an export scored on the way, with as few questions as can be."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from alliance.errors import AllianceError, AllianceWarning, raise_if_serious
from alliance.instruments import instruments
from alliance.intake import WHOLE_FILE, ExportMap, Intake, examine, join_mappings, read_table
from alliance.intake.files import read_file
from alliance.intake.instrument_rows import instrument_column, instruments_named
from alliance.intake.recognition import fitting_instruments
from alliance.scoring import score
from alliance.tables import SESSIONS

WANTED = ("ended", "status")


@dataclass(frozen=True, eq=False, kw_only=True)
class ReadSessions:
    """Sessions read from a file, and how.

    Attributes
    ----------
    sessions : DataFrame
        Table SESSIONS.
    responses : DataFrame, optional
        The answers behind them, if the file was an export with answers.
    how : tuple of str
        How the file was read and what was set aside, in sentences.
    """

    sessions: pd.DataFrame
    responses: pd.DataFrame | None
    how: tuple[str, ...]


def read_sessions(
    path: str | Path,
    *,
    mapping: str | Path | ExportMap | None = None,
    scale: str = "total",
    encoding: str | None = None,
    separator: str | None = None,
    sheet: str | None = None,
    **columns,
) -> ReadSessions:
    """Read a table made by `alliance score`, or an export with answers, which is scored here.

    Parameters
    ----------
    path : str or Path
    mapping, encoding, separator, sheet, **columns
        As in `alliance.read`; for exports only.
    scale : str
        A file with the columns client, session, rater and this one is taken as scored already.

    Returns
    -------
    ReadSessions

    Raises
    ------
    AllianceError
        If the file cannot be read, or its columns are not clear.

    Notes
    -----
    Where a file holds one questionnaire of the alliance beside others, the one of the alliance is
    read. Columns called ended and status travel along. Cells and rows that cannot stand are
    set aside and counted; `alliance check` shows each.
    """
    settings = {"encoding": encoding, "separator": separator, "sheet": sheet}
    export = read_file(path, **settings)
    names = list(export.cells.columns)
    if {"client", "session", "rater", scale} <= set(names) and "item_1" not in names:
        return ReadSessions(sessions=read_table(path, SESSIONS), responses=None, how=())
    wanted = join_mappings(mapping, columns)
    along = [name for name in names if name.strip().casefold() in WANTED]
    wanted = join_mappings(
        wanted, {"covariates": tuple(dict.fromkeys((*wanted.covariates, *along)))}
    )
    taken = _examined(path, wanted, export.cells, settings)
    raise_if_serious([problem for problem in taken.problems if problem.kind in WHOLE_FILE])
    responses = taken.responses.rename(columns={name: name.strip().casefold() for name in along})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AllianceWarning)
        sessions = score(responses, instrument=_own_key(taken))
    return ReadSessions(sessions=sessions, responses=responses, how=_how(taken))


def _own_key(taken: Intake) -> str | None:
    name = taken.mapping.instrument
    return name if name is not None and name.endswith(".toml") else None


def _examined(path, mapping: ExportMap, cells: pd.DataFrame, settings: dict) -> Intake:
    try:
        return examine(path, mapping=mapping, **settings)
    except AllianceError:
        # The only question may be which of several questionnaires: the one of the alliance.
        alliance = _of_the_alliance(mapping, cells)
        if mapping.instrument is not None or len(alliance) != 1:
            raise
        return examine(
            path, mapping=join_mappings(mapping, {"instrument": alliance[0]}), **settings
        )


def _of_the_alliance(mapping: ExportMap, cells: pd.DataFrame) -> list[str]:
    column = mapping.instrument_column or instrument_column(cells, mapping.instruments)
    named = instruments_named(cells, column, mapping.instruments) if column in cells else []
    fitting = [instrument.key for instrument in fitting_instruments(list(cells.columns))]
    known = instruments()
    return [key for key in (named or fitting) if key in known and known[key].kind == "alliance"]


def _how(taken: Intake) -> tuple[str, ...]:
    counts = taken.counts
    sentences = [
        f"Read as {taken.read_as}: {taken.instrument.name}, {counts['read']:,} questionnaires of "
        f"{counts['rows']:,} rows."
    ]
    if counts["empty"]:
        sentences.append(f"{counts['empty']:,} without an answer were left out.")
    for problem in taken.problems:
        aside = "set aside" if problem.serious else "noted"
        rows = f" ({len(problem.rows):,} rows)" if len(problem.rows) else ""
        sentences.append(f"{problem.what}{rows}: {aside}.")
    return tuple(sentences)
