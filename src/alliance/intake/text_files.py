"""Text files: the encoding, the separator and the rows of a CSV, found out and checked."""

import csv
import io
import re
import warnings
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from alliance.errors import AllianceError, join_names
from alliance.intake.export import Export
from alliance.intake.header import take_header

_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_EMPTY: dict[str, Any] = {"keep_default_na": False, "na_values": [""]}
LARGE = 2_000_000
# The first line with which a spreadsheet program is told the separator.
_SAID = re.compile(r'"?sep=(.)"?[^\n\w]*(?=\n)', re.IGNORECASE)
_SPELLED = {"\\t": "\t", **{name: mark for mark, name in _SEPARATORS.items()}}


def read_text(path: Path, encoding: str | None, separator: str | None) -> Export:
    """Read a text file.

    `encoding`, `separator`: found out if not given. Cells are text, missing where empty. Columns
    whose header says that they are counted (``wai_1``, ``wai_2`` ...) hold numbers where every cell
    below is one. Raises AllianceError if the file is empty, holds binary data or rows of different
    lengths.
    """
    raw = path.read_bytes()
    encoding = encoding or _find_encoding(raw)
    if len(raw) >= LARGE and encoding.lower() in ("utf-8", "utf-8-sig"):
        plain = _plain_table(raw, separator)
        if plain is not None:
            del raw  # as large as what is made of it
            cells = _read_counted(path, plain)
            if cells is not None:
                read_as = _read_as(encoding, plain.separator)
                return take_header(path.name, cells, given=plain.names, read_as=read_as)
            raw = path.read_bytes()
    text = _decode(path.name, raw, encoding)
    if not text.strip():
        raise AllianceError(f"{path.name} is empty.")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.startswith(" ") or "\n " in text:
        text = re.sub(r"(?m)^ +$", "", text)
    said = _SAID.match(text)
    if said:
        # The row stays, empty, so that the rows below keep their numbers.
        separator, text = separator or said[1], text[said.end() :]
    separator = _stated_separator(separator) if separator else _find_separator(text)
    cells = _read_as_text(path.name, text, separator)
    return take_header(path.name, cells, read_as=_read_as(encoding, separator))


def _read_as(encoding: str, separator: str) -> str:
    return f"text, {encoding}, separated by {_SEPARATORS.get(separator, separator)}"


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


class _Plain(NamedTuple):
    """The names of a table without quotation marks, those that are counted, and its lines."""

    names: list[str]
    counted: set[str]
    separator: str
    lines: int


def _plain_table(raw: bytes, separator: str | None) -> _Plain | None:
    """Return what a large file is, None where its lines are not plain and equally long."""
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if b"\r" in raw:
        raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if raw.endswith(b"\n\n"):
        raw = raw.rstrip(b"\n")
    # One comparison of all bytes at a time: many times faster than looking for two in a row.
    marks = np.frombuffer(raw, dtype=np.uint8)
    ends = np.flatnonzero(marks == ord("\n"))
    behind = marks[ends[ends < len(marks) - 1] + 1]
    blank = np.isin(behind, (ord("\n"), ord(" "))).any()
    if not len(ends) or not ends[0] or blank or b'"' in raw or b"\0" in raw:
        return None
    header = raw[: ends[0]].decode()
    separator = _stated_separator(separator) if separator else _find_separator(header)
    names = header.split(separator)
    counted = counted_columns(names)
    lines = len(ends) + (not raw.endswith(b"\n"))
    # Lines with too many cells the parser refuses; if none has, none has too few.
    between = np.count_nonzero(marks == ord(separator)) if separator.isascii() else -1
    even = between == lines * (len(names) - 1)
    return _Plain(names, counted, separator, lines) if counted and even else None


def _read_counted(path: Path, plain: _Plain) -> pd.DataFrame | None:
    """Read a large plain file with its counted columns as numbers, None if a line is too long.

    Numbers need no text of each cell first: a million questionnaires take seconds, not a minute.
    """
    texts = [place for place, name in enumerate(plain.names) if name not in plain.counted]

    def parse(low_memory: bool) -> pd.DataFrame:
        return pd.read_csv(
            path,
            sep=plain.separator,
            dtype=dict.fromkeys(texts, "str"),
            header=None,
            names=range(len(plain.names)),
            skiprows=1,
            skip_blank_lines=False,
            low_memory=low_memory,
            **_EMPTY,
        )

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.DtypeWarning)
            frame = parse(low_memory=True)
    except pd.errors.DtypeWarning:  # words among the numbers of a column
        frame = parse(low_memory=False)
    except pd.errors.ParserError:
        return None
    # Where the first line has more cells than names, pandas takes the first for an index.
    if not isinstance(frame.index, pd.RangeIndex):
        return None
    for place in frame.columns.difference(texts):
        frame[place] = _number_or_text(frame[place])
    frame = frame.iloc[: plain.lines - 1]  # without empty lines at the end
    return frame.set_axis(pd.RangeIndex(2, plain.lines + 1), axis="index")


def counted_columns(names: Iterable[str]) -> set[str]:
    """Return the columns that belong to a run of at least four that differ in a number only."""
    runs: dict[str, list[str]] = defaultdict(list)
    for name in names:
        runs[re.sub(r"\d+", "#", name.strip())].append(name)
    return {name for shape, run in runs.items() if "#" in shape and len(run) > 3 for name in run}


def _number_or_text(column: pd.Series) -> pd.Series:
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return column.astype("str").mask(column.isna())
    # Floats from the start, so that the answers are these very numbers and no copy.
    numbers = column.astype(float)
    return numbers.astype("str") if np.isinf(numbers).any() else numbers


def _decode(name: str, raw: bytes, encoding: str) -> str:
    try:
        text = raw.decode(encoding)
    except LookupError:
        raise AllianceError(
            f"There is no encoding '{encoding}'. Usual ones: utf-8, cp1252."
        ) from None
    except UnicodeError:
        raise AllianceError(
            f"{name} is not written in {encoding}.\n"
            "To fix: leave the encoding out, or name the right one."
        ) from None
    if "\x00" in text:
        raise AllianceError(f"{name} is not a text file: it holds binary data.")
    return text.removeprefix("\ufeff")


def _find_encoding(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if raw.isascii() and b"\0" not in raw[:2000]:
        return "utf-8"
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
