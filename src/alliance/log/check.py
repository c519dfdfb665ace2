"""A rupture log checked: every problem at once, and one tidy table."""

from dataclasses import dataclass

import pandas as pd

from alliance.errors import AllianceError, DataError, Problem, join_names, raise_if_serious, suggest
from alliance.log.cells import log_problem, read_codes, read_numbers, read_source, yes
from alliance.log.columns import (
    CODES,
    CONFRONTATION,
    EXTENT,
    IMPACT_FROM,
    LOG,
    RANGES,
    WITHDRAWAL,
    YES_OR_EXTENT,
    Range,
)
from alliance.log.counts import code_counts, source_counts
from alliance.results import Result
from alliance.tables import tidy

RESOLVED_FROM = 4
NOT_STATED = "not stated"
_EXTENTS = Range(low=1, high=5, meaning="1 to 5")


@dataclass(frozen=True, eq=False, kw_only=True)
class LogCheck(Result):
    """A rupture log as read, with every problem found in it.

    Parameters
    ----------
    frame : DataFrame
        The tidy log; cells that could not be read are empty in it.
    problems : tuple of Problem
    resolved_from : float
        Where the resolution is an extent, the least that counts as resolved.
    """

    problems: tuple[Problem, ...]
    resolved_from: float

    @property
    def passed(self) -> bool:
        """Whether the log can be used as it is."""
        return not any(problem.serious for problem in self.problems)

    def codes(self) -> pd.DataFrame:
        """Return how often each trigger, marker and strategy was ticked, by source."""
        return code_counts(self.frame)

    def table_rows(self) -> pd.DataFrame:
        """Return one row for each source: clients, sessions asked, tense, resolved and others."""
        return source_counts(self.frame)

    def facts(self) -> dict[str, object]:
        """Return the rows by source, and whether resolution is an extent in this log."""
        extent = "resolution" in self.frame and self.frame["resolution"].gt(1).any()
        return {"sources": self.summary().to_dict("records"), "extent": bool(extent)}


def tidy_log(frame: pd.DataFrame, *, resolved_from: float = RESOLVED_FROM) -> pd.DataFrame:
    """Return a checked rupture log, ready for use.

    Parameters
    ----------
    frame : DataFrame
        client and session; and any of the columns of `alliance.log.LOG`.
    resolved_from : float
        Where the resolution is an extent from 1 to 5, the least that counts as resolved.

    Returns
    -------
    DataFrame
        Sorted by client, session and source, with these columns added where they lack: source
        ("not stated"), tension (1: without the column every row is a rupture), ``resolved``
        (True, False, missing) and ``kind`` (withdrawal, confrontation, mixed, missing).

    Raises
    ------
    DataError
        With every problem found.

    Notes
    -----
    Resolution, withdrawal and confrontation are either yes or no (0, 1 or words) or an extent
    from 1 to 5. A column is one of extents if it is called so (``resolution_extent``) or if a
    value in it lies above 1; then the extent 1 means "not at all", and a 0 beside it is a
    problem. A resolution of 4 and more counts as
    resolved; no published cut-off is known to us, so name your own and vary it. Withdrawal and
    confrontation count from an impact of 2, or where a marker of theirs is ticked. What was
    decided is kept in ``resolved`` and ``kind``, so that a part of a log means what the whole
    did; a log that holds them is not decided anew.

    Examples
    --------
    >>> log = pd.DataFrame({
    ...     "client": ["a", "a"], "session": [3, 4], "resolution": [2, 5],
    ...     "trigger": ["Missed cue", "boundaries; power"],
    ... })
    >>> tidy_log(log)[["session", "resolved", "trigger"]].values.tolist()
    [[3, False, 'missed_cue'], [4, True, 'boundary; power']]
    """
    checked = check_log(frame, resolved_from=resolved_from)
    raise_if_serious(checked.problems)
    return checked.frame


def check_log(frame: pd.DataFrame, *, resolved_from: float = RESOLVED_FROM) -> LogCheck:
    """Return a rupture log with every problem found in it; see `tidy_log`.

    Raises
    ------
    AllianceError
        If it is no table, or lacks client or session.
    """
    if not isinstance(frame, pd.DataFrame):
        raise AllianceError(f"The rupture log must be a DataFrame, not {type(frame).__name__}.")
    if not 1 <= resolved_from <= 5:
        raise AllianceError(f"resolved_from must lie between 1 and 5, not {resolved_from}.")
    _refuse_missing(frame)
    frame, extents = _known_extents(frame)
    read, problems = _read_cells(frame, extents)
    read["resolved"] = _resolved(read, resolved_from, extents)
    read["kind"] = _kind(read, extents)
    tidied, wrong = _tidied(read)
    # Who says whether it is yes or an extent leaves nothing to doubt.
    decided = "resolved" in frame or "resolution" in extents
    return LogCheck(
        frame=tidied,
        problems=(*problems, *wrong, *_doubts(read, decided=decided)),
        resolved_from=float(resolved_from),
    )


def _read_cells(frame: pd.DataFrame, extents: set[str]) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the log with its cells as sources, numbers and codes, and those that are none."""
    read, problems = frame.copy(deep=False), []
    read["source"] = read_source(frame["source"]) if "source" in frame else NOT_STATED
    read["source"] = read["source"].fillna(NOT_STATED)
    for name in (name for name in RANGES if name in frame):
        allowed = _EXTENTS if name in extents else RANGES[name]
        read[name], wrong = read_numbers(frame[name], name, allowed, frame)
        problems += wrong
    for name in (name for name in CODES if name in frame):
        read[name], wrong = read_codes(frame[name], name, CODES[name], frame)
        problems += wrong
    return (read if "tension" in read else read.assign(tension=1.0)), problems


def _known_extents(frame: pd.DataFrame) -> tuple[pd.DataFrame, set[str]]:
    """Return the table with its columns of extents under their short names, and which these are."""
    named = {f"{name}{EXTENT}": name for name in YES_OR_EXTENT if f"{name}{EXTENT}" in frame}
    both = [name for name in named.values() if name in frame]
    if both:
        raise AllianceError(
            f"The rupture log has two columns for one thing: {join_names(both)} and the same with "
            f"{EXTENT}.\nTo fix: take one out."
        )
    return frame.rename(columns=named), set(named.values())


def _refuse_missing(frame: pd.DataFrame) -> None:
    missing = [name for name in LOG.columns if name not in frame.columns]
    if missing:
        hints = "".join(suggest(name, frame.columns) for name in missing)
        raise AllianceError(
            f"The rupture log lacks {join_names(missing)}.{hints}\n"
            f"To fix: rename or name the columns. One row is {LOG.row}."
        )


def _tidied(read: pd.DataFrame) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    """Return the table sorted, or as it is with the problems of its identifiers and keys."""
    try:
        return tidy(read, LOG)[_order(read)], ()
    except DataError as error:
        return read[_order(read)], error.problems


def _order(read: pd.DataFrame) -> list[str]:
    known = [name for name in LOG.every if name in read]
    return [*known, *(name for name in read.columns if name not in known)]


def _resolved(read: pd.DataFrame, resolved_from: float, extents: set[str]) -> pd.Series:
    # Decided before, perhaps on the whole of a log of which this is a part.
    if "resolved" in read:
        return read["resolved"].astype("Float64").eq(1).astype("boolean")
    if "resolution" not in read:
        return pd.Series(pd.NA, index=read.index, dtype="boolean")
    return yes(read["resolution"], resolved_from, "resolution" in extents or None)


def _kind(read: pd.DataFrame, extents: set[str]) -> pd.Series:
    """Return withdrawal, confrontation or mixed, by the ticks and the markers."""
    if "kind" in read:
        return read["kind"].astype("str").mask(read["kind"].isna())
    sides = {
        side: _shows(read, side, {code.key for code in codes}, side in extents or None).to_numpy()
        for side, codes in (("withdrawal", WITHDRAWAL), ("confrontation", CONFRONTATION))
    }
    kind = pd.Series(None, index=read.index, dtype="str")
    for side, shows in sides.items():
        kind = kind.mask(shows, side)
    return kind.mask(sides["withdrawal"] & sides["confrontation"], "mixed")


def _shows(read: pd.DataFrame, side: str, keys: set[str], extent: bool | None) -> pd.Series:
    shows = pd.Series(False, index=read.index)
    if side in read:
        shows |= yes(read[side], IMPACT_FROM, extent).fillna(False).astype(bool)
    if "markers" in read:
        shows |= read["markers"].fillna("").map(lambda text: bool(keys & set(text.split("; "))))
    return shows


def _doubts(read: pd.DataFrame, *, decided: bool) -> list[Problem]:
    """Return what the user should know, though the log can stand."""
    described = [name for name in ("intensity", "markers", "trigger") if name in read]
    told = read[described].notna().any(axis=1)
    shown = read[["client", "session", "source", *described]]
    doubts = [
        *log_problem("no tension, yet described", shown[told & read["tension"].eq(0)]),
        *log_problem("tension not said", shown[told & read["tension"].isna()]),
    ]
    if "resolution" in read and not decided:
        said = read.loc[read["resolution"].notna(), ["client", "session", "source", "resolution"]]
        if said["resolution"].eq(1).all():
            doubts += log_problem("resolution always 1", said)
    return doubts
