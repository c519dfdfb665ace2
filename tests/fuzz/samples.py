"""One sound small file of every kind that is read, for `fuzz.py` to spoil."""

import io
import shutil
import struct
import zipfile
from pathlib import Path

import pandas as pd
import pyreadstat

from alliance.clinic import watch
from alliance.instruments import template
from alliance.pseudonyms import new_key
from alliance.simulate import simulate, worlds, write_study

HERE = Path(__file__).parent
MAPPING = """
client = "client"
session = "session"
items = "wai_sr_{item}"
instrument = "wai-sr"
missing_codes = [99]
[words]
nie = 1
"""


def sessions_table() -> pd.DataFrame:
    """Return a small scored table with a fall in it."""
    scores = [5.0, 5.1, 4.9, 5.2, 2.0, 2.2, 5.0, 5.1]
    rows = [(f"c{c}", s, "client", scores[(s + c) % 8]) for c in range(4) for s in range(1, 9)]
    return pd.DataFrame(rows, columns=["client", "session", "rater", "total"])


def export_table() -> pd.DataFrame:
    """Return a small export with the answers to a questionnaire of twelve items."""
    items = {f"wai_sr_{i}": [1 + (i + s) % 5 for s in range(12)] for i in range(1, 13)}
    who = {"client": ["007"] * 6 + ["b"] * 6, "session": [*range(1, 7)] * 2}
    return pd.DataFrame({**who, "date": "2026-03-14", **items})


def make_samples(folder: Path) -> list[Path]:
    """Write one sound file of every kind into a folder and return them all."""
    export, sessions = export_table(), sessions_table()
    export.to_csv(folder / "export.csv", index=False)
    export.to_csv(folder / "semicolons.csv", index=False, sep=";", lineterminator="\r\n")
    export.to_csv(folder / "export.tsv", index=False, sep="\t", encoding="utf-16")
    export.to_excel(folder / "export.xlsx", index=False)
    export.to_parquet(folder / "export.parquet", compression=None)
    labels = {"wai_sr_1": {1: "seldom", 5: "always"}}
    for ending in ("sav", "zsav"):
        pyreadstat.write_sav(
            export, folder / f"export.{ending}", compress=ending == "zsav",
            variable_value_labels=labels, missing_ranges={"wai_sr_2": [{"lo": -99, "hi": -90}]},
        )  # fmt: skip
    pyreadstat.write_dta(export, folder / "export.dta", variable_value_labels=labels)
    (folder / "export.ods").write_bytes(open_document(export))
    (folder / "export.xlsb").write_bytes(binary_workbook(export))
    # Written with xlwt, which is no longer kept up.
    shutil.copy(HERE / "export.xls", folder)
    sessions.to_csv(folder / "sessions.csv", index=False)
    log = sessions.head(9).drop(columns=["rater", "total"]).assign(source="client", tension=1)
    log.to_csv(folder / "log.csv", index=False)
    (folder / "map.toml").write_text(MAPPING, encoding="utf-8")
    (folder / "key.toml").write_text(template().replace('"..."', '"my-scale"'), encoding="utf-8")
    new_key(folder / "clinic.key")
    write_study(simulate(worlds()["R0d"], clients=3, seed=1), folder / "study", seed=1)
    (folder / "study" / "settings.json").rename(folder / "settings.json")
    with watch(sessions, folder / "clinic.memory"):
        pass
    return sorted(path for path in folder.iterdir() if path.is_file())


def open_document(table: pd.DataFrame) -> bytes:
    """Return a table as a spreadsheet of LibreOffice."""
    spaces = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"'
        for short in ("office", "table", "text")
    )
    rows = "".join(
        f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in _rows(table)
    )
    content = (
        f'<?xml version="1.0"?><office:document-content{spaces} office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="forms">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        "</manifest:manifest>"
    )
    parts = {"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest}
    return packed({name: text.encode() for name, text in parts.items()})


def _rows(table: pd.DataFrame) -> list[list[object]]:
    return [list(table.columns), *table.astype(object).to_numpy().tolist()]


def _ods_cell(value: object) -> str:
    number = f' office:value-type="float" office:value="{value}"'
    kind = number if isinstance(value, int) else ' office:value-type="string"'
    return f"<table:table-cell{kind}><text:p>{value}</text:p></table:table-cell>"


def binary_workbook(table: pd.DataFrame) -> bytes:
    """Return a table as a workbook of Excel's binary kind.

    The records are those of [MS-XLSB], each its type, its length and its content.
    """
    sheet = _record(129) + _record(148, struct.pack("<4I", 0, len(table), 0, table.shape[1] - 1))
    sheet += _record(145)
    for number, row in enumerate(_rows(table)):
        sheet += _record(0, struct.pack("<I21x", number))
        for column, value in enumerate(row):
            place = struct.pack("<II", column, 0)
            is_number = isinstance(value, int)
            content = struct.pack("<d", value) if is_number else _wide(str(value))
            sheet += _record(5 if is_number else 6, place + content)
    sheet += _record(146) + _record(130)
    bundle = struct.pack("<II", 0, 1) + _wide("rId1") + _wide("forms")
    book = _record(131) + _record(143) + _record(156, bundle) + _record(144) + _record(132)
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    related = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{office}/worksheet" Target="worksheets/sheet1.bin"/>'
        "</Relationships>"
    )
    return packed(
        {
            "xl/workbook.bin": book,
            "xl/_rels/workbook.bin.rels": related.encode(),
            "xl/worksheets/sheet1.bin": sheet,
        }
    )


def _record(kind: int, content: bytes = b"") -> bytes:
    return _counted(kind) + _counted(len(content)) + content


def _counted(number: int) -> bytes:
    """Return a number in bytes of seven bits, the last one marked by its eighth."""
    written = bytearray()
    while number > 127:
        written.append(number & 127 | 128)
        number >>= 7
    return bytes([*written, number])


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def packed(members: dict[str, bytes]) -> bytes:
    """Return files as one zip archive."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    return content.getvalue()


def unpacked(content: bytes) -> dict[str, bytes]:
    """Return the files of a zip archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
