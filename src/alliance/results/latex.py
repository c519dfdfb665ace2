"""A table as LaTeX: booktabs rules, and sideways where it is wide."""

import re

from alliance.files import stated
from alliance.results.columns import Column
from alliance.results.layout import TableLayout
from alliance.results.letters import runs

# Letters of this size in a line of usual width, and those that a gap between columns takes.
_LINE, _SIDEWAYS, _GAP = 88, 140, 2.5
# Words longer than this may be broken into lines, down to this share of the line for all of them.
_LONG, _LEAST = 24, 0.4
_SIGNS = stated("results/latex.toml")
_ANY = re.compile("|".join(map(re.escape, _SIGNS)) + "|-(?=-)")
_LINE_END_READS = ("[", "*")


def latex(table: TableLayout) -> str:
    """Return the table as a LaTeX float, turned sideways where it is too wide to stand upright."""
    sideways = _needed(table) > _LINE
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
    shapes = ["l" if column.left else "r" for column in table.columns]
    widths = [_width(column) for column in table.columns]
    too_wide = sum(widths) + _GAP * len(widths) - line
    if too_wide > 0:
        long = [place for place, column in enumerate(table.columns) if _is_long(column)]
        asked = sum(widths[place] for place in long)
        # Never less than can be read.
        left = max(asked - too_wide, _LEAST * line)
        for place in long:
            shapes[place] = rf"p{{{left * widths[place] / asked / line:.2f}\linewidth}}"
    return "".join(shapes)


def _needed(table: TableLayout) -> float:
    """Return the least width of a table, in letters, where long words are broken into lines."""
    long = any(map(_is_long, table.columns))
    short = [_width(column) for column in table.columns if not _is_long(column)]
    return sum(short) + _LEAST * _LINE * long + _GAP * len(table.columns)


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
    begin = rf"\textsuperscript{{{letter}}}" if letter else ""
    if letter == "Note.":
        begin = r"\textit{Note.} "
    return rf"\par\smallskip\parbox{{\linewidth}}{{\footnotesize {begin}{_text(note)}}}"
