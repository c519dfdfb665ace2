"""What a screen shows: paragraphs of readable width, tables with few decimals, notes."""

from __future__ import annotations

import os
import sys
import textwrap
import warnings
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager

import pandas as pd

from alliance.errors import AllianceWarning

WIDTH = 100


def shown(frame: pd.DataFrame) -> str:
    """Return a table as text, with two decimals; a short table wider than the screen is turned."""
    texts = frame.map(_shown)
    texts = texts.loc[:, texts.ne("").any()]
    upright = texts.to_string(index=False)
    if len(upright.split("\n", 1)[0]) <= WIDTH or len(frame) > 4:
        return upright
    return texts.set_index(texts.columns[0]).T.rename_axis(columns=None).to_string()


def _shown(value: object) -> object:
    if value is pd.NA or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, float):
        return f"{value:.2f}"
    return value


def wrapped(text: str) -> str:
    """Return paragraphs wrapped to the screen, with an empty line between them."""
    return "\n\n".join(textwrap.fill(paragraph, WIDTH) for paragraph in text.split("\n"))


@contextmanager
def warnings_as_notes() -> Iterator[None]:
    """Print the package's warnings as notes on stderr, without the place in the code."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", AllianceWarning)
        yield
    for warning in caught:
        if issubclass(warning.category, AllianceWarning):
            print(f"{warning.message}\n", file=sys.stderr)


def rows_only(options: Namespace) -> bool:
    """Tell whether messages are to name rows, not people: by option, or for every command."""
    return getattr(options, "rows_only", False) or bool(os.environ.get("ALLIANCE_ROWS_ONLY"))
