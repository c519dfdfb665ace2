"""Examine: an export becomes a responses table, with every problem it has."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from alliance.errors import AllianceError, Problem, raise_if_serious
from alliance.instruments import Instrument
from alliance.intake.answers import make_reading
from alliance.intake.export import Export
from alliance.intake.files import read_file
from alliance.intake.forms import (
    empty_skipped,
    key_of,
    label_problems,
    read_forms,
    repeated_problems,
    strange_problems,
)
from alliance.intake.identify import identify
from alliance.intake.layout import Layout, clear, find_layout, unused_columns
from alliance.intake.mapping import ExportMap, join_mappings
from alliance.intake.plausibility import coding_problems
from alliance.intake.problems import WHO, problem_of, sets_aside, warn_of
from alliance.intake.scores import rows_at_fault, scores_of
from alliance.intake.suspects import find_suspects
from alliance.intake.which_instrument import rows_of_instrument

# What concerns the whole file cannot be cured by leaving rows or cells out.
WHOLE_FILE = (
    *("first code", "0-100 units", "more options", "name clash", "unknown rater"),
    *("labels contradict", "dates in doubt", "formula"),
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Intake:
    """An export as it was read.

    Parameters
    ----------
    responses : DataFrame
        Table RESPONSES, with ``row`` (row in the file) and ``reported_<scale>`` where the file
        holds ready-made scores beside the answers; table SESSIONS where it holds scores only.
        Cells and rows with a serious problem are set aside.
    problems : tuple of Problem
    mapping : ExportMap
        The mapping that was used, what was recognised included.
    instrument : Instrument, optional
        None where ready-made scores name none.
    read_as : str
        How the file was read, in words.
    counts : mapping of str to int
        ``rows`` in the file; ``other rows``, those of other questionnaires; ``forms``,
        questionnaires in the rest; of these ``empty`` (no answer), ``set aside`` (the row cannot
        stand) and ``read``; ``held``, those of the empty ones that are sessions without a
        questionnaire; ``cells set aside`` in the forms read.
    unused : tuple of str
        Columns that nothing was taken from.
    """

    responses: pd.DataFrame
    problems: tuple[Problem, ...]
    mapping: ExportMap
    instrument: Instrument | None
    read_as: str
    counts: Mapping[str, int]
    unused: tuple[str, ...] = ()


def read(
    path: str | Path,
    *,
    mapping: str | Path | ExportMap | None = None,
    problems: str = "raise",
    encoding: str | None = None,
    separator: str | None = None,
    sheet: str | Sequence[str] | None = None,
    **columns: Any,
) -> pd.DataFrame:
    """Read a questionnaire export into a responses table.

    Parameters
    ----------
    path : str or Path
        CSV, TSV, Excel, SPSS, Stata or Parquet; long or wide; from REDCap, Qualtrics, LimeSurvey,
        Google Forms or Microsoft Forms too.
    mapping : str, Path or ExportMap, optional
        A mapping file (TOML), or the mapping itself.
    problems : {"raise", "set aside"}
        What to do about cells and rows that cannot stand: raise one error that lists them all, or
        set them aside (the cell becomes missing, the row is left out) with a warning.
    encoding, separator, sheet : optional
        How the file is written, if it is not found out; ``sheet="all"`` joins sheets that are
        alike.
    **columns
        Settings of `ExportMap`, e.g. ``instrument="wai-sr"``, ``client="ID"``,
        ``session="Session"``, ``items="wai_{item}"``, ``missing_codes=[99]``; they go before the
        mapping file's.

    Returns
    -------
    DataFrame
        Table RESPONSES: client, [case], session, rater, instrument, [moment, therapist, date],
        covariates, item_1 ... item_n as ticked (not reversed), ``reported_<scale>`` and ``row``,
        sorted by client, session and rater.

    Raises
    ------
    AllianceError
        If the file cannot be read or its columns are not clear.
    DataError
        With every serious problem of the file.

    Warns
    -----
    AllianceWarning
        For each problem with which the answer stands.

    Notes
    -----
    The file is never changed. A row that names client and session but holds no answer is a session
    held without a questionnaire: it stays, without answers. Error cells such as ``#VALUE!`` are
    seen in .xlsx, .xlsm and text files; in .xls, .xlsb and .ods they are read as empty.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "srs.csv"
    >>> _ = file.write_text("ID,Session,srs_1,srs_2,srs_3,srs_4\\n007,1,9.3,8.7,9.9,9.5\\n")
    >>> read(file)[["client", "session", "item_1", "item_4"]]
      client  session  item_1  item_4
    0    007        1     9.3     9.5
    """
    set_aside = sets_aside(problems)
    taken = examine(
        path, mapping=mapping, encoding=encoding, separator=separator, sheet=sheet, **columns
    )
    whole = [p for p in taken.problems if not set_aside or p.kind in WHOLE_FILE]
    raise_if_serious(whole)
    warn_of(taken.problems)
    return taken.responses


def examine(
    path: str | Path,
    *,
    mapping: str | Path | ExportMap | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    sheet: str | Sequence[str] | None = None,
    **columns: Any,
) -> Intake:
    """Read an export and collect its problems instead of raising them; parameters as in `read`.

    Returns
    -------
    Intake

    Raises
    ------
    AllianceError
        If the file cannot be read at all or its columns are not clear.
    """
    wanted = join_mappings(mapping, columns)
    export = read_file(path, encoding=encoding, separator=separator, sheet=sheet or wanted.sheet)
    if wanted.scores:
        raise AllianceError(
            f"{export.name} holds ready-made scores, by its mapping, and no answers.\n"
            "To fix: read it with read_scores (on the command line --scores)."
        )
    return examine_export(export, clear(find_layout(export, wanted), export.name))


def examine_export(export: Export, layout: Layout) -> Intake:
    """Read the cells of an export whose layout is clear, answers or ready-made scores; see `examine`."""
    instrument = layout.instrument
    if layout.mapping.scores:
        return _examined_scores(export, layout)
    if instrument is None:
        raise AllianceError(f"The questionnaire of {export.name} is not named.")
    counts = {"rows": len(export.cells)}
    column, words = layout.mapping.instrument_column, layout.mapping.instruments
    own = rows_of_instrument(export, column, words, instrument)
    counts["other rows"] = len(export.cells) - len(own.cells)
    return _examined(own, layout, instrument, counts)


def _examined_scores(export: Export, layout: Layout) -> Intake:
    """Read a file of ready-made scores; rows with a serious problem are left out."""
    sessions, problems = scores_of(export, layout, set_aside=True)
    rated = int(sessions[list(layout.mapping.scores)].notna().any(axis=1).sum())
    counts = {"rows": len(export.cells), "read": rated, "held": len(sessions) - rated}
    counts["set aside"] = len(rows_at_fault(problems))
    return _intake(export, layout, sessions, problems, counts)


def _intake(
    export: Export,
    layout: Layout,
    responses: pd.DataFrame,
    problems: Iterable[Problem],
    counts: dict[str, int],
) -> Intake:
    kind = "" if export.kind == "plain" else f"{export.kind} export, "
    return Intake(
        responses=responses,
        problems=tuple(problems),
        mapping=layout.mapping,
        instrument=layout.instrument,
        read_as=kind + export.read_as,
        counts=counts,
        unused=tuple(unused_columns(export, layout)),
    )


def _examined(
    export: Export, layout: Layout, instrument: Instrument, counts: dict[str, int]
) -> Intake:
    items = instrument.item_columns
    reading = make_reading(export, layout)
    forms, strange = read_forms(export, layout, reading)
    ready_made = [name for name in forms.columns if name.startswith("reported_")]
    emptied = empty_skipped(forms, [*items, *ready_made])
    unread = strange[(strange["kind"] != "missing mark") & (strange["item"] > 0)]
    answered = _any_answer(forms, items)
    if len(unread):
        answered |= forms.index.isin(unread["form"])
    if not answered.any():
        raise AllianceError(
            f"No questionnaire in {export.name} holds an answer: all item cells are empty.\n"
            "To fix: name the columns that hold the answers, items=... (on the command line --items), "
            "or export them again."
        )
    problems = [
        *export.notes,
        *label_problems(export, layout, reading),
        *emptied,
        *_only_totals(forms[~answered]),
    ]
    counts |= {"forms": len(forms), "empty": int((~answered).sum())}
    named = identify(export, forms, layout, answered)
    forms, answered = named.forms, named.answered
    nameless = forms[WHO].isna().any(axis=1)
    problems += [*named.problems, *strange_problems(strange, forms)]
    suspects, wrong = find_suspects(forms.set_index("row"), instrument)
    repeated, doubled = repeated_problems(forms, nameless, items, in_order=named.in_order)
    marked = problem_of("skipped but answered", forms[answered & forms["_skipped"]])
    problems += [*suspects, *repeated, *marked]
    forms = _with_answers(forms, wrong, instrument, layout.mapping.already_reversed)
    stands = ~(nameless | doubled | (forms["_skipped"] & answered))
    stands &= _any_answer(forms, items) | named.held
    counts |= {
        "held": int((named.held & stands).sum()),
        "left out": counts["forms"] - counts["empty"] - int(answered.sum()),
        "set aside": int((answered & ~stands).sum()),
        "read": int((answered & stands).sum()),
        "cells set aside": int(unread["form"].isin(forms.index[stands]).sum())
        + (0 if wrong is None else int(wrong[stands].sum())),
    }
    responses = _responses(forms, stands, instrument, named.in_order)
    if not any(problem.kind in WHOLE_FILE for problem in suspects):
        problems += coding_problems(responses, instrument, layout.mapping.already_reversed)
    return _intake(export, layout, responses, problems, counts)


def _any_answer(forms: pd.DataFrame, items: list[str]) -> pd.Series:
    found = np.zeros(len(forms), dtype=bool)
    for name in items:
        found |= ~np.isnan(forms[name].to_numpy(dtype=float))
        if found.all():
            break
    return pd.Series(found, index=forms.index)


def _with_answers(
    forms: pd.DataFrame,
    wrong: np.ndarray | None,
    instrument: Instrument,
    already_reversed: tuple[int, ...],
) -> pd.DataFrame:
    """Return forms as ticked: without answers that cannot stand, reversed ones turned back."""
    items = instrument.item_columns
    if wrong is not None:
        forms[items] = forms[items].mask(wrong)
    unknown = [item for item in already_reversed if item not in instrument.reversed_items]
    if unknown:
        raise AllianceError(
            f"already_reversed names item {unknown[0]}, which {instrument.key} does not reverse; it "
            f"reverses {', '.join(map(str, instrument.reversed_items)) or 'none'}."
        )
    for item in already_reversed:
        forms[f"item_{item}"] = instrument.minimum + instrument.maximum - forms[f"item_{item}"]
    return forms


def _only_totals(empty: pd.DataFrame) -> list[Problem]:
    """Return a note on forms without answers for which a ready-made score is there."""
    reported = [name for name in empty.columns if name.startswith("reported_")]
    return problem_of("total without answers", empty[empty[reported].notna().any(axis=1)])


def _responses(
    forms: pd.DataFrame, stands: pd.Series, instrument: Instrument, in_order: bool
) -> pd.DataFrame:
    forms = forms if stands.all() else forms[stands]
    key = key_of(forms)
    first = list(dict.fromkeys([*(name for name in key if name != "moment"), "instrument"]))
    forms = forms.assign(
        instrument=pd.Series(instrument.called, index=forms.index, dtype="str"),
        session=forms["session"].astype(np.int64),
    )
    known = {*first, "row", "_skipped", "_time", *instrument.item_columns}
    rest = [name for name in forms.columns if name not in known]
    company = [name for name in rest if not name.startswith("reported_")]
    reported = [name for name in rest if name.startswith("reported_")]
    columns = [*first, *company, *instrument.item_columns, *reported, "row"]
    forms = forms[columns]
    # Most files are in order: then nothing is copied.
    if not in_order or "case" in key:
        order = _order(forms, key)
        forms = forms if (np.diff(order) == 1).all() else forms.iloc[order]
    return forms.reset_index(drop=True)


def _order(forms: pd.DataFrame, key: list[str]) -> np.ndarray:
    """Return the order by key and row; numbers sort faster than texts."""
    codes = [pd.factorize(forms[name], sort=True)[0] for name in key]
    return np.lexsort(codes[::-1])
