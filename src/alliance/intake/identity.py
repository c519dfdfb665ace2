"""Identity: whose questionnaire it is, of which session, filled in by whom, on what day."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from alliance.errors import Problem, join_names
from alliance.instruments import Instrument
from alliance.intake.answers import folded, to_number
from alliance.intake.forms import WHO
from alliance.intake.layout import Layout
from alliance.tables import as_text

_RATER_WORDS = {
    "patient": "client",
    "clinician": "therapist",
    "counsellor": "therapist",
    "counselor": "therapist",
}
_YEAR_FIRST = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ].*)?")
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?: .*)?")
_DOUBTFUL = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: .*)?")
_REDCAP_EVENT = re.compile(r"(?:.*[^0-9])?([0-9]+)_arm_[0-9]+", re.IGNORECASE)
# The number behind _arm_ is that of REDCap's study arm, no session.
_COUNTED = re.compile(r"(?!.*_arm_[0-9]+$)([^0-9]*?)[\s._-]*([0-9]+)", re.IGNORECASE)
LARGEST_SESSION = 99_999


def read_sessions(column: pd.Series, stated: Mapping[str, int]) -> pd.Series:
    """Return session numbers as floats, NaN where a cell holds none.

    Whole numbers are taken as they are, REDCap events by the number before ``_arm_``, and words
    with a number ("Session 3") if all such cells begin with the same word.

    Examples
    --------
    >>> read_sessions(pd.Series(["Session 1", "Session 02", "baseline"]), {"baseline": 0}).tolist()
    [1.0, 2.0, 0.0]
    """
    stated = {folded(text): number for text, number in stated.items()}
    codes, texts = pd.factorize(column)
    counted = [
        None if folded(text) in stated else _COUNTED.fullmatch(str(text).strip()) for text in texts
    ]
    words = {match[1].casefold().strip() for match in counted if match and match[1]}
    numbers = [
        _session_number(text, match if len(words) == 1 else None, stated)
        for text, match in zip(texts, counted, strict=True)
    ]
    return pd.Series(np.array([*numbers, np.nan])[codes], index=column.index)


def _session_number(text: object, counted: re.Match | None, stated: Mapping[str, int]) -> float:
    number = stated.get(folded(text), to_number(text))
    if number is None:
        event = _REDCAP_EVENT.fullmatch(str(text).strip()) or counted
        number = float(event[event.lastindex]) if event else np.nan
    # Larger numbers are dates or identifiers.
    whole = abs(number) <= LARGEST_SESSION and number == int(number)
    return float(number) if whole else np.nan


def read_raters(
    column: pd.Series, stated: Mapping[str, str], instrument: Instrument
) -> tuple[pd.Series, Problem | None]:
    """Return the raters in the field's words, and a problem if the instrument has no such rater."""
    stated = {folded(text): rater for text, rater in stated.items()}
    known = {**_RATER_WORDS, **{rater: rater for rater in instrument.raters}, **stated}
    codes, texts = pd.factorize(as_text(column))
    meant = [known.get(folded(text), text) for text in texts]
    raters = pd.Series(pd.array([*meant, None], dtype="str")[codes], index=column.index)
    unknown = sorted(set(meant) - set(instrument.raters))
    if not unknown:
        return raters, None
    return raters, Problem(
        kind="unknown rater",
        what=f"{instrument.key} has the raters {join_names(instrument.raters)}, but the file says "
        f"{join_names(repr(name) for name in unknown)}",
        fix=f'say what they mean, e.g. raters={{"{unknown[0]}": "client"}} in the mapping.',
    )


def read_dates(column: pd.Series) -> tuple[pd.Series, bool]:
    """Return dates as texts ``2024-05-31``, and whether day or month comes first is in doubt.

    Day/month/year and month/day/year are told apart by a number above 12 anywhere in the column;
    where that is not possible the texts are returned as they are. A text that is no date becomes
    missing.

    Examples
    --------
    >>> dates, doubtful = read_dates(pd.Series(["03/04/2024", "21/04/2024"]))
    >>> dates.tolist(), doubtful
    (['2024-04-03', '2024-04-21'], False)
    """
    codes, texts = pd.factorize(as_text(column))
    slashed = [match for match in map(_DOUBTFUL.fullmatch, texts) if match]
    day_first = any(int(match[1]) > 12 for match in slashed)
    month_first = any(int(match[2]) > 12 for match in slashed)
    doubtful = bool(slashed) and day_first == month_first
    doubtful &= any(match[1] != match[2] for match in slashed)
    found = [text if doubtful else _iso_date(text, day_first) for text in texts]
    return pd.Series(pd.array([*found, None], dtype="str")[codes], index=column.index), doubtful


def _iso_date(text: str, day_first: bool) -> str | None:
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day = match.groups()
    elif match := _DAY_FIRST.fullmatch(text):
        day, month, year = match.groups()
    elif match := _DOUBTFUL.fullmatch(text):
        day, month, year = match.groups() if day_first else match.group(2, 1, 3)
    else:
        return None
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def identify(forms: pd.DataFrame, layout: Layout) -> tuple[pd.DataFrame, list[Problem], pd.Series]:
    """Make client, session, rater and date of each form what they must be.

    Parameters
    ----------
    forms : DataFrame
        As `read_forms` makes them.
    layout : Layout

    Returns
    -------
    forms : DataFrame
        A copy with identifiers as text and sessions as whole numbers.
    problems : list of Problem
    nameless : Series of bool
        The forms that lack a client, a session or a rater.
    """
    forms, given, mapping = forms.copy(), forms["session"], layout.mapping
    forms["client"] = as_text(forms["client"])
    forms["rater"], unknown = read_raters(forms["rater"], mapping.raters, layout.instrument)
    if "therapist" in forms:
        forms["therapist"] = as_text(forms["therapist"])
    problems, unnumbered = [unknown] if unknown else [], pd.Series(False, index=forms.index)
    if "date" in forms:
        forms, wrong, unnumbered = _dated(forms, mapping.date, needed=layout.by_date)
        problems += wrong
    if layout.by_date:
        given = forms["date"]
        numbers = forms["date"].groupby(forms["client"]).rank(method="dense")
        forms["session"] = numbers.mask(unnumbered)
        problems.append(_numbered_by_date(mapping.date))
    else:
        forms["session"] = read_sessions(given, mapping.sessions)
    shown = forms.assign(session=as_text(given))
    missing = {name: forms[name].isna() for name in WHO}
    listed_already = {"session": unnumbered & layout.by_date}
    for name, where in missing.items():
        where = where & ~listed_already.get(name, False)
        problems += [_nameless(shown, name, where)] if where.any() else []
    forms["session"] = forms["session"].astype("Int64")
    return forms, problems, missing["client"] | missing["session"] | missing["rater"]


def _dated(forms: pd.DataFrame, column: str, *, needed: bool):
    """Read the dates; return forms, problems, and the forms whose date cannot be read."""
    given = as_text(forms["date"])
    dates, doubtful = read_dates(given)
    forms = forms.assign(date=dates)
    fix = "export dates as year-month-day, e.g. 2024-05-31."
    if doubtful:
        problem = Problem(
            kind="dates in doubt",
            what=f"In the dates of column {column} it is not clear whether the day or the month "
            f"comes first, e.g. {given.dropna().iloc[0]}",
            fix=fix,
            serious=needed,
        )
        return forms, [problem], pd.Series(True, index=forms.index)
    unread = dates.isna() & given.notna()
    if not unread.any():
        return forms, [], unread
    rows = forms.loc[unread, ["row", "client", "rater"]].assign(found=given[unread])
    problem = Problem(
        kind="not a date",
        what=f"The column {column} must hold dates",
        fix=fix,
        rows=rows.set_index("row"),
        serious=needed,
    )
    return forms, [problem], unread


def _numbered_by_date(column: str) -> Problem:
    return Problem(
        kind="numbered by date",
        what=f"There is no session number: sessions are numbered by {column}, so that missed "
        "sessions cannot be seen",
        fix="nothing, if every session was rated; otherwise export the session number.",
        serious=False,
    )


def _nameless(forms: pd.DataFrame, name: str, where: pd.Series) -> Problem:
    kind, what, fix = {
        "client": (
            "empty identifier",
            "The client is not named",
            "fill in the client, or take the rows out.",
        ),
        "session": (
            "session number",
            "The session is not a whole number",
            "number the sessions 1, 2, 3 ..., or say what the words mean, e.g. "
            'sessions={"baseline": 0} in the mapping.',
        ),
        "rater": (
            "empty identifier",
            "The rater is not named",
            "fill in who answered, or take the rows out.",
        ),
    }[name]
    return Problem(kind=kind, what=what, fix=fix, rows=forms.loc[where].set_index("row")[WHO])


def counted_by_redcap(forms: pd.DataFrame, column: str) -> Problem | None:
    """Return a note if every client's REDCap instances run 1, 2, 3 ... without a gap."""
    numbers = forms.dropna(subset=["client", "session"]).groupby("client")["session"]
    if not len(numbers) or not numbers.max().eq(numbers.nunique()).all() or numbers.max().max() < 2:
        return None
    return Problem(
        kind="numbered by instance",
        what=f"The sessions are {column}, which counts the forms: no client has a gap, so missed "
        "sessions may not be seen",
        fix="nothing, if every session was rated; otherwise name the column with the session "
        'number, session="...".',
        serious=False,
    )
