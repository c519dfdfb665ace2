"""Scores: exports that hold ready-made scores instead of answers become sessions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from alliance.errors import AllianceError, Problem, join_names, raise_if_serious
from alliance.instruments import METRICS, Instrument, load_for_totals
from alliance.intake.answers import make_reading
from alliance.intake.export import Export
from alliance.intake.files import read_file
from alliance.intake.forms import empty_skipped, read_forms
from alliance.intake.identify import identify
from alliance.intake.layout import Layout, clear, find_layout
from alliance.intake.mapping import ExportMap, join_mappings
from alliance.intake.problems import WHO, known_problem, problem_of, sets_aside, warn_of
from alliance.intake.suspects import NOT_APPLICABLE_CODES
from alliance.tables import SESSIONS, tidy

_REPORTED = "reported_"
_FEWEST = 5


def read_scores(
    path: str | Path,
    *,
    scores: Mapping[str, str] | None = None,
    metric: str | None = None,
    mapping: str | Path | ExportMap | None = None,
    problems: str = "raise",
    encoding: str | None = None,
    separator: str | None = None,
    sheet: str | Sequence[str] | None = None,
    **columns: Any,
) -> pd.DataFrame:
    """Read ready-made scores, one or several a row, into a sessions table.

    Parameters
    ----------
    path : str or Path
    scores : mapping of scale to str, optional
        Column of each scale, or a pattern with ``{session}`` and ``{rater}`` for wide files, e.g.
        ``{"total": "bdi_s{session}"}``; those of the mapping unless given.
    metric : {"mean", "sum", "scaled"}, optional
        Metric of the scores, if no instrument is named or the file has another one.
    problems : {"raise", "set aside"}
        As in `alliance.read`; a row with a score that cannot stand is left out whole.
    mapping, encoding, separator, sheet : optional
        As in `alliance.read`.
    **columns
        Settings of `ExportMap`: ``client``, ``session``, ``date``, ``therapist``,
        ``rater_column``, ``covariates`` ... With an ``instrument``, scores outside its range are
        problems, and its metric is taken; where its name or the metric leaves open which scores
        these are, they are asked for. Raters that ``raters`` does not name are left out.

    Returns
    -------
    DataFrame
        Table SESSIONS. A row that names client and session but holds no score is a session held
        without a questionnaire: it stays, without a score. Wide files are read without these.

    Raises
    ------
    AllianceError
        If columns are missing, or no row holds a score.
    DataError
        With every cell that holds no number or a score outside the range, and every repeated row.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "wide.csv"
    >>> _ = file.write_text("id,bdi_s1,bdi_s2\\n007,35,37\\n008,26,\\n")
    >>> read_scores(file, client="id", scores={"total": "bdi_s{session}"})
      client  session   rater  total
    0    007        1  client   35.0
    1    007        2  client   37.0
    2    008        1  client   26.0
    """
    set_aside, wanted = sets_aside(problems), join_mappings(mapping, columns)
    scores, metric = scores or wanted.scores, metric or wanted.metric
    if (
        not isinstance(scores, Mapping)
        or not scores
        or not all(isinstance(column, str) for column in scores.values())
    ):
        raise AllianceError(
            'The scores must be a table of scale and column, e.g. scores={"total": "srs_total"}.'
        )
    if metric is not None and metric not in METRICS:
        raise AllianceError(f"The metric must be one of {join_names(METRICS)}, not '{metric}'.")
    # Which scores these are is asked before anything else.
    if wanted.instrument is not None:
        load_for_totals(wanted.instrument, metric)
    export = read_file(path, encoding=encoding, separator=separator, sheet=sheet or wanted.sheet)
    layout = find_layout(export, replace(wanted, scores=scores, metric=metric))
    sessions, found = scores_of(export, clear(layout, export.name), set_aside=set_aside)
    warn_of(found)
    return sessions


def scores_of(
    export: Export, layout: Layout, *, set_aside: bool
) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the sessions of an export whose layout is clear; rows that cannot stand are left out."""
    scales, metric, instrument = (
        list(layout.mapping.scores),
        layout.mapping.metric,
        layout.instrument,
    )
    sessions, problems = _read(export, layout, scales)
    if instrument is not None:
        metric = metric or instrument.metric
        problems += _outside(sessions, instrument, metric, scales)
        problems += _like_means(sessions, instrument, metric, scales)
        sessions["instrument"] = instrument.called
    else:
        problems += _coded(sessions, scales)
    if not set_aside:
        raise_if_serious(problems)
    if metric is not None:
        sessions["metric"] = metric
    wrong = rows_at_fault(problems)
    return _table(sessions[~sessions.index.isin(wrong)], scales, layout.mapping), problems


def rows_at_fault(problems: Iterable[Problem]) -> set[Any]:
    """Return the rows of the file that cannot stand; where a new course begins, the row can."""
    serious = (problem for problem in problems if problem.serious and problem.kind != "new course")
    return {row for problem in serious for row in problem.rows.index}


def _read(export: Export, layout: Layout, scales: list[str]) -> tuple[pd.DataFrame, list[Problem]]:
    """Return one row for each rater and session, indexed by the row in the file."""
    forms, strange = read_forms(export, layout, make_reading(export, layout))
    reported = [f"{_REPORTED}{scale}" for scale in scales]
    strange = strange[strange["kind"] != "missing mark"]
    emptied = empty_skipped(forms, reported)
    answered = forms[reported].notna().any(axis=1) | forms.index.isin(strange["form"])
    if not answered.any():
        raise AllianceError(
            f"No row holds a score: {join_names(layout.mapping.totals.values() or scales)} "
            f"{'is' if len(scales) == 1 else 'are'} empty in all of {export.name}.\n"
            "To fix: name the columns that hold the scores, scores={...} (on the command line "
            "--scores), or export them again."
        )
    named = identify(export, forms, layout, answered)
    forms = named.forms
    marked = problem_of("skipped but answered", forms[named.answered & forms["_skipped"]])
    problems = [*export.notes, *named.problems, *emptied, *marked]
    for column, cells in strange[strange["form"].isin(forms.index)].groupby("column", sort=False):
        rows = forms.loc[cells["form"], ["row", *WHO]].assign(found=cells["found"].to_numpy())
        problems.append(known_problem("not a number", rows.set_index("row"), column=column))
    forms = forms.rename(columns=dict(zip(reported, scales, strict=True)))
    return forms.set_index("row").drop(columns="_skipped"), problems


def _outside(
    sessions: pd.DataFrame, instrument: Instrument, metric: str, scales: list[str]
) -> list[Problem]:
    """Return one problem for each scale with scores that the instrument cannot give."""
    problems = []
    for scale in scales:
        if scale not in instrument.scales:
            raise AllianceError(
                f"{instrument.key} has no scale '{scale}'; it has {join_names(instrument.scales)}."
            )
        low, high = instrument.score_range(scale, metric)
        outside = ~sessions[scale].between(low, high) & sessions[scale].notna()
        problems += problem_of(
            "score out of range",
            sessions.assign(found=sessions[scale])[outside],
            [*WHO, "found"],
            of=instrument,
            scale=scale,
            metric=metric,
            low=low,
            high=high,
        )
    return problems


def _coded(sessions: pd.DataFrame, scales: list[str]) -> list[Problem]:
    """Return a problem for each scale without a range with a code for "no answer" far from its scores."""
    problems = []
    for scale in scales:
        coded = sessions[scale].isin(NOT_APPLICABLE_CODES)
        rest = sessions.loc[~coded, scale]
        far = sessions[scale].gt(2 * rest.max() + 1) | (sessions[scale].lt(0) & (rest.min() >= 0))
        rows = sessions.assign(found=sessions[scale])[coded & far]
        codes = ", ".join(f"{code:g}" for code in sorted(rows["found"].unique()))
        problems += problem_of("code among scores", rows, [*WHO, "found"], codes=codes, scale=scale)
    return problems


def _like_means(
    sessions: pd.DataFrame, instrument: Instrument, metric: str, scales: list[str]
) -> list[Problem]:
    """Point out sums so low that they are probably means: all would fit a single line of the form."""
    # Symptoms may well be as low as that; the alliance is not, in everybody.
    if metric != "sum" or instrument.kind != "alliance":
        return []
    low = (
        s
        for s in scales
        if sessions[s].count() >= _FEWEST and sessions[s].max() <= instrument.maximum
    )
    greatest = {scale: instrument.score_range(scale, metric)[1] for scale in low}
    return [
        known_problem("scores look like means", scale=scale, greatest=value, of=instrument)
        for scale, value in greatest.items()
    ]


def _table(sessions: pd.DataFrame, scales: list[str], mapping: ExportMap) -> pd.DataFrame:
    """Return the table in its order: scales before ``answered``, covariates behind it."""
    numbers = [name for name in mapping.covariates if sessions[name].dtype.kind in "fiu"]
    if numbers:
        # How many items were answered is not known of ready-made scores; the column parts them
        # from what travels along.
        sessions["answered"] = np.nan
    head = ["client", "case", "session", "rater", "instrument", "metric"]
    tail = ["answered", "moment", "therapist", "date", *mapping.covariates]
    order = [name for name in dict.fromkeys([*head, *scales, *tail]) if name in sessions.columns]
    return tidy(sessions[order], SESSIONS)
