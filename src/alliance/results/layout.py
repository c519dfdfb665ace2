"""A table for a paper as data: number, title, columns, and notes with their letters."""

from dataclasses import dataclass
from itertools import groupby

from alliance.errors import AllianceError, join_names
from alliance.results.columns import DASH, Column
from alliance.results.letters import clean, mark

_DASHED = "A dash marks a value that could not be computed."


@dataclass(frozen=True, kw_only=True)
class TableLayout:
    """What a table for a paper holds; see `PublicationTable`."""

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
        # One note for each row, or none at all: a note must not slip to another row.
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
        # Only neighbours share a spanner: the order of columns is the author's.
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
        # The manual asks that a dash be explained below its table.
        dashed = any(DASH in column.cells for column in self.columns)
        general = " ".join(part for part in (self.general, _DASHED if dashed else "") if part)
        letters = [(mark(place), note) for place, note in enumerate(self._distinct())]
        last = [("", self.probability)] if self.probability else []
        return [*([("Note.", general)] if general else []), *letters, *last]

    def _distinct(self) -> list[str]:
        return list(dict.fromkeys(note for note in self.specific if note))
