"""Answers: a cell as it stands in an export becomes a number, or a problem that names it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.instruments import Instrument
from alliance.intake.export import Export
from alliance.intake.layout import Layout
from alliance.intake.words import answer_words, folded, to_number
from alliance.intake.workbooks import FORMULA

MISSING_MARKERS = {".", "#null!", "na", "n/a", "nan", "null", "none", "-"}
REDCAP_CODES = {
    *("ni", "inv", "unk", "nask", "asku", "nav", "msk", "nas", "na", "oth", "ninf", "pinf"),
}
_EXCEL_ERRORS = re.compile(r"#(?:VALUE!|REF!|DIV/0!|NAME\?|N/A|NUM!|SPILL!|CALC!)", re.IGNORECASE)
# What spreadsheet programs make of 9.5 and 5.9.
_DATE = re.compile(
    r"\d{4}-\d\d-\d\d.*|\d{1,2}[-. ]{1,2}[a-zäéû]{3,4}\.?|[a-zäéû]{3,4}\.?[- ]\d{1,2}"
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Reading:
    """How the cells of one export's item columns are read."""

    words: Mapping[str, float]  # Response words, case-folded, and their codes
    missing_words: frozenset[str]  # Texts, case-folded, that mean "no answer"
    missing_codes: tuple[float, ...]  # Numbers that mean "no answer"
    shift: float = 0.0  # Added to every number, for files whose lowest code is not the instrument's
    divide_by: float = 1.0  # Every number is divided by it


def make_reading(export: Export, layout: Layout) -> Reading:
    """Return how to read the answers of an export, in the language they are written in."""
    mapping, instrument = layout.mapping, layout.instrument
    numbers = tuple(n for n in map(to_number, mapping.missing_codes) if n is not None)
    texts = {folded(code) for code in mapping.missing_codes if to_number(code) is None}
    redcap = REDCAP_CODES if export.kind.startswith("REDCap") else set()
    stated = {folded(word): code for word, code in mapping.words.items()}
    if instrument is None:
        return Reading(words=stated, missing_words=frozenset(texts), missing_codes=numbers)
    words = {**_option_codes(instrument), **answer_words(instrument, _words_of(export, layout))}
    first = mapping.first_code
    return Reading(
        words={**words, **stated},
        missing_words=frozenset(texts | redcap),
        missing_codes=numbers,
        shift=0.0 if first is None else instrument.minimum - first,
        divide_by=mapping.divide_by,
    )


def _words_of(export: Export, layout: Layout) -> set[str]:
    """Return the words that stand as answers, folded."""
    items = {name for block in layout.blocks for name in block.items if name}
    columns = (export.cells[name] for name in items)
    texts = (column for column in columns if not pd.api.types.is_numeric_dtype(column))
    found = {text for column in texts for text in column.unique()}
    words = {folded(text) for text in found if not pd.isna(text)}
    return {text for text in words if to_number(text) is None}


def _option_codes(instrument: Instrument) -> dict[str, float]:
    """Return what a survey program writes for the k-th option: A1, AO01, and the number it means."""
    options = range(1, int(instrument.maximum) + 1) if instrument.whole_numbers else ()
    return {name.format(k): float(k) for k in options for name in ("a{}", "a{:02d}", "ao{:02d}")}


def read_answers(column: pd.Series, reading: Reading) -> tuple[np.ndarray, pd.DataFrame | None]:
    """Read one column of answers.

    `column`: text or numbers, NaN where empty; its index is the row in the file. Returns `answers`:
    NaN where there is no answer or none could be read; `strange`: if any: one row for each cell
    that could not simply be read: ``place`` (position in the column), ``found`` (the cell) and
    ``kind``: "missing mark", "spreadsheet error", "formula", "date" or "word".
    """
    if pd.api.types.is_numeric_dtype(column):
        answers, strange = column.to_numpy(dtype=float, na_value=np.nan), None
    else:
        answers, strange = _read_texts(column, reading)
    for code in reading.missing_codes:
        answers = np.where(answers == code, np.nan, answers)
    if reading.divide_by != 1:
        answers = answers / reading.divide_by
    return (answers + reading.shift if reading.shift else answers), strange


def _read_texts(column: pd.Series, reading: Reading) -> tuple[np.ndarray, pd.DataFrame | None]:
    # Each text is read once, however often it stands in the column.
    codes, texts = pd.factorize(column)
    readings = [_read_text(text, reading) for text in texts]
    values = np.array([value for value, _ in readings] + [np.nan])
    kinds = np.array([kind for _, kind in readings] + [""], dtype=object)
    if not any(kind for _, kind in readings):
        return values[codes], None
    places = np.nonzero(kinds[codes] != "")[0]
    strange = pd.DataFrame(
        {
            "place": places,
            "found": column.iloc[places].astype("str").to_numpy(),
            "kind": kinds[codes][places],
        }
    )
    return values[codes], strange


def _read_text(text: str, reading: Reading) -> tuple[float, str]:
    number, word = to_number(text), folded(text)
    if number is not None:
        return number, ""
    if text == FORMULA:
        return np.nan, "formula"
    # Words come before missing marks: "none" may be an answer of the questionnaire.
    if word in reading.words:
        # A word's code is the instrument's already: undo what is done to numbers below.
        return (float(reading.words[word]) - reading.shift) * reading.divide_by, ""
    if word == "" or word in reading.missing_words:
        return np.nan, ""
    if _EXCEL_ERRORS.fullmatch(word):
        return np.nan, "spreadsheet error"
    if word in MISSING_MARKERS:
        return np.nan, "missing mark"
    if _DATE.fullmatch(word):
        return np.nan, "date"
    return np.nan, "word"
