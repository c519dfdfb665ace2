"""How a column of a result is shown: its name in the frame, its head and the kind of number it holds."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import pandas as pd

from alliance.errors import AllianceError, join_names
from alliance.results import columns
from alliance.results.columns import Column
from alliance.results.numbers import bounded

_WRITE: Mapping[str, Callable[..., Column]] = MappingProxyType(
    {
        "words": columns.words,
        "term": columns.terms,
        "count": columns.counts,
        "number": columns.numbers,
        "coefficient": columns.coefficients,
        "percent": columns.percents,
        "p": columns.p_values,
        "interval": columns.intervals,
        "bounded interval": partial(columns.intervals, write=bounded),
    }
)


@dataclass(frozen=True, kw_only=True)
class Spec:
    """One column of a result's table.

    Parameters
    ----------
    name : str
        Column of the frame; of an interval its lower end.
    head : str, optional
        What stands above it; the name without underscores if not given.
    kind : str
        ``words``, ``term`` (a name with underscores, as words), ``count``, ``number``,
        ``coefficient`` (cannot exceed 1), ``percent`` (from a share), ``p``, ``interval`` or
        ``bounded interval``.
    under : str
        A head above this column and its neighbours with the same one.
    high : str
        Of an interval: the column with its upper end.
    decimals : int, optional
        Where the manual of the kind leaves it open.
    """

    name: str
    head: str = ""
    kind: str = "words"
    under: str = ""
    high: str = ""
    decimals: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in _WRITE:
            raise AllianceError(f"A column is {join_names(_WRITE)}, not '{self.kind}'.")
        if self.kind.endswith("interval") != bool(self.high):
            raise AllianceError(f"The column '{self.name}' needs high= if it is an interval.")

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the frame that it shows."""
        return (self.name, self.high) if self.high else (self.name,)

    def write(self, rows: pd.DataFrame) -> Column:
        """Return the column of a table for a paper, its numbers rounded once, here."""
        # Rounded here and nowhere before: to round a rounded number moves it.
        # A letter stays as statistics write it.
        named = self.name if len(self.name) == 1 else self.name.replace("_", " ").capitalize()
        head = self.head or named
        decimals = {} if self.decimals is None or self.high else {"decimals": self.decimals}
        written = _WRITE[self.kind](head, *(rows[name] for name in self.names), **decimals)
        return written.under(self.under)


def specs_of(frame: pd.DataFrame) -> tuple[Spec, ...]:
    """Return a plain specification of every column of a frame, by its type."""
    return tuple(Spec(name=str(name), kind=_kind(frame[name])) for name in frame.columns)


def _kind(column: pd.Series) -> str:
    # yes and no are words, though pandas can count them.
    if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
        return "words"
    return "count" if pd.api.types.is_integer_dtype(column) else "number"


def written_frame(rows: pd.DataFrame, specs: Iterable[Spec]) -> pd.DataFrame:
    """Return the cells as they are written, under heads that name their spanner too."""
    made = [spec.write(rows) for spec in specs]
    heads = [": ".join(filter(None, (column.spanner, column.head))) for column in made]
    return pd.DataFrame(dict(zip(heads, (column.cells for column in made), strict=True)))
