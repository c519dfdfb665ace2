"""Timeline: dates and session numbers against each other, and where a new course begins."""

from datetime import date

import numpy as np
import pandas as pd

from alliance.errors import Problem
from alliance.intake.dates import read_dates
from alliance.intake.forms import codes_of
from alliance.intake.mapping import ExportMap
from alliance.intake.problems import WHO, Option, known_problem, problem_of, settled_by
from alliance.tables import as_text, course_key, run_starts

_SESSIONS_OF_A_DAY = 3
# Of the steps from one rating to the next: how many must be known, and be alike.
_FEWEST_STEPS, _USUAL_SHARE = 5, 0.6
# Codes for a session that is not known.
_UNKNOWN = (99.0, 999.0, 9999.0, 99999.0)


def read_days(
    forms: pd.DataFrame, mapping: ExportMap, *, needed: bool
) -> tuple[pd.DataFrame, list[Problem], pd.Series]:
    """Read dates into ``date`` and ``_time``; what is none, or lies in the future, becomes missing.

    Returns the forms, what was found, and the forms whose date cannot be used.
    """
    given = as_text(forms["date"])
    read = read_dates(given, mapping.day_first)
    forms = forms.assign(date=read.days, _time=read.times)
    if read.in_doubt:
        everywhere = pd.Series(True, index=forms.index)
        return forms, [_doubt(str(mapping.date), given, needed=needed)], everywhere
    unread = read.days.isna() & given.notna()
    today = date.today().isoformat()
    future = read.days.gt(today).fillna(False).astype(bool)
    forms = forms.assign(date=read.days.mask(future))
    shown = ("client", "rater", "found")
    problems = [
        *problem_of(
            "not a date",
            forms.assign(found=given)[unread],
            shown,
            column=mapping.date,
            serious=needed,
        ),
        *problem_of(
            "date in the future", forms.assign(found=read.days)[future], shown, serious=needed
        ),
    ]
    return forms, problems, unread | future


def _doubt(column: str, given: pd.Series, *, needed: bool) -> Problem:
    problem = known_problem(
        "dates in doubt", column=column, example=given.dropna().iloc[0], serious=needed
    )
    options = (
        Option(label="the day", settings={"day_first": True}),
        Option(label="the month", settings={"day_first": False}),
    )
    return settled_by(problem, *options, setting="day_first")


def number_by_date(forms: pd.DataFrame) -> pd.Series:
    """Return session numbers by day, and within a day by time where one rater has several forms."""
    course = course_key(forms)
    own = [*course, "rater", *(["moment"] if "moment" in forms.columns else [])]
    timed = forms["_time"].where(
        forms.groupby([*own, "date"], dropna=False)["_time"].transform("nunique") > 1
    )
    order = timed.groupby([forms[name] for name in [*own, "date"]], dropna=False).rank(
        method="dense"
    )
    day = (pd.to_datetime(forms["date"]) - pd.Timestamp(0)).dt.days
    # Sessions of one day follow each other behind the day's number.
    moment = day + order.fillna(1) / 10_000
    return moment.groupby([forms[name] for name in course], dropna=False).rank(method="dense")


def out_of_line(forms: pd.DataFrame) -> tuple[list[Problem], pd.Series]:
    """Find dates against the session numbers or far from their neighbours: problems, and where."""
    where = pd.Series(False, index=forms.index)
    ordered = _ordered(forms, ["session"])
    if len(ordered) < 3:
        return [], where
    day, course = ordered["day"].to_numpy(), ordered["course"].to_numpy()
    before, after = np.roll(day, 1), np.roll(day, -1)
    same_before, same_after = course == np.roll(course, 1), course == np.roll(course, -1)
    same_before[0] = same_after[-1] = False
    inside = same_before & same_after & (before <= after)
    # Neighbours agree with each other, not with this one.
    against = inside & ((day < before) | (day > after))
    last = same_before & ~same_after & (day < before)
    first = same_after & ~same_before & (day > after) & ~np.roll(against, -1)
    wrong = ordered.index[against | first | (last & ~np.roll(against, 1))]
    where[wrong] = True
    rows = forms.assign(found=forms["date"]).loc[wrong].sort_values("row", kind="stable")
    return problem_of("dates out of order", rows, [*WHO, "found"]), where


def one_date(forms: pd.DataFrame, column: str) -> list[Problem]:
    """Point out a date that is the same in all sessions of each client: of birth, or of the export."""
    dated = forms[forms["date"].notna() & forms["session"].notna()]
    clients = dated.groupby("client")
    if not len(dated) or clients["date"].nunique().max() > 1:
        return []
    if clients["session"].nunique().max() < _SESSIONS_OF_A_DAY:
        return []
    return [known_problem("one date for all sessions", column=column)]


def _ordered(forms: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return one row for each dated session of a course, in order: course, day, session."""
    dated = forms[forms["date"].notna() & forms["client"].notna() & forms["session"].notna()]
    course = dated.groupby(course_key(dated), dropna=False)
    table = pd.DataFrame(
        {
            "course": course.ngroup(),
            "day": (pd.to_datetime(dated["date"]) - pd.Timestamp(0)).dt.days,
            "session": dated["session"].astype(float),
        },
        index=dated.index,
    )
    table = table.sort_values(["course", *by], kind="stable")
    return table[~table.duplicated(["course", "session", "day"])]


def split_courses(
    forms: pd.DataFrame, mapping: ExportMap, doubtful: pd.Series, restarts: pd.Series | None
) -> tuple[pd.Series | None, list[Problem]]:
    """Return each form's course of therapy where no column says it, and a question unless it is settled.

    A new one begins where session numbers restart (`restarts`), or after a break longer than the
    mapping's `longest_break`; dates that are `doubtful` are not trusted. None where every client
    has one.
    """
    begins = pd.Series(False, index=forms.index) if restarts is None else restarts
    if "date" in forms:
        begins |= _breaks(forms[~doubtful], mapping).reindex(forms.index, fill_value=False)
    if not begins.any():
        return None, []
    cases = _numbered(forms, begins)
    if mapping.case is not None:
        return cases, []
    shown = [name for name in (*WHO, "date") if name in forms.columns]
    rows = forms.loc[begins.index[begins]].set_index("row")[shown]
    problem = known_problem("new course", rows, longest=mapping.longest_break)
    options = (
        Option(label="each part is a course of its own", settings={"case": "split"}),
        Option(label="one course with a long break", settings={"longest_break": 99_999}),
    )
    return cases, [settled_by(problem, *options, setting="case")]


def restarts(forms: pd.DataFrame) -> pd.Series:
    """Return where numbers fall back to the first and only then recur, by dates or the file's order."""
    begins = pd.Series(False, index=forms.index)
    if "date" in forms:
        forms = forms[forms["date"].notna()].sort_values("date", kind="stable")
    key = ["client", "session", "rater", *(["moment"] if "moment" in forms else [])]
    doubled = pd.Series(codes_of(forms, key), index=forms.index).duplicated(keep=False)
    doubled &= forms["client"].notna() & forms["session"].notna()
    for _, rows in forms[forms["client"].isin(set(forms.loc[doubled, "client"]))].groupby("client"):
        numbers = rows["session"].astype(float).to_numpy()
        falls = np.r_[False, (numbers[1:] < numbers[:-1]) & (numbers[1:] <= np.nanmin(numbers))]
        part = rows.assign(part=np.cumsum(falls))
        # Otherwise they are versions of one questionnaire, not courses.
        if (
            falls.any()
            and not part.duplicated([*key, "part"]).any()
            and part["part"].value_counts().min() > 1
        ):
            begins[rows.index[falls]] = True
    return begins


def _breaks(forms: pd.DataFrame, mapping: ExportMap) -> pd.Series:
    begins = pd.Series(False, index=forms.index)
    ordered = _ordered(forms, ["day", "session"])
    same = ordered["course"].eq(ordered["course"].shift())
    gap = ordered["day"].diff()
    falls = ordered["session"].lt(ordered["session"].shift()) & (ordered["session"] <= 1)
    new = same & ((gap > mapping.longest_break) | (falls & (gap > 0)))
    begins[ordered.index[new]] = True
    return begins


def _numbered(forms: pd.DataFrame, begins: pd.Series) -> pd.Series:
    """Return the number of each form's course, as text, in the order of dates or of the file."""
    begins = begins.reindex(forms.index, fill_value=False)
    if "date" not in forms:
        return (begins.groupby(forms["client"], dropna=False).cumsum() + 1).astype("str")
    starts = forms.loc[begins, ["client", "date"]].dropna().sort_values("date")
    by_client = {client: dates.to_numpy() for client, dates in starts.groupby("client")["date"]}
    numbers = pd.Series(1, index=forms.index)
    dated = forms[forms["client"].isin(by_client) & forms["date"].notna()]
    # Row by row: most clients have few, and a step of pandas for each takes longer than all rows.
    numbers[dated.index] += [
        int(np.searchsorted(by_client[client], day, "right"))
        for client, day in zip(dated["client"], dated["date"], strict=True)
    ]
    return numbers.astype("str")


def spacing_problems(rated: pd.DataFrame, *, in_order: bool) -> list[Problem]:
    """Point out that most ratings of a client stand the same number of sessions apart.

    `rated`: a row for each rated session, repeated where several raters rated it.
    """
    course = course_key(rated)
    rated = rated[[*course, "session"]].dropna(subset=["client", "session"])
    if not in_order or len(course) > 1:
        rated = rated.sort_values([*course, "session"], kind="stable")
    steps = np.diff(rated["session"].to_numpy(dtype=float))
    for name in course:
        steps[run_starts(rated[name])[1:] - 1] = 0  # from one course to the next
    values, counts = np.unique(steps[steps > 0], return_counts=True)
    if counts.sum() < _FEWEST_STEPS or counts.max() < _USUAL_SHARE * counts.sum():
        return []
    usual = int(values[counts.argmax()])
    if usual == 1:
        return []
    return [known_problem("every k-th session", usual=usual, which=_ordinal(usual))]


def far_numbers(forms: pd.DataFrame) -> list[Problem]:
    """Point out session numbers that are usual codes for "unknown", far beyond all others."""
    numbers = forms["session"].to_numpy(dtype=float, na_value=np.nan)
    known = numbers[~np.isnan(numbers)]
    coded = np.isin(numbers, _UNKNOWN)
    others = np.setdiff1d(known, _UNKNOWN)
    far = coded & (numbers > 2 * others.max(initial=0) + 1)
    return problem_of("session number far beyond", forms[far & (len(others) > 0)])


def _ordinal(number: int) -> str:
    endings = {1: "st", 2: "nd", 3: "rd"}
    ending = "th" if number % 100 in (11, 12, 13) else endings.get(number % 10, "th")
    return f"{number}{ending}"
