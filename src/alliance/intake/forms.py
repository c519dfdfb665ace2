"""Forms: the cells of an export as one row for each questionnaire, and which rows are there twice."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from alliance.errors import Problem
from alliance.instruments import Instrument
from alliance.intake.answers import Reading, read_answers
from alliance.intake.blocks import Block
from alliance.intake.export import Export
from alliance.intake.layout import Layout
from alliance.intake.problems import WHO, ask_each, known_problem, problem_of
from alliance.intake.recognition import MARKED
from alliance.intake.words import folded, to_number
from alliance.intake.workbooks import FROM_1904

# What together names a questionnaire once, of what a file has of it.
KEY = ["client", "case", "session", "rater", "moment"]
DAYS_TO_1904 = 1462
_ODD = ("spreadsheet error", "formula", "date", "missing mark")


def key_of(forms: pd.DataFrame) -> list[str]:
    """Return the columns of a table that together name a questionnaire once."""
    return [name for name in KEY if name in forms.columns]


def read_forms(
    export: Export, layout: Layout, reading: Reading
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one row for each questionnaire in the file, and the cells that could not be read.

    Returns `forms`: ``row`` (in the file), client, session, rater, [case, moment, therapist, date],
    covariates, ``reported_<scale>``, ``_skipped`` and item_1 ... item_n; identifiers as they stand;
    `strange`: ``form`` (index in forms), ``item`` (0 for a ready-made score), ``column``, ``found``
    and ``kind``.
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
    return forms, pd.concat(strange, ignore_index=True)[list(_no_cells().columns)]


@cache
def _no_cells() -> pd.DataFrame:
    types = {"form": "int64", "item": "int64", "column": "str", "found": "str", "kind": "str"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})


def _read_block(
    export: Export, layout: Layout, block: Block, reading: Reading
) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    cells, mapping = export.cells, layout.mapping
    part: dict[str, Any] = {"row": cells.index, "client": cells[mapping.client]}
    part["session"] = _sessions(cells, mapping.session, block)
    part["rater"] = block.rater or mapping.rater or "client"
    if mapping.rater_column:
        part["rater"] = labelled(export, mapping.rater_column, mapping.raters)
    for name in ("therapist", "date", "case", "moment"):
        column = getattr(mapping, name)
        if column in cells.columns:
            part[name] = cells[column] if name == "date" else labelled(export, column)
    if "date" in part and any(note.kind == FROM_1904 for note in export.notes):
        part["date"] = _from_1904(part["date"])
    part |= {name: _covariate(export, name) for name in mapping.covariates if name not in part}
    # What only reading needs has a name that no covariate has.
    part["_skipped"] = False
    if mapping.skip:
        part["_skipped"] = cells[mapping.skip].map(folded, na_action="ignore").isin(MARKED)
    strange: list[pd.DataFrame] = []
    scores = Reading(
        words={}, missing_words=reading.missing_words, missing_codes=reading.missing_codes
    )
    for scale, column in block.totals.items():
        part[f"reported_{scale}"], odd = read_answers(cells[column], scores)
        strange += [] if odd is None else [odd.assign(item=0, column=column)]
    for number, column in enumerate(block.items, start=1):
        part[f"item_{number}"] = np.nan
        if column:
            part[f"item_{number}"], odd = read_answers(cells[column], reading)
            strange += [] if odd is None else [odd.assign(item=number, column=column)]
    # Not copied: a large file's answers are held once.
    return pd.DataFrame(part, index=cells.index, copy=False), strange


def _from_1904(days: pd.Series) -> pd.Series:
    """Return days that stand as bare numbers, counted from 1904, as counted from 1900."""
    bare = days.astype("str").str.fullmatch(r"\d{4,5}(?:\.\d+)?").fillna(False).astype(bool)
    later = (pd.to_numeric(days.where(bare)) + DAYS_TO_1904).map("{:.10g}".format)
    return days.astype("str").where(~bare, later)


def _sessions(cells: pd.DataFrame, column: str | None, block: Block) -> Any:
    if block.session is not None:
        return block.session
    if column is None:
        return np.nan
    return cells[column] if column in cells.columns else int(column)


def empty_skipped(forms: pd.DataFrame, content: list[str]) -> list[Problem]:
    """Empty, in place, questionnaires marked as left out that were exported as zeros; say which."""
    marked = forms[forms["_skipped"]]
    filled = marked[content].notna().any(axis=1)
    blank = marked[filled & marked[content].fillna(0).eq(0).all(axis=1)]
    if len(blank):
        forms.loc[blank.index, content] = np.nan
    return problem_of("zeros of a skipped form", blank)


def labelled(export: Export, column: str, stated: Mapping[str, Any] | None = None) -> pd.Series:
    """Return a column of identifiers as text, its value labels in the place of codes."""
    cells = export.cells[column]
    if column not in export.labels:
        return cells
    known = {folded(word) for word in stated or ()}
    labels = {f"{code:.15g}": text for code, text in numbered(export.labels.get(column, {}))}
    labels = {code: text for code, text in labels.items() if code not in known}
    codes, values = pd.factorize(cells)
    texts = [str(v) if isinstance(v, str) else f"{v:.15g}" for v in values]
    named = [labels.get(text, text) for text in texts]
    return pd.Series(pd.array([*named, None], dtype="str")[codes], index=cells.index)


def _covariate(export: Export, column: str) -> pd.Series:
    """Return a covariate, in words where the file has a label for each of its values."""
    cells = export.cells[column]
    labels = {code for code, _ in numbered(export.labels.get(column, {}))}
    if labels and set(cells.dropna()) <= labels:
        return labelled(export, column)
    return cells


def numbered(labels: Mapping[Any, str]) -> list[tuple[float, str]]:
    """Return the labels of codes that are numbers."""
    read = ((to_number(code), label) for code, label in labels.items())
    return [(code, label) for code, label in read if code is not None]


def strange_problems(strange: pd.DataFrame, forms: pd.DataFrame) -> Iterable[Problem]:
    """Yield one problem for each kind of cell that could not be read."""
    if strange.empty:
        return
    strange = strange[strange["form"].isin(forms.index)]
    answers = strange[strange["item"] > 0]
    words = answers[answers["kind"] == "word"]
    if len(words):
        yield _unknown_words(words, forms)
    for kind in _ODD:
        rows = _cell_rows(answers[answers["kind"] == kind], forms, ["item", "found"])
        yield from problem_of(kind, rows.sort_values(["row", "item"]), [*WHO, "item", "found"])
    totals = strange[(strange["item"] == 0) & (strange["kind"] != "missing mark")]
    rows = _cell_rows(totals, forms, ["found"]).sort_values("row")
    yield from problem_of("total not a number", rows, [*WHO, "found"])


def _unknown_words(cells: pd.DataFrame, forms: pd.DataFrame) -> Problem:
    """Return one problem that lists each unknown word once, with the first cell it stands in."""
    counts = cells.groupby("found", sort=False).agg(form=("form", "first"), item=("item", "first"))
    times = cells["found"].value_counts()
    first = _cell_rows(counts.reset_index(), forms, ["item", "found"])
    first["times"] = times.reindex(first["found"]).to_numpy()
    options = " ".join(f'--word "{word}"=...' for word in list(times.index)[:8])
    problem = known_problem(
        "word",
        first.sort_values(["row", "item"]).set_index("row"),
        first=times.index[0],
        options=options,
    )
    asks = {
        str(word): f"What does '{word}' mean as an answer (it stands in {count} cells)?"
        for word, count in times.items()
    }
    return ask_each(problem, "words", asks)


def _cell_rows(cells: pd.DataFrame, forms: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    rows = forms.loc[cells["form"], ["row", *WHO]]
    return rows.assign(**{name: cells[name].to_numpy() for name in columns})


def label_problems(export: Export, layout: Layout, reading: Reading) -> list[Problem]:
    """Return a problem if a file's own value labels contradict the codes of the response words."""
    for block in layout.blocks:
        for column in filter(None, block.items):
            labels = numbered(export.labels.get(column, {}))
            pairs = [
                (code + reading.shift, reading.words[folded(label)], label)
                for code, label in labels
                if folded(label) in reading.words
            ]
            if any(found != meant for found, meant, _ in pairs):
                return [_contradiction(column, pairs, layout.instrument)]
    return []


def _contradiction(
    column: str, pairs: list[tuple[float, float, str]], instrument: Instrument | None
) -> Problem:
    pairs = sorted(pairs)
    found, meant, label = next(pair for pair in pairs if pair[0] != pair[1])
    order = [meant for _, meant, _ in pairs]
    turned = len(order) > 1 and order == sorted(order, reverse=True)
    key = instrument.key if instrument else "the questionnaire"
    return known_problem(
        "labels contradict",
        column=column,
        found=found,
        label=label,
        key=key,
        meant=meant,
        order=": the order is turned round" if turned else "",
        serious=turned,
    )


def codes_of(forms: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """Return one number for each row, equal where all the columns are equal."""
    codes = np.zeros(len(forms), dtype=np.int64)
    for name in columns:
        own, values = pd.factorize(forms[name], use_na_sentinel=False)
        codes = codes * max(len(values), 1) + own
    return codes


def repeated_problems(
    forms: pd.DataFrame, nameless: pd.Series, content: list[str], *, in_order: bool = False
) -> tuple[list[Problem], pd.Series]:
    """Find rows that name the same client, session and rater; a mere copy is kept once.

    `nameless`: forms that name nobody; they are not compared. `content`: columns with what was
    answered. `in_order`: whether rows stand by client and session, each there once, so that none is
    repeated. Returns problems; `doubled`: the forms that cannot stand.
    """
    doubled = pd.Series(False, index=forms.index)
    if in_order:
        return [], doubled
    key = key_of(forms)
    same = pd.Series(codes_of(forms, key), index=forms.index).duplicated(keep=False) & ~nameless
    if not same.any():
        return [], doubled
    named = forms[same]
    named = named[named.duplicated(key, keep=False)]
    # A pair of copies beside a third, different form leaves all three in doubt.
    versions_of = named.drop_duplicates([*key, *content]).groupby(key, sort=False, dropna=False)
    sizes = versions_of.size().rename("versions").reset_index()
    differing = named[key].merge(sizes, on=key, how="left")["versions"].to_numpy() > 1
    copies, versions = named[~differing], named[differing]
    problems = problem_of("repeated row", copies.sort_values(WHO, kind="stable"))
    problems += problem_of("two versions", versions.sort_values(WHO, kind="stable"))
    doubled[versions.index] = True
    doubled[copies.index[copies.duplicated([*key, *content], keep="first")]] = True
    return problems, doubled
