"""Files: whatever program wrote the export, its cells arrive as one table with row numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path

import pandas as pd

from alliance.errors import AllianceError, join_names
from alliance.files import ordinary_file
from alliance.intake.child import limited
from alliance.intake.declared_size import refuse_impossible_size
from alliance.intake.text_files import read_text_rows
from alliance.intake.workbooks import read_workbook_rows

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


@dataclass(frozen=True, eq=False, kw_only=True)
class Export:
    """The cells of a file as they stand in it.

    Parameters
    ----------
    name : str
        The file's name, without its folder.
    cells : DataFrame
        Text or numbers; the index ``row`` is the row in the file, the first one being 1 (for
        SPSS, Stata and Parquet the number of the case).
    labels : mapping
        For columns of SPSS or Stata files, the value labels by code.
    user_missing : mapping
        For columns of SPSS files, the ranges (low, high) declared as missing.
    kind : {"plain", "REDCap", "Qualtrics"}
    read_as : str
        How the file was read, in words.
    """

    name: str
    cells: pd.DataFrame
    labels: Mapping[str, Mapping[float, str]] = field(default_factory=dict)
    user_missing: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    kind: str = "plain"
    read_as: str


def read_file(
    path: str | Path,
    *,
    encoding: str | None = None,
    separator: str | None = None,
    sheet: str | None = None,
) -> Export:
    """Read the cells of a CSV, Excel, SPSS, Stata or Parquet file.

    Parameters
    ----------
    path : str or Path
    encoding, separator : str, optional
        For text files (and the encoding of SPSS and Stata files); found out if not given.
    sheet : str, optional
        For workbooks; by default the first sheet that holds anything.

    Raises
    ------
    AllianceError
        If the file is missing, empty, damaged or of an unknown kind.
    """
    path = ordinary_file(path)
    ending = path.suffix.lower()
    try:
        _refuse_disguise(path)
        if ending in _READERS:
            # Loaded here once, not anew in the process of each file.
            import_module(_READERS[ending])
            refuse_impossible_size(path)
            export = limited(_read, path, encoding, separator, sheet)
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
        raise AllianceError(
            f"{path.name} is damaged or is not what its ending says ({type(error).__name__}).\n"
            "To fix: export it again, or open it in the program that wrote it and save it as CSV."
        ) from error
    if export.cells.empty:
        raise AllianceError(f"{path.name} holds no rows below its header.")
    return _as_redcap(export)


def _read(path: Path, encoding: str | None, separator: str | None, sheet: str | None) -> Export:
    ending = path.suffix.lower()
    if ending in _TEXT_ENDINGS:
        return _from_rows(path.name, *read_text_rows(path, encoding, separator))
    if ending in _WORKBOOK_ENDINGS:
        return _from_rows(path.name, *read_workbook_rows(path, sheet))
    if ending in _SPSS_ENDINGS:
        return _read_spss(path, encoding)
    if ending == ".dta":
        return _read_stata(path, encoding)
    if ending in _PARQUET_ENDINGS:
        return _read_parquet(path)
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


def _from_rows(name: str, frame: pd.DataFrame, read_as: str) -> Export:
    """Take the header off a table of texts, and Qualtrics' second and third header row."""
    frame.index = pd.RangeIndex(1, len(frame) + 1, name="row")
    frame = frame.dropna(how="all")
    if frame.empty:
        raise AllianceError(f"{name} is empty.")
    body = frame.iloc[1:]
    header = frame.iloc[0].astype("str").str.strip()
    named = header.notna() & header.ne("")
    if named.sum() <= 1 and len(body) and body.iloc[0].notna().sum() > 2:
        raise AllianceError(
            f"{name} has no header: its first row ({frame.index[0]}) does not name the columns.\n"
            "To fix: begin the file with one row of column names; take titles above it out."
        )
    # A column without a name cannot be asked for, but its cells must not vanish unseen.
    nameless = [place for place in frame.columns[~named] if body[place].notna().any()]
    header[nameless] = [f"(column {list(frame.columns).index(place) + 1})" for place in nameless]
    named[nameless] = True
    repeated = sorted(set(header[named][header[named].duplicated()]))
    if repeated:
        raise AllianceError(
            f"{name} has columns with the same name: {join_names(repeated)}.\n"
            "To fix: give each column its own name."
        )
    body = body.loc[:, named]
    body.columns = pd.Index(header[named].tolist(), dtype="str")
    kind = "plain"
    if len(body) >= 2 and body.iloc[1].dropna().str.startswith('{"ImportId"').any():
        body, kind = body.iloc[2:], "Qualtrics"
    return Export(name=name, cells=body, kind=kind, read_as=read_as)


def _read_spss(path: Path, encoding: str | None) -> Export:
    import pyreadstat

    frame, meta = pyreadstat.read_sav(str(path), user_missing=True, encoding=encoding)
    missing = {
        column: tuple((entry["lo"], entry["hi"]) for entry in ranges)
        for column, ranges in meta.missing_ranges.items()
    }
    return _from_statistics(path.name, frame, meta, "SPSS data file", missing)


def _read_stata(path: Path, encoding: str | None) -> Export:
    import pyreadstat

    frame, meta = pyreadstat.read_dta(str(path), encoding=encoding)
    return _from_statistics(path.name, frame, meta, "Stata data file", {})


def _from_statistics(name: str, frame: pd.DataFrame, meta, read_as: str, missing) -> Export:
    labels = {
        column: {code: str(label) for code, label in labels.items()}
        for column, labels in meta.variable_value_labels.items()
    }
    return Export(
        name=name,
        cells=_plain_types(frame),
        labels=labels,
        user_missing=missing,
        read_as=read_as,
    )


def _read_parquet(path: Path) -> Export:
    frame = pd.read_parquet(path)
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    frame.columns = frame.columns.astype("str")
    return Export(name=path.name, cells=_plain_types(frame), read_as="Parquet")


def _plain_types(frame: pd.DataFrame) -> pd.DataFrame:
    """Return every column as numbers or as text, NaN where empty."""
    frame = frame.set_axis(
        [
            name if isinstance(name, str) else f"(column {n})"
            for n, name in enumerate(frame, start=1)
        ],
        axis="columns",
    )
    columns = {name: _plain_column(frame[name]) for name in frame.columns}
    plain = pd.DataFrame(columns, index=frame.index)
    plain.index = pd.RangeIndex(1, len(frame) + 1, name="row")
    return plain.dropna(how="all")


def _plain_column(values: pd.Series) -> pd.Series:
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.cat.categories.dtype)
    if pd.api.types.is_bool_dtype(values):
        return values.astype("float")
    if pd.api.types.is_numeric_dtype(values):
        return values
    texts = values.astype("str").mask(values.isna())
    return texts.mask(texts.str.strip().eq(""))


def _as_redcap(export: Export) -> Export:
    columns = list(export.cells.columns)
    forms = any(name.endswith("_complete") for name in columns)
    if export.kind == "plain" and (_REDCAP & set(columns) or ("record_id" in columns and forms)):
        return replace(export, kind="REDCap")
    return export
