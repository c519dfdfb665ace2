"""Tables without names: pseudonyms, days in place of dates, no free texts, no row numbers."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from alliance.errors import AllianceError
from alliance.pseudonyms.key import Key
from alliance.pseudonyms.replacing import pseudonymise
from alliance.tables import SESSIONS, tidy


def without_names(
    plain: Mapping[str, pd.DataFrame],
    *,
    key: Key | None,
    keep_identifiers: bool,
    keep: set[str],
    dates: str,
) -> tuple[dict[str, pd.DataFrame], dict[str, dict[str, str]], str]:
    """Return the tables with pseudonyms, what was left out of each, and a sentence on the names.

    Parameters
    ----------
    plain : mapping of str to DataFrame
    key, keep_identifiers, keep, dates
        As in `export_study`.

    Raises
    ------
    AllianceError
        If no table has a column to keep, or as for `alliance.study.pseudonymise`.
    """
    plain = {
        name: frame.drop(columns="row", errors="ignore").apply(_whole)
        for name, frame in plain.items()
    }
    unknown = sorted(keep - {column for frame in plain.values() for column in frame.columns})
    if unknown:
        raise AllianceError(f"No table has a column {', '.join(unknown)} to keep.")
    used = Key.random() if key is None or keep_identifiers else key
    origin = _first_dates(plain)
    tables, left_out = {}, {}
    for name, frame in plain.items():
        frame = _with_days(frame, origin, dates)
        here = keep & set(frame.columns)
        result = pseudonymise(frame, used, keep=here)
        tables[name] = result.frame
        if keep_identifiers:
            tables[name] = frame.drop(columns=list(result.left_out))
        left_out[name] = dict(result.left_out)
    if keep_identifiers:
        says = "Identifiers are those of the original data."
    elif key is None:
        says = "Identifiers are pseudonyms by a random key that was not kept: nobody can undo them."
    else:
        says = f"Identifiers are pseudonyms by the key {key.name}, which its owner keeps."
    return tables, {name: columns for name, columns in left_out.items() if columns}, says


def _first_dates(tables: Mapping[str, pd.DataFrame]) -> pd.Series:
    parts = [
        pd.Series(
            pd.to_datetime(frame["date"], errors="coerce").to_numpy(),
            index=frame["client"].astype("str"),
        )
        for frame in tables.values()
        if {"client", "date"} <= set(frame.columns)
    ]
    if not parts:
        return pd.Series(dtype="datetime64[us]")
    every = pd.concat(parts).dropna()
    return every.groupby(level=0).min()


def _with_days(frame: pd.DataFrame, origin: pd.Series, dates: str) -> pd.DataFrame:
    if dates == "keep" or "date" not in frame.columns:
        return frame
    place = frame.columns.get_loc("date")
    without = frame.drop(columns="date")
    if dates == "days" and "client" in frame.columns:
        date = pd.to_datetime(frame["date"], errors="coerce")
        first = frame["client"].astype("str").map(origin)
        without.insert(place, "day", (date - first).dt.days.astype("Int64"))
    return without


def _whole(column: pd.Series) -> pd.Series:
    """Return numbers without a decimal point where none has decimals."""
    if not pd.api.types.is_float_dtype(column):
        return column
    known = column.dropna()
    is_whole = len(known) and (known.abs() < 2**53).all() and known.mod(1).eq(0).all()
    return column.astype("Int64") if is_whole else column


def tidy_sessions(sessions: pd.DataFrame) -> pd.DataFrame:
    """Return the checked table, without the row numbers of a file that does not come along."""
    table = tidy(sessions, SESSIONS).drop(columns="row", errors="ignore")
    for name in ("prorated", "set_aside"):
        if name in table.columns:
            table[name] = table[name].fillna("").astype("str")  # an empty text means: nothing was
    return table
