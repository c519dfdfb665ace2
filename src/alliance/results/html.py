"""A table as HTML: rules above and below, none upright, readable by a screen reader."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from alliance.results.letters import runs

if TYPE_CHECKING:
    from alliance.results.layout import TableLayout

# Styles stand in each tag: a word processor and a mail drop style sheets.
_RULE = "1px solid currentColor"
_CELL = "padding:0.2em 0.7em;border:0;background:none;vertical-align:top"


def html(table: TableLayout) -> str:
    """Return the table as a piece of HTML."""
    label = f"<strong>{escape(table.label)}</strong><br>" if table.label else ""
    caption = (
        '<caption style="caption-side:top;text-align:left;color:inherit;padding:0.3em 0">'
        f"{label}<em>{escape(table.title)}</em></caption>"
    )
    style = f"border-collapse:collapse;border-top:{_RULE};border-bottom:{_RULE};color:inherit"
    head = f'<thead style="border-bottom:{_RULE}">{_spanners(table)}{_heads(table)}</thead>'
    body = "".join(_row(table, *pair) for pair in zip(table.marks, table.rows, strict=True))
    notes = "".join(_note(*note) for note in table.notes)
    return (
        f'<div class="paper-table"><table style="{style}">{caption}{head}<tbody>{body}</tbody>'
        f"</table>{notes}</div>"
    )


def page(table: TableLayout) -> str:
    """Return the table as a page of its own."""
    title = escape(". ".join(part for part in (table.label, table.title) if part))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">"
        "<style>body{font-family:'Times New Roman',Times,serif;margin:2em}</style></head>"
        f"<body><main>{html(table)}</main></body></html>\n"
    )


def _text(text: str, *, head: bool = False) -> str:
    return "".join(
        f"<em>{escape(piece)}</em>" if italic else escape(piece)
        for piece, italic in runs(text, head=head)
    )


def _align(left: bool) -> str:
    return f"text-align:{'left' if left else 'right'}"


def _spanners(table: TableLayout) -> str:
    if not table.spanners:
        return ""
    cells = "".join(
        f'<th scope="colgroup" colspan="{width}" style="{_CELL};text-align:center;'
        f'font-weight:normal;border-bottom:{_RULE}">{_text(name, head=True)}</th>'
        if name
        else f'<td colspan="{width}" style="{_CELL}"></td>'
        for name, width in table.spanners
    )
    return f"<tr>{cells}</tr>"


def _heads(table: TableLayout) -> str:
    cells = "".join(
        f'<th scope="col" style="{_CELL};{_align(column.left)};font-weight:normal;'
        f'vertical-align:bottom">{_text(column.head, head=True)}</th>'
        for column in table.columns
    )
    return f"<tr>{cells}</tr>"


def _row(table: TableLayout, letter: str, row: tuple[str, ...]) -> str:
    raised = f"<sup>{letter}</sup>" if letter else ""
    # The first cell heads its row, so that a screen reader says it with every number.
    first, *others = (
        f'style="{_CELL};{_align(column.left)};font-weight:normal'
        f'{"" if column.left else ";white-space:nowrap"}">{escape(cell)}'
        for column, cell in zip(table.columns, row, strict=True)
    )
    cells = "".join(f"<td {cell}</td>" for cell in others)
    return f'<tr style="background:none"><th scope="row" {first}{raised}</th>{cells}</tr>'


def _note(letter: str, note: str) -> str:
    begin = f"<em>{letter}</em> " if letter == "Note." else f"<sup>{letter}</sup>" if letter else ""
    return f'<p style="margin:0.4em 0;max-width:50em;text-align:left">{begin}{_text(note)}</p>'
