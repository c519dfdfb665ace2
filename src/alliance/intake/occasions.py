"""Occasions: which rows of a file are sessions, answered or not, and which are something else."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from alliance.errors import Problem
from alliance.intake.export import Export
from alliance.intake.identity import are_totals, identifiers
from alliance.intake.layout import Layout
from alliance.intake.problems import known_problem, problem_of
from alliance.intake.recognition import CALLED, plain
from alliance.intake.words import NAMES

# What Qualtrics writes for previews and tests of a survey: in words of several languages, or codes.
_PREVIEW = r"preview|\btest|vorschau|aper[cç]u|vista previa|anteprima|voorbeeld|förhandsgranskning"
_PREVIEW_CODES = ("1", "2", "9", "17", "18")


def fill_down(clients: pd.Series, empty: pd.Series) -> tuple[pd.Series, list[Problem]]:
    """Write each client into the empty cells below, where every client is named once only.

    So do tables in which cells were merged, or that a pivot table made. A mark such as "n/a" in one of
    the cells without a name says that nobody is meant: then nothing is filled in.
    """
    blank = clients.isna()
    if not blank.any() or not empty[blank].all():
        return clients, []
    totals = are_totals(clients)
    names = clients[~totals].dropna()
    if blank.iloc[0] or not names.is_unique or blank.sum() < len(names):
        return clients, []
    note = known_problem(
        "client filled down", named=len(names), all=len(clients), blank=int(blank.sum())
    )
    return clients.mask(blank, clients.mask(totals).ffill()), [note]


def from_intake_rows(
    forms: pd.DataFrame, names: Iterable[str], answered: pd.Series
) -> pd.DataFrame:
    """Return forms with what a record's other rows (intake) all say filled into the empty ones."""
    forms = forms.copy(deep=False)
    for name in names:
        known = forms.loc[forms[name].notna() & ~answered, ["client", name]].drop_duplicates()
        single = known[~known["client"].duplicated(keep=False)].set_index("client")[name]
        if len(single):
            forms[name] = forms[name].where(forms[name].notna(), forms["client"].map(single))
    return forms


def other_rows(
    export: Export, forms: pd.DataFrame, answered: pd.Series, names: list[Any] | None
) -> tuple[pd.Series, list[Problem]]:
    """Return the rows that are REDCap's other forms, sums or previews, and what is to be known."""
    totals = are_totals(forms["client"], names)
    previews, unfinished = _qualtrics(export, forms)
    problems = [
        *problem_of("total rows", forms[totals]),
        *problem_of("preview", forms[previews]),
        *problem_of("unfinished", forms[unfinished & answered & ~previews]),
    ]
    return totals | previews | _of_other_forms(export, forms, answered), problems


def _cells(export: Export, forms: pd.DataFrame, name: str) -> pd.Series:
    """Return a column of the file for each form."""
    columns = export.cells.columns
    column = next((c for c in columns if plain(c).removeprefix("redcap") == name), None)
    if column is None:
        return pd.Series(index=forms.index, dtype="str")
    return pd.Series(export.cells[column].reindex(forms["row"]).to_numpy(), index=forms.index)


def _of_other_forms(export: Export, forms: pd.DataFrame, answered: pd.Series) -> pd.Series:
    """Return the rows that REDCap says hold another of its repeating forms."""
    if not export.kind.startswith("REDCap"):
        return pd.Series(False, index=forms.index)
    which = _cells(export, forms, "repeatinstrument").fillna("").astype("str")
    own = set(which[answered])
    # Without a repeating form a row may hold any; events are told apart by their names.
    return ~which.isin(own) if own - {""} else pd.Series(False, index=forms.index)


def _qualtrics(export: Export, forms: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    if export.kind != "Qualtrics":
        nowhere = pd.Series(False, index=forms.index)
        return nowhere, nowhere
    status = _cells(export, forms, "status").astype("str").str.casefold()
    finished = _cells(export, forms, "finished").astype("str").str.casefold()
    previews = status.str.contains(_PREVIEW).fillna(False) | status.isin(_PREVIEW_CODES)
    return previews.astype(bool), finished.isin(NAMES["unfinished"].split())


def held_without_answers(
    forms: pd.DataFrame, layout: Layout, answered: pd.Series
) -> tuple[pd.Series, list[Problem]]:
    """Return the rows that are sessions held without a questionnaire.

    A row of its own that names client and session, by number or by date, is one; what a wide file
    leaves empty is none, and neither are rows that were laid out beforehand: without a date, the
    same for every client, and empty to the end.
    """
    nowhere = pd.Series(False, index=forms.index)
    if any(block.session is not None for block in layout.blocks) or answered.all():
        return nowhere, []
    # Where client and therapist stand in one row, the session was rated if either did.
    rated = answered.groupby(forms["row"]).transform("any")
    held = ~rated & forms["client"].notna() & forms["session"].notna()
    held &= ~_planned(forms, rated) | forms["_skipped"]
    count = forms[held].groupby(["client", "session"]).ngroups
    known = "1 session was" if count == 1 else f"{count} sessions were"
    return held, problem_of("held without a questionnaire", forms[held], known=known)


def _planned(forms: pd.DataFrame, rated: pd.Series) -> pd.Series:
    """Return the empty rows at the end of courses that were all laid out alike beforehand."""
    undated = forms["date"].isna() if "date" in forms else pd.Series(True, index=forms.index)
    empty = ~rated & undated
    sessions = forms.groupby("client")["session"].agg(frozenset)
    if sessions.nunique() != 1 or len(sessions) < 2:
        return pd.Series(False, index=forms.index)
    last = forms["session"].where(rated).groupby(forms["client"]).transform("max")
    return empty & (forms["session"] > last.fillna(-np.inf))


def clinics(export: Export, forms: pd.DataFrame) -> pd.Series | None:
    """Return the clinic or site of each form, if a column is called so."""
    called = {plain(column).removeprefix("redcap") for column in export.cells.columns}
    for name in filter(called.__contains__, CALLED["clinic"]):
        found = _cells(export, forms, name)
        if found.notna().any():
            return identifiers(found)
    return None
