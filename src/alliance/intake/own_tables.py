"""Own tables: the CSV files this package writes are read back as the tables they were."""

import warnings
from pathlib import Path

import pandas as pd

from alliance.errors import AllianceError, AllianceWarning, Problem
from alliance.files import without_marks as unmarked
from alliance.intake.files import read_file
from alliance.intake.timeline import spacing_problems
from alliance.tables import (
    EPISODES,
    RESPONSES,
    SESSIONS,
    Table,
    client_starts,
    scale_columns,
    tidy,
)


def read_table(path: str | Path, table: Table) -> pd.DataFrame:
    """Read one of the package's own tables from a file.

    Parameters
    ----------
    path : str or Path
        CSV as `alliance score` writes it, or any other kind of file with the same columns.
    table : Table
        One of `alliance.tables`.

    Raises
    ------
    AllianceError
        If the file cannot be read or is another table.

    Warns
    -----
    AllianceWarning
        If sessions were rated at every k-th session only.
    """
    cells = read_file(path).cells
    missing = [name for name in table.columns if name not in cells.columns]
    if missing:
        raise AllianceError(
            f"{Path(path).name} is not a {table.name} table: it lacks {', '.join(missing)}.\n"
            "To fix: if it is an export with answers, make the table first: "
            "alliance score EXPORT -o sessions.csv."
        )
    texts = {
        name for name, (kind, _) in {**table.columns, **table.optional}.items() if kind != "number"
    }
    read = tidy(cells.apply(_as_written, texts=texts), table)
    for name in ("prorated", "set_aside"):
        if name in read.columns:
            # An empty text is written as an empty cell; it means: nothing was.
            read[name] = read[name].fillna("").astype("str")
    if table is SESSIONS:
        for problem in spacing_of(read):
            warnings.warn(problem.text(), AllianceWarning, stacklevel=2)
    return read


def spacing_of(sessions: pd.DataFrame) -> list[Problem]:
    """Return what is to be known of a sessions table's ratings at every k-th session."""
    scales = scale_columns(sessions)
    rated = sessions[sessions[scales].notna().any(axis=1)] if scales else sessions
    return spacing_problems(rated, in_order=client_starts(rated) is not None)


def read_sessions(path: str | Path) -> pd.DataFrame:
    """Read a scored table, with identifiers as the text they were: 007 stays 007.

    Parameters
    ----------
    path : str or Path
        Sessions as `alliance score` or ``to_csv`` wrote them.

    Raises
    ------
    AllianceError
        If the file cannot be read or is another table.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "sessions.csv"
    >>> _ = file.write_text("client,session,rater,total\\n007,1,client,4.5\\n")
    >>> read_sessions(file)
      client  session   rater  total
    0    007        1  client    4.5
    """
    return read_table(path, SESSIONS)


def read_any_table(path: str | Path) -> pd.DataFrame:
    """Read any of the package's tables from a file, whichever it is, without checking it.

    Identifiers stay text; other columns that hold only numbers are numbers.

    Raises
    ------
    AllianceError
        If the file cannot be read.
    """
    known = [column for table in (RESPONSES, SESSIONS, EPISODES) for column in _texts(table)]
    return read_file(path).cells.apply(_as_written, texts={*known, "date"}).reset_index(drop=True)


def _texts(table: Table) -> set[str]:
    columns = {**table.columns, **table.optional}
    return {name for name, (kind, _) in columns.items() if kind not in ("number", "session")}


def _as_written(column: pd.Series, texts: set[str]) -> pd.Series:
    """Return a column without the mark that keeps spreadsheets from running it; numbers as such."""
    if pd.api.types.is_numeric_dtype(column):
        return column
    plain = without_marks(column)
    number = pd.to_numeric(plain, errors="coerce")
    is_number = column.name not in texts and plain.notna().any()
    return number if is_number and number.notna().eq(plain.notna()).all() else plain


def without_marks(column: pd.Series) -> pd.Series:
    """Return texts without the apostrophe that keeps spreadsheets from running them."""
    marked = column.str.contains("'", regex=False, na=False)
    return column.where(~marked, column[marked].map(unmarked)) if marked.any() else column
