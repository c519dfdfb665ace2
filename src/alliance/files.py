"""Files are written whole or not at all, readable by their owner, and harmless in a spreadsheet."""

from __future__ import annotations

import os
import re
import stat
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alliance.checks import optional_package
from alliance.errors import AllianceError, AllianceWarning, join_names

if TYPE_CHECKING:
    import pandas as pd

# What makes a text a formula: a sign, fullwidth and other forms of it included, at the start or
# behind quotation marks, blanks and characters of no width ...
_SIGNS = (
    "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u207c\u208c\u207a\u208a\u207b\u208b"
)
_NO_WIDTH = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_FORMULA = re.compile(f"['\" \u00a0\u3000{_NO_WIDTH}]*[{_SIGNS}]")
# ... of a cell, which a program that separates by something else sees here too.
_NEW_CELL = re.compile("([;|\t\r\n])")
_DANGER = re.compile(f"[{_SIGNS}\t\r]")
_TABLE_ENDINGS = (".csv", ".txt", ".xlsx", "")
_SMALL = 5_000_000
_DAY = 24 * 3600


def stated(place: str) -> dict[str, Any]:
    """Return what a TOML file of this package states, e.g. ``"log/codes.toml"``."""
    import tomllib
    from importlib.resources import files

    return tomllib.loads((files("alliance") / place).read_text("utf-8"))


def refuse_existing(paths: Iterable[Path], *, force: bool) -> None:
    """Raise an error that names every file that exists already, unless `force` is set."""
    existing = [str(path) for path in paths if Path(path).exists()]
    if existing and not force:
        raise AllianceError(
            f"{join_names(existing)} {'exists' if len(existing) == 1 else 'exist'} already.\n"
            "To fix: choose another name with -o, or overwrite with --force."
        )


def ordinary_file(path: str | Path, what: str = "file") -> Path:
    """Return the path of a file that can be read; an error for folders, pipes and devices."""
    try:
        path = Path(path)
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise AllianceError(f"There is no {what} {path}.") from None
    except ValueError:
        raise AllianceError(f"The name of the {what} holds a zero byte.") from None
    except OSError as error:
        raise AllianceError(f"{path} cannot be opened: {error.strerror}.") from None
    if stat.S_ISDIR(mode):
        raise AllianceError(f"{path} is a folder.\nTo fix: name the file in it.")
    if not stat.S_ISREG(mode):
        raise AllianceError(
            f"{path} is a pipe or a device, not a file.\nTo fix: save what it gives as a file first."
        )
    return path


def read_small_text(path: str | Path, what: str) -> str:
    """Return the text of a small file in UTF-8, such as settings or a key; an error for any other."""
    path = ordinary_file(path, what)
    try:
        if path.stat().st_size > _SMALL:
            raise AllianceError(f"{path.name} is too large to be a {what}.")
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise AllianceError(f"{path.name} is not a {what}: it is not a text in UTF-8.") from None
    except OSError as error:
        raise AllianceError(f"{path} cannot be read: {error.strerror}.") from None


def warn_if_others_read(path: Path, what: str) -> None:
    """Warn if others on this computer may read a file that is its owner's alone."""
    mode = path.stat().st_mode if os.name == "posix" and path.is_file() else 0
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        warnings.warn(
            f"Others on this computer may read the {what} {path}: chmod 600 {path}",
            AllianceWarning,
            stacklevel=3,
        )


def write_table(frame: pd.DataFrame, path: str | Path, *, force: bool = False) -> Path:
    """Write a table as CSV (UTF-8) or, if the name ends so, as a workbook (.xlsx).

    A text that a spreadsheet would run as a formula gets an apostrophe in front;
    `alliance.intake.read_table` takes it off again.

    Raises AllianceError if the name ends in something else than .csv, .txt or .xlsx, or as for
    `write_text`.
    """
    ending = Path(path).suffix.lower()
    if ending not in _TABLE_ENDINGS:
        raise AllianceError(
            f"{Path(path).name} cannot be saved: tables are written as .csv or .xlsx.\n"
            "To fix: end the name so."
        )
    harmless = neutralised(frame)
    if ending == ".xlsx":
        return write_bytes(_workbook(harmless), path, force=force)
    return write_text(harmless.to_csv(index=False, lineterminator="\n"), path, force=force)


def _workbook(frame: pd.DataFrame) -> bytes:
    """Return a table as a workbook of one sheet, in which every text is a text and no formula."""
    from io import BytesIO

    openpyxl = optional_package("openpyxl", "A workbook", "end the name in .csv")
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("table")

    def cell(value: object) -> object:
        # pandas' missing value first: asked whether it is itself, it gives no answer.
        if value is None or type(value).__name__ == "NAType" or value != value:
            return None
        if not isinstance(value, str):
            return getattr(value, "item", lambda: value)()
        made = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("\ufffd", value))
        made.data_type = "s"
        return made

    sheet.append([cell(str(name)) for name in frame.columns])
    for row in frame.itertuples(index=False, name=None):
        sheet.append([cell(value) for value in row])
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def write_text(text: str, path: str | Path, *, force: bool = False) -> Path:
    """Write a text (UTF-8) under a temporary name and move it into place; `force` if one is there."""
    return write_bytes(text.encode("utf-8", "replace"), path, force=force)


def write_bytes(content: bytes, path: str | Path, *, force: bool = False) -> Path:
    """Write the content of a file as `write_text` does."""
    import tempfile

    path = Path(path)
    refuse_existing([path], force=force)
    try:
        if path.exists() and not path.is_file():
            raise AllianceError(f"{path} cannot be written: it is not an ordinary file.")
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(path)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=unfinished(path))
    except (OSError, ValueError) as error:
        raise _cannot_be_written(path, error) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except OSError as error:
        raise _cannot_be_written(path, error) from None
    finally:
        Path(name).unlink(missing_ok=True)  # nothing is there any more if all went well
    return path


def _cannot_be_written(path: Path, error: Exception) -> AllianceError:
    return AllianceError(f"{path} cannot be written: {getattr(error, 'strerror', error)}.")


def unfinished(path: Path) -> str:
    """Return how the temporary name of an unfinished file or folder begins: who is at work on it."""
    import platform
    import zlib

    computer = zlib.crc32(platform.node().encode("utf-8", "replace"))
    return f".{path.name}.{computer:08x}-{os.getpid()}-"


def remove_leftovers(path: Path) -> None:
    """Remove what a killed run left half made beside a file or folder.

    What another run is at work on stays: it is known by its process, or on other computers by
    being less than a day old.
    """
    import shutil

    pattern = re.compile(re.escape(f".{path.name}.") + r"([0-9a-f]{8})-(\d+)-.*")
    for entry in path.parent.iterdir():
        found = pattern.fullmatch(entry.name)
        if found is None or _is_at_work(entry, found[1], int(found[2])):
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)


def _is_at_work(entry: Path, computer: str, process: int) -> bool:
    import time

    here = unfinished(Path("x")).split(".")[2].split("-")[0]
    if os.name != "posix" or computer != here:
        return time.time() - entry.lstat().st_mtime < _DAY
    if process == os.getpid():
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def neutralised(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with an apostrophe before each text that could be run as a formula."""
    import pandas as pd

    frame = frame.rename(columns=_harmless)
    for name in frame.columns:
        column = frame[name]
        if not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_dtype(column)):
            frame[name] = column.map(_harmless, na_action="ignore")
    return frame


def _harmless(value: object) -> object:
    if not isinstance(value, str) or not _DANGER.search(value):
        return value
    parts = _NEW_CELL.split(value)
    # A part that begins as a marked one does gets a mark of its own, so that reading takes off one.
    marked = [
        f"'{part}" if _FORMULA.match(part) and not _is_number(part) else part for part in parts
    ]
    return f"'{''.join(marked)}" if _begins_with_a_tab(parts) else "".join(marked)


def without_marks(text: str) -> str:
    """Return a text without the apostrophes that keep spreadsheets from running it.

    >>> without_marks("'=1+1"), without_marks("a;'=1+1"), without_marks("'plain")
    ('=1+1', 'a;=1+1', "'plain")
    """
    parts = _NEW_CELL.split(text)
    first = parts[0][1:] if parts[0] and _begins_with_a_tab(parts) else parts[0]
    plain = [part[1:] if part[:1] == "'" and _FORMULA.match(part) else part for part in parts[1:]]
    if first == parts[0] and first[:1] == "'" and _FORMULA.match(first):
        first = first[1:]
    return "".join([first, *plain])


def _begins_with_a_tab(parts: list[str]) -> bool:
    return len(parts) > 1 and parts[1] in "\t\r" and not parts[0].strip("'")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
