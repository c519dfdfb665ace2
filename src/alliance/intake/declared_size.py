"""What a file says of its own size is checked before it is believed."""

from __future__ import annotations

import re
import struct
import zipfile
from pathlib import Path
from typing import IO

from alliance.errors import AllianceError

# No writer packs better than zlib's 1 : 1032.
_PACKED = 1032
_MOST_UNPACKED = 4_000_000_000
_BEYOND = re.compile(rb"<row[^>]{0,150}?\sr=[\"']\d{8,}")  # the last row is 1,048,576


def refuse_impossible_size(path: Path) -> None:
    """Refuse an SPSS file with more rows than fit into it, and a workbook that unpacks to too much.

    Raises
    ------
    AllianceError

    References
    ----------
    The header of SPSS system files: GNU PSPP developers' guide, "File Header Record".
    """
    with path.open("rb") as file:
        start = file.read(84)
    if start[:4] in (b"$FL2", b"$FL3") and len(start) == 84:
        _spss(path, start)
    elif start[:4] == b"PK\x03\x04":
        _zip(path)


def _spss(path: Path, start: bytes) -> None:
    order = "<" if struct.unpack("<i", start[64:68])[0] in (2, 3) else ">"
    width, compression, _, rows = struct.unpack(f"{order}4i", start[68:84])
    # A value takes 8 bytes; packed at least one, and where these are packed again a part of one.
    least = {0: 8.0, 2: 1 / _PACKED}.get(compression, 1.0)
    if rows > 0 and rows * max(width, 1) * least > path.stat().st_size:
        raise AllianceError(
            f"{path.name} is damaged: it says that it holds {rows:,} rows, which do not fit into it.\n"
            "To fix: export it again."
        )


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path) as packed:
        size = sum(entry.file_size for entry in packed.infolist())
    if size > _MOST_UNPACKED:
        raise AllianceError(
            f"{path.name} would take {size / 1e9:.0f} GB unpacked: it is damaged, or no workbook.\n"
            "To fix: export it again, as CSV."
        )
    with zipfile.ZipFile(path) as packed:
        for name in packed.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                with packed.open(name) as sheet:
                    _rows_of(path, sheet)


def _rows_of(path: Path, sheet: IO[bytes]) -> None:
    """Refuse a sheet that names a row beyond Excel's last, to which a reader would fill up."""
    rest = b""
    while part := sheet.read(1 << 20):
        if _BEYOND.search(rest + part):
            raise AllianceError(
                f"{path.name} is damaged: it names a row beyond the last that a sheet can have.\n"
                "To fix: open it in a spreadsheet program and save it anew, or as CSV."
            )
        rest = part[-200:]
