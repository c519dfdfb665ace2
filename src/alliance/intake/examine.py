"""Examine: an export becomes a responses table, with every problem it has."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from alliance.errors import AllianceError, AllianceWarning, Problem, raise_if_serious
from alliance.instruments import Instrument
from alliance.intake.answers import make_reading
from alliance.intake.files import Export, read_file
from alliance.intake.forms import (
    WHO,
    label_problem,
    read_forms,
    repeated_problems,
    strange_problems,
)
from alliance.intake.identity import counted_by_redcap, identify
from alliance.intake.instrument_rows import rows_of_instrument
from alliance.intake.layout import Layout, find_layout
from alliance.intake.mapping import ExportMap, join_mappings
from alliance.intake.suspects import find_suspects

# What concerns the whole file cannot be cured by leaving rows or cells out.
WHOLE_FILE = (
    *("0-based coding", "0-100 units", "more options", "name clash", "unknown rater"),
    *("labels contradict", "dates in doubt"),
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Intake:
    """An export as it was read.

    Parameters
    ----------
    responses : DataFrame
        Table RESPONSES, with ``row`` (row in the file) and ``reported_<scale>`` where the file
        holds ready-made scores. Cells and rows with a serious problem are set aside.
    problems : tuple of Problem
    mapping : ExportMap
        The mapping that was used, what was recognised included.
    instrument : Instrument
    read_as : str
        How the file was read, in words.
    counts : mapping of str to int
        ``rows`` in the file; ``other rows``, those of other questionnaires; ``forms``,
        questionnaires in the rest; of these ``empty`` (no answer), ``set aside`` (the row cannot
        stand) and ``read``; ``cells set aside`` in the forms read.
    """

    responses: pd.DataFrame
    problems: tuple[Problem, ...]
    mapping: ExportMap
    instrument: Instrument
    read_as: str
    counts: Mapping[str, int]


def read(
    path: str | Path,
    *,
    mapping: str | Path | ExportMap | None = None,
    problems: str = "raise",
    encoding: str | None = None,
    separator: str | None = None,
    sheet: str | None = None,
    **columns,
) -> pd.DataFrame:
    """Read a questionnaire export into a responses table.

    Parameters
    ----------
    path : str or Path
        CSV, TSV, Excel, SPSS, Stata or Parquet; long or wide; from REDCap or Qualtrics too.
    mapping : str, Path or ExportMap, optional
        A mapping file (TOML), or the mapping itself.
    problems : {"raise", "set aside"}
        What to do about cells and rows that cannot stand: raise one error that lists them all, or
        set them aside (the cell becomes missing, the row is left out) with a warning.
    encoding, separator, sheet : str, optional
        How the file is written, if it is not found out.
    **columns
        Settings of `ExportMap`, e.g. ``instrument="wai-sr"``, ``client="ID"``,
        ``session="Session"``, ``items="wai_{item}"``, ``missing_codes=[99]``; they go before the
        mapping file's.

    Returns
    -------
    DataFrame
        Table RESPONSES: client, session, rater, instrument, [therapist, date], kept columns,
        item_1 ... item_n as ticked (not reversed), ``reported_<scale>`` and ``row``, sorted by
        client, session and rater.

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
    The file is never changed. Questionnaires without a single answer are left out: a missed
    session is a gap. Error cells such as ``#VALUE!`` are seen in .xlsx, .xlsm and text files; in
    .xls, .xlsb and .ods they are read as empty.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "srs.csv"
    >>> header = "ID;Session;srs_1;srs_2;srs_3;srs_4"
    >>> _ = file.write_text(f"{header}\\n007;1;9,3;8,7;9;9,5\\n007;2;;;;\\n")
    >>> read(file)[["client", "session", "instrument", "item_1", "item_4"]]
      client  session instrument  item_1  item_4
    0    007        1        srs     9.3     9.5
    """
    if problems not in ("raise", "set aside"):
        raise AllianceError(f"problems must be 'raise' or 'set aside', not '{problems}'.")
    taken = examine(
        path, mapping=mapping, encoding=encoding, separator=separator, sheet=sheet, **columns
    )
    raise_if_serious([p for p in taken.problems if problems == "raise" or p.kind in WHOLE_FILE])
    for problem in taken.problems:
        prefix = "Set aside: " if problem.serious else ""
        warnings.warn(prefix + problem.text(rows_shown=3), AllianceWarning, stacklevel=2)
    return taken.responses


def examine(
    path: str | Path,
    *,
    mapping: str | Path | ExportMap | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    sheet: str | None = None,
    **columns,
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
    whole = read_file(path, encoding=encoding, separator=separator, sheet=sheet)
    layout = find_layout(whole, wanted)
    export = rows_of_instrument(
        whole, layout.mapping.instrument_column, layout.mapping.instruments, layout.instrument
    )
    counts = {"rows": len(whole.cells), "other rows": len(whole.cells) - len(export.cells)}
    return _examine(export, layout, counts)


def _examine(export: Export, layout: Layout, counts: dict[str, int]) -> Intake:
    items = layout.instrument.item_columns
    reading = make_reading(layout.instrument, layout.mapping, export.kind)
    forms, strange = read_forms(export, layout, reading)
    unread = strange[(strange["kind"] != "missing mark") & (strange["item"] > 0)]
    filled = forms[items].notna().any(axis=1) | forms.index.isin(unread["form"])
    if not filled.any():
        raise AllianceError(
            f"No questionnaire in {export.name} holds an answer: all item cells are empty."
        )
    problems = [label_problem(export, layout, reading), _only_totals(forms[~filled])]
    counts |= {"forms": len(forms), "empty": int((~filled).sum())}
    forms, identity, nameless = identify(forms[filled], layout)
    problems += [*identity, *_redcap_note(forms, layout), *strange_problems(strange, forms)]
    suspects, wrong = find_suspects(forms.set_index("row"), layout.instrument)
    repeated, doubled = repeated_problems(forms, nameless, layout.instrument)
    problems += [*suspects, *repeated, _skipped(forms)]
    forms[items] = forms[items].mask(wrong)
    stands = ~(nameless | doubled | forms["skipped"] | forms[items].isna().all(axis=1))
    counts |= {
        "set aside": int((~stands).sum()),
        "read": int(stands.sum()),
        "cells set aside": int(
            wrong[stands].sum() + unread["form"].isin(forms.index[stands]).sum()
        ),
    }
    return Intake(
        responses=_responses(forms[stands], layout.instrument),
        problems=tuple(problem for problem in problems if problem is not None),
        mapping=layout.mapping,
        instrument=layout.instrument,
        read_as=f"{'' if export.kind == 'plain' else export.kind + ' export, '}{export.read_as}",
        counts=counts,
    )


def _redcap_note(forms: pd.DataFrame, layout: Layout) -> list[Problem]:
    if layout.mapping.session != "redcap_repeat_instance":
        return []
    note = counted_by_redcap(forms, layout.mapping.session)
    return [note] if note else []


def _only_totals(empty: pd.DataFrame) -> Problem | None:
    """Return a note on forms without answers for which a ready-made score is there."""
    reported = [name for name in empty.columns if name.startswith("reported_")]
    if not reported or not empty[reported].notna().any(axis=None):
        return None
    rows = empty[empty[reported].notna().any(axis=1)]
    return Problem(
        kind="total without answers",
        what="Only a ready-made score is given, no answer: the questionnaire is counted as empty",
        fix="nothing, if the score is not needed; otherwise read the scores of the whole file with "
        "read_scores (on the command line --scores).",
        rows=rows.set_index("row")[WHO],
        serious=False,
    )


def _skipped(forms: pd.DataFrame) -> Problem | None:
    if not forms["skipped"].any():
        return None
    return Problem(
        kind="skipped but answered",
        what="The questionnaire is marked as left out, but holds answers",
        fix="empty the answers (zeros are answers too), or take the mark away.",
        rows=forms[forms["skipped"]].set_index("row")[WHO],
    )


def _responses(forms: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    first = [*WHO, "instrument"]
    forms = forms.assign(
        instrument=pd.Series(instrument.key, index=forms.index, dtype="str"),
        session=forms["session"].astype(np.int64),
    )
    known = {*first, "row", "skipped", *instrument.item_columns}
    rest = [name for name in forms.columns if name not in known]
    company = [name for name in rest if not name.startswith("reported_")]
    reported = [name for name in rest if name.startswith("reported_")]
    forms = forms.sort_values([*WHO, "row"], kind="stable", ignore_index=True)
    return forms[[*first, *company, *instrument.item_columns, *reported, "row"]]
