"""Which instrument: the questionnaire of a file or a row, as named, by its columns or total, or asked for."""

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from alliance.errors import AllianceError, join_names
from alliance.instruments import (
    METRICS,
    Instrument,
    choices,
    instruments,
    load,
    load_for_totals,
)
from alliance.intake.export import Export
from alliance.intake.mapping import TEXTS, ExportMap
from alliance.intake.patterns import counting_patterns
from alliance.intake.problems import Option, Question, known_question
from alliance.intake.recognition import (
    RHEUMATOLOGY_HAQ_ITEMS,
    WELSH_ANXIETY_ITEMS,
    fitting_instruments,
    longest_run,
    plain,
    total_column,
)
from alliance.intake.words import NAMES

_NAMES = ("instrument", "questionnaire")
# Of the filled cells of a column, to be taken for scores.
_NUMBERS = 0.9


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
        return None, known_question(
            "named in a column",
            _keys(key for key in named if key in instruments()),
            column=column,
            named=join_names(named),
            first=named[0],
        )
    return _by_columns(columns)


def _stated(
    instrument: Instrument, columns: list[str], named: list[str], mapping: ExportMap
) -> tuple[Instrument, Question | None]:
    question = None
    if instrument.totals_only:
        question = known_question("totals only", name=instrument.name, checked=instrument.checked)
    elif mapping.items is None:
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
        name, named, form = "several instruments", join_names(keys), ""
        if unnamed:
            name, form = "another instrument", unnamed.asks
            keys = [*(option.settings["instrument"] for option in unnamed.options), *keys]
        return None, known_question(name, _keys(keys), keys=named, form=form, first=keys[0])
    if longest_run(columns, ("wai",))[1] == 36:
        return load("wai-36"), None
    return None, unnamed or _welsh(columns) or _not_recognised(columns)


def _unnamed_form(columns: list[str], fitting: list[str]) -> Question | None:
    """Ask which form it is whose columns are called as several forms are, e.g. WAI and no more."""
    for choice in choices():
        pattern, length = longest_run(columns, (choice.name,))
        if length == choice.items and not set(choice.choose) & set(fitting):
            what, fix = choice.question().split("\n    To fix: ")
            options = _keys(choice.choose)
            return known_question("a shared name", options, pattern=pattern, what=what, fix=fix)
    return None


def _not_recognised(columns: list[str]) -> Question:
    unlike = ""
    if longest_run(columns, ("haq-ii", "haq-2", "haq"))[1] == RHEUMATOLOGY_HAQ_ITEMS:
        unlike = (
            " Ten columns called HAQ may be the rheumatology Health Assessment Questionnaire-II, "
            "which is no alliance measure."
        )
    for key, each in instruments().items():
        column = total_column(columns, each)
        if column is not None:
            option = total_of(column, each)
            return known_question("total without items", [option], column=column, key=key)
    counting = counting_patterns(columns)
    also = f" Columns that count: {join_names(counting)}." if counting else ""
    called = [name for name in columns if called_total(name)]
    ready = f'; if it holds ready-made totals, --scores "total={called[0]}" too' if called else ""
    alliance = [key for key, each in instruments().items() if each.kind == "alliance"]
    return known_question(
        "instrument not recognised", _keys(alliance), unlike=unlike, counting=also, ready=ready
    )


def _welsh(columns: list[str]) -> Question | None:
    pattern, length = longest_run(columns, ("wai",))
    if length < WELSH_ANXIETY_ITEMS:
        return None
    return known_question(
        "welsh anxiety inventory", pattern=pattern, count=length, usual=WELSH_ANXIETY_ITEMS
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
    key = instrument.key
    options = (Option(label=word, settings={"instruments": {word: key}}) for word in named)
    return known_question(
        "no row of the instrument",
        options,
        column=column,
        key=key,
        named=join_names(named),
        first=named[0],
    )


def _meant(words: pd.Series, stated: Mapping[str, str]) -> dict[Any, str]:
    """Return which instrument each word of a column means; a file names few in many rows."""
    stated = {plain(word): key for word, key in stated.items()}
    known = {plain(key): key for key in instruments()} | stated
    return {word: known.get(plain(word), str(word).strip()) for word in words.dropna().unique()}


def only_scores(
    cells: pd.DataFrame, instrument: Instrument, mapping: ExportMap
) -> tuple[Option, ...]:
    """Return the columns whose numbers could be the total of an instrument, the likeliest first."""
    taken = {getattr(mapping, name) for name in TEXTS}
    free = [name for name in cells.columns if name not in taken]
    numbers = {name: _numbers(cells[name]) for name in free}
    key = _named(instrument)
    return tuple(
        Option(
            label=f"no items, only the total: {name} ({metric})",
            settings={"scores": {"total": name}, "metric": metric, "instrument": key},
        )
        for name in sorted(free, key=lambda name: not called_total(name))
        for metric in dict.fromkeys((instrument.metric, *METRICS))
        if _fits(numbers[name], metric, instrument)
    )


def called_total(name: str) -> bool:
    """Return whether a column's name says that it holds a total."""
    return any(word in plain(name) for word in NAMES["total_columns"].split())


def _numbers(column: pd.Series) -> pd.Series:
    """Return the numbers of a column, none if too many of its cells are something else."""
    given = column.dropna()
    texts = given.astype(str).str.replace(",", ".", regex=False)
    numbers = pd.to_numeric(texts, errors="coerce").dropna()
    return numbers if len(numbers) >= max(1, _NUMBERS * len(given)) else numbers.iloc[:0]


def total_of(column: str, instrument: Instrument) -> Option:
    """Return the option that a column holds the total of an instrument, as its name says."""
    label = f"{instrument.key}, {instrument.name}: no items, only the total, {column}"
    settings = {"scores": {"total": column}, "instrument": instrument.key}
    return Option(label=label, settings=settings)


def _fits(numbers: pd.Series, metric: str, instrument: Instrument) -> bool:
    if numbers.empty or not instrument.has_total or (metric == "scaled" and not instrument.scaled):
        return False
    low, high = instrument.score_range("total", metric)
    # Sums that would all be means too are means, and the other way round.
    narrower = metric == "sum" and numbers.max() <= instrument.maximum
    return bool(numbers.between(low, high).mean() >= _NUMBERS) and not narrower


def _named(instrument: Instrument) -> str:
    """Return a name of the instrument that says which ready-made total is meant."""
    for name in (instrument.key, *instrument.aliases):
        with contextlib.suppress(AllianceError):
            load_for_totals(name, instrument.metric)
            return name
    return instrument.key
