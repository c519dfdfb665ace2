"""Problems: what can be wrong with a file; problems.toml says each in words, and how to mend it."""

import re
import warnings
from collections.abc import Iterable
from functools import cache
from typing import Any

import pandas as pd

from alliance.errors import AllianceError, AllianceWarning, Problem
from alliance.files import stated
from alliance.instruments import Instrument


@cache
def known_problems() -> dict[str, dict[str, Any]]:
    """Return every problem by name: ``what``, ``fix``, and ``kind`` or ``serious`` if they differ."""
    return stated("intake/problems.toml")


def known_problem(
    name: str, rows: pd.DataFrame | None = None, of: Instrument | None = None, **places: object
) -> Problem:
    """Return a problem with its places, e.g. ``{column}``, filled in.

    `of`: the instrument that gives ``{instrument}``, ``{lowest}`` and ``{highest}``. `places`:
    texts and numbers; ``serious`` says that of a problem which may be either.
    """
    if of is not None:
        places |= {"instrument": of.key, "lowest": of.minimum, "highest": of.maximum}

    def filled(place: re.Match[str]) -> str:
        # Braces around no place stay, as in words={...}.
        value = places.get(place[1], place[0])
        return f"{value:g}" if isinstance(value, float) else str(value)

    entry = known_problems()[name]
    what, fix = (re.sub(r"\{(\w+)\}", filled, entry[part]) for part in ("what", "fix"))
    serious = bool(places.get("serious", entry.get("serious", True)))
    return Problem(kind=entry.get("kind", name), what=what, fix=fix, rows=rows, serious=serious)


def sets_aside(problems: str) -> bool:
    """Return whether what cannot stand is set aside instead of raised; refuse any other word."""
    if problems not in ("raise", "set aside"):
        raise AllianceError(f"problems must be 'raise' or 'set aside', not '{problems}'.")
    return problems == "set aside"


def warn_of(problems: Iterable[Problem]) -> None:
    """Warn whoever called the reader of each problem with which its table stands."""
    for problem in problems:
        prefix = "Set aside: " if problem.serious else ""
        warnings.warn(prefix + problem.text(rows_shown=3), AllianceWarning, stacklevel=3)
