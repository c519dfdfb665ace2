"""Columns of a table for a paper: numbers written as the APA manual asks."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Self

from alliance.results.letters import clean
from alliance.results.numbers import bounded, number, p_value

DASH = "\N{EM DASH}"


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column: its head and its cells, written out; words are set to the `left`.

    A cell is an em dash where a value could not be computed, empty where there is none to give. The
    `spanner` is a head above this and its neighbours with the same one.
    """

    head: str
    cells: tuple[str, ...]
    spanner: str = ""
    left: bool = False

    def __post_init__(self) -> None:
        # Cleaned here, once, for every format that the cells are written in.
        object.__setattr__(self, "head", clean(self.head))
        object.__setattr__(self, "spanner", clean(self.spanner))
        object.__setattr__(self, "cells", tuple(clean(cell) for cell in self.cells))

    def under(self, spanner: str) -> Self:
        """Return the same column under a spanner."""
        return replace(self, spanner=spanner)


def words(head: str, values: Iterable[Any]) -> Column:
    """Return a column of words, set to the left; missing ones are empty."""
    return Column(
        head=head, cells=tuple("" if _is_missing(v) else str(v) for v in values), left=True
    )


def terms(head: str, values: Iterable[Any]) -> Column:
    """Return a column of names from a frame as words: ``repair_rate`` is ``Repair rate``."""
    spaced = ("" if _is_missing(v) else str(v).replace("_", " ") for v in values)
    return words(head, (text[:1].upper() + text[1:] for text in spaced))


def counts(head: str, values: Iterable[Any]) -> Column:
    """Return a column of whole numbers, thousands set apart by commas."""
    return _column(head, values, lambda value: f"{value:,.0f}")


def numbers(head: str, values: Iterable[Any], decimals: int = 2) -> Column:
    """Return a column of numbers that may be larger than 1, such as M, SD or points."""
    return _column(head, values, lambda value: number(value, decimals))


def coefficients(head: str, values: Iterable[Any], decimals: int = 2) -> Column:
    """Return a column of numbers between -1 and 1, such as r, alpha or proportions."""
    return _column(head, values, lambda value: bounded(value, decimals))


def percents(head: str, shares: Iterable[Any], decimals: int = 0) -> Column:
    """Return a column of per cent, without the sign, from shares between 0 and 1."""
    return _column(head, shares, lambda share: number(100 * share, decimals))


def p_values(head: str, values: Iterable[Any]) -> Column:
    """Return a column of exact p, three decimals, ``< .001`` where it is less."""
    return _column(head, values, p_value)


def intervals(
    head: str,
    lower: Iterable[Any],
    upper: Iterable[Any],
    write: Callable[[float], str] = number,
) -> Column:
    """Return a column of intervals in brackets, each end written by `number` unless said."""
    cells = (
        DASH if _is_missing(low) or _is_missing(high) else f"[{write(low)}, {write(high)}]"
        for low, high in zip(lower, upper, strict=True)
    )
    return Column(head=head, cells=tuple(cells))


def _column(head: str, values: Iterable[Any], write: Callable[[float], str]) -> Column:
    cells = (_cell(value, write) for value in values)
    return Column(head=head, cells=tuple(cells))


def _cell(value: Any, write: Callable[[float], str]) -> str:
    # A cell of words already, such as why there is no number, is shown as it is.
    if isinstance(value, str):
        return value
    return DASH if _is_missing(value) else write(float(value))


def _is_missing(value: object) -> bool:
    import pandas as pd

    # An infinite value is one that could not be computed.
    return bool(pd.isna(value)) or value in (float("inf"), -float("inf"))
