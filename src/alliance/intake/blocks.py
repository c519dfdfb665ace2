"""Blocks: the sets of columns that each hold one questionnaire in every row of an export."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from alliance.errors import join_names, suggest
from alliance.instruments import Instrument
from alliance.intake.export import Export
from alliance.intake.in_order import IN_ORDER, columns_in_order, confirm_order
from alliance.intake.mapping import ExportMap
from alliance.intake.patterns import counting_patterns, fill_pattern, pattern_places
from alliance.intake.problems import Question, each_of, known_question
from alliance.intake.recognition import (
    RATER_LETTERS,
    RHEUMATOLOGY_HAQ_ITEMS,
    Runs,
    all_names,
    complete_runs,
    fitting_instruments,
    incomplete_runs,
    longest_run,
    named_items,
    two_numbers,
)
from alliance.intake.which_instrument import called_total, only_scores

Found = tuple[tuple["Block", ...], Any, list[Question]]
_HEALTH_ASSESSMENT = (
    " Ten items: this may be the rheumatology Health Assessment Questionnaire-II, which has the same "
    "short name."
)


@dataclass(frozen=True, kw_only=True)
class Block:
    """The columns that together hold one questionnaire in each row."""

    # Item columns, in the order of the items; empty where an optional item was not asked.
    items: tuple[str, ...]
    rater: str | None = None  # As the column names say
    session: int | None = None  # As the column names say
    totals: Mapping[str, str] = field(default_factory=dict)  # Columns with ready-made scores


def find_blocks(export: Export, mapping: ExportMap, instrument: Instrument | None) -> Found:
    """Find the columns of answers or ready-made scores: blocks, the setting `items`, questions."""
    columns = list(export.cells.columns)
    if mapping.scores or instrument is None:
        return _score_blocks(mapping, columns)
    # Confirmed by the user: the columns stand in the order of the items.
    if mapping.items == IN_ORDER:
        items = columns_in_order(export, instrument, mapping)
        if items:
            return (_block(tuple(items), None, None, mapping, columns),), items, []
        return (), None, [_not_recognised(export, instrument, mapping)]
    if mapping.items is not None:
        blocks, questions = _stated_blocks(mapping, columns, instrument)
        return blocks, mapping.items, questions
    named = named_items(columns, instrument)
    if named:
        return (_block(tuple(named), None, None, mapping, columns),), named, []
    runs = complete_runs(columns, instrument, all_names(instrument))
    if runs:
        blocks, items, questions = _recognised_blocks(runs, mapping, columns)
        if blocks:
            questions += _incomplete(runs, instrument, columns)
        return blocks, items, questions
    return (), None, [_not_recognised(export, instrument, mapping)]


def _score_blocks(mapping: ExportMap, columns: list[str]) -> Found:
    """Return one block for each rater and session in the names of columns with scores."""
    places: dict[tuple[str | None, int | None], dict[str, str]] = defaultdict(dict)
    questions = []
    for scale, pattern in mapping.scores.items():
        found = pattern_places(pattern, columns)
        if not found:
            hint, listed = suggest(pattern, columns), join_names(columns, 40)
            questions.append(
                known_question(
                    "no such score", pattern=pattern, scale=scale, hint=hint, columns=listed
                )
            )
        for column, stands in found:
            number = stands.get("session")
            place = places[stands.get("rater"), int(number) if number else None]
            if scale in place:
                questions.append(known_question("same score", one=place[scale], other=column))
            place[scale] = column
    known = mapping.raters
    left = {
        key: put for key, put in places.items() if key[0] is None or not known or key[0] in known
    }
    if places and not left:
        questions.append(known_question("no such rater", raters=join_names(known)))
    blocks = tuple(
        Block(items=(), rater=who and known.get(who, who), session=number, totals=totals)
        for (who, number), totals in left.items()
    )
    return blocks, mapping.items, questions


def _block(
    items: tuple[str, ...],
    rater: str | None,
    session: int | None,
    mapping: ExportMap,
    columns: list[str],
    *,
    called: str | None = None,
) -> Block:
    """Return a block with its ready-made scores; `called` is the rater's word in the columns."""
    totals = {
        scale: fill_pattern(name, session=session, rater=called or rater)
        for scale, name in mapping.totals.items()
    }
    totals = {scale: name for scale, name in totals.items() if name in columns}
    return Block(items=items, rater=rater, session=session, totals=totals)


def _in_order(run: Mapping[int, str]) -> tuple[str, ...]:
    """Return a run's columns by item, an empty name for one that was not asked."""
    return tuple(run.get(number, "") for number in range(1, max(run) + 1))


def _recognised_blocks(runs: Runs, mapping: ExportMap, columns: list[str]) -> Found:
    patterns = defaultdict(set)
    for pattern, rater, _ in runs:
        patterns[rater].add(pattern)
    # Two sets for one rater, or a set for nobody beside named ones: which is meant?
    if any(len(several) > 1 for several in patterns.values()) or (
        None in patterns and len(patterns) > 1
    ):
        found = sorted({pattern for pattern, _, _ in runs})
        several = known_question(
            "several sets", each_of("items", found), found=join_names(found), first=found[0]
        )
        return (), None, [several]
    blocks = tuple(
        _block(_in_order(run), rater, session, mapping, columns)
        for (_, rater, session), run in runs.items()
    )
    items = {rater: next(iter(several)) for rater, several in patterns.items()}
    return blocks, items.get(None, items), []


def _incomplete(runs: Runs, instrument: Instrument, columns: list[str]) -> list[Question]:
    """Ask about a session or a rater whose columns are not all there, though others' are."""
    others = incomplete_runs(columns, instrument, runs)
    wanted = set(range(instrument.items + 1))
    problems = (
        _count_problem(set(run) & wanted, instrument, pattern, session)
        for (pattern, _, session), run in others.items()
    )
    return [problem for problem in problems if problem]


def _stated_blocks(
    mapping: ExportMap, columns: list[str], instrument: Instrument
) -> tuple[tuple[Block, ...], list[Question]]:
    if isinstance(mapping.items, list | tuple):
        return _listed_block(tuple(mapping.items), mapping, columns, instrument)
    patterns = mapping.items if isinstance(mapping.items, Mapping) else {None: mapping.items}
    blocks, questions = [], []
    for rater, pattern in patterns.items():
        found, wrong = _pattern_blocks(str(pattern), rater, mapping, columns, instrument)
        blocks += found
        questions += wrong
    return tuple(blocks), questions


def _listed_block(
    items: tuple[str, ...], mapping: ExportMap, columns: list[str], instrument: Instrument
) -> tuple[tuple[Block, ...], list[Question]]:
    questions = []
    if len(items) != instrument.items:
        key, count = instrument.key, instrument.items
        questions.append(
            known_question("number of columns", key=key, count=count, named=len(items))
        )
    repeated = sorted({name for name in items if items.count(name) > 1})
    if repeated:
        questions.append(known_question("column twice", repeated=join_names(repeated)))
    if questions or set(items) - set(columns):
        return (), questions
    return (_block(items, None, None, mapping, columns),), []


def _pattern_blocks(
    pattern: str, rater: str | None, mapping: ExportMap, columns: list[str], instrument: Instrument
) -> tuple[list[Block], list[Question]]:
    if "{item}" not in pattern:
        return [], [known_question("no place for the item", pattern=pattern)]
    runs = _runs_of_pattern(pattern, rater, columns)
    if not runs:
        listed = join_names(columns, 40)
        return [], [known_question("pattern fits nothing", pattern=pattern, columns=listed)]
    blocks, questions = [], []
    for (who, session), run in runs.items():
        wrong = _count_problem(set(run), instrument, pattern, session)
        questions += [wrong] if wrong else []
        meant = mapping.raters.get(str(who), RATER_LETTERS.get(str(who).casefold(), who))
        blocks.append(_block(_in_order(run), meant, session, mapping, columns, called=who))
    return ([] if questions else blocks), questions


def _runs_of_pattern(
    pattern: str, rater: str | None, columns: list[str]
) -> dict[tuple[str | None, int | None], dict[int, str]]:
    """Return for each (rater, session) of a pattern the column of each item."""
    runs: dict[tuple[str | None, int | None], dict[int, str]] = defaultdict(dict)
    for column, places in pattern_places(pattern, columns):
        session = places.get("session")
        run = runs[places.get("rater", rater), int(session) if session else None]
        # Two columns for one item (1 and 01): item 0 keeps the run from being complete.
        run[0 if int(places["item"]) in run else int(places["item"])] = column
    return dict(runs)


def _count_problem(
    found: set[int], instrument: Instrument, pattern: str, session: int | None
) -> Question | None:
    wanted = set(range(1, instrument.items + 1))
    if found <= wanted and wanted - found <= set(instrument.optional_items):
        return None
    lacking, extra = sorted(wanted - found), sorted(found - wanted - {0})
    wrong = [f"lacks item {join_names(lacking, 40)}"] if lacking else []
    wrong += [f"has item {join_names(extra, 40)} beyond the last"] if extra else []
    wrong += ["has two columns for one item"] if 0 in found else []
    namesake = instrument.key == "haq-ii" and len(found) == RHEUMATOLOGY_HAQ_ITEMS
    return known_question(
        "number of items",
        key=instrument.key,
        count=instrument.items,
        pattern=pattern,
        where=f" (session {session})" if session is not None else "",
        wrong=" and ".join(wrong),
        namesake=_HEALTH_ASSESSMENT if namesake else "",
    )


def _not_recognised(export: Export, instrument: Instrument, mapping: ExportMap) -> Question:
    columns = list(export.cells.columns)
    boxes = [name for name in columns if re.fullmatch(r".+___\d+", name)]
    if len(boxes) > instrument.items:
        return known_question("checkboxes", boxes=join_names(boxes, 3))
    either = two_numbers(columns, instrument)
    if len(either) > 1:
        first, second = either
        return known_question("two numbers", each_of("items", either), first=first, second=second)
    # Names were recognised and the count is wrong: say what is lacking.
    pattern, length = longest_run(columns, all_names(instrument))
    if length > 2:
        runs = _runs_of_pattern(pattern, None, columns).items()
        wrong = (_count_problem(set(run), instrument, pattern, at) for (_, at), run in runs)
        problem = next(filter(None, wrong), None)
        if problem:
            return problem
    in_order = columns_in_order(export, instrument, mapping)
    if in_order:
        return confirm_order(in_order, instrument)
    # A wrong instrument is the likeliest cause: name what the columns look like.
    others = [other.key for other in fitting_instruments(columns) if other is not instrument]
    alike = f" The columns are named like {join_names(others)}." if others else ""
    counting = counting_patterns(columns, instrument.items, instrument.optional_items)
    also = f" These count to {instrument.items}: {join_names(counting)}." if counting else ""
    totals = only_scores(export.cells, instrument, mapping)
    ready, column = "", totals[0].settings["scores"]["total"] if totals else ""
    if called_total(column):
        ready = f'; or, if {column} is the ready-made total, --scores "total={column}"'
    return known_question(
        "items not recognised",
        (*each_of("items", counting), *totals),
        count=instrument.items,
        key=instrument.key,
        alike=alike,
        counting=also,
        example=next(iter([*either, *counting]), f"{instrument.key}_{{item}}"),
        ready=ready,
        columns=join_names(columns, 40),
    )
