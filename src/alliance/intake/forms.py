"""Forms: the cells of an export laid out as one row for each questionnaire, answers as numbers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from alliance.errors import Problem
from alliance.instruments import Instrument
from alliance.intake.answers import Reading, folded, read_answers, to_number
from alliance.intake.blocks import Block
from alliance.intake.files import Export
from alliance.intake.layout import Layout
from alliance.tables import as_text

WHO = ["client", "session", "rater"]
_MARKED = {"1", "1.0", "y", "yes", "true", "x"}
_STRANGE = {
    "word": Problem(
        kind="word",
        what="Answers in words that are not in the list of response words",
        fix='say what they mean, e.g. words={"often": 4} in the mapping (--word often=4), or '
        'declare them as missing with missing_codes=["..."] (--missing).',
    ),
    "spreadsheet error": Problem(
        kind="spreadsheet error",
        what="The spreadsheet holds an error where an answer should be",
        fix="mend the formula and export again, or empty the cells.",
    ),
    "missing mark": Problem(
        kind="missing mark",
        what="Cells hold a sign for 'missing'; they were read as unanswered",
        fix="nothing, if that is what they mean.",
        serious=False,
    ),
}


def read_forms(export: Export, layout: Layout, reading: Reading):
    """Return one row for each questionnaire in the file, and the cells that could not be read.

    Returns
    -------
    forms : DataFrame
        ``row`` (in the file), client, session, rater, [therapist, date], kept columns,
        ``reported_<scale>``, ``skipped`` and item_1 ... item_n; identifiers as they stand.
    strange : DataFrame
        ``form`` (index in forms), ``item`` (0 for a ready-made score), ``found`` and ``kind``.
    """
    parts, strange, start = [], [_no_cells()], 0
    for block in layout.blocks:
        part, odd = _read_block(export, layout, block, reading)
        part.index = pd.RangeIndex(start, start + len(part))
        strange += [cells.assign(form=cells["place"] + start) for cells in odd]
        start += len(part)
        parts.append(part)
    strange = strange if len(strange) == 1 else strange[1:]
    forms = parts[0] if len(parts) == 1 else pd.concat(parts)
    return forms, pd.concat(strange, ignore_index=True)[["form", "item", "found", "kind"]]


def _no_cells() -> pd.DataFrame:
    types = {"form": "int64", "item": "int64", "found": "str", "kind": "str"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})


def _read_block(export: Export, layout: Layout, block: Block, reading: Reading):
    cells, mapping = export.cells, layout.mapping
    part = {"row": cells.index, "client": cells[mapping.client]}
    part["session"] = np.nan if mapping.session is None else cells[mapping.session]
    if block.session is not None:
        part["session"] = block.session
    part["rater"] = block.rater or mapping.rater or "client"
    if mapping.rater_column:
        part["rater"] = _labelled(export, mapping.rater_column, mapping.raters)
    for name in ("therapist", "date"):
        if getattr(mapping, name):
            part[name] = cells[getattr(mapping, name)]
    part |= {name: cells[name] for name in mapping.keep if name not in part}
    part["skipped"] = False
    if mapping.skip:
        part["skipped"] = cells[mapping.skip].map(folded, na_action="ignore").isin(_MARKED)
    strange = []
    scores = Reading(words={}, missing_words=frozenset(), missing_codes=())
    for scale, column in block.totals.items():
        part[f"reported_{scale}"], odd = read_answers(cells[column], scores)
        strange += [] if odd is None else [odd.assign(item=0)]
    for number, column in enumerate(block.items, start=1):
        missing = export.user_missing.get(column, ())
        part[f"item_{number}"], odd = read_answers(cells[column], reading, missing)
        strange += [] if odd is None else [odd.assign(item=number)]
    return pd.DataFrame(part, index=cells.index), strange


def _labelled(export: Export, column: str, stated) -> pd.Series:
    """Return a column of identifiers as text, its value labels in the place of codes."""
    texts = as_text(export.cells[column])
    if column not in export.labels:
        return texts
    stated = {folded(word) for word in stated}
    labels = {f"{code:.15g}": text for code, text in _numbered(export.labels.get(column, {}))}
    labels = {code: text for code, text in labels.items() if code not in stated}
    return texts.map(lambda text: labels.get(text, text), na_action="ignore").astype("str")


def _numbered(labels) -> Iterable[tuple[float, str]]:
    read = ((to_number(code), label) for code, label in labels.items())
    return [(code, label) for code, label in read if code is not None]


def strange_problems(strange: pd.DataFrame, forms: pd.DataFrame) -> Iterable[Problem]:
    """Yield one problem for each kind of cell that could not be read."""
    strange = strange[strange["form"].isin(forms.index)]
    answers = strange[strange["item"] > 0]
    for kind, problem in _STRANGE.items():
        cells = answers[answers["kind"] == kind]
        if len(cells):
            rows = _cell_rows(cells, forms, ["item", "found"]).sort_values(["row", "item"])
            yield Problem(
                kind=kind,
                what=problem.what,
                fix=problem.fix,
                rows=rows.set_index("row"),
                serious=problem.serious,
            )
    totals = strange[(strange["item"] == 0) & (strange["kind"] != "missing mark")]
    if len(totals):
        yield Problem(
            kind="total not a number",
            what="A ready-made score is not a number; it is not compared with its items",
            fix="nothing: scores are computed from the items.",
            rows=_cell_rows(totals, forms, ["found"]).sort_values("row").set_index("row"),
            serious=False,
        )


def _cell_rows(cells: pd.DataFrame, forms: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    rows = forms.loc[cells["form"], ["row", *WHO]]
    return rows.assign(**{name: cells[name].to_numpy() for name in columns})


def label_problem(export: Export, layout: Layout, reading: Reading) -> Problem | None:
    """Return a problem if a file's own value labels contradict the codes of the response words."""
    for block in layout.blocks:
        for column in block.items:
            labels = _numbered(export.labels.get(column, {}))
            pairs = [
                (code + reading.shift, reading.words[folded(label)], label)
                for code, label in labels
                if folded(label) in reading.words
            ]
            if any(found != meant for found, meant, _ in pairs):
                return _contradiction(column, pairs, layout.instrument)
    return None


def _contradiction(column: str, pairs: list[tuple], instrument: Instrument) -> Problem:
    pairs = sorted(pairs)
    found, meant, label = next(pair for pair in pairs if pair[0] != pair[1])
    order = [meant for _, meant, _ in pairs]
    turned = len(order) > 1 and order == sorted(order, reverse=True)
    return Problem(
        kind="labels contradict",
        what=f"The value labels of {column} say {found:g} = '{label}', where {instrument.key} has "
        f"{meant:g} = '{label}'{': the order is turned round' if turned else ''}",
        fix="look up which is right. If the file counts from 0, say first_code=0 (--first-code 0); "
        "if its codes are right and only the words differ, say so with "
        f'words={{"{label}": {found:g}, ...}}; otherwise recode the answers.',
        serious=turned,
    )


def repeated_problems(
    forms: pd.DataFrame, nameless: pd.Series, instrument: Instrument
) -> tuple[list[Problem], pd.Series]:
    """Find rows that name the same client, session and rater; a mere copy is kept once.

    Returns
    -------
    problems : list of Problem
    doubled : Series of bool
        The forms that cannot stand.
    """
    named = forms[~nameless]
    same_name = named.duplicated(WHO, keep=False)
    none = pd.Series(False, index=forms.index)
    if not same_name.any():
        return [], none
    named = named[same_name]
    content = [*WHO, *instrument.item_columns]
    # A pair of copies beside a third, different form leaves all three in doubt.
    versions_of = named.drop_duplicates(content).groupby(WHO, sort=False).size()
    differing = pd.MultiIndex.from_frame(named[WHO]).map(versions_of).to_numpy() > 1
    copies, versions = named[~differing], named[differing]
    problems = []
    if len(copies):
        problems.append(
            Problem(
                kind="repeated row",
                what="The same questionnaire stands in the file more than once",
                fix="take the copies out (with problems set aside, the first one is kept).",
                rows=copies.set_index("row")[WHO].sort_values(WHO, kind="stable"),
            )
        )
    if len(versions):
        problems.append(
            Problem(
                kind="two versions",
                what="One client, session and rater has different answers in different rows",
                fix="correct the session number or the client, or keep the right row.",
                rows=versions.set_index("row")[WHO].sort_values(WHO, kind="stable"),
            )
        )
    doubled = none
    doubled[versions.index] = True
    doubled[copies.index[copies.duplicated(content, keep="first")]] = True
    return problems, doubled
