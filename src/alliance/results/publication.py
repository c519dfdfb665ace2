"""The table itself: number, title, columns and notes, and the files it can become."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import pandas as pd

from alliance.errors import AllianceError, join_names
from alliance.files import neutralised, write_bytes, write_text
from alliance.results.columns import DASH, Column
from alliance.results.letters import clean, mark

ENDINGS = (".html", ".tex", ".docx", ".csv")
_DASHED = "A dash marks a value that could not be computed."


@dataclass(frozen=True, kw_only=True)
class PublicationTable:
    """A table in the form of the APA manual (7th edition).

    Parameters
    ----------
    title : str
    columns : tuple of Column
        See `words`, `counts`, `numbers`, `coefficients`, `percents`, `p_values`, `intervals`.
    general : str
        The general note: the rule, how many there were, what was set aside.
    specific : tuple of str
        A note for each row, or empty; given none, no row has one.
    probability : str
        The probability note.
    number : int, optional

    Notes
    -----
    Cells are text, rounded and written out. For the numbers in full precision, write the
    ``.frame`` of the result that the table was made from.

    References
    ----------
    American Psychological Association (2020). Publication manual (7th ed.), chapters 6 and 7.
    https://doi.org/10.1037/0000165-000

    Examples
    --------
    >>> from alliance.results import coefficients, words
    >>> table = PublicationTable(
    ...     title="Reliability by Scale", number=1, general="n = 80 first forms.",
    ...     columns=(words("Scale", ["bond", "goal"]), coefficients("α", [0.874, 0.801])),
    ... )
    >>> print(table.to_csv())
    Table 1. Reliability by Scale,
    Scale,α
    bond,.87
    goal,.80
    Note. n = 80 first forms.,
    <BLANKLINE>
    """

    title: str
    columns: tuple[Column, ...]
    general: str = ""
    specific: tuple[str, ...] = ()
    probability: str = ""
    number: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(self.columns))
        if not self.columns:
            raise AllianceError("A table needs at least one column.")
        lengths = {len(column.cells) for column in self.columns}
        if len(lengths) > 1:
            raise AllianceError(
                f"The columns of '{self.title}' differ in length: {join_names(lengths)}."
            )
        if self.specific and len(self.specific) != lengths.pop():
            raise AllianceError(f"'{self.title}' needs a specific note, or '', for each row.")
        for name in ("title", "general", "probability"):
            object.__setattr__(self, name, clean(getattr(self, name)))
        object.__setattr__(self, "specific", tuple(clean(note) for note in self.specific))

    @property
    def label(self) -> str:
        """``Table 1``, or nothing if it has no number."""
        return "" if self.number is None else f"Table {self.number}"

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The cells, row by row."""
        return list(zip(*(column.cells for column in self.columns), strict=True))

    @property
    def spanners(self) -> list[tuple[str, int]]:
        """Each spanner and how many columns lie under it; nothing if there is none."""
        groups = groupby(column.spanner for column in self.columns)
        spans = [(name, len(list(group))) for name, group in groups]
        return spans if any(name for name, _ in spans) else []

    @property
    def marks(self) -> list[str]:
        """The letter of each row's specific note, or nothing; equal notes share a letter."""
        notes = self._distinct()
        return [
            mark(notes.index(note)) if note else ""
            for note in self.specific or [""] * len(self.rows)
        ]

    @property
    def notes(self) -> list[tuple[str, str]]:
        """The notes in order, each with its letter: the general one has ``Note.``"""
        dashed = any(DASH in column.cells for column in self.columns)
        general = " ".join(part for part in (self.general, _DASHED if dashed else "") if part)
        letters = [(mark(place), note) for place, note in enumerate(self._distinct())]
        last = [("", self.probability)] if self.probability else []
        return [*([("Note.", general)] if general else []), *letters, *last]

    def _distinct(self) -> list[str]:
        return list(dict.fromkeys(note for note in self.specific if note))

    def numbered(self, number: int | None) -> PublicationTable:
        """Return the same table under another number."""
        return replace(self, number=number)

    def to_html(self) -> str:
        """Return the table as a piece of HTML that needs no style sheet."""
        from alliance.results.html import html

        return html(self)

    def to_latex(self) -> str:
        r"""Return the table as LaTeX; the document needs ``\usepackage{booktabs}``."""
        from alliance.results.latex import latex

        return latex(self)

    def to_csv(self) -> str:
        """Return title, heads, rows and notes as CSV, harmless in a spreadsheet."""
        heads = [": ".join(filter(None, (c.spanner, c.head))) for c in self.columns]
        title = ". ".join(part for part in (self.label, self.title) if part)
        lines = [[title], heads]
        for letter, (first, *others) in zip(self.marks, self.rows, strict=True):
            lines.append([f"{first} ({letter})" if letter else first, *others])
        lines += [[" ".join(part for part in note if part)] for note in self.notes]
        frame = pd.DataFrame([line + [""] * (len(heads) - len(line)) for line in lines])
        return neutralised(frame).to_csv(index=False, header=False, lineterminator="\n")

    def to_word(self, path: str | Path, *, force: bool = False) -> Path:
        """Write a Word document that holds the table; returns its path.

        Raises
        ------
        AllianceError
            If the file exists and `force` is not set, or cannot be written.
        """
        from alliance.results.word import word

        return write_bytes(word(self), path, force=force)

    def save(self, path: str | Path, *, force: bool = False) -> Path:
        """Write the table as its name ends: .html, .tex, .docx or .csv; returns the path.

        Raises
        ------
        AllianceError
            If the ending is another, the file exists and `force` is not set, or it cannot be
            written.
        """
        ending = Path(path).suffix.lower()
        check_ending(path)
        if ending == ".docx":
            return self.to_word(path, force=force)
        if ending == ".html":
            from alliance.results.html import page

            return write_text(page(self), path, force=force)
        return write_text(self.to_csv() if ending == ".csv" else self.to_latex(), path, force=force)

    def _repr_html_(self) -> str:
        return self.to_html()


def check_ending(path: str | Path) -> None:
    """Raise an error if a table cannot be saved under this name."""
    if Path(path).suffix.lower() not in ENDINGS:
        raise AllianceError(
            f"A table cannot be saved as '{Path(path).name}'.\n"
            f"To fix: end the name in {join_names(ENDINGS)}."
        )
