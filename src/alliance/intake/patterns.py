"""Patterns: columns that differ only in an item, session or rater, named by one text."""

import re
from collections import defaultdict
from collections.abc import Iterable

from alliance.errors import AllianceError

_PLACES = {
    "{item}": r"(?P<item>\d{1,4})",
    "{session}": r"(?P<session>\d{1,4})",
    "{rater}": "(?P<rater>.+?)",
}


def pattern_places(pattern: str, columns: list[str]) -> list[tuple[str, dict[str, str]]]:
    """Return the columns that fit a pattern, each with what stands in its places.

    >>> pattern_places("s{session}_wai_{item}", ["ID", "s1_wai_01", "s1_wai_02"])
    [('s1_wai_01', {'session': '1', 'item': '01'}), ('s1_wai_02', {'session': '1', 'item': '02'})]
    """
    parts = re.split(r"(\{(?:item|session|rater)\})", pattern)
    for place in _PLACES:
        if parts.count(place) > 1:
            raise AllianceError(f"The pattern '{pattern}' names {place} twice.")
    fits = re.compile("".join(_PLACES.get(part) or re.escape(part) for part in parts))
    found = ((column, fits.fullmatch(column)) for column in columns)
    return [(column, match.groupdict()) for column, match in found if match]


def fill_pattern(pattern: str, *, session: int | None, rater: str | None) -> str:
    """Return a pattern with its session and rater filled in."""
    return pattern.replace("{session}", str(session)).replace("{rater}", str(rater))


def counting_patterns(
    columns: list[str], items: int | None = None, optional: Iterable[int] = ()
) -> list[str]:
    """Return the patterns of columns that count from 1 to `items`, or to 3 and more, but `optional` ones.

    >>> counting_patterns(["ID", "Q5_1", "Q5_2", "Q5_3", "Q6_1"])
    ['Q5_{item}']
    """
    runs: dict[str, set[int]] = defaultdict(set)
    for column in columns:
        for match in re.finditer(r"[0-9]{1,2}(?![0-9])", column):
            pattern = column[: match.start()] + "{item}" + column[match.end() :]
            runs[pattern].add(int(match[0]))
    return [
        pattern
        for pattern, run in runs.items()
        if run | set(optional) == set(range(1, (items or max(len(run), 3)) + 1))
    ]
