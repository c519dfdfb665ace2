"""Reading: a scored table, or an export scored on the way, with the outcomes that travel in it."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from alliance.clinic.losses import Loss
from alliance.clinic.words import Keyed, Words
from alliance.errors import AllianceError, AllianceWarning, Problem, raise_if_serious
from alliance.instruments import instruments
from alliance.intake import (
    WHOLE_FILE,
    ExportMap,
    Intake,
    examine,
    join_mappings,
    read_scores,
    read_table,
)
from alliance.intake.files import read_file
from alliance.intake.own_tables import spacing_of
from alliance.intake.recognition import fitting_instruments, plain
from alliance.intake.which_instrument import instrument_column, instruments_named
from alliance.scoring import score
from alliance.tables import OUTCOMES, SESSIONS

# How columns are called that say how and when a therapy ended.
_ALONG = {
    "ended": ("ended", "end_date", "therapy_end", "ended_on", "closed_on", "behandlungsende"),
    "status": ("status", "case_status", "client_status", "ending", "therapiestatus"),
}


@dataclass(frozen=True, eq=False, kw_only=True)
class ReadSessions:
    """Sessions read from a file, and how.

    Attributes
    ----------
    sessions : DataFrame
        Table SESSIONS; a session held without a questionnaire is a row without a score.
    responses : DataFrame, optional
        The answers behind them, if the file was an export with answers.
    outcomes : DataFrame, optional
        Table OUTCOMES: scores of the outcome questionnaires in the file.
    how : tuple of str
        How the file was read and what was set aside, in sentences.
    losses : tuple of Loss
        Questionnaires that could not be read.
    """

    sessions: pd.DataFrame
    responses: pd.DataFrame | None = None
    outcomes: pd.DataFrame | None = None
    how: tuple[str, ...]
    losses: tuple[Loss, ...] = ()


def read_sessions(
    path: str | Path,
    *,
    mapping: str | Path | ExportMap | None = None,
    scale: str = "total",
    ended: str | None = None,
    status: str | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    sheet: str | None = None,
    **columns: Any,
) -> ReadSessions:
    """Read a table made by `alliance score`, or an export with answers, which is scored here.

    Parameters
    ----------
    path : str or Path
    mapping, encoding, separator, sheet, **columns
        As in `alliance.read`; for exports only.
    scale : str
        A file with the columns client, session, rater and this one is taken as scored already.
    ended, status : str, optional
        Columns with the day on which a therapy ended and with how it stands; those with a usual
        name are found.

    Returns
    -------
    ReadSessions

    Raises
    ------
    AllianceError
        If the file cannot be read, or its columns are not clear.

    Notes
    -----
    Where a file holds one questionnaire of the alliance beside others, the one of the alliance is
    read, and the scores of outcome questionnaires beside it. Cells and rows that cannot stand are
    set aside and counted; `alliance check` shows each.
    """
    wanted = join_mappings(mapping, columns)
    settings = {"encoding": encoding, "separator": separator, "sheet": sheet or wanted.sheet}
    cells = read_file(path, **settings).cells
    along = _along(list(cells.columns), {"ended": ended, "status": status})
    # A table that `alliance score` made: nothing to recognise.
    if {"client", "session", "rater", scale} <= set(cells) and "item_1" not in cells:
        table = read_table(path, SESSIONS).rename(columns=along)
        return ReadSessions(sessions=table, how=tuple(map(_noticed, spacing_of(table))))
    kept = {"covariates": tuple(dict.fromkeys((*wanted.covariates, *along)))}
    wanted = join_mappings(wanted, kept)
    if wanted.scores:
        return _ready_made(path, wanted, along, settings)
    taken = _examined(path, wanted, cells, settings)
    raise_if_serious([problem for problem in taken.problems if problem.kind in WHOLE_FILE])
    responses = taken.responses.rename(columns=along)
    outcomes = _outcomes(path, wanted, cells, taken, settings)
    return ReadSessions(
        sessions=_scored(responses),
        responses=responses,
        outcomes=pd.concat(outcomes, ignore_index=True) if outcomes else None,
        how=_how(taken),
        losses=_losses(taken),
    )


def _ready_made(
    path: str | Path, mapping: ExportMap, along: Mapping[str, str], settings: Mapping[str, Any]
) -> ReadSessions:
    """Read a file that holds scores and no answers."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", AllianceWarning)
        sessions = read_scores(path, mapping=mapping, problems="set aside", **settings)
    how = tuple(dict.fromkeys(str(warning.message).split("\n")[0] for warning in caught))
    return ReadSessions(sessions=sessions.rename(columns=along), how=how)


def _along(names: list[str], named: Mapping[str, str | None]) -> dict[str, str]:
    """Return which columns say how therapies ended, by the name they get."""
    found = {}
    for what, column in named.items():
        if column is not None and column not in names:
            raise AllianceError(f"There is no column '{column}' in the file.")
        usual = [name for name in names if plain(name) in {plain(one) for one in _ALONG[what]}]
        if column is not None or usual:
            found[column or usual[0]] = what
    return found


def _scored(responses: pd.DataFrame) -> pd.DataFrame:
    with warnings.catch_warnings(action="ignore", category=AllianceWarning):
        return score(responses)


def _examined(
    path: str | Path, mapping: ExportMap, cells: pd.DataFrame, settings: Mapping[str, Any]
) -> Intake:
    try:
        return examine(path, mapping=mapping, **settings)
    except AllianceError:
        # The only question may be which of several questionnaires: the one of the alliance.
        alliance = _fitting(mapping, cells, "alliance")
        if mapping.instrument is not None or len(alliance) != 1:
            raise
        wanted = join_mappings(mapping, {"instrument": alliance[0]})
        return examine(path, mapping=wanted, **settings)


def _fitting(mapping: ExportMap, cells: pd.DataFrame, kind: str) -> list[str]:
    column = mapping.instrument_column or instrument_column(cells, mapping.instruments)
    named = instruments_named(cells, column, mapping.instruments) if column else []
    fitting = [instrument.key for instrument in fitting_instruments(list(cells.columns))]
    known = instruments()
    return [key for key in (named or fitting) if key in known and known[key].kind == kind]


def _outcomes(
    path: str | Path,
    mapping: ExportMap,
    cells: pd.DataFrame,
    taken: Intake,
    settings: Mapping[str, Any],
) -> list[pd.DataFrame]:
    """Return the scores of each outcome questionnaire that the file holds."""
    found = []
    for key in _fitting(mapping, cells, "outcome"):
        if taken.instrument is not None and key == taken.instrument.key:
            continue
        # Items named for the alliance's questionnaire are not this one's.
        wanted = join_mappings(mapping, {"instrument": key, "items": None})
        try:
            other = examine(path, mapping=wanted, **settings)
        except AllianceError:
            continue
        if other.responses.empty:
            continue
        table = _scored(other.responses)
        names = [name for name in (*OUTCOMES.key, "total", "date") if name in table.columns]
        found.append(table[names])
    return found


def _losses(taken: Intake) -> tuple[Loss, ...]:
    counts = taken.counts
    lost = counts["set aside"]
    return (Loss(what="not read", rows=lost, of=counts["forms"] - counts["empty"]),) if lost else ()


def _how(taken: Intake) -> tuple[str, ...]:
    """Return how the file was read and what was noticed; what was noticed is named by its kind."""
    counts = taken.counts
    facts = {"how": taken.read_as, "n": counts["read"], "rows": counts["rows"]}
    if taken.instrument is None:
        said = [Keyed.of("how.scores", **facts)]
    else:
        said = [Keyed.of("how.read", name=taken.instrument.name, **facts)]
    if counts["empty"]:
        said.append(Keyed.of("how.empty", n=counts["empty"]))
    return (*said, *map(_noticed, taken.problems))


def _noticed(problem: Problem) -> Keyed:
    key = "how.aside" if problem.serious else "how.noted"
    known = f"problem.{problem.kind}" in Words()
    what = problem.kind if known else problem.what
    rows = len(problem.rows)
    return Keyed.of(f"{key}_rows", what=what, n=rows) if rows else Keyed.of(key, what=what)
