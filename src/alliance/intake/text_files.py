"""Text files: the encoding, the separator and the rows of a CSV, found out and checked."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from alliance.errors import AllianceError, join_names

_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SPELLED = {"\\t": "\t", **{name: mark for mark, name in _SEPARATORS.items()}}


def read_text_rows(
    path: Path, encoding: str | None, separator: str | None
) -> tuple[pd.DataFrame, str]:
    """Return the rows of a text file as text, header included, and how it was read.

    Parameters
    ----------
    path : Path
    encoding, separator : str, optional
        Found out if not given.

    Raises
    ------
    AllianceError
        If the file is empty, holds binary data or rows of different lengths.
    """
    text, encoding = _decode(path, encoding)
    if not text.strip():
        raise AllianceError(f"{path.name} is empty.")
    text = re.sub(r"(?m)^ +$", "", text.replace("\r\n", "\n").replace("\r", "\n"))
    separator = _stated_separator(separator) if separator else _find_separator(text)
    width = _width(path.name, text, separator)
    frame = pd.read_csv(
        io.StringIO(text),
        sep=separator,
        dtype="str",
        keep_default_na=False,
        na_values=[""],
        header=None,
        names=range(width),
        skip_blank_lines=False,
    )
    return frame, f"text, {encoding}, separated by {_SEPARATORS.get(separator, separator)}"


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
