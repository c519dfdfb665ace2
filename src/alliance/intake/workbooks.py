"""Workbooks: the cells of a sheet as they are shown, errors, formulas and hidden rows included."""

import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pandas as pd

from alliance.errors import AllianceError, Problem, join_names
from alliance.intake.declared_size import refuse_impossible_size
from alliance.intake.export import Export
from alliance.intake.header import take_header
from alliance.intake.problems import known_problem

_ZEROS = re.compile(r'(?:"([^"]*)"|\\?([A-Za-z]))?(0{2,})')
_HIDDEN_ROW = re.compile(rb"<row\b(?=[^>]*\bhidden=\"(?:1|true)\")[^>]*?\br=\"(\d+)\"")
_HIDDEN_COLUMN = re.compile(rb"<col\b(?=[^>]*\bhidden=\"(?:1|true)\")[^>]*>")
_MERGED = re.compile(rb"<mergeCell\b[^>]*\bref=\"([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)\"")
_EMPTY_FORMULA = re.compile(
    rb"<c\b[^>]*?\br=\"([A-Z]{1,3})(\d+)\"[^>]*>\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>"
)
FORMULA = "#FORMULA"
ALL_SHEETS = "all"
FROM_1904 = "days from 1904"
Sheet = tuple[pd.DataFrame, tuple[Problem, ...]]  # Its cells, and what it makes known itself


def read_workbook(path: Path, sheet: str | Sequence[str] | None) -> Export:
    """Return the rows of a sheet, or of several joined.

    `sheet`: by default the first sheet that holds anything, if no other has the same columns; "all"
    joins those that have, and names each row's sheet in the column ``sheet``. Raises AllianceError
    if the workbook is empty, has no such sheet, or it is not clear which is meant.
    """
    sheets = _sheets(path)
    filled = _filled(sheets)
    asked = (
        [sheet] if isinstance(sheet, str) and (sheet != ALL_SHEETS or sheet in sheets) else sheet
    )
    if asked is not None and asked != ALL_SHEETS:
        absent = [name for name in asked if name not in sheets]
        if absent:
            raise AllianceError(
                f"{path.name} has no sheet '{absent[0]}'; it has {join_names(sheets)}."
            )
        filled = {name: filled[name] for name in asked if name in filled}
    if not filled:
        raise AllianceError(f"{path.name} is empty.")
    if asked is None:
        return _first(path.name, filled)
    return _joined(path.name, filled)


def sheets_of(path: Path) -> tuple[list[str], list[str]]:
    """Return the sheets of a workbook that hold anything, and those of them alike to the first."""
    refuse_impossible_size(path)
    headed = {name: _headed(path.name, each) for name, each in _filled(_sheets(path)).items()}
    first = next(filter(None, headed.values()), None)
    alike = [name for name, each in headed.items() if first and _same_columns(first, each)]
    return list(headed), alike


def _sheets(path: Path) -> dict[str, Sheet]:
    modern = path.suffix.lower() in (".xlsx", ".xlsm")
    return _openpyxl_sheets(path) if modern else _calamine_sheets(path)


def _filled(sheets: dict[str, Sheet]) -> dict[str, Sheet]:
    return {name: sheet for name, sheet in sheets.items() if sheet[0].notna().any(axis=None)}


def _first(name: str, filled: dict[str, Sheet]) -> Export:
    (chosen, (cells, notes)), *others = filled.items()
    headed = take_header(name, cells, notes=notes)
    same = [other for other, more in others if _same_columns(headed, _headed(name, more))]
    if same:
        raise AllianceError(
            f"{name} has {len(same) + 1} sheets with the same columns: "
            f'{join_names([chosen, *same])}.\nTo fix: join them with sheet="all" (on the command '
            "line --sheets all), which names each row's sheet in the column 'sheet'; or read one, "
            f'sheet="{chosen}" (--sheet).'
        )
    rest = [other for other, _ in others]
    also = f" (not read: {join_names(rest)})" if rest else ""
    return replace(headed, read_as=f"workbook, sheet '{chosen}'{also}")


def _joined(name: str, filled: dict[str, Sheet]) -> Export:
    headed = {
        sheet: take_header(f"{name}, sheet '{sheet}'", cells, notes=notes)
        for sheet, (cells, notes) in filled.items()
    }
    if len(headed) == 1:
        ((sheet, only),) = headed.items()
        return replace(only, name=name, read_as=f"workbook, sheet '{sheet}'")
    widest = max(headed.values(), key=lambda each: len(each.cells))
    alike = {sheet: each for sheet, each in headed.items() if _same_columns(widest, each)}
    parts = []
    for sheet, each in alike.items():
        part = each.cells.assign(sheet=sheet)
        part.index = pd.Index([f"{sheet}!{row}" for row in part.index], name="row")
        parts.append(part)
    rest = [sheet for sheet in headed if sheet not in alike]
    also = f" (not read, other columns: {join_names(rest)})" if rest else ""
    also += "; the column 'sheet' names each row's, e.g. therapist=\"sheet\" (--therapist sheet)"
    return replace(
        widest,
        name=name,
        cells=pd.concat(parts),
        notes=tuple(_together(alike)),
        read_as=f"workbook, {len(alike)} sheets joined: {join_names(alike)}{also}",
    )


def _together(sheets: dict[str, Export]) -> Iterator[Problem]:
    """Yield each note once for all sheets, its rows named by sheet."""
    groups: dict[tuple[str, str], list[Problem]] = {}
    for sheet, each in sheets.items():
        for note in each.notes:
            rows = note.rows.set_axis([f"{sheet}!{row}" for row in note.rows.index], axis="index")
            # What names cells itself stays the sheet's own.
            what = note.what if len(rows) else f"In sheet '{sheet}': {note.what}"
            groups.setdefault((note.kind, what), []).append(note.but(what=what, rows=rows))
    for notes in groups.values():
        rows = pd.concat([note.rows for note in notes]).rename_axis("row")
        yield notes[0].but(rows=rows)


def _headed(name: str, sheet: Sheet) -> Export | None:
    try:
        return take_header(name, sheet[0], notes=sheet[1])
    except AllianceError:
        return None


def _same_columns(one: Export, other: Export | None) -> bool:
    """Return whether a sheet has nearly all columns of another, and rows below them."""
    if other is None or not len(other.cells):
        return False
    mine, theirs = (
        {str(name).casefold() for name in each.cells.columns if each.cells[name].notna().any()}
        for each in (one, other)
    )
    return len(mine & theirs) >= max(3, 0.8 * len(mine))


def _openpyxl_sheets(path: Path) -> dict[str, Sheet]:
    # The faster calamine turns error cells such as #VALUE! into blanks: that would lose them.
    import openpyxl

    with warnings.catch_warnings():
        # What openpyxl warns of (styles, drop-down lists) does not touch the cells.
        warnings.simplefilter("ignore", UserWarning)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            # A hidden sheet is not meant before one that is shown.
            shown_first = sorted(book.worksheets, key=lambda sheet: sheet.sheet_state != "visible")
            return {sheet.title: _sheet(book, sheet) for sheet in shown_first}
        finally:
            book.close()


def _sheet(book: Any, sheet: Any) -> Sheet:
    from openpyxl.utils import column_index_from_string

    # Some programs write a wrong size into the sheet; without it every cell is read.
    sheet.reset_dimensions()
    cells = _table([[_as_shown(cell) for cell in row] for row in sheet.iter_rows()])
    source = book._archive.read(sheet._worksheet_path)
    for column, row in _EMPTY_FORMULA.findall(source):
        place = column_index_from_string(column.decode())
        if int(row) <= len(cells) and place <= cells.shape[1]:
            cells.iat[int(row) - 1, place - 1] = FORMULA
    merged = _fill_merged(cells, source)
    notes = [*_sheet_notes(cells, source, merged, hidden=sheet.sheet_state != "visible")]
    if getattr(book.epoch, "year", 1900) == 1904:
        notes.insert(0, known_problem(FROM_1904))
    return cells, tuple(notes)


def _fill_merged(cells: pd.DataFrame, source: bytes) -> list[str]:
    """Write what stands in a cell merged over several rows into each of them; return which."""
    from openpyxl.utils import column_index_from_string

    filled = []
    for left, top, right, bottom in _MERGED.findall(source):
        first, last = int(top), min(int(bottom), len(cells))
        column = column_index_from_string(left.decode())
        # Cells merged across columns are headings.
        if left != right or last <= first or column > cells.shape[1]:
            continue
        cells.iloc[first:last, column - 1] = cells.iat[first - 1, column - 1]
        filled.append(f"{left.decode()}{first}:{right.decode()}{last}")
    return filled


def _sheet_notes(
    cells: pd.DataFrame, source: bytes, merged: list[str], *, hidden: bool
) -> Iterator[Problem]:
    if merged:
        yield known_problem("merged cells", cells=join_names(merged))
    rows = [int(row) for row in _HIDDEN_ROW.findall(source) if int(row) <= len(cells)]
    columns = list(_hidden_columns(source, cells.shape[1]))
    if rows or columns or hidden:
        named = (
            ["itself"] * hidden
            + [f"row {row}" for row in rows]
            + [f"column {name}" for name in columns]
        )
        yield known_problem("hidden", named=join_names(named))


def _hidden_columns(source: bytes, width: int) -> Iterator[str]:
    from openpyxl.utils import get_column_letter

    for element in _HIDDEN_COLUMN.findall(source):
        ends = [re.search(rb"\b%s=\"(\d+)\"" % name, element) for name in (b"min", b"max")]
        if all(ends):
            first, last = (int(end[1]) for end in ends if end)
            yield from (get_column_letter(n) for n in range(first, min(last, width) + 1))


def _calamine_sheets(path: Path) -> dict[str, Sheet]:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(path)
    return {
        name: (
            _table(
                [_as_text(cell) for cell in row]
                for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            ),
            (),
        )
        for name in book.sheet_names
    }


def _table(rows: Iterable[list[str | None]]) -> pd.DataFrame:
    rows = list(rows)
    width = max(map(len, rows), default=0)
    table = pd.DataFrame([[*row, *[None] * (width - len(row))] for row in rows], dtype="str")
    table.index = pd.RangeIndex(1, len(table) + 1, name="row")
    return table


def _as_shown(cell: Any) -> str | None:
    """Return a cell as text, with the leading zeros its number format shows."""
    value = cell.value
    if isinstance(value, int | float) and not isinstance(value, bool):
        zeros = _ZEROS.fullmatch(cell.number_format or "")
        if zeros and float(value).is_integer() and value >= 0:
            return (zeros[1] or zeros[2] or "") + str(int(value)).zfill(len(zeros[3]))
    return _as_text(value)


def _as_text(cell: object) -> str | None:
    if cell is None or str(cell).strip() == "":
        return None
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, date | datetime | time):
        return cell.isoformat().removesuffix("T00:00:00")
    return str(cell)
