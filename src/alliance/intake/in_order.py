"""In order: forms whose columns are whole questions, taken as the items by their order."""

import re
from itertools import groupby

import pandas as pd

from alliance.errors import join_names
from alliance.instruments import Instrument
from alliance.intake.export import Export
from alliance.intake.mapping import ExportMap
from alliance.intake.problems import Option, Question, known_question
from alliance.intake.words import answer_words, folded, to_number

IN_ORDER = "in order"
_LONG = 12


def columns_in_order(export: Export, instrument: Instrument, mapping: ExportMap) -> list[str]:
    """Return the columns that hold answers, if as many stand together as there are items.

    `mapping`: columns that it names for something else ("Session number") are no answers. Returns
    empty where the count does not fit, or where the names are no questions.
    """
    # A question of another kind (the client's code, the session) ends a run of answers.
    kinds = {
        name: _kind(export.cells[name])
        for name in export.cells.columns
        if name not in mapping.columns
        and _is_question(name, export)
        and _holds_answers(export.cells[name], instrument)
    }
    runs = [[*names] for kind, names in groupby(export.cells.columns, kinds.get) if kind]
    fitting = [run for run in runs if len(run) == instrument.items]
    return fitting[0] if len(fitting) == 1 else []


def _kind(cells: pd.Series) -> str:
    """Return whether a column holds numbers, words, or codes such as AB01."""
    given = cells.dropna().unique()
    if all(to_number(text) is not None for text in given):
        return "numbers"
    return "codes" if any(map(str.isdigit, "".join(map(str, given)))) else "words"


def _is_question(name: str, export: Export) -> bool:
    # The number of a column whose name repeats is no part of a question.
    text = re.sub(r" \(column \d+\)$", "", export.captions.get(name, name))
    return len(text) >= _LONG and " " in text.strip()


def _holds_answers(cells: pd.Series, instrument: Instrument) -> bool:
    given = cells.dropna().unique()
    if not len(given):
        return False
    if any(str(text)[0] == "0" and str(text)[1:2].isdigit() for text in given):
        return False  # 007 is a name
    numbers = pd.to_numeric(pd.Series(given), errors="coerce").dropna()
    if len(numbers) == len(given):
        return bool(numbers.between(0, max(instrument.maximum, 10)).all())
    words = {folded(text) for text in given}
    known = answer_words(instrument, words)
    options = instrument.maximum - instrument.minimum + 1
    return bool(words <= set(known)) or len(words) <= options


def confirm_order(columns: list[str], instrument: Instrument) -> Question:
    """Ask whether columns are the items in their order, showing each."""
    option = Option(label="these, in this order", settings={"items": list(columns)})
    return known_question(
        "in this order",
        [option],
        count=len(columns),
        key=instrument.key,
        shown="\n".join(f"      item {n}: {name}" for n, name in enumerate(columns, start=1)),
        first=join_names(columns[:2]),
    )
