"""What every result can do: its numbers as a table, its words, its picture, in one way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import singledispatch
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from alliance.errors import AllianceError
from alliance.results.page import in_html
from alliance.results.publication import PublicationTable
from alliance.results.sentences import sentence, stated
from alliance.results.specification import Spec, specs_of, written_frame

if TYPE_CHECKING:
    from os import PathLike

    from matplotlib.axes import Axes

_PLAIN = (str, int, float, bool, type(None))


@dataclass(frozen=True, eq=False, kw_only=True)
class Result:
    """Numbers in a tidy table, with one way to read, write and draw them.

    A subclass adds its fields, and has its words in the file ``sentences.toml`` of its package:
    ``columns`` (see `Spec`; `table_columns` where they depend on the result), ``line`` (one line),
    ``title`` (of the table), ``answer`` and ``caution`` (together `text`), ``method`` (`methods`),
    ``basis`` (`notes`).
    Nothing is computed, and nothing drawn at random, when a result is shown.

    Parameters
    ----------
    frame : DataFrame
        Tidy, in full precision.
    """

    frame: pd.DataFrame

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__repr__" not in cls.__dict__:
            # The decorator of a dataclass would print every table in full.
            cls.__repr__ = Result.__repr__  # type: ignore[method-assign]

    # What a subclass states

    def table_columns(self) -> Sequence[Spec]:
        """Return the columns of `summary` and `to_table`, in order: all, unless some are stated."""
        columns = stated(type(self), "columns")
        if columns is None:
            return specs_of(self.table_rows())
        level = f"{100 * getattr(self, 'confidence', 0.95):g}% CI"
        return tuple(
            Spec(**{**entry, "head": entry.get("head", "").replace("{level}", level)})
            for entry in map(dict, columns)
            # A column of what was drawn says nothing where nothing was.
            if getattr(self, entry.pop("when", ""), True)
        )

    def table_rows(self) -> pd.DataFrame:
        """Return the rows of `summary` and `to_table`."""
        return self.frame

    def row_notes(self) -> Sequence[str]:
        """Return a specific note for each row of `to_table`, or nothing."""
        return ()

    def facts(self) -> Mapping[str, object]:
        """Return what the sentences may use beside the fields (as ``result``)."""
        return {}

    def preface(self) -> str:
        """Return what must be known before the answer, or nothing."""
        return ""

    # What every result does

    @property
    def settings(self) -> dict[str, object]:
        """The settings used: every field that is a plain value, by name."""
        return {
            field.name: value
            for field in fields(self)
            # Tables and models are no settings; what can be typed is.
            if isinstance(value := getattr(self, field.name), _PLAIN)
        }

    def summary(self) -> pd.DataFrame:
        """Return the main columns, in full precision."""
        # Full precision: what is rounded for a paper must not be computed with.
        names = [name for spec in self.table_columns() for name in spec.names]
        return self.table_rows()[list(dict.fromkeys(names))].reset_index(drop=True)

    def text(self) -> str:
        """Return the answer and its caution, in plain words."""
        return " ".join(filter(None, (self.preface(), self.sentences("answer", "caution"))))

    def methods(self) -> str:
        """Return the paragraph for a methods section."""
        return self.sentences("method")

    def notes(self) -> str:
        """Return what the answer rests on: what came in, was used, was excluded, and why."""
        return self.sentences("basis")

    def sentences(self, *names: str) -> str:
        """Return some of the sentences of this result, filled in."""
        context = {**self.facts(), "result": self}
        parts = (sentence(type(self), name, context) for name in names)
        return " ".join(part for part in parts if part)

    def to_table(self, *, number: int | None = None) -> PublicationTable:
        """Return the table for a paper.

        Parameters
        ----------
        number : int, optional
            Of the table in the paper.
        """
        # Notes and methods go below the table, where a paper's reader looks for them.
        rows = self.table_rows()
        return PublicationTable(
            number=number,
            title=self.sentences("title"),
            columns=tuple(spec.write(rows) for spec in self.table_columns()),
            general=" ".join(part for part in (self.notes(), self.methods()) if part),
            specific=tuple(self.row_notes()),
        )

    def plot(
        self, ax: Axes | None = None, *, save: str | PathLike[str] | None = None, **options: Any
    ) -> Axes:
        """Draw the result.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure if not given.
        save : path, optional
            Also write the picture to this file.
        **options
            Of the function in `alliance.figures` that draws this class.

        Raises
        ------
        AllianceError
            If there is no picture of this class, or nothing to draw.
        """
        # Packages that draw, ours and others', are named by this group of entry points; loaded late,
        # because that looks into the metadata of every package that is installed.
        if _draw.dispatch(type(self)) is _draw.dispatch(object):
            for found in entry_points(group="alliance.figures"):
                found.load()
        return _draw(self, ax=ax, save=save, **options)  # type: ignore[no-any-return]

    def _repr_html_(self) -> str:
        shown = written_frame(self.table_rows(), self.table_columns())
        return in_html(shown, self.text())

    def __repr__(self) -> str:
        line = self.sentences("line") or f"{len(self.frame)} rows"
        return f"<{type(self).__name__}: {line}>"


_Picture = TypeVar("_Picture", bound=Callable[..., Any])


@singledispatch
def _draw(result: Result, **options: Any) -> Any:
    raise AllianceError(f"There is no picture of {type(result).__name__}.")


def draws(*kinds: type) -> Callable[[_Picture], _Picture]:
    """Register a function as the picture of these result classes.

    Parameters
    ----------
    *kinds : type

    Returns
    -------
    callable
        A decorator for a function of ``(result, *, ax=None, save=None, **options)`` that returns
        the matplotlib Axes.
    """

    def register(picture: _Picture) -> _Picture:
        for kind in kinds:
            _draw.register(kind, picture)
        return picture

    return register
