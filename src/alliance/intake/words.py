"""Words: the answers and the names of lines in the languages that questionnaires are kept in."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from alliance.instruments import Instrument


@cache
def _languages() -> dict[str, Any]:
    return tomllib.loads(files("alliance.intake").joinpath("words.toml").read_text("utf-8"))


def folded(text: object) -> str:
    """Return a text for comparison: case-folded, with single spaces."""
    return " ".join(str(text).casefold().split())


def answer_words(instrument: Instrument, found: Iterable[str]) -> Mapping[str, float]:
    """Return the response words of the one language that covers most of the words found.

    Parameters
    ----------
    instrument : Instrument
    found : iterable of str
        Words of a file's answers, folded.
    """
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
    return best if len(present & set(best)) >= needed else options[0]


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
