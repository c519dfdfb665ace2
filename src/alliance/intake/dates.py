"""Dates: the many ways a day is written become year-month-day, or a question where two fit."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

import pandas as pd

from alliance.intake.recognition import without_accents
from alliance.intake.words import NAMES
from alliance.tables import as_text

_WEEKDAY = r"(?:[a-z]{2,10}[.,]{0,2} )?"
_TIME = r"(?:[T ,]+(?P<time>\d{1,2}:\d{2})(?::\d{2}(?:\.\d+)?)?\s*(?P<half>[ap]\.?m\.?)?.*)?"
_NAME, _YEAR = r"(?P<name>[a-z]{3,10})\.?", r"(?P<year>\d{4}|\d{2})"
_ORDINAL = r"(?P<day>\d{1,2})(?:\.|st|nd|rd|th|er)?"
_SHAPES = [
    re.compile(_WEEKDAY + shape + _TIME, re.IGNORECASE)
    for shape in (
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
        r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})",
        rf"(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\.\s?{_YEAR}",
        rf"{_ORDINAL}[- /.]{{0,2}}(?:de )?{_NAME},?[- /.]{{0,2}}(?:de )?{_YEAR}",
        rf"{_NAME}[- ]{{0,2}}{_ORDINAL},?[- ]{{1,2}}{_YEAR}",
        rf"(?P<year>\d{{4}})[- ]{_NAME}[- ](?P<day>\d{{1,2}})",
    )
]
_EITHER = re.compile(
    rf"{_WEEKDAY}(?P<one>\d{{1,2}})[/-](?P<two>\d{{1,2}})[/-](?P<year>\d{{4}}|\d{{2}}){_TIME}", re.I
)
_MONTHS = {
    name: number for number, names in enumerate(NAMES["months"], start=1) for name in names.split()
}
_SERIAL = re.compile(r"(?P<days>[2-6]\d{4})(?P<part>\.\d+)?")
# Day 1 of a spreadsheet is 1 January 1900, which it wrongly takes to be a leap year.
_SERIAL_START = date(1899, 12, 30)


class Dates(NamedTuple):
    """Dates as texts ``2024-05-31``, times as ``09:30``, and whether day or month comes first.

    ``in_doubt`` is true where every date fits both ways; ``days`` are then as they stand.
    """

    days: pd.Series
    times: pd.Series
    in_doubt: bool


def read_dates(column: pd.Series, day_first: bool | None = None) -> Dates:
    """Read a column of dates, texts or spreadsheet serials; what is none becomes missing.

    `day_first`: whether 03/04/2024 is 3 April; by default told by a number above 12 anywhere.

    >>> read_dates(pd.Series(["03/04/2024", "21/04/2024", "5-Mar-24", "Mar 14, 2026"])).days.tolist()
    ['2024-04-03', '2024-04-21', '2024-03-05', '2026-03-14']
    """
    # Each way of writing a day is read once.
    codes, texts = pd.factorize(as_text(column))
    found = [_EITHER.fullmatch(without_accents(text)) for text in texts]
    first = _order(filter(None, found)) if day_first is None else day_first
    if first is None:
        empty = pd.Series(pd.NA, index=column.index, dtype="str")
        return Dates(days=as_text(column), times=empty, in_doubt=True)
    read = [_parts(text, match, first) for text, match in zip(texts, found, strict=True)]
    days, times = (
        pd.Series(pd.array([*values, None], dtype="str")[codes], index=column.index)
        for values in (zip(*read, strict=True) if read else ([], []))
    )
    return Dates(days=days, times=times, in_doubt=False)


def _order(found: Iterable[re.Match[str]]) -> bool | None:
    """Return whether the day comes first, None where every date fits both ways."""
    pairs = {(int(match["one"]), int(match["two"])) for match in found}
    day_first, month_first = any(one > 12 for one, _ in pairs), any(two > 12 for _, two in pairs)
    # A number above 12 on one side only decides; on both sides the column contradicts itself.
    if day_first != month_first or all(one == two for one, two in pairs):
        return day_first
    return None


def _parts(
    text: str, either: re.Match[str] | None, day_first: bool
) -> tuple[str | None, str | None]:
    """Return day and time of one text; neither where it is no date."""
    if either:
        day, month = (either["one"], either["two"]) if day_first else (either["two"], either["one"])
        return _day(either["year"], month, day), _time(either)
    serial = _SERIAL.fullmatch(text)
    if serial:
        # The fraction of a spreadsheet's day number is the time.
        minutes = round(float(serial["part"] or 0) * 1440)
        day = (_SERIAL_START + timedelta(days=int(serial["days"]))).isoformat()
        return day, f"{minutes // 60:02d}:{minutes % 60:02d}" if serial["part"] else None
    plain = without_accents(text)
    for shape in _SHAPES:
        match = shape.fullmatch(plain)
        if match:
            name = match.groupdict().get("name", "").casefold()
            month = _MONTHS.get(name[:4]) or _MONTHS.get(name[:3]) if name else match["month"]
            return _day(match["year"], month, match["day"]), _time(match)
    return None, None


def _day(year: str, month: str | int | None, day: str) -> str | None:
    number = int(year)
    if len(year) == 2:
        # A year of two digits lies between 1970 and 2069.
        number += 2000 if number < 70 else 1900
    if number < 1900:  # a slip of the pen, as is a day that is not in the calendar
        return None
    try:
        return date(number, int(month or 0), int(day)).isoformat()
    except ValueError:
        return None


def _time(match: re.Match[str]) -> str | None:
    if not match["time"]:
        return None
    hour, minute = map(int, match["time"].split(":"))
    if match["half"]:
        hour = hour % 12 + (12 if match["half"].lower().startswith("p") else 0)
    return f"{hour:02d}:{minute:02d}"
