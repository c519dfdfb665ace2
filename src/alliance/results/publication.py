"""A table in the form of the APA manual, and the files it can become."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import pandas as pd

from alliance.checks import optional_package
from alliance.errors import AllianceError, join_names
from alliance.files import neutralised, write_bytes, write_text
from alliance.results.latex import latex
from alliance.results.layout import TableLayout
from alliance.results.letters import runs
from alliance.results.page import environment

ENDINGS = (".html", ".tex", ".docx", ".csv")


@dataclass(frozen=True, kw_only=True)
class PublicationTable(TableLayout):
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

    def numbered(self, number: int | None) -> Self:
        """Return the same table under another number."""
        return replace(self, number=number)

    def to_html(self) -> str:
        """Return the table as a piece of HTML that needs no style sheet."""
        return str(_html().piece(self))

    def to_latex(self) -> str:
        r"""Return the table as LaTeX; the document needs ``\usepackage{booktabs}``."""
        return latex(self)

    def to_csv(self) -> str:
        """Return title, heads, rows and notes as CSV, harmless in a spreadsheet."""
        heads = [": ".join(filter(None, (c.spanner, c.head))) for c in self.columns]
        title = ". ".join(part for part in (self.label, self.title) if part)
        lines = [[title], heads]
        for letter, (first, *others) in zip(self.marks, self.rows, strict=True):
            lines.append([f"{first} ({letter})" if letter else first, *others])
        lines += [[" ".join(part for part in note if part)] for note in self.notes]
        # Readers of CSV want lines of one length, and formulas in a cell must not run.
        frame = pd.DataFrame([line + [""] * (len(heads) - len(line)) for line in lines])
        return str(neutralised(frame).to_csv(index=False, header=False, lineterminator="\n"))

    def to_word(self, path: str | Path, *, force: bool = False) -> Path:
        """Write a Word document that holds the table; returns its path."""
        optional_package("docx", "A Word document", "end the name in .html")
        from alliance.results.word import word

        return write_bytes(word(self), path, force=force)

    def save(self, path: str | Path, *, force: bool = False) -> Path:
        """Write the table as its name ends: .html, .tex, .docx or .csv; returns the path."""
        ending = Path(path).suffix.lower()
        # Before the table is made: a wrong name costs nothing then.
        check_ending(path)
        if ending == ".docx":
            return self.to_word(path, force=force)
        if ending == ".html":
            return write_text(str(_html().page(self)), path, force=force)
        return write_text(self.to_csv() if ending == ".csv" else self.to_latex(), path, force=force)

    def _repr_html_(self) -> str:
        return self.to_html()


def _html() -> Any:
    """Return the macros of ``table.html``."""
    template = environment("alliance.results").get_template("table.html", globals={"runs": runs})
    return template.module


def check_ending(path: str | Path) -> None:
    """Raise an error if a table cannot be saved under this name."""
    if Path(path).suffix.lower() not in ENDINGS:
        raise AllianceError(
            f"A table cannot be saved as '{Path(path).name}'.\n"
            f"To fix: end the name in {join_names(ENDINGS)}."
        )
