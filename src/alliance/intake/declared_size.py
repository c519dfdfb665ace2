"""What a file says of its own size is checked before it is believed."""

import re
import struct
import zipfile
from pathlib import Path
from typing import IO

import numpy as np

from alliance.errors import AllianceError

# No writer packs better than zlib's 1 : 1032.
_PACKED = 1032
_MOST_UNPACKED = 4_000_000_000
_ROWS, _COLUMNS = 1_048_576, 16_384  # of a sheet
_BEYOND = re.compile(rb"<row[^>]{0,150}?\sr=[\"']\d{8,}")


def refuse_impossible_size(path: Path) -> None:
    """Refuse an SPSS file of more rows than fit in, and a workbook of endless or too large parts.

    The header of SPSS system files: GNU PSPP developers' guide, "File Header Record".
    Sectors and their chains in old workbooks: [MS-CFB] Compound File Binary File Format, 2.2 to 2.5.
    """
    with path.open("rb") as file:
        start = file.read(84)
    if start[:4] in (b"$FL2", b"$FL3") and len(start) == 84:
        _spss(path, start)
    elif start[:4] == b"PK\x03\x04":
        _zip(path)
    elif start[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        _old_workbook(path)


def _spss(path: Path, start: bytes) -> None:
    order = "<" if struct.unpack("<i", start[64:68])[0] in (2, 3) else ">"
    width, compression, _, rows = struct.unpack(f"{order}4i", start[68:84])
    # A value takes 8 bytes; packed at least one, and where these are packed again a part of one.
    # Least bytes for a value: plain, packed again by zlib, packed by codes.
    least = {0: 8.0, 2: 1 / _PACKED}.get(compression, 1.0)
    if rows > 0 and rows * max(width, 1) * least > path.stat().st_size:
        raise AllianceError(
            f"{path.name} is damaged: it says that it holds {rows:,} rows, which do not fit into it.\n"
            "To fix: export it again."
        )


def _old_workbook(path: Path) -> None:
    """Refuse an old workbook in which a chain of sectors leads back into itself."""
    raw = path.read_bytes()
    raw += bytes(-len(raw) % 4)
    words = np.frombuffer(raw, "<u4")
    # The header names the size of a sector by its power of two.
    size = 1 << min(int.from_bytes(raw[30:32], "little"), 16)
    if len(words) < 128 or size not in (512, 4096):
        return
    tables = _sectors(words, words[19:128], size)
    further = int(words[17])
    # Where the table has more sectors than the header has room for.
    for _ in range(min(int(words[18]), len(raw) // size)):
        page = _sectors(words, np.array([further], "u4"), size)
        if not len(page):
            break
        tables, further = np.append(tables, _sectors(words, page[:-1], size)), int(page[-1])
    small = _sectors(words, _chain(tables, int(words[15])), size)
    if _endless(tables) or _endless(small):
        raise AllianceError(
            f"{path.name} is damaged: a part of it leads back into itself.\nTo fix: open it in a "
            "spreadsheet program and save it anew as .xlsx, or export it again."
        )


def _sectors(words: np.ndarray, numbers: np.ndarray, size: int) -> np.ndarray:
    """Return what stands in the sectors that are there, one behind the other."""
    inside = numbers[(numbers.astype("u8") + 2) * size <= len(words) * 4].astype(int)
    step = size // 4
    parts = [words[(number + 1) * step : (number + 2) * step] for number in inside]
    return np.concatenate(parts) if parts else words[:0]


def _chain(following: np.ndarray, number: int) -> np.ndarray:
    numbers: list[int] = []
    while number < len(following) and len(numbers) <= len(following):
        numbers.append(number)
        number = int(following[number])
    return np.array(numbers, "u4")


def _endless(following: np.ndarray) -> bool:
    """Tell whether a chain of sectors comes round: whether steps enough lead nowhere outside."""
    end = len(following)
    there = np.append(np.minimum(following, end).astype(int), end)
    for _ in range(end.bit_length()):  # twice as far each time
        there = there[there]
    return bool((there != end).any())


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path) as packed:
        # As the archive's own list says: nothing is unpacked to know it.
        size = sum(entry.file_size for entry in packed.infolist())
        if size > _MOST_UNPACKED:
            raise AllianceError(
                f"{path.name} would take {size / 1e9:.0f} GB unpacked: it is damaged, or no workbook.\n"
                "To fix: export it again, as CSV."
            )
        for name in packed.namelist():
            if name.startswith("xl/worksheets/") and name.endswith((".xml", ".bin")):
                with packed.open(name) as sheet:
                    reaches = _xml_reaches_beyond if name.endswith(".xml") else _reaches_beyond
                    if reaches(sheet):
                        raise AllianceError(
                            f"{path.name} is damaged: it names a row or a column beyond the last that "
                            "a sheet can have.\nTo fix: open it in a spreadsheet program and save it "
                            "anew, or as CSV."
                        )


def _xml_reaches_beyond(sheet: IO[bytes]) -> bool:
    """Tell whether a sheet names a row beyond Excel's last, to which a reader would fill up."""
    rest = b""
    while part := sheet.read(1 << 20):
        if _BEYOND.search(rest + part):
            return True
        # A row that stands across two pieces is found in the next one.
        rest = part[-200:]
    return False


def _reaches_beyond(sheet: IO[bytes]) -> bool:
    """Tell the same of a sheet in Excel's binary form: records of a type, a length and a content.

    Type 0 begins a row and names its number; types 1 to 11 are cells and name their column.
    """
    while (kind := _counted(sheet, 2)) is not None:
        content = sheet.read(_counted(sheet, 4) or 0)
        if kind <= 11 and int.from_bytes(content[:4], "little") >= (_COLUMNS if kind else _ROWS):
            return True
    return False


def _counted(sheet: IO[bytes], most: int) -> int | None:
    """Return a number written in bytes of seven bits, the last one unmarked; None at the end."""
    number = 0
    for place in range(most):
        if not (byte := sheet.read(1)):
            return None
        number |= (byte[0] & 127) << 7 * place
        if byte[0] < 128:
            break
    return number
