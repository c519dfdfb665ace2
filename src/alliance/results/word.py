"""A table as a Word document: a real table with the rules of the APA manual."""

import io
from typing import Any

# Not every installation has it: this module is loaded only where a document is wanted.
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_ALIGN_VERTICAL
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Emu, Pt

from alliance.results.layout import TableLayout
from alliance.results.letters import runs

_FONT = "Times New Roman"
_WIDE = 90
_MOST, _LEAST = 40, 5
# Word refuses a cell whose properties stand in another order than the schema's.
_AFTER_BORDERS = ("w:shd", "w:noWrap", "w:tcMar", "w:textDirection", "w:tcFitText", "w:vAlign")


def word(table: TableLayout) -> bytes:
    """Return a Word document that holds the table."""
    document = Document()
    _set_page(document, table)
    if table.label:
        _paragraph(document).add_run(table.label).bold = True
    _paragraph(document, after=6).add_run(table.title).italic = True
    _fill(document, table)
    for letter, note in table.notes:
        paragraph = _paragraph(document, before=4)
        run = paragraph.add_run(f"{letter} " if letter == "Note." else letter)
        run.italic, run.font.superscript = letter == "Note.", letter not in ("Note.", "")
        _write(paragraph, note)
    document.core_properties.title = table.title
    # The library would write its own name as the author's.
    document.core_properties.author = ""
    document.core_properties.comments = ""
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


def _set_page(document: Any, table: TableLayout) -> None:
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = _FONT, Pt(11)
    # Without it Word takes another font for letters beyond Latin.
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)
    section = document.sections[0]
    if sum(_widths(table)) > _WIDE:
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = section.page_height, section.page_width
    section.left_margin = section.right_margin = Cm(2.54)


def _paragraph(document: Any, *, before: float = 0, after: float = 0) -> Any:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_before = Pt(before)
    paragraph.paragraph_format.space_after = Pt(after)
    return paragraph


def _widths(table: TableLayout) -> list[int]:
    """Return the room each column asks for, in letters."""
    asked = []
    for column in table.columns:
        # A head may be broken between words; a number in a cell may not.
        longest_word = max(map(len, column.head.split()), default=0)
        needed = max([longest_word, *map(len, column.cells)])
        asked.append(min(max(needed, _LEAST), _MOST) + 2)
    return asked


def _fill(document: Any, table: TableLayout) -> None:
    above = 2 if table.spanners else 1
    grid = document.add_table(rows=above + len(table.rows), cols=len(table.columns))
    grid.autofit = False
    _set_widths(document, grid, table)
    if table.spanners:
        _fill_spanners(grid, table)
    for place, column in enumerate(table.columns):
        _set(grid.cell(above - 1, place), column.head, column.left, head=True)
    # Cells are taken row by row: asking for each by its place takes time that grows with the square.
    for row, cells, letter in zip(list(grid.rows)[above:], table.rows, table.marks, strict=True):
        for column, cell, text in zip(table.columns, row.cells, cells, strict=True):
            _set(cell, text, column.left)
        row.cells[0].paragraphs[0].add_run(letter).font.superscript = True
    _rule(grid.rows[0], "top")
    _rule(grid.rows[above - 1], "bottom")
    _rule(grid.rows[-1], "bottom")
    for row in list(grid.rows)[:above]:
        # The head is repeated on every page ...
        _mark_row(row, "w:tblHeader")
    for row in grid.rows:
        # ... and no row is torn between two.
        _mark_row(row, "w:cantSplit")


def _set_widths(document: Any, grid: Any, table: TableLayout) -> None:
    section = document.sections[0]
    room = section.page_width - section.left_margin - section.right_margin
    asked = _widths(table)
    # At most the width of a letter (in EMU): a small table is not blown up to the margins.
    letter = min(room / sum(asked), 85_000)
    for column, letters in zip(grid.columns, asked, strict=True):
        column.width = Emu(int(letters * letter))
        for cell in column.cells:
            cell.width = column.width


def _fill_spanners(grid: Any, table: TableLayout) -> None:
    place = 0
    for name, width in table.spanners:
        cell = grid.cell(0, place).merge(grid.cell(0, place + width - 1))
        if name:
            _set(cell, name, None, head=True)
            _border(cell, "bottom")
        place += width


def _set(cell: Any, text: str, left: bool | None, *, head: bool = False) -> None:
    paragraph = cell.paragraphs[0]
    sides = {None: WD_ALIGN_PARAGRAPH.CENTER, True: WD_ALIGN_PARAGRAPH.LEFT}
    paragraph.alignment = sides.get(left, WD_ALIGN_PARAGRAPH.RIGHT)
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(1)
    cell.vertical_alignment = WD_ALIGN_VERTICAL.BOTTOM if head else WD_ALIGN_VERTICAL.TOP
    if head:
        _write(paragraph, text, head=True)
    else:
        paragraph.add_run(text)
    for run in paragraph.runs:
        run.font.size = Pt(10)


def _write(paragraph: Any, text: str, *, head: bool = False) -> None:
    for piece, italic in runs(text, head=head):
        paragraph.add_run(piece).italic = italic


def _rule(row: Any, side: str) -> None:
    for cell in row.cells:
        _border(cell, side)


def _border(cell: Any, side: str) -> None:
    properties = cell._tc.get_or_add_tcPr()
    borders = properties.find(qn("w:tcBorders"))
    if borders is None:
        borders = OxmlElement("w:tcBorders")
        properties.insert_element_before(borders, *_AFTER_BORDERS)
    if borders.find(qn(f"w:{side}")) is None:
        border = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "6"), ("space", "0"), ("color", "auto")):
            border.set(qn(f"w:{name}"), value)
        borders.insert(0 if side == "top" else len(borders), border)


def _mark_row(row: Any, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))
