"""Layout: what a file is, answered once: the role of every column, what is open, what follows."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from alliance.errors import AllianceError, join_names, suggest
from alliance.instruments import Instrument, load
from alliance.intake.blocks import Block, find_blocks
from alliance.intake.dates import read_dates
from alliance.intake.export import Export
from alliance.intake.mapping import COLUMNS, ROLES, ExportMap
from alliance.intake.problems import Question, each_of, known_question
from alliance.intake.recognition import (
    CALLED,
    client_codes,
    column_when_sent,
    columns_named,
    date_column,
    moment_of,
    plain,
    skip_column,
    total_column,
)
from alliance.intake.which_instrument import find_instrument, instrument_column

SPLIT = "split"
# What REDCap counts its forms by, where no column holds the session's number.
_REDCAP_COUNTS = ("repeatinstance", "eventname")


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What a file is: where everything stands in it, as far as it is clear."""

    mapping: ExportMap  # What was stated, completed with what was recognised
    instrument: Instrument | None
    blocks: tuple[Block, ...]  # The columns of each questionnaire in a row
    # What is missing, unknown or doubtful; empty where the file can be read.
    questions: tuple[Question, ...]

    @property
    def by_date(self) -> bool:
        """True if sessions can only be numbered by date."""
        return self.mapping.session is None and all(b.session is None for b in self.blocks)

    @property
    def used(self) -> set[str]:
        """The columns that have a role."""
        items = {name for block in self.blocks for name in (*block.items, *block.totals.values())}
        return self.mapping.columns | items


def clear(layout: Layout, name: str) -> Layout:
    """Return the layout if nothing is open; else an error says all that is, and how to say it."""
    if layout.questions:
        raise AllianceError(
            f"The columns of {name} are not clear:\n\n"
            + "\n\n".join(f"  - {question.text()}" for question in layout.questions)
        )
    return layout


def find_layout(export: Export, mapping: ExportMap) -> Layout:
    """Find what is clear about an export's columns."""
    questions = _unknown_columns(export, mapping)
    completed, doubtful = _with_roles(export, mapping)
    questions += doubtful
    instrument: Instrument | None = None
    blocks: tuple[Block, ...] = ()
    if not mapping.scores:
        instrument, question = find_instrument(export, completed)
        questions += [question] if question else []
    elif mapping.instrument is not None:
        instrument = load(mapping.instrument)
    if instrument is not None or mapping.scores:
        completed, blocks, wrong = _with_blocks(export, completed, mapping, instrument)
        questions += wrong
    if not any(block.session is not None for block in blocks):
        completed = _with_date_sent(export, completed)
    questions += _open_roles(export, completed, blocks)
    questions += _two_roles(completed, blocks)
    questions += _hidden_covariates(completed)
    if questions and export.kind == "REDCap labels":
        questions.insert(0, known_question("label export"))
    if questions and export.cells.shape[1] == 1:
        questions = [known_question("one column")]
    return Layout(
        mapping=completed, instrument=instrument, blocks=blocks, questions=tuple(questions)
    )


def _unknown_columns(export: Export, mapping: ExportMap) -> list[Question]:
    columns = list(export.cells.columns)
    asked = [getattr(mapping, name) for name in COLUMNS if not _is_constant(name, mapping)]
    asked += [name for name in mapping.totals.values() if "{" not in name]
    asked += mapping.covariates
    asked += mapping.items if isinstance(mapping.items, list | tuple) else []
    unknown = dict.fromkeys(name for name in asked if name is not None and name not in columns)
    listed = join_names(columns, 40)
    return [
        known_question("unknown column", name=name, hint=suggest(name, columns), columns=listed)
        for name in unknown
    ]


def _is_constant(setting: str, mapping: ExportMap) -> bool:
    """Return whether a setting names no column: one session for all rows, or cases to be split."""
    value = getattr(mapping, setting) or ""
    return (setting == "session" and value.isdigit()) or (setting == "case" and value == SPLIT)


def _with_roles(export: Export, mapping: ExportMap) -> tuple[ExportMap, list[Question]]:
    """Complete the mapping with the columns whose names say what they hold."""
    cells = export.cells.drop(columns=list(mapping.columns & set(export.cells.columns)))
    found: dict[str, Any] = {}
    questions = []
    for setting in ROLES:
        if getattr(mapping, setting) is not None:
            continue
        # A client named for another purpose too is refused as such, not overlooked.
        columns = _recognised(setting, export, export.cells if setting == "client" else cells)
        if len(columns) > 1:
            found_here, options = join_names(columns), each_of(setting, columns)
            questions.append(
                known_question(
                    "several columns", options, setting=setting, found=found_here, first=columns[0]
                )
            )
        if columns:
            found[setting] = columns[0]
            cells = cells.drop(columns=columns[0], errors="ignore")
    if mapping.instrument_column is None:
        found["instrument_column"] = instrument_column(export.cells, mapping.instruments)
    return replace(mapping, **found), questions


def _recognised(setting: str, export: Export, cells: pd.DataFrame) -> list[str]:
    if export.kind.startswith("REDCap") and setting == "client":
        record = [name for name in cells.columns if plain(name) == "recordid"]
        return record or list(cells.columns[:1])
    if export.kind.startswith("REDCap") and setting == "session":
        named = columns_named(setting, cells)
        counted = all(plain(name) in _REDCAP_COUNTS for name in named)
        return _redcap_sessions(cells) if counted else named
    # A program that numbers its forms calls that number id.
    if export.kind in ("Microsoft Forms", "LimeSurvey") and setting == "client":
        cells = cells.drop(columns=[name for name in cells.columns if plain(name) == "id"])
    found = columns_named(setting, cells) or _by_caption(setting, export, cells)
    if setting == "moment":
        return [name for name in found if all(map(moment_of, cells[name].dropna().unique()))]
    if setting == "date":
        return [
            name for name in found if plain(name) not in CALLED["days"] or _are_dates(cells[name])
        ]
    return found


def _by_caption(setting: str, export: Export, cells: pd.DataFrame) -> list[str]:
    """Return the columns whose question says what their name does not."""
    said = {name: export.captions.get(name, name) for name in cells.columns}
    if setting == "client":
        codes = client_codes(said)
        if codes:
            return codes
    if setting not in ("client", "session"):
        return []
    named = columns_named(setting, cells.set_axis(list(said.values()), axis="columns"))
    return [name for name, caption in said.items() if caption in named]


def _are_dates(cells: pd.Series) -> bool:
    return bool(read_dates(cells.head(100)).days.notna().any())


def _redcap_sessions(cells: pd.DataFrame) -> list[str]:
    known = {plain(name).removeprefix("redcap"): name for name in cells.columns}
    for name in _REDCAP_COUNTS:
        if name in known and cells[known[name]].notna().any():
            return [known[name]]
    return []


def _with_blocks(
    export: Export,
    completed: ExportMap,
    stated: ExportMap,
    instrument: Instrument | None,
) -> tuple[ExportMap, tuple[Block, ...], list[Question]]:
    """Find the questionnaires' columns, and what their names say of session and rater."""
    if instrument is not None:
        completed = replace(completed, instrument=stated.instrument or instrument.key)
        completed = _with_marks(completed, export.cells, instrument)
    blocks, items, questions = find_blocks(export, completed, instrument)
    if not blocks:
        return completed, blocks, questions
    completed, conflicts = _agree(replace(completed, items=items), stated, blocks)
    used = {name for block in blocks for name in (*block.items, *block.totals.values())}
    used |= {name for name in (completed.client, completed.session) if name is not None}
    if export.repeated & used:
        repeated = join_names(sorted(export.repeated & used))
        questions.append(known_question("same name", names=repeated))
    return completed, blocks, questions + conflicts


def _with_marks(mapping: ExportMap, cells: pd.DataFrame, instrument: Instrument) -> ExportMap:
    """Complete the mapping with a total, a skip mark and a date that name the instrument."""
    columns = list(cells.columns)
    total, skip = total_column(columns, instrument), skip_column(cells, instrument)
    return replace(
        mapping,
        totals=mapping.totals or ({"total": total} if total else {}),
        skip=mapping.skip or skip,
        date=mapping.date or date_column(columns, instrument),
    )


def _agree(
    completed: ExportMap, stated: ExportMap, blocks: tuple[Block, ...]
) -> tuple[ExportMap, list[Question]]:
    """Let session and rater come from one place: the item columns' names or a column."""
    questions = []
    for setting, place in (("session", "session"), ("rater_column", "rater")):
        if all(getattr(block, place) is None for block in blocks):
            continue
        if getattr(stated, setting) is not None:
            column = getattr(stated, setting)
            questions.append(
                known_question("place named twice", place=place, column=column, setting=setting)
            )
        unnamed: dict[str, Any] = {setting: None}
        completed = replace(completed, **unnamed)
    return completed, questions


def _with_date_sent(export: Export, mapping: ExportMap) -> ExportMap:
    """Take the day a form was sent for the session's, where a survey has no other date.

    A table of another program may have been typed in at any time: there only if it has no session
    number either.
    """
    survey = export.kind in ("Microsoft Forms", "LimeSurvey")
    if mapping.date is not None or (mapping.session is not None and not survey):
        return mapping
    return replace(mapping, date=column_when_sent(export.cells))


def _open_roles(export: Export, mapping: ExportMap, blocks: tuple[Block, ...]) -> list[Question]:
    questions = []
    if mapping.client is None:
        questions.append(_patients_as_columns(export) or _ask_client(export, mapping))
    in_names = any(block.session is not None for block in blocks)
    if mapping.session is None and mapping.date is None and not in_names:
        questions.append(_ask_session(export, mapping))
    return questions


def _ask_client(export: Export, mapping: ExportMap) -> Question:
    columns = list(export.cells.columns)
    likely = _like_identifiers(export.cells, mapping)
    options, listed = each_of("client", likely[:9]), join_names(columns, 40)
    return known_question("no client", options, first=columns[0], columns=listed)


def _like_identifiers(cells: pd.DataFrame, mapping: ExportMap) -> list[str]:
    """Return the columns that may name clients: those of which a value recurs, then the others."""
    free = cells.columns[cells.notna().any() & ~cells.columns.isin(mapping.columns)]
    several = [name for name in free if 1 < cells[name].nunique() < cells[name].count()]
    several.sort(key=lambda name: -cells[name].nunique())
    # In a small file every client may stand once; numbers with decimals are scores.
    rest = [name for name in free if name not in several and not _are_dates(cells[name])]
    return several + [
        name for name in rest if not cells[name].astype("str").str.contains(r"\d[.,]\d").any()
    ]


def _ask_session(export: Export, mapping: ExportMap) -> Question:
    columns = [name for name in export.cells.columns if name != mapping.client]
    dated = [name for name in columns if _are_dates(export.cells[name])]
    once = mapping.client in export.cells and export.cells[mapping.client].is_unique
    all_in_one = "\n    Every client stands in one row: if all rated one session, session=1."
    return known_question(
        "no session",
        each_of("session", columns[:5]) + each_of("date", dated or columns[:5]),
        first=columns[0],
        day=dated[0] if dated else "...",
        once=all_in_one if once else "",
        columns=join_names(list(export.cells.columns), 40),
    )


def _patients_as_columns(export: Export) -> Question | None:
    """Say that each patient stands in a column, where the columns are called so."""
    people = [n for n in export.cells.columns if plain(n).rstrip("0123456789") in CALLED["people"]]
    items = [name for name in export.cells.columns if plain(name) in CALLED["item"]]
    if len(people) < 2 and items and export.cells[items[0]].is_unique:
        # Each row is an item, so what stands beside it are questionnaires.
        people = [name for name in export.cells.columns if name != items[0]]
    if len(people) < 2:
        return None
    return known_question("patients as columns", people=join_names(people))


def _two_roles(mapping: ExportMap, blocks: tuple[Block, ...]) -> list[Question]:
    """Refuse a column that is named for two purposes."""
    roles: dict[str, list[str]] = {}
    for setting in ROLES:
        if getattr(mapping, setting) is not None:
            roles.setdefault(getattr(mapping, setting), []).append(setting)
    items = {name for block in blocks for name in block.items}
    roles = {name: [*found, *(["item"] if name in items else [])] for name, found in roles.items()}
    return [
        known_question("two roles", name=name, roles=join_names(found))
        for name, found in roles.items()
        if len(found) > 1
    ]


def _hidden_covariates(mapping: ExportMap) -> list[Question]:
    """Refuse covariates in whose place the table would hold something else."""
    # Forms left out are set apart: the table has no column that says so.
    named = (name for name in COLUMNS if name != "skip")
    roles = {name.removesuffix("_column"): getattr(mapping, name) for name in named}
    own = dict.fromkeys(("row", "client", "session", "rater", "instrument"))
    own |= {name: column for name, column in roles.items() if column is not None}
    answers = re.compile(r"item_\d+|reported_.*")
    return [
        known_question("covariate of the table's name", name=name)
        for name in mapping.covariates
        if own.get(name, name) != name or answers.fullmatch(name)
    ]


def unused_columns(export: Export, layout: Layout) -> Iterable[str]:
    """Return the filled columns that nothing was taken from, but those that programs always write."""
    plainly = (name for name in export.cells.columns if name not in layout.used)
    return [name for name in plainly if export.cells[name].notna().any()]
