"""The screen: what is said on it does no harm to a terminal, fits it, and names nobody if asked not to."""

from __future__ import annotations

import re
import sys
import textwrap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TextIO, cast

from alliance.errors import AllianceWarning

if TYPE_CHECKING:
    import pandas as pd

    from alliance.cli.redaction import Redaction

WIDTH = 100
# Escape, and every other character that moves a cursor, colours, or turns the writing around.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# What the messages of this run may not say; None if they may name people.
REDACTION: ContextVar[Redaction | None] = ContextVar("REDACTION", default=None)


def say(text: object = "", *, to: TextIO | None = None) -> None:
    """Print a text without control characters, and without names if rows alone are to be named."""
    redaction = REDACTION.get()
    plain = str(text) if redaction is None else redaction.of(text)
    # Flushed at once, so that in a pipe too a step is said before it is taken.
    print(_UNSEEN.sub("\ufffd", plain), file=to or sys.stdout, flush=True)


def fit_to_console() -> None:
    """Let a console of few letters show what it can instead of ending the run."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def shown(frame: pd.DataFrame) -> str:
    """Return a table as text, with two decimals; a short table wider than the screen is turned."""
    texts = frame.map(_shown)
    # A column that is empty in every row says nothing, and costs width.
    texts = texts.loc[:, texts.ne("").any()]
    upright = str(texts.to_string(index=False))
    if len(upright.split("\n", 1)[0]) <= WIDTH or len(frame) > 4:
        return upright
    return str(texts.set_index(texts.columns[0]).T.rename_axis(columns=None).to_string())


def _shown(value: object) -> object:
    if isinstance(value, float):
        # NaN is the only float that is not itself.
        return "" if value != value else f"{value:.2f}"
    # pandas' missing value is the only other thing that is not itself.
    return "" if type(value).__name__ == "NAType" else value


def wrapped(text: str) -> str:
    """Return paragraphs wrapped to the screen, with an empty line between them."""
    return "\n\n".join(textwrap.fill(paragraph, WIDTH) for paragraph in text.split("\n"))


@contextmanager
def warnings_as_notes() -> Iterator[None]:
    """Print the package's warnings as notes on stderr, without the place in the code."""
    with warnings.catch_warnings():
        usual = warnings.showwarning

        def note(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
            if issubclass(category, AllianceWarning):
                say(f"{message}\n", to=sys.stderr)
            else:
                usual(message, category, *where, **more)

        warnings.showwarning = cast(Any, note)
        warnings.simplefilter("always", AllianceWarning)
        yield
