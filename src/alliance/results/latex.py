"""A table as LaTeX: booktabs rules, and sideways where it is wide."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from alliance.files import stated
from alliance.results.letters import runs

if TYPE_CHECKING:
    from alliance.results.columns import Column
    from alliance.results.layout import TableLayout

# Letters of this size in a line of usual width, and those that a gap between columns takes.
_LINE, _SIDEWAYS, _GAP = 88, 140, 2.5
# Words longer than this may be broken into lines, down to this share of the line for all of them.
_LONG, _LEAST = 24, 0.4
_SIGNS = stated("results/latex.toml")
_ANY = re.compile("|".join(map(re.escape, _SIGNS)) + "|-(?=-)")
_LINE_END_READS = ("[", "*")


def latex(table: TableLayout) -> str:
    """Return the table as a LaTeX float, turned sideways where it is too wide to stand upright."""
    sideways = _needed(table, _LINE) > _LINE
    float_, package = ("sidewaystable", "rotating") if sideways else ("table", "")
    needs = "".join(rf"\usepackage{{{name}}}" for name in ("booktabs", package) if name)
    # The number is the caller's; LaTeX would count for itself.
    number = f"\\renewcommand{{\\thetable}}{{{table.number}}}\n" if table.number is not None else ""
    lines = [
        rf"\begin{{{float_}}}[htbp]",
        rf"% Needs {needs}, and for letters beyond ASCII \usepackage[T1]{{fontenc}}.",
        f"{number}\\caption{{\\textit{{{escape(table.title)}}}}}",
        r"\centering\small",
        rf"\begin{{tabular}}{{{_shape(table, _SIDEWAYS if sideways else _LINE)}}}",
        r"\toprule",
        *_spanners(table),
        " & ".join(_text(column.head, head=True) for column in table.columns) + r" \\",
        r"\midrule",
        *(_row(*pair) for pair in zip(table.marks, table.rows, strict=True)),
        r"\bottomrule",
        r"\end{tabular}",
        *(_note(*note) for note in table.notes),
        rf"\end{{{float_}}}",
    ]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    r"""Return text that LaTeX sets letter by letter; names in other scripts need XeLaTeX or LuaLaTeX.

    >>> print(escape("50% of c_07 & co."))
    50\% of c\_07 \& co.
    """
    # One pass over the text, so that no sign is escaped twice; '--' would become a dash.
    return _ANY.sub(lambda match: _SIGNS.get(match.group(), "-{}"), text)


def _shape(table: TableLayout, line: float) -> str:
    """Return the columns' alignment; long words share what room the others leave."""
    widths = [_width(column) for column in table.columns]
    room = line - _GAP * len(widths)
    if sum(widths) <= room:
        return "".join("l" if column.left else "r" for column in table.columns)
    long = [_is_long(column) for column in table.columns]
    asked = sum(width for width, wide in zip(widths, long, strict=True) if wide)
    # Long words share the room that is left, but never less than can be read.
    left = max(room - (sum(widths) - asked), _LEAST * line)
    return "".join(
        rf"p{{{left * width / asked / line:.2f}\linewidth}}"
        if wide
        else "l"
        if column.left
        else "r"
        for column, width, wide in zip(table.columns, widths, long, strict=True)
    )


def _needed(table: TableLayout, line: float) -> float:
    """Return the least width of a table, in letters, where long words are broken into lines."""
    long = any(map(_is_long, table.columns))
    short = [_width(column) for column in table.columns if not _is_long(column)]
    return sum(short) + _LEAST * line * long + _GAP * len(table.columns)


def _is_long(column: Column) -> bool:
    return column.left and _width(column) > _LONG


def _width(column: Column) -> int:
    return max(map(len, [column.head, *column.cells]))


def _spanners(table: TableLayout) -> list[str]:
    if not table.spanners:
        return []
    cells, rules, place = [], [], 1
    for name, width in table.spanners:
        cells.append(rf"\multicolumn{{{width}}}{{c}}{{{_text(name, head=True)}}}")
        if name:
            rules.append(rf"\cmidrule(lr){{{place}-{place + width - 1}}}")
        place += width
    return [" & ".join(cells) + r" \\", "".join(rules)]


def _text(text: str, *, head: bool = False) -> str:
    return "".join(
        rf"\textit{{{escape(piece)}}}" if italic else escape(piece)
        for piece, italic in runs(text, head=head)
    )


def _row(letter: str, row: tuple[str, ...]) -> str:
    raised = rf"\textsuperscript{{{letter}}}" if letter else ""
    first, *others = map(escape, row)
    # The command that ended the line before would take these for its own.
    first = f"{{}}{first}" if first.startswith(_LINE_END_READS) else first
    return " & ".join([first + raised, *others]) + r" \\"


def _note(letter: str, note: str) -> str:
    begin = (
        rf"\textit{{{letter}}} "
        if letter == "Note."
        else rf"\textsuperscript{{{letter}}}"
        if letter
        else ""
    )
    return rf"\par\smallskip\parbox{{\linewidth}}{{\footnotesize {begin}{_text(note)}}}"
