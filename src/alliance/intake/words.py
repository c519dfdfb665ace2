"""Words: what a cell says, as a number, as an answer or as the name of a line, in ten languages."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import numpy as np

from alliance.files import stated
from alliance.instruments import Instrument

_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_DECIMAL_POINT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


@cache
def _languages() -> dict[str, Any]:
    return stated("intake/words.toml")


# What columns, people and marks are called, in the order of the file.
NAMES = stated("intake/names.toml")


def meanings(names: Mapping[str, str]) -> dict[str, str]:
    """Return what each word of a table of names means."""
    return {word: meaning for meaning, words in names.items() for word in words.split()}


def folded(text: object) -> str:
    """Return a text for comparison: case-folded, with single spaces."""
    return " ".join(str(text).casefold().split())


def answer_words(instrument: Instrument, found: Iterable[str]) -> Mapping[str, float]:
    """Return the response words of the one language that covers most of the words found, folded."""
    known = _languages()
    name = known["same_answers"].get(instrument.key, instrument.key)
    options = [dict(instrument.words)]
    options += [
        _codes(anchors, instrument.minimum) for anchors in known["answers"].get(name, {}).values()
    ]
    present = set(found)
    # The catalogue's own words stand first: they win where two languages cover as much. A word or
    # two do not tell a language.
    needed = min(3, instrument.maximum - instrument.minimum - 1)
    best = max(options, key=lambda words: len(present & set(words)))
    return _one_for_each(best if len(present & set(best)) >= needed else options[0], present)


def _one_for_each(words: dict[str, float], present: set[str]) -> dict[str, float]:
    """Return words without those of a code that two share in a file, where another code has none.

    "Noen ganger" and "av og til" mean the same in one translation, and two answers in another.
    """
    codes = [words[word] for word in present & set(words)]
    shared = {code for code in codes if codes.count(code) > 1}
    between = {
        code for code in words.values() if min(codes, default=0) < code < max(codes, default=0)
    }
    if not between - set(codes):
        return words
    return {word: code for word, code in words.items() if code not in shared or word not in present}


def _codes(anchors: list[str], lowest: float) -> dict[str, float]:
    return {
        folded(spelling): lowest + place
        for place, spellings in enumerate(anchors)
        for spelling in spellings.split("|")
    }


def line_names(instrument: Instrument) -> list[set[str]]:
    """Return for each item the first words it may be called by; empty where items have no names."""
    lines = _languages()["lines"].get(instrument.key)
    if lines is None:
        return [{name.split("_")[0]} for name in instrument.item_names]
    return [{name, *spellings.split("|")} for name, spellings in lines.items()]


def to_number(cell: object) -> float | None:
    """Return the number a cell holds, with a decimal point or comma, or None.

    >>> to_number(" 9,3 "), to_number("4"), to_number("often")
    (9.3, 4.0, None)
    """
    if isinstance(cell, int | float | np.number) and not isinstance(cell, bool):
        return None if cell != cell else float(cell)
    text = str(cell).strip()
    if _DECIMAL_COMMA.fullmatch(text):
        return float(text.replace(",", "."))
    return float(text) if _DECIMAL_POINT.fullmatch(text) else None
