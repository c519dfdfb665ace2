"""Files are written whole or not at all, readable by their owner, and harmless in a spreadsheet."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from alliance.errors import AllianceError, join_names

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def refuse_existing(paths: Iterable[Path], *, force: bool) -> None:
    """Raise an error that names every file that exists already, unless `force` is set."""
    existing = [str(path) for path in paths if Path(path).exists()]
    if existing and not force:
        raise AllianceError(
            f"{join_names(existing)} {'exists' if len(existing) == 1 else 'exist'} already.\n"
            "To fix: choose another name with -o, or overwrite with --force."
        )


def write_table(frame: pd.DataFrame, path: str | Path, *, force: bool = False) -> Path:
    """Write a table as CSV (UTF-8), its texts neutralised for spreadsheets.

    A text that a spreadsheet would run as a formula gets an apostrophe in front;
    `alliance.intake.read_table` takes it off again.
    """
    return write_text(
        neutralised(frame).to_csv(index=False, lineterminator="\n"), path, force=force
    )


def write_text(text: str, path: str | Path, *, force: bool = False) -> Path:
    """Write a text (UTF-8) to a temporary name and move it into place.

    Raises
    ------
    AllianceError
        If the file exists and `force` is not set, or the folder cannot be written.
    """
    return write_bytes(text.encode("utf-8"), path, force=force)


def write_bytes(content: bytes, path: str | Path, *, force: bool = False) -> Path:
    """Write the content of a file as `write_text` does."""
    path = Path(path)
    refuse_existing([path], force=force)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise AllianceError(f"{path} cannot be written: {error.strerror}.") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise AllianceError(f"{path} cannot be written: {error.strerror}.") from None
    return path


def neutralised(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with an apostrophe before each text that begins like a formula."""
    frame = frame.rename(columns=_harmless)
    for name in frame.columns:
        column = frame[name]
        if not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_dtype(column)):
            frame[name] = column.map(_harmless, na_action="ignore")
    return frame


def _harmless(value: object) -> object:
    # A text that begins as a marked one does gets a mark of its own, so that reading takes off one.
    if not isinstance(value, str) or not value.lstrip("'").startswith(FORMULA_SIGNS):
        return value
    return value if _is_number(value) else f"'{value}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
