"""What goes wrong is said in the user's terms: what, where, and how to fix it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

ROWS_SHOWN = 12
# What may stand in a message that is passed on; everything else could name a person.
_TELLS_NOBODY = {"session", "item", "instrument", "scale", "column"}
_ROLES = {"client", "therapist", "observer", "supervisor"}


class AllianceError(Exception):
    """Base of every error that a user can cause; its text is the whole message."""


class AllianceWarning(UserWarning):
    """The answer stands, but know this."""


# No dataclass: loading that module takes a fourth of the time in which `alliance --help` answers.
class Problem:
    """One kind of problem in a table: what is wrong, in which rows, how to fix it.

    `kind`: short stable name, e.g. ``"out of range"``. `what`: one sentence without a closing full
    stop. `fix`: what the user can do about it. `rows`: those concerned, with only the columns
    needed to see the problem; the index is the row number in the user's file. `serious`: True if
    nothing can be computed until it is fixed or declared, False if the answer stands and the user
    should only know.
    """

    def __init__(
        self,
        *,
        kind: str,
        what: str,
        fix: str,
        rows: pd.DataFrame | None = None,
        serious: bool = True,
    ):
        # Imported here so that `alliance --help` need not load pandas.
        import pandas as pd

        self.kind, self.what, self.fix, self.serious = kind, what, fix, serious
        self.rows = pd.DataFrame() if rows is None else rows

    def but(self, **changes: Any) -> Problem:
        """Return the problem with some of its parts changed."""
        return type(self)(**{**vars(self), **changes})

    def text(self, rows_shown: int | None = ROWS_SHOWN) -> str:
        """Return the message; `rows_shown` limits the rows printed (None for all)."""
        count = len(self.rows)
        counted = f" ({count} {'row' if count == 1 else 'rows'})" if count else ""
        lines = [f"{self.what}{counted}."]
        if count:
            shown = self.rows if rows_shown is None else self.rows.head(rows_shown)
            lines += ["    " + line for line in _lines(shown)]
            if count > len(shown):
                lines.append(f"    ... and {count - len(shown)} more")
        lines.append(f"    To fix: {self.fix}")
        return "\n".join(lines)

    def redacted(self) -> Problem:
        """Return the problem with row numbers in place of people, for a message that is passed on.

        Kept are the rows' numbers, sessions and items, a rater's role, and cells that are the
        number given to an item; identifiers are taken out of the sentences too.
        """
        gone = [name for name in self.rows.columns if not _tells_nobody(self.rows, name)]
        names = {str(cell) for name in gone for cell in self.rows[name].dropna().unique()}
        return self.but(
            what=_without(self.what, names),
            fix=_without(self.fix, names),
            rows=self.rows.drop(columns=gone),
        )


def _tells_nobody(rows: pd.DataFrame, name: str) -> bool:
    if name == "rater":
        return set(rows[name].dropna().astype(str)) <= _ROLES
    if name == "found" and "item" in rows.columns:
        return all(_is_number(cell) for cell in rows[name].dropna())
    return name in _TELLS_NOBODY


def _is_number(cell: object) -> bool:
    try:
        float(str(cell).replace(",", "."))
    except ValueError:
        return False
    return True


def _without(text: str, names: set[str]) -> str:
    """Return a sentence with names that stand in quotation marks taken out."""
    for name in names:
        text = text.replace(f"'{name}'", "'...'").replace(f'"{name}"', '"..."')
    return text


def _lines(rows: pd.DataFrame) -> list[str]:
    if len(rows.columns):
        # Numbers among which one is missing are held with decimals: session 6, not 6.0.
        whole = {name: "{:.12g}".format for name in rows.filter(["session"]).select_dtypes("float")}
        return str(rows.to_string(na_rep="", formatters=whole)).splitlines()
    return [f"row {number}" for number in rows.index]


class DataError(AllianceError):
    """A table that cannot be used; carries every problem found in it, not only the first.

    Attributes
    ----------
    problems : tuple of Problem
    """

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(problems)
        super().__init__("\n\n".join(problem.text() for problem in self.problems))

    def __reduce__(self) -> tuple[type[DataError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)

    def redacted(self) -> DataError:
        """Return the error with row numbers in place of people; see `Problem.redacted`."""
        return DataError(problem.redacted() for problem in self.problems)


def raise_if_serious(problems: Sequence[Problem]) -> None:
    """Raise one `DataError` that holds every serious problem, if there is one."""
    serious = [problem for problem in problems if problem.serious]
    if serious:
        raise DataError(serious)


def suggest(name: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"`` for the known name nearest to `name`, or an empty text."""
    # Only where a name is wrong: `alliance --help` need not wait for it.
    import difflib

    spelled = {str(option).casefold(): str(option) for option in known}
    close = difflib.get_close_matches(str(name).casefold(), spelled, n=1, cutoff=0.6)
    return f" Did you mean '{spelled[close[0]]}'?" if close else ""


def join_names(names: Iterable[object], most: int = 10) -> str:
    """Return names as ``a, b, c``, cut after `most` with the number left out."""
    texts = [str(name) for name in names]
    rest = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + rest
