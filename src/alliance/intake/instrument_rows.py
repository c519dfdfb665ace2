"""Instrument rows: files that hold several questionnaires, each row naming its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from alliance.errors import join_names
from alliance.instruments import Instrument, instruments
from alliance.intake.files import Export
from alliance.intake.questions import Option, Question
from alliance.intake.recognition import plain

_NAMES = ("instrument", "questionnaire")


def instrument_column(cells: pd.DataFrame, stated: Mapping[str, str]) -> str | None:
    """Return the column that is called instrument, if every text in it names one."""
    known = {plain(key) for key in instruments()} | {plain(word) for word in stated}
    for column in cells.columns:
        if plain(column) in _NAMES:
            words = cells[column].dropna().unique()
            if len(words) and {plain(word) for word in words} <= known:
                return str(column)
    return None


def instruments_named(cells: pd.DataFrame, column: str, stated: Mapping[str, str]) -> list[str]:
    """Return the instruments that an instrument column names, in the words of the mapping."""
    return list(dict.fromkeys(_meant(cells[column], stated).values()))


def rows_of_instrument(
    export: Export, column: str | None, stated: Mapping[str, str], instrument: Instrument
) -> Export:
    """Return the export with only the rows that hold an instrument."""
    if column is None:
        return export
    meant = _meant(export.cells[column], stated)
    names = [word for word, key in meant.items() if plain(key) == plain(instrument.key)]
    if len(names) == len(meant) and export.cells[column].notna().all():
        return export
    own = export.cells[column].isin(names)
    return export if own.all() else replace(export, cells=export.cells[own])


def no_row_problem(named: list[str], column: str, instrument: Instrument) -> Question | None:
    """Say that no row holds the instrument, if none does."""
    if plain(instrument.key) in map(plain, named):
        return None
    return Question(
        asks=f"No row of the column '{column}' names {instrument.key}; it names "
        f"{join_names(named)}.",
        fix=f'say what the words mean, e.g. instruments={{"{named[0]}": "{instrument.key}"}} in '
        "the mapping.",
        options=tuple(
            Option(label=word, settings={"instruments": {word: instrument.key}}) for word in named
        ),
    )


def _meant(words: pd.Series, stated: Mapping[str, str]) -> dict[Any, str]:
    """Return which instrument each word of a column means; a file names few in many rows."""
    stated = {plain(word): key for word, key in stated.items()}
    known = {plain(key): key for key in instruments()} | stated
    return {word: known.get(plain(word), str(word).strip()) for word in words.dropna().unique()}
