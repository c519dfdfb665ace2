"""The blank rupture log as a workbook: drop-downs in each row, and sheets that explain them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from alliance.checks import optional_package

if TYPE_CHECKING:
    from alliance.log.columns import Field

ROWS = 1000
PLACES = {"trigger": 2, "markers": 3, "strategies": 3}
_WIDTHS = {"session": 9, "date": 12, "done": 40, "client": 12, "therapist": 12}
_DARK, _PALE = "FF1F3A5F", "FFEAF0F7"


def workbook(fields: Sequence[Field]) -> bytes:
    """Return an .xlsx file with the sheets log (to fill in), explanation and codes."""
    openpyxl = optional_package("openpyxl", "A workbook", "end the name in .csv")
    book = openpyxl.Workbook()
    log = book.active
    log.title = "log"
    ends = _codes_sheet(book.create_sheet("codes"), fields)
    _explanation_sheet(book.create_sheet("explanation", 1), fields)
    columns = [
        (field, field.name if place == 1 else f"{field.name}_{place}")
        for field in fields
        for place in range(1, PLACES.get(field.name, 1) + 1)
    ]
    for number, (field, name) in enumerate(columns, start=1):
        _column(log, number, name, field, ends)
    log.freeze_panes = "C2"
    log.row_dimensions[1].height = 22
    for sheet in book:
        _fit_for_printing(sheet)
    log.page_setup.fitToWidth = 3
    log.print_title_cols = "A:B"
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _column(log: Any, number: int, name: str, field: Field, ends: dict[str, str]) -> None:
    from openpyxl.utils import get_column_letter

    letter = get_column_letter(number)
    _heading(log.cell(row=1, column=number, value=name))
    longest = max(map(len, field.choices), default=0) if field.several else 0
    log.column_dimensions[letter].width = max(_WIDTHS.get(name, 0), len(name) + 4, longest + 3)
    style = {"client": "@", "therapist": "@", "done": "@", "date": "yyyy-mm-dd"}.get(field.name)
    if style:
        for row in range(2, ROWS + 2):
            log.cell(row=row, column=number).number_format = style
    rule = _validation(field, ends)
    rule.promptTitle = name
    rule.prompt = f"{field.asks} ({field.answers})"[:255]
    rule.showInputMessage = True
    rule.allowBlank = True
    log.add_data_validation(rule)
    rule.add(f"{letter}2:{letter}{ROWS + 1}")


def _validation(field: Field, ends: dict[str, str]) -> Any:
    from openpyxl.worksheet.datavalidation import DataValidation

    if field.name == "session":
        rule = DataValidation(type="whole", operator="greaterThanOrEqual", formula1="0")
    elif field.choices and field.several:
        rule = DataValidation(type="list", formula1=ends[field.name])
        rule.errorStyle = "warning"  # several codes may be typed into one cell
    elif field.choices:
        rule = DataValidation(type="list", formula1=f'"{",".join(field.choices)}"')
        rule.errorStyle = "warning" if field.name == "source" else "stop"
    else:
        return DataValidation()
    rule.showErrorMessage = True
    rule.error = f"{field.answers}."[:255]
    return rule


def _codes_sheet(sheet: Any, fields: Sequence[Field]) -> dict[str, str]:
    """Write the lists that the drop-downs of codes point to; return the range of each."""
    from openpyxl.utils import get_column_letter

    ends = {}
    for place, field in enumerate([field for field in fields if field.several]):
        left = 1 + 3 * place
        _heading(sheet.cell(row=1, column=left, value=field.name))
        _heading(sheet.cell(row=1, column=left + 1, value="meaning"))
        for row, (key, meaning) in enumerate(field.choices.items(), start=2):
            sheet.cell(row=row, column=left, value=key)
            sheet.cell(row=row, column=left + 1, value=meaning)
        letter = get_column_letter(left)
        sheet.column_dimensions[letter].width = 32
        sheet.column_dimensions[get_column_letter(left + 1)].width = 66
        sheet.column_dimensions[get_column_letter(left + 2)].width = 3
        ends[field.name] = f"codes!${letter}$2:${letter}${len(field.choices) + 1}"
    sheet.freeze_panes = "A2"
    return ends


def _explanation_sheet(sheet: Any, fields: Sequence[Field]) -> None:
    from openpyxl.styles import Alignment

    for number, (title, width) in enumerate(
        (("column", 22), ("question", 60), ("how to fill in", 60), ("answers", 60)), start=1
    ):
        _heading(sheet.cell(row=1, column=number, value=title))
        sheet.column_dimensions["ABCD"[number - 1]].width = width
    for row, field in enumerate(fields, start=2):
        more = f"; up to {PLACES.get(field.name)} in the columns {field.name}, {field.name}_2 ..."
        how = field.answers + (more if field.several else "")
        meanings = "see the sheet codes" if field.several else _meanings(field)
        for number, text in enumerate((field.name, field.asks, how, meanings), start=1):
            cell = sheet.cell(row=row, column=number, value=text)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"


def _meanings(field: Field) -> str:
    return ", ".join(
        key if key == meaning else f"{key} {meaning}" for key, meaning in field.choices.items()
    )


def _fit_for_printing(sheet: Any) -> None:
    """Print across a page, with lines, and the headings on every page."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToHeight = 0
    sheet.print_options.gridLines = True
    sheet.print_title_rows = "1:1"


def _heading(cell: Any) -> None:
    from openpyxl.styles import Font, PatternFill

    cell.font = Font(bold=True, color=_DARK)
    cell.fill = PatternFill("solid", fgColor=_PALE)
