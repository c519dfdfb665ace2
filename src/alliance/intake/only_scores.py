"""Only scores: columns that may hold a questionnaire's ready-made total, where its items are not found."""

import contextlib

import pandas as pd

from alliance.errors import AllianceError
from alliance.instruments import METRICS, Instrument, load_for_totals
from alliance.intake.mapping import TEXTS, ExportMap
from alliance.intake.problems import Option
from alliance.intake.recognition import plain
from alliance.intake.words import NAMES

# Of the filled cells of a column, to be taken for scores.
_NUMBERS = 0.9


def only_scores(
    cells: pd.DataFrame, instrument: Instrument, mapping: ExportMap
) -> tuple[Option, ...]:
    """Return the columns whose numbers could be the total of an instrument, the likeliest first."""
    taken = {getattr(mapping, name) for name in TEXTS}
    free = [name for name in cells.columns if name not in taken]
    numbers = {name: _numbers(cells[name]) for name in free}
    found = [
        _option(name, metric, instrument)
        for name in sorted(free, key=lambda name: not called_total(name))
        for metric in dict.fromkeys((instrument.metric, *METRICS))
        if _fits(numbers[name], metric, instrument)
    ]
    return tuple(found)


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


def _option(name: str, metric: str, instrument: Instrument) -> Option:
    settings = {"scores": {"total": name}, "metric": metric, "instrument": _named(instrument)}
    return Option(label=f"no items, only the total: {name} ({metric})", settings=settings)


def _named(instrument: Instrument) -> str:
    """Return a name of the instrument that says which ready-made total is meant."""
    for name in (instrument.key, *instrument.aliases):
        with contextlib.suppress(AllianceError):
            load_for_totals(name, instrument.metric)
            return name
    return instrument.key
