"""Workbooks: the cells of an Excel or OpenDocument sheet, its error cells included."""

from __future__ import annotations

import warnings
from pathlib import Path

import pandas as pd

from alliance.errors import AllianceError, join_names


def read_workbook_rows(path: Path, sheet: str | None) -> tuple[pd.DataFrame, str]:
    """Return the rows of a sheet as text, header included, and how the file was read.

    Parameters
    ----------
    path : Path
    sheet : str, optional
        By default the first sheet that holds anything.

    Raises
    ------
    AllianceError
        If the workbook is empty or has no such sheet.
    """
    modern = path.suffix.lower() in (".xlsx", ".xlsm")
    sheets = _openpyxl_sheets(path) if modern else _calamine_sheets(path)
    if sheet is not None and sheet not in sheets:
        raise AllianceError(f"{path.name} has no sheet '{sheet}'; it has {join_names(sheets)}.")
    filled = [name for name, rows in sheets.items() if any(any(map(_full, row)) for row in rows)]
    if not filled or (sheet is not None and sheet not in filled):
        raise AllianceError(f"{path.name} is empty.")
    chosen = sheet if sheet is not None else filled[0]
    width = max(map(len, sheets[chosen]))
    rows = [
        [_as_text(cell) for cell in row] + [None] * (width - len(row)) for row in sheets[chosen]
    ]
    rest = [name for name in filled if name != chosen]
    also = f" (not read: {join_names(rest)})" if rest else ""
    return pd.DataFrame(rows, dtype="str"), f"workbook, sheet '{chosen}'{also}"


def _openpyxl_sheets(path: Path) -> dict[str, list]:
    # The faster calamine turns error cells such as #VALUE! into blanks: that would lose them.
    import openpyxl

    with warnings.catch_warnings():
        # What openpyxl warns of (styles, drop-down lists) does not touch the cells.
        warnings.simplefilter("ignore", UserWarning)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            return {sheet.title: _sheet_rows(sheet) for sheet in book.worksheets}
        finally:
            book.close()


def _sheet_rows(sheet) -> list[tuple]:
    # Some programs write a wrong size into the sheet; without it every cell is read.
    sheet.reset_dimensions()
    return list(sheet.iter_rows(values_only=True))


def _calamine_sheets(path: Path) -> dict[str, list]:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(path)
    return {
        name: book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        for name in book.sheet_names
    }


def _full(cell: object) -> bool:
    return cell is not None and str(cell).strip() != ""


def _as_text(cell: object) -> str | None:
    if not _full(cell):
        return None
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if hasattr(cell, "isoformat"):
        return cell.isoformat().removesuffix("T00:00:00")
    return str(cell)
