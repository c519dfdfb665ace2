"""Layout: where everything stands in an export, recognised where that is safe, or asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from alliance.errors import AllianceError, join_names, suggest
from alliance.instruments import Instrument, choices, instruments, load
from alliance.intake.blocks import Block, find_blocks
from alliance.intake.files import Export
from alliance.intake.instrument_rows import instrument_column, instruments_named, no_row_problem
from alliance.intake.mapping import ExportMap
from alliance.intake.patterns import counting_patterns
from alliance.intake.recognition import (
    RHEUMATOLOGY_HAQ_ITEMS,
    WELSH_ANXIETY_ITEMS,
    columns_named,
    fitting_instruments,
    longest_run,
    skip_column,
    total_column,
)

_NAMED = ("client", "session", "rater_column", "therapist", "date")


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where everything stands in an export, as far as it is clear.

    Parameters
    ----------
    mapping : ExportMap
        What was stated, completed with what was recognised.
    instrument : Instrument, optional
    blocks : tuple of Block
    problems : tuple of str
        What is missing, unknown or doubtful, and how to say it.
    """

    mapping: ExportMap
    instrument: Instrument | None
    blocks: tuple[Block, ...]
    problems: tuple[str, ...]

    @property
    def by_date(self) -> bool:
        """True if sessions can only be numbered by date."""
        return self.mapping.session is None and all(b.session is None for b in self.blocks)


def find_layout(export: Export, mapping: ExportMap) -> Layout:
    """Find every column that is needed, from the mapping or by its name.

    Raises
    ------
    AllianceError
        With everything that is missing or unknown, and how to say it.
    """
    layout = survey(export, mapping)
    if layout.problems:
        raise AllianceError(
            f"The columns of {export.name} are not clear:\n\n"
            + "\n\n".join(f"  - {problem}" for problem in layout.problems)
        )
    return layout


def survey(export: Export, mapping: ExportMap) -> Layout:
    """Find what is clear about an export's columns, and say what is not.

    Raises
    ------
    AllianceError
        If a stated instrument is unknown.
    """
    columns = list(export.cells.columns)
    problems = _unknown_columns(mapping, columns)
    completed, doubtful = _with_names(export, mapping)
    problems += doubtful
    instrument, problem = _find_instrument(export, completed)
    problems += [problem] if problem else []
    blocks, items = (), None
    if instrument is not None:
        completed = replace(completed, instrument=mapping.instrument or instrument.key)
        completed = _with_marks(completed, columns, instrument)
        blocks, items, wrong = find_blocks(completed, columns, instrument)
        problems += wrong
    if blocks:
        completed, conflicts = _agree(replace(completed, items=items), mapping, blocks)
        problems += conflicts
    if completed.client is None:
        problems.append(_ask("client", columns))
    in_names = any(block.session is not None for block in blocks)
    if completed.session is None and completed.date is None and not in_names:
        problems.append(_ask("session", columns))
    return Layout(mapping=completed, instrument=instrument, blocks=blocks, problems=tuple(problems))


def _unknown_columns(mapping: ExportMap, columns: list[str]) -> list[str]:
    asked = [getattr(mapping, name) for name in (*_NAMED, "instrument_column", "skip")]
    asked += [name for name in mapping.totals.values() if "{" not in name]
    asked += mapping.keep
    asked += mapping.items if isinstance(mapping.items, list | tuple) else []
    return [
        f"There is no column '{name}'.{suggest(name, columns)}"
        for name in asked
        if name is not None and name not in columns
    ]


def _with_names(export: Export, mapping: ExportMap) -> tuple[ExportMap, list[str]]:
    """Complete the mapping with the columns whose names say what they hold."""
    columns, found, problems = list(export.cells.columns), {}, []
    for setting in _NAMED:
        if getattr(mapping, setting) is not None:
            continue
        named = columns_named(setting, columns)
        if export.kind == "REDCap" and setting == "client":
            named = ["record_id"] if "record_id" in columns else columns[:1]
        if export.kind == "REDCap" and setting == "session":
            named = named or _redcap_sessions(export)
        if len(named) > 1:
            problems.append(
                f"Several columns could be the {setting}: {join_names(named)}.\n"
                f'    To fix: name one, e.g. {setting}="{named[0]}".'
            )
        found |= {setting: named[0]} if named else {}
    if mapping.instrument_column is None:
        found["instrument_column"] = instrument_column(export.cells, mapping.instruments)
    return replace(mapping, **found), problems


def _redcap_sessions(export: Export) -> list[str]:
    for name in ("redcap_repeat_instance", "redcap_event_name"):
        if name in export.cells.columns and export.cells[name].notna().any():
            return [name]
    return []


def _with_marks(mapping: ExportMap, columns: list[str], instrument: Instrument) -> ExportMap:
    """Complete the mapping with a ready-made total and a skip mark that are clearly named."""
    total, skip = total_column(columns, instrument), skip_column(columns, instrument)
    totals = mapping.totals or ({"total": total} if total else {})
    return replace(mapping, totals=totals, skip=mapping.skip or skip)


def _agree(
    completed: ExportMap, stated: ExportMap, blocks: tuple[Block, ...]
) -> tuple[ExportMap, list[str]]:
    """Let session and rater come from one place: the item columns' names or a column."""
    problems = []
    for setting, place in (("session", "session"), ("rater_column", "rater")):
        if all(getattr(block, place) is None for block in blocks):
            continue
        if getattr(stated, setting) is not None:
            problems.append(
                f"The {place} is named twice: by the column '{getattr(stated, setting)}' and in "
                f"the names of the item columns.\n    To fix: leave {setting} out."
            )
        completed = replace(completed, **{setting: None})
    return completed, problems


def _ask(name: str, columns: list[str]) -> str:
    what = {"client": "the client", "session": "the session number"}[name]
    more = ""
    if name == "session":
        more = (
            '\n    If the file is wide, give a pattern such as items="s{session}_wai_{item}"; if '
            'it only has dates, name the date column: date="..." (missed sessions cannot be seen '
            "then)."
        )
    return (
        f"No column was recognised as {what}.\n"
        f'    To fix: name it, e.g. {name}="{columns[0]}" (on the command line --{name}).{more}\n'
        f"    The file's columns: {join_names(columns, 40)}."
    )


def _find_instrument(export: Export, mapping: ExportMap) -> tuple[Instrument | None, str | None]:
    columns, column = list(export.cells.columns), mapping.instrument_column
    known = column is not None and column in columns
    named = instruments_named(export.cells, column, mapping.instruments) if known else []
    if mapping.instrument is not None:
        instrument = load(mapping.instrument)
        problem = _totals_only(instrument)
        problem = problem or (_welsh(columns) if mapping.items is None else None)
        return instrument, problem or (no_row_problem(named, column, instrument) if named else None)
    if len(named) == 1 and named[0] in instruments():
        return load(named[0]), None
    if named:
        return None, (
            f"The column '{column}' names {join_names(named)}.\n    To fix: say which questionnaire to "
            'read, e.g. instrument="wai-sr" (on the command line --instrument), and in the mapping '
            f'what the column calls it, e.g. instruments={{"{named[0]}": "wai-sr"}}.'
        )
    return _instrument_by_columns(columns)


def _instrument_by_columns(columns: list[str]) -> tuple[Instrument | None, str | None]:
    fitting = fitting_instruments(columns)
    if len(fitting) == 1:
        return fitting[0], None
    if fitting:
        names = join_names(instrument.key for instrument in fitting)
        return None, (
            f"The file holds several questionnaires: {names}.\n    To fix: say which one to read, "
            f'instrument="{fitting[0].key}" (on the command line --instrument).'
        )
    pattern, length = longest_run(columns, ("wai",))
    if length == 36:
        return load("wai-36"), None
    for choice in choices():
        pattern, length = longest_run(columns, (choice.name,))
        if length == choice.items:
            return None, f"The columns {pattern} hold {choice.question()}"
    if _welsh(columns):
        return None, _welsh(columns)
    unlike = ""
    if longest_run(columns, ("haq-ii", "haq-2", "haq"))[1] == RHEUMATOLOGY_HAQ_ITEMS:
        unlike = (
            " Ten columns called HAQ may be the rheumatology Health Assessment Questionnaire-II, "
            "which is no alliance measure."
        )
    counting = counting_patterns(columns)
    also = f" Columns that count: {join_names(counting)}." if counting else ""
    return None, (
        f"The questionnaire was not recognised.{unlike}{also}\n"
        '    To fix: name it, e.g. instrument="wai-sr" (on the command line --instrument); '
        "`alliance instruments` lists them."
    )


def _welsh(columns: list[str]) -> str | None:
    pattern, length = longest_run(columns, ("wai",))
    if length < WELSH_ANXIETY_ITEMS:
        return None
    return (
        f"The columns {pattern} count to {length}: {WELSH_ANXIETY_ITEMS} items have the Welsh "
        "Anxiety Inventory, not a Working Alliance Inventory.\n    To fix: choose the file with "
        "the alliance questionnaire, or name its items by a pattern, items=..."
    )


def _totals_only(instrument: Instrument) -> str | None:
    if not instrument.totals_only:
        return None
    return (
        f"{instrument.name} is not scored from its items here: {instrument.checked}\n    To fix: "
        "read its ready-made totals with read_scores (on the command line --scores), or supply "
        "a key file."
    )
