"""Files: whatever program wrote the export, its cells arrive as one table with row numbers."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from alliance.checks import optional_package
from alliance.errors import AllianceError, join_names
from alliance.files import ordinary_file
from alliance.intake.child import damaged, limited
from alliance.intake.declared_size import refuse_impossible_size
from alliance.intake.export import Export
from alliance.intake.statistics_files import read_parquet, read_spss, read_stata
from alliance.intake.text_files import read_text
from alliance.intake.workbooks import read_workbook, sheets_of

_TEXT_ENDINGS = (".csv", ".tsv", ".txt", ".dat")
_WORKBOOK_ENDINGS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_SPSS_ENDINGS = (".sav", ".zsav")
_PARQUET_ENDINGS = (".parquet", ".pq")
_ENDINGS = (*_TEXT_ENDINGS, *_WORKBOOK_ENDINGS, *_SPSS_ENDINGS, ".dta", *_PARQUET_ENDINGS)
# Formats that C and Rust code reads, or that are unpacked: each is read in a process with limits.
_READERS = {
    **dict.fromkeys((".xlsx", ".xlsm"), "openpyxl"),
    **dict.fromkeys((".xlsb", ".xls", ".ods"), "python_calamine"),
    **dict.fromkeys((*_SPSS_ENDINGS, ".dta"), "pyreadstat"),
    **dict.fromkeys(_PARQUET_ENDINGS, "pyarrow.parquet"),
}
# How files of these kinds begin, whatever they are called.
_SIGNATURES = {
    b"PK\x03\x04": ("a workbook or another zip file", (".xlsx", ".xlsm", ".xlsb", ".ods")),
    b"\xd0\xcf\x11\xe0": ("an old or a password-protected workbook", (".xls",)),
    b"$FL2": ("an SPSS file", _SPSS_ENDINGS),
    b"$FL3": ("an SPSS file", _SPSS_ENDINGS),
    b"PAR1": ("a Parquet file", _PARQUET_ENDINGS),
    b"<stata_dta>": ("a Stata file", (".dta",)),
}
_REDCAP = {"redcap_event_name", "redcap_repeat_instance", "redcap_repeat_instrument"}
_REDCAP_LABELS = {"event name", "repeat instance", "repeat instrument"}
# Some of the columns that survey programs always write; one set for each language.
_SURVEYS = (
    ("Microsoft Forms", {"id", "start time", "completion time"}),
    ("Microsoft Forms", {"id", "startzeit", "fertigstellungszeit"}),
    ("Microsoft Forms", {"id", "heure de début", "heure de fin"}),
    ("LimeSurvey", {"id", "submitdate", "lastpage"}),
    ("LimeSurvey", {"response id", "date submitted", "last page"}),
    ("LimeSurvey", {"antwort id", "datum abgeschickt", "letzte seite"}),
)


def read_file(
    path: str | Path,
    *,
    encoding: str | None = None,
    separator: str | None = None,
    sheet: str | Sequence[str] | None = None,
) -> Export:
    """Read the cells of a CSV, Excel, SPSS, Stata or Parquet file.

    `encoding`, `separator`: found out if not given. `sheet`: of workbooks; by default the only one
    with its columns; "all" joins sheets that are alike.
    """
    path = ordinary_file(path)
    ending = path.suffix.lower()
    try:
        _refuse_disguise(path)
        if ending in _READERS:
            # Loaded here once, not anew in the process of each file.
            optional_package(_READERS[ending], path.name, "save the table as CSV")
            export: Export = limited(_read, path, encoding, separator, sheet)
        else:
            export = _read(path, encoding, separator, sheet)
    except AllianceError:
        raise
    except MemoryError:
        raise AllianceError(
            f"Memory ran out while {path.name} was read.\nTo fix: close other programs, or export it "
            "without columns that are not needed, or in parts."
        ) from None
    except PermissionError:
        raise AllianceError(f"{path.name} cannot be opened: permission denied.") from None
    except Exception as error:  # the readers' libraries raise errors of many kinds
        raise damaged(path, type(error).__name__) from error
    if export.cells.empty:
        raise AllianceError(f"{path.name} holds no rows below its header.")
    return replace(export, kind=_kind(export))


def workbook_sheets(path: str | Path) -> tuple[list[str], list[str]]:
    """Return the sheets of a workbook that hold anything, and those alike; none of other files."""
    path = ordinary_file(path)
    if path.suffix.lower() not in _WORKBOOK_ENDINGS:
        return [], []
    names, alike = limited(sheets_of, path)
    return names, alike


def _read(
    path: Path, encoding: str | None, separator: str | None, sheet: str | Sequence[str] | None
) -> Export:
    refuse_impossible_size(path)
    ending = path.suffix.lower()
    if ending in _TEXT_ENDINGS:
        return _without_texts(read_text(path, encoding, separator))
    if ending in _WORKBOOK_ENDINGS:
        return _without_texts(read_workbook(path, sheet))
    if ending in _SPSS_ENDINGS:
        return read_spss(path, encoding)
    if ending == ".dta":
        return read_stata(path, encoding)
    if ending in _PARQUET_ENDINGS:
        return read_parquet(path)
    raise AllianceError(
        f"{path.name} is of a kind that cannot be read.\n"
        f"To fix: save it as one of {join_names(_ENDINGS, 20)}, e.g. as CSV."
    )


def _refuse_disguise(path: Path) -> None:
    """Refuse a file whose first bytes say that it is something else than its ending says."""
    ending = path.suffix.lower()
    with path.open("rb") as file:
        start = file.read(512)
    for signature, (what, endings) in _SIGNATURES.items():
        if start.startswith(signature) and ending in _ENDINGS and ending not in endings:
            raise AllianceError(
                f"{path.name} is not what its ending says: it is {what}.\n"
                f"To fix: if it has a password, open it in the program that wrote it and save it "
                f"without; otherwise give it its right ending ({join_names(endings)})."
            )
    if ending in _WORKBOOK_ENDINGS and any(tag in start.lower() for tag in (b"<html", b"<table")):
        raise AllianceError(
            f"{path.name} is not a workbook: it is a web page with a workbook's ending.\n"
            "To fix: open it in a spreadsheet program and save it as .xlsx."
        )
    if ending in _WORKBOOK_ENDINGS and not start.startswith(tuple(_SIGNATURES)):
        raise AllianceError(
            f"{path.name} is not a workbook.\n"
            "To fix: if it is a text file, give it the ending .csv; otherwise export it again."
        )


def _without_texts(export: Export) -> Export:
    """Return LimeSurvey's columns by their codes alone where it writes ``code. question``."""
    parts = [name.split(". ", 1) for name in export.cells.columns]
    if not all(len(part) == 2 for part in parts) or parts[0][0] != "id":
        return export
    codes = [code for code, _ in parts]
    if len(set(codes)) < len(codes):
        return export
    cells = export.cells.set_axis(codes, axis="columns")
    return replace(export, cells=cells, captions={**dict(parts), **export.captions})


def _kind(export: Export) -> str:
    """Return which program wrote the export, by the columns that it always writes."""
    columns = {name.casefold() for name in export.cells.columns}
    forms = any(name.endswith("_complete") for name in columns)
    if export.kind != "plain":
        return export.kind
    if _REDCAP & columns or ("record_id" in columns and forms):
        return "REDCap"
    if "record id" in columns and (_REDCAP_LABELS & columns or "complete?" in columns):
        return "REDCap labels"
    return next((kind for kind, known in _SURVEYS if known <= columns), "plain")
