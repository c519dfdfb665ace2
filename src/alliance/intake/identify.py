"""Identify: the forms of an export get their client, case, session, rater, moment and date."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from alliance.errors import Problem, join_names
from alliance.intake import identity, occasions, timeline
from alliance.intake.export import Export
from alliance.intake.forms import numbered
from alliance.intake.layout import Layout
from alliance.intake.problems import WHO, known_problem
from alliance.tables import as_text, client_starts, course_key

_FILLED = ("therapist", "case")


@dataclass(frozen=True, eq=False, kw_only=True)
class Identified:
    """Forms with identifiers as text and sessions as whole numbers."""

    forms: pd.DataFrame  # Those with answers, and sessions that were held without
    problems: list[Problem]
    answered: pd.Series
    held: pd.Series
    in_order: bool  # Whether forms stand by client and session, each there once


def identify(
    export: Export, forms: pd.DataFrame, layout: Layout, answered: pd.Series
) -> Identified:
    """Make client, session, rater and date of each form of `read_forms` what they must be."""
    mapping = layout.mapping
    forms = forms.copy(deep=False)
    given = forms["client"]
    named = identity.identifiers(given)
    forms["client"], problems = occasions.fill_down(named, empty=given.isna())
    names: list[Any] | None = identity.different(forms["client"])
    others, notes = occasions.other_rows(export, forms, answered, names)
    problems += notes
    if export.kind.startswith("REDCap"):
        filled = [n for n in (*_FILLED, *mapping.covariates) if n in forms.columns]
        forms = occasions.from_intake_rows(forms, filled, answered)
    if others.any():
        names = None
        forms, answered = forms[~others], answered[~others]
    forms["rater"], wrong = identity.raters(forms["rater"], mapping.raters, layout.instrument)
    problems += wrong
    forms = _with_text(forms)
    given = forms["session"]
    forms, wrong, unusable = _numbered(forms, layout, answered)
    problems += wrong
    held, notes = occasions.held_without_answers(forms, layout, answered)
    problems += notes
    there = answered | held
    if not there.all():
        forms, given, unusable = forms[there].copy(deep=False), given[there], unusable[there]
        answered, held, names = answered[there], held[there], None
    in_order = client_starts(forms) is not None
    forms, wrong = _in_courses(forms, layout, unusable, in_order)
    problems += wrong + _nameless_problems(forms, given, unusable & layout.by_date)
    problems += identity.alike_clients(forms["client"], names) + _people(export, forms)
    problems += _redcap_note(forms, layout)
    if not mapping.sessions:
        problems += _session_labels(export, mapping.session)
    if not layout.by_date:
        problems += timeline.spacing_problems(forms[answered], in_order=in_order)
        problems += timeline.far_numbers(forms)
    forms["session"] = forms["session"].astype("Int64")
    return Identified(
        forms=forms,
        problems=problems,
        answered=answered,
        held=held,
        in_order=in_order,
    )


def _with_text(forms: pd.DataFrame) -> pd.DataFrame:
    for name in ("therapist", "case"):
        if name in forms:
            forms[name] = identity.identifiers(forms[name])
    if "moment" in forms:
        forms["moment"] = identity.moments(forms["moment"])
    return forms


def _numbered(
    forms: pd.DataFrame, layout: Layout, answered: pd.Series
) -> tuple[pd.DataFrame, list[Problem], pd.Series]:
    """Read the dates and the session numbers; return the forms whose date cannot be used too."""
    mapping = layout.mapping
    problems: list[Problem] = []
    unusable = pd.Series(False, index=forms.index)
    if "date" in forms:
        forms, problems, unusable = timeline.read_days(forms, mapping, needed=layout.by_date)
    if layout.by_date:
        if "date" in forms and not unusable.all():
            forms["session"] = timeline.number_by_date(forms).mask(unusable)
        problems.append(known_problem("numbered by date", column=mapping.date))
        problems += _seldom_together(forms)
    else:
        # Other rows (enrolment, intake) may hold words that are no sessions.
        parts = [rows["session"] for _, rows in forms.groupby(~answered)]
        numbers = [identity.session_numbers(part, mapping.sessions) for part in parts]
        forms["session"] = pd.concat(numbers).reindex(forms.index)
    return forms, problems, unusable


def _in_courses(
    forms: pd.DataFrame, layout: Layout, unusable: pd.Series, in_order: bool
) -> tuple[pd.DataFrame, list[Problem]]:
    """Point out dates out of order, and tell courses apart where no column does."""
    problems: list[Problem] = []
    doubtful = unusable
    if "date" in forms and unusable.all():
        return forms.drop(columns="_time"), problems
    # Numbers that restart with later dates are no dates out of order.
    restarts = timeline.restarts(forms) if not (in_order or "case" in forms) else None
    if "date" in forms and not layout.by_date and (restarts is None or not restarts.any()):
        problems, far = timeline.out_of_line(forms)
        problems += timeline.one_date(forms, str(layout.mapping.date))
        doubtful = unusable | far
    if "case" not in forms:
        cases, asked = timeline.split_courses(forms, layout.mapping, doubtful, restarts)
        problems += asked
        if cases is not None:
            forms = forms.assign(case=cases)
            if layout.by_date:
                forms["session"] = timeline.number_by_date(forms)
    return forms.drop(columns="_time", errors="ignore"), problems


def _nameless_problems(
    forms: pd.DataFrame, given: pd.Series, listed_already: pd.Series
) -> list[Problem]:
    missing = {name: forms[name].isna() for name in WHO}
    missing["session"] &= ~listed_already
    if not any(where.any() for where in missing.values()):
        return []
    shown = forms.assign(session=as_text(given) if given.notna().any() else forms.get("date"))
    return [
        identity.nameless_problem(name, shown, where)
        for name, where in missing.items()
        if where.any()
    ]


def _people(export: Export, forms: pd.DataFrame) -> list[Problem]:
    problems: list[Problem] = []
    if "therapist" in forms:
        problems += identity.shared_clients(forms, "therapist")
    clinic = occasions.clinics(export, forms)
    if clinic is not None:
        problems += identity.shared_clients(forms.assign(clinic=clinic), "clinic")
    return problems


def _seldom_together(forms: pd.DataFrame) -> list[Problem]:
    """Point out raters who seldom share a date: one may have rated the day after the session."""
    rated = forms[["client", "rater", "session"]].dropna().drop_duplicates()
    by_rater = rated["rater"].value_counts()
    together = rated.duplicated(["client", "session"]).sum()
    if len(by_rater) < 2 or together >= by_rater.min() / 2:
        return []
    return [
        known_problem(
            "raters on other days",
            raters=join_names(sorted(by_rater.index)),
            together=together,
            rated=by_rater.min(),
        )
    ]


def _session_labels(export: Export, column: str | None) -> list[Problem]:
    """Point out sessions that a statistics file numbers otherwise than their labels say."""
    labels = numbered(export.labels.get(str(column), {}))
    meant = identity.session_numbers(pd.Series([text for _, text in labels], dtype="str"), {})
    differ = [
        (code, text, n) for (code, text), n in zip(labels, meant, strict=True) if n == n != code
    ]
    if not differ:
        return []
    code, label, number = differ[0]
    return [known_problem("session labels", column=column, code=code, label=label, number=number)]


def _redcap_note(forms: pd.DataFrame, layout: Layout) -> list[Problem]:
    """Return a note if every client's REDCap instances run 1, 2, 3 ... without a gap."""
    column = layout.mapping.session
    if column != "redcap_repeat_instance":
        return []
    course = course_key(forms)
    numbers = forms.dropna(subset=["client", "session"]).groupby(course)["session"]
    if not len(numbers) or not numbers.max().eq(numbers.nunique()).all() or numbers.max().max() < 2:
        return []
    return [known_problem("numbered by instance", column=column)]
