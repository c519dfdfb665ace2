"""The tables that pass from step to step: their columns, keys and meaning, and the check of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from alliance.arrays import Ints
from alliance.errors import AllianceError, Problem, join_names, raise_if_serious, suggest
from alliance.files import stated


@dataclass(frozen=True, kw_only=True)
class Table:
    """What a table must hold, as ``tables.toml`` states it."""

    name: str
    row: str  # What one row is
    key: tuple[str, ...]  # Columns that together name a row once
    # For each column its type (``identifier``, ``text``, ``session``, ``number``) and its meaning.
    columns: Mapping[str, tuple[str, str]]
    optional: Mapping[str, tuple[str, str]]  # The same for columns that may be left out

    @property
    def every(self) -> dict[str, tuple[str, str]]:
        """All columns, those that may be left out too."""
        return {**self.columns, **self.optional}


def _stated() -> Mapping[str, Table]:
    told = stated("tables.toml")
    everywhere = told.pop("everywhere")
    made = {}
    for name, entry in told.items():
        means = everywhere | entry.pop("means", {})
        columns, optional = (
            MappingProxyType({column: tuple(means[column]) for column in entry.pop(part, ())})
            for part in ("columns", "optional")
        )
        key = tuple(entry.pop("key"))
        made[name] = Table(**{"name": name, **entry}, key=key, columns=columns, optional=optional)
    return MappingProxyType(made)


TABLES = _stated()
RESPONSES, SESSIONS, EPISODES, OUTCOMES = (
    TABLES[name] for name in ("responses", "sessions", "episodes", "outcomes")
)


def scale_columns(sessions: pd.DataFrame) -> list[str]:
    """Return the columns that can hold scores: numeric ones, but for covariates behind ``answered``."""
    columns = list(sessions.columns)
    if "answered" in columns:
        sessions = sessions[columns[: columns.index("answered")]]
    known = set(SESSIONS.columns) | {"answered", "row", "date"}
    return [
        name
        for name in sessions.columns
        if name not in known and pd.api.types.is_numeric_dtype(sessions[name])
    ]


def course_key(table: pd.DataFrame) -> list[str]:
    """Return the columns that say whose course it is: client, and case where known."""
    return [name for name in ("client", "case") if name in table.columns]


def tidy(frame: pd.DataFrame, table: Table, *, sort: bool = True) -> pd.DataFrame:
    """Return a checked copy with identifiers as text and sessions as whole numbers.

    `frame`: a table made by this package, or by hand in the same form. `table`: one of this
    module's tables. `sort`: sort by the table's key and number the rows anew; otherwise rows stay
    as they are. Raises DataError with every problem found: missing columns, empty identifiers,
    sessions that are not whole numbers, numbers that are text, rows with the same key.
    """
    frame, starts = checked(frame, table)
    if not sort:
        return frame
    key = [name for name in table.key if name in frame.columns]
    if starts is not None and "case" not in key:
        return frame.reset_index(drop=True)
    return frame.sort_values(key, kind="stable", ignore_index=True)


def checked(frame: pd.DataFrame, table: Table) -> tuple[pd.DataFrame, Ints | None]:
    """Return what `tidy` does, rows as they are, and the `client_starts`, which take time."""
    if not isinstance(frame, pd.DataFrame):
        raise AllianceError(f"The {table.name} must be a DataFrame, not {type(frame).__name__}.")
    missing = [name for name in table.columns if name not in frame.columns]
    if missing:
        hints = "".join(suggest(name, frame.columns) for name in missing)
        raise AllianceError(
            f"The {table.name} table lacks {join_names(missing)}.{hints}\n"
            f"To fix: rename or add the columns. One row is {table.row}."
        )
    frame = frame.copy(deep=False)  # columns are replaced below, never written into
    problems: list[Problem] = []
    clients = None
    for name, (kind, _) in table.every.items():
        if name not in frame.columns or kind not in _AS:
            continue
        if frame[name].dtype == _STR and kind in ("identifier", "text"):
            runs = run_starts(frame[name])
            if _is_text(frame[name].take(runs), name in table.columns):
                clients = runs if name == "client" else clients
                continue
        frame[name], problem = _AS[kind](frame[name], frame, name, name in table.columns)
        problems += [problem] if problem else []
    starts = client_starts(frame, clients) if not problems else None
    if not problems and (starts is None or "session" not in table.key):
        problems += _repeated(frame, [name for name in table.key if name in frame.columns])
    raise_if_serious(problems)
    return frame, starts


def run_starts(column: pd.Series) -> Ints:
    """Return the rows whose value differs from the one before; a missing value always does."""
    if not len(column):
        return np.zeros(0, dtype=np.int64)
    changes = column.array[1:] != column.array[:-1]
    if not isinstance(changes, np.ndarray):
        changes = changes.to_numpy(dtype=bool, na_value=True)
    return np.concatenate([[0], np.flatnonzero(changes) + 1])


def distinct(column: pd.Series) -> pd.Series:
    """Return the different values of a column, without the missing, in the order they come."""
    # Columns of tables repeat themselves row after row, so the rows where they change are few.
    return column.take(run_starts(column)).dropna().drop_duplicates()


def client_starts(frame: pd.DataFrame, starts: Ints | None = None) -> Ints | None:
    """Return where each client begins, if rows stand by client and session, each there once.

    `starts`: the `run_starts` of the clients, where they are known.
    """
    if not {"client", "session"} <= set(frame.columns):
        return None
    starts = run_starts(frame["client"]) if starts is None else starts
    clients = frame["client"].array.take(starts)
    sessions = frame["session"]
    whole = isinstance(sessions.dtype, np.dtype)
    numbers = sessions.to_numpy() if whole else sessions.to_numpy(dtype=float, na_value=np.nan)
    rising = np.diff(numbers) > 0
    rising[starts[1:] - 1] = True
    in_order = rising.all() and np.asarray(clients[1:] > clients[:-1], dtype=bool).all()
    return starts if in_order else None


def whole_numbers(column: pd.Series) -> pd.Series:
    """Return numbers without a decimal point where none has decimals."""
    if not pd.api.types.is_float_dtype(column):
        return column
    # Beyond 2^53 a float skips whole numbers: such a column stays as it is.
    known = column.dropna()
    whole = len(known) and (known.abs() < 2**53).all() and known.mod(1).eq(0).all()
    return column.astype("Int64") if whole else column


def as_text(column: pd.Series) -> pd.Series:
    """Return identifiers as text: whole numbers without a decimal point, empty ones missing."""
    if column.dtype == _STR:
        # Text that needs no change is the rule: look at each run of equal values once.
        return column if _is_text(column.take(run_starts(column))) else _as_text(column)
    return _as_text(column)


def _is_text(column: pd.Series, needed: bool = False) -> bool:
    """Say whether a column of text holds identifiers as they are; `needed`: none may be missing."""
    if len(column) > _FEW:
        return _as_text(column).equals(column) and not (needed and column.isna().any())
    # A few values are looked at in Python in a hundredth of the time that the steps above take.
    return all(
        value != "" and value == value.strip() if isinstance(value, str) else not needed
        for value in column.to_numpy(dtype=object)
    )


def _as_text(column: pd.Series) -> pd.Series:
    if pd.api.types.is_float_dtype(column) and column.abs().ge(2**53).any():
        raise AllianceError(
            f"An identifier is the number {column.abs().max():.3g}, of which only the first 15 digits "
            "are known.\nTo fix: export identifiers as text."
        )
    text = whole_numbers(column).astype("str").str.strip()
    return text.mask(column.isna() | text.eq("")).astype("str")


_STR = pd.StringDtype(na_value=np.nan)
_FEW = 5000
_Typed = tuple[pd.Series, Problem | None]


def _text(column: pd.Series, frame: pd.DataFrame, name: str, needed: bool) -> _Typed:
    text = as_text(column)
    empty = text.isna()
    if needed and empty.any():
        return text, Problem(
            kind="empty identifier",
            what=f"The column {name} is empty",
            fix=f"fill in {name}, or take the rows out of the table.",
            rows=_show(frame, empty, [name]),
        )
    return text, None


def _identifier(column: pd.Series, frame: pd.DataFrame, name: str, needed: bool) -> _Typed:
    if pd.api.types.is_numeric_dtype(column) and column.notna().any():
        return column, Problem(
            kind="identifier read as a number",
            what=f"The column {name} holds numbers, and identifiers are text: '007' became 7",
            fix="read the table with alliance.read_sessions(), or with "
            f'pandas.read_csv(..., dtype={{"{name}": str}}).',
            rows=_show(frame, column.notna(), [name]).head(3),
        )
    return _text(column, frame, name, needed)


def _session(column: pd.Series, frame: pd.DataFrame, name: str, needed: bool) -> _Typed:
    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "i":
        return column.astype("int64"), None
    number = pd.to_numeric(column, errors="coerce")
    wrong = number.isna() | ~np.isfinite(number.astype(float)) | number.mod(1).ne(0)
    if wrong.any():
        return column, Problem(
            kind="session number",
            what=f"The column {name} must hold whole numbers",
            fix="number the sessions 1, 2, 3 ...; leave a number out where one was missed.",
            rows=_show(frame, wrong, [name]),
        )
    return number.astype("int64"), None


def _number(column: pd.Series, frame: pd.DataFrame, name: str, needed: bool) -> _Typed:
    number = pd.to_numeric(column, errors="coerce").astype(float)
    wrong = (number.isna() & column.notna()) | np.isinf(number)
    if wrong.any():
        return column, Problem(
            kind="not a number",
            what=f"The column {name} must hold numbers",
            fix="correct the cells, or leave them empty.",
            rows=_show(frame, wrong, [name]),
        )
    return number, None


_AS = {"identifier": _identifier, "text": _text, "session": _session, "number": _number}


def _repeated(frame: pd.DataFrame, key: list[str]) -> Iterable[Problem]:
    if len(frame) < 2:
        return
    # A column that holds one value cannot tell rows apart, and takes time.
    varying = [name for name in key if frame[name].ne(frame[name].iloc[0]).any()]
    if varying and not frame.duplicated(varying).any():
        return
    repeated = frame.duplicated(key, keep=False)
    if repeated.any():
        yield Problem(
            kind="repeated rows",
            what=f"{' and '.join([', '.join(key[:-1]), key[-1]])} must name a row once",
            fix="keep one row for each, or name the column that tells them apart.",
            rows=_show(frame, repeated, []),
        )


def _show(frame: pd.DataFrame, rows: pd.Series, extra: list[str]) -> pd.DataFrame:
    names = [name for name in ("client", "session", "rater") if name in frame.columns]
    return frame.loc[rows, list(dict.fromkeys([*names, *extra]))]
