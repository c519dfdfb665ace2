"""The cells of a rupture log: yes and no in words, numbers, and codes however they are spelled."""

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from alliance.errors import Problem, join_names, suggest
from alliance.intake.problems import problem_of
from alliance.log.columns import YES_OR_EXTENT, Code, Range

_WORDS = {
    **dict.fromkeys(("yes", "y", "true", "x", "checked"), 1.0),
    **dict.fromkeys(("no", "n", "false", "unchecked"), 0.0),
}
_EMPTY = {"", "na", "n/a", "nan", "none", "null", ".", "-"}
_SOURCES = {
    **dict.fromkeys(("client", "patient", "pt"), "client"),
    **dict.fromkeys(("therapist", "clinician", "counsellor", "counselor", "th"), "therapist"),
    **dict.fromkeys(("observer", "rater", "coder", "judge"), "observer"),
}


def spelled(text: object) -> str:
    """Return a code as keys are spelled: " Missed cue" becomes missed_cue."""
    return re.sub(r"[^0-9a-z]+", "_", str(text).casefold()).strip("_")


def read_source(column: pd.Series) -> pd.Series:
    """Return who reported, usual other words for client, therapist and observer turned."""
    text = column.astype("str").str.strip()
    text = text.mask(column.isna() | text.eq(""))
    turned = text.map(lambda word: _SOURCES.get(word.casefold(), word), na_action="ignore")
    return turned.astype("str")


def read_numbers(
    column: pd.Series, name: str, allowed: Range, frame: pd.DataFrame
) -> tuple[pd.Series, list[Problem]]:
    """Return a column as numbers, with the cells that hold none or lie outside the range."""
    text = column.astype("str").str.strip().str.casefold().mask(column.isna())
    text = text.mask(text.isin(_EMPTY))
    # A decimal comma, as spreadsheets of half of Europe write it.
    number = pd.to_numeric(text.str.replace(",", ".", regex=False), errors="coerce")
    number = number.fillna(text.map(_WORDS).astype(float)).astype(float)
    outside = text.notna() & ~number.between(allowed.low, allowed.high)
    rows = _rows(frame, outside, **{name: column})
    problems = log_problem("out of range", rows, name=name, meaning=allowed.meaning)
    number = number.mask(outside)
    if name in YES_OR_EXTENT and allowed.low == 0 and number.gt(1).any():
        rows = _rows(frame, number.lt(1), **{name: number})
        problems += log_problem("two scales in one column", rows, name=name)
    return number, problems


def yes(number: pd.Series, from_extent: float, extent: bool | None = None) -> pd.Series:
    """Return whether each value means yes; missing where it is.

    In a column of extents (read from its values if not said) `from_extent` is the least that
    counts.
    """
    # A column of yes or extent holds extents if a value lies above 1.
    holds_extents = number.gt(1).any() if extent is None else extent
    needed = from_extent if holds_extents else 1
    return number.ge(needed).astype("boolean").mask(number.isna())


def read_codes(
    column: pd.Series, name: str, known: Iterable[Code], frame: pd.DataFrame
) -> tuple[pd.Series, list[Problem]]:
    """Return a column of codes as keys joined by semicolons, with one problem for unknown ones."""
    known = tuple(known)
    keys = {code.key: code.key for code in known}
    keys |= {synonym: code.key for code in known for synonym in code.synonyms}
    texts = column.astype("str").mask(column.isna())
    unknown: dict[str, None] = {}
    read, wrong = [], np.zeros(len(texts), dtype=bool)
    order = {code.key: place for place, code in enumerate(known)}
    for place, text in enumerate(texts):
        words = [] if pd.isna(text) else [spelled(word) for word in re.split(r"[;,|\n]", text)]
        words = [word for word in words if word not in _EMPTY]
        strange = [word for word in words if word not in keys]
        unknown |= dict.fromkeys(strange)
        wrong[place] = bool(strange)
        found = {keys[word] for word in words if word in keys}
        read.append("; ".join(sorted(found, key=order.__getitem__)) or None)
    codes = pd.Series(read, index=column.index, dtype="str")
    hints = [f"'{word}'.{suggest(word, keys)}" for word in list(unknown)[:8]]
    return codes, log_problem(
        "unknown code",
        _rows(frame, pd.Series(wrong, index=column.index), **{name: column}),
        name=name,
        unknown=" ".join(hints).rstrip("."),
        known=join_names(order, 20),
    )


def _rows(frame: pd.DataFrame, wrong: pd.Series, **shown: pd.Series) -> pd.DataFrame:
    names = [name for name in ("client", "session", "source") if name in frame.columns]
    return frame[names].assign(**shown)[wrong.to_numpy()]


def log_problem(name: str, rows: pd.DataFrame, /, **places: object) -> list[Problem]:
    """Return a problem of a log with the rows that have it; none if there are none."""
    return problem_of(name, rows, list(rows), stated_in="log/problems.toml", **places)
