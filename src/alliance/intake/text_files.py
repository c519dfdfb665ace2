"""Text files: the encoding, the separator and the rows of a CSV, found out and checked."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from alliance.errors import AllianceError, join_names
from alliance.intake.header import Rows

_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_EMPTY: dict[str, Any] = {"keep_default_na": False, "na_values": [""]}
LARGE = 2_000_000
_SPELLED = {"\\t": "\t", **{name: mark for mark, name in _SEPARATORS.items()}}


def read_text_rows(path: Path, encoding: str | None, separator: str | None) -> Rows:
    """Return the rows of a text file.

    Parameters
    ----------
    path : Path
    encoding, separator : str, optional
        Found out if not given.

    Returns
    -------
    Rows
        Text, missing where empty. Columns whose header says that they are counted (``wai_1``,
        ``wai_2`` ...) hold numbers where every cell below is one.

    Raises
    ------
    AllianceError
        If the file is empty, holds binary data or rows of different lengths.
    """
    text, encoding = _decode(path, encoding)
    if not text.strip():
        raise AllianceError(f"{path.name} is empty.")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.startswith(" ") or "\n " in text:
        text = re.sub(r"(?m)^ +$", "", text)
    separator = _stated_separator(separator) if separator else _find_separator(text)
    read_as = f"text, {encoding}, separated by {_SEPARATORS.get(separator, separator)}"
    counted = _read_counted(text, separator)
    if counted is not None:
        return Rows(header=counted[0], cells=counted[1], read_as=read_as)
    return Rows(cells=_read_as_text(path.name, text, separator), read_as=read_as)


def _read_as_text(name: str, text: str, separator: str) -> pd.DataFrame:
    width = _width(name, text, separator)
    frame = pd.read_csv(
        io.StringIO(text),
        sep=separator,
        dtype="str",
        header=None,
        names=range(width),
        skip_blank_lines=False,
        **_EMPTY,
    )
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    return frame


def _read_counted(text: str, separator: str) -> tuple[list[str], pd.DataFrame] | None:
    """Read a large plain file with its counted columns as numbers, None where that is not safe.

    Numbers need no text of each cell first: a million questionnaires take seconds, not a minute.
    """
    header, _, body = text.partition("\n")
    if len(text) < LARGE or '"' in text or not header.strip():
        return None
    names = header.split(separator)
    counted = counted_columns(names)
    if not counted or not _even(text, separator, len(names)):
        return None
    types = {place: "str" for place, name in enumerate(names) if name not in counted}
    frame = pd.read_csv(
        io.StringIO(body),
        sep=separator,
        dtype=types,
        header=None,
        names=range(len(names)),
        skip_blank_lines=False,
        low_memory=False,
        float_precision="high",
        **_EMPTY,
    )
    for place in frame.columns.difference(list(types)):
        frame[place] = _number_or_text(frame[place])
    frame.index = pd.RangeIndex(2, len(frame) + 2)
    return names, frame


def counted_columns(names: Iterable[str]) -> set[str]:
    """Return the columns that belong to a run of at least four that differ in a number only."""
    runs: dict[str, list[str]] = defaultdict(list)
    for name in names:
        runs[re.sub(r"\d+", "#", name.strip())].append(name)
    return {name for shape, run in runs.items() if "#" in shape and len(run) > 3 for name in run}


def _number_or_text(column: pd.Series) -> pd.Series:
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return column.astype("str").mask(column.isna())
    return column if np.isfinite(column.dropna()).all() else column.astype("str")


def _even(text: str, separator: str, width: int) -> bool:
    """Return whether every line holds the same number of cells; for separators of one byte."""
    raw = np.frombuffer(text.encode("utf-8"), np.uint8)
    ends = np.flatnonzero(raw == ord("\n"))
    marks = np.searchsorted(np.flatnonzero(raw == ord(separator)), ends)
    counts = np.diff(marks, prepend=0)
    lengths = np.diff(ends, prepend=-1) - 1
    last = text[text.rfind("\n") + 1 :]
    return bool(((counts == width - 1) | (lengths == 0)).all()) and (
        not last or last.count(separator) == width - 1
    )


def _decode(path: Path, encoding: str | None) -> tuple[str, str]:
    raw = path.read_bytes()
    encoding = encoding or _find_encoding(raw)
    try:
        text = raw.decode(encoding)
    except LookupError:
        raise AllianceError(
            f"There is no encoding '{encoding}'. Usual ones: utf-8, cp1252."
        ) from None
    except UnicodeError:
        raise AllianceError(
            f"{path.name} is not written in {encoding}.\n"
            "To fix: leave the encoding out, or name the right one."
        ) from None
    if "\x00" in text:
        raise AllianceError(f"{path.name} is not a text file: it holds binary data.")
    return text.removeprefix("\ufeff"), encoding


def _find_encoding(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    start = raw[:2000]
    if start[1::2].count(0) > len(start) / 4:
        return "utf-16-le"
    if start[::2].count(0) > len(start) / 4:
        return "utf-16-be"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        # Windows programs write this one; five of its bytes are undefined, Latin-1 has none.
        return "latin-1" if re.search(rb"[\x81\x8d\x8f\x90\x9d]", raw) else "cp1252"
    return "utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else "utf-8"


def _stated_separator(separator: str) -> str:
    separator = _SPELLED.get(separator, separator)
    if len(separator) != 1 or separator in '"\r\n':
        raise AllianceError(
            f"The separator must be one character, not '{separator}'.\n"
            f"To fix: use one of {join_names(_SEPARATORS.values())}, or leave it out."
        )
    return separator


def _find_separator(text: str) -> str:
    """Return the separator that stands most often in the header, outside quotation marks."""
    header = re.sub(r'"[^"]*"', "", text[:200_000].lstrip("\n").split("\n", 1)[0])
    return max(_SEPARATORS, key=header.count)


def _width(name: str, text: str, separator: str) -> int:
    """Return the number of cells in a row; refuse rows that pandas would fill or cut."""
    width = widest = 0
    wrong = []
    for number, row in enumerate(_rows(text, separator), start=1):
        widest = max(widest, len(row))
        if not any(row):
            continue
        width = width or len(row)
        # Some programs end every row with a separator: empty cells at the end do no harm.
        beyond = len(row) > width and any(cell.strip() for cell in row[width:])
        if beyond or len(row) < width:
            wrong.append(number)
    if wrong:
        raise AllianceError(
            f"{name} has {width} columns in its header, but other numbers of cells in "
            f"{len(wrong)} {'row' if len(wrong) == 1 else 'rows'}: {join_names(wrong)}.\n"
            "To fix: export the file again (it may have been cut off), or put cells that contain "
            "the separator into quotation marks."
        )
    return widest


def _rows(text: str, separator: str) -> Iterable[list[str]]:
    if '"' in text:
        return csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    return (line.split(separator) if line else [] for line in text.split("\n"))
