"""Which instrument: the questionnaire of a file or a row, as named, by its columns, or asked for."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from alliance.errors import join_names
from alliance.instruments import Instrument, choices, instruments, load
from alliance.intake.export import Export
from alliance.intake.mapping import ExportMap
from alliance.intake.only_scores import called_total, total_of
from alliance.intake.patterns import counting_patterns
from alliance.intake.questions import Option, Question
from alliance.intake.recognition import (
    RHEUMATOLOGY_HAQ_ITEMS,
    WELSH_ANXIETY_ITEMS,
    fitting_instruments,
    longest_run,
    plain,
    total_column,
)

_NAMES = ("instrument", "questionnaire")


def find_instrument(
    export: Export, mapping: ExportMap
) -> tuple[Instrument | None, Question | None]:
    """Return the questionnaire of a file, or what there is to ask; an unknown one stated is an error."""
    columns, column = list(export.cells.columns), mapping.instrument_column
    named = []
    if column is not None and column in columns:
        named = instruments_named(export.cells, column, mapping.instruments)
    if mapping.instrument is not None:
        return _stated(load(mapping.instrument), columns, named, mapping)
    if len(named) == 1 and named[0] in instruments():
        return load(named[0]), None
    if named:
        return None, Question(
            asks=f"The column '{column}' names {join_names(named)}.",
            fix='say which questionnaire to read, e.g. instrument="wai-sr" (on the command line '
            "--instrument), and in the mapping what the column calls it, e.g. "
            f'instruments={{"{named[0]}": "wai-sr"}}.',
            setting="instrument",
            options=_keys(key for key in named if key in instruments()),
        )
    return _by_columns(columns)


def _stated(
    instrument: Instrument, columns: list[str], named: list[str], mapping: ExportMap
) -> tuple[Instrument, Question | None]:
    question = _totals_only(instrument)
    if question is None and mapping.items is None:
        question = _welsh(columns)
    if question is None and named:
        question = _no_row(named, str(mapping.instrument_column), instrument)
    return instrument, question


def _keys(keys: Iterable[str]) -> tuple[Option, ...]:
    return tuple(
        Option(label=f"{key}, {load(key).name}", settings={"instrument": key}) for key in keys
    )


def _by_columns(columns: list[str]) -> tuple[Instrument | None, Question | None]:
    fitting = fitting_instruments(columns)
    keys = [instrument.key for instrument in fitting]
    unnamed = _unnamed_form(columns, keys)
    if len(fitting) == 1 and unnamed is None:
        return fitting[0], None
    if fitting:
        asks = f"The file holds several questionnaires: {join_names(keys)}."
        if unnamed:
            named = join_names(keys)
            asks = f"The file holds {named}, and another questionnaire.{' ' + unnamed.asks}"
            keys = [*(option.settings["instrument"] for option in unnamed.options), *keys]
        return None, Question(
            asks=asks,
            fix=f'say which one to read, instrument="{keys[0]}" (on the command line '
            "--instrument).",
            setting="instrument",
            options=_keys(keys),
        )
    if longest_run(columns, ("wai",))[1] == 36:
        return load("wai-36"), None
    return None, unnamed or _welsh(columns) or _not_recognised(columns)


def _unnamed_form(columns: list[str], fitting: list[str]) -> Question | None:
    """Ask which form it is whose columns are called as several forms are, e.g. WAI and no more."""
    for choice in choices():
        pattern, length = longest_run(columns, (choice.name,))
        if length == choice.items and not set(choice.choose) & set(fitting):
            asks, fix = choice.question().split("\n    To fix: ")
            return Question(
                asks=f"The columns {pattern} hold {asks}",
                fix=fix,
                setting="instrument",
                options=_keys(choice.choose),
            )
    return None


def _not_recognised(columns: list[str]) -> Question:
    unlike = ""
    if longest_run(columns, ("haq-ii", "haq-2", "haq"))[1] == RHEUMATOLOGY_HAQ_ITEMS:
        unlike = (
            " Ten columns called HAQ may be the rheumatology Health Assessment Questionnaire-II, "
            "which is no alliance measure."
        )
    totals = [(key, total_column(columns, each)) for key, each in instruments().items()]
    for key, column in totals:
        if column is not None:
            return Question(
                asks=f"The column '{column}' may be the ready-made total of the {key}, and no answers "
                "to its items were found.",
                fix=f'if so, read_scores with instrument="{key}" and scores={{"total": "{column}"}} '
                f'(on the command line --instrument {key} --scores "total={column}").',
                setting="instrument",
                options=(total_of(column, load(key)),),
            )
    counting = counting_patterns(columns)
    also = f" Columns that count: {join_names(counting)}." if counting else ""
    called = [name for name in columns if called_total(name)]
    ready = f'; if it holds ready-made totals, --scores "total={called[0]}" too' if called else ""
    alliance = [key for key, each in instruments().items() if each.kind == "alliance"]
    return Question(
        asks=f"The questionnaire was not recognised.{unlike}{also}",
        fix='name it, e.g. instrument="wai-sr" (on the command line --instrument); '
        f"`alliance instruments` lists them{ready}.",
        setting="instrument",
        options=_keys(alliance),
    )


def _welsh(columns: list[str]) -> Question | None:
    pattern, length = longest_run(columns, ("wai",))
    if length < WELSH_ANXIETY_ITEMS:
        return None
    return Question(
        asks=f"The columns {pattern} count to {length}: {WELSH_ANXIETY_ITEMS} items have the Welsh "
        "Anxiety Inventory, not a Working Alliance Inventory.",
        fix="choose the file with the alliance questionnaire, or name its items by a pattern, "
        "items=...",
    )


def _totals_only(instrument: Instrument) -> Question | None:
    if not instrument.totals_only:
        return None
    return Question(
        asks=f"{instrument.name} is not scored from its items here: {instrument.checked}",
        fix="read its ready-made totals with read_scores (on the command line --scores), or supply "
        "a key file.",
    )


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


def _no_row(named: list[str], column: str, instrument: Instrument) -> Question | None:
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
