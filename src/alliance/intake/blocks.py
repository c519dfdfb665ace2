"""Blocks: the sets of columns that each hold one questionnaire in every row of an export."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from alliance.errors import join_names
from alliance.instruments import Instrument
from alliance.intake.mapping import ExportMap
from alliance.intake.patterns import counting_patterns, fill_pattern, pattern_places
from alliance.intake.recognition import (
    RATER_LETTERS,
    RHEUMATOLOGY_HAQ_ITEMS,
    Runs,
    all_names,
    complete_runs,
    fitting_instruments,
    longest_run,
    named_items,
)


@dataclass(frozen=True, kw_only=True)
class Block:
    """The columns that together hold one questionnaire in each row.

    Parameters
    ----------
    items : tuple of str
        Item columns, in the order of the items.
    rater : str, optional
        As the column names say.
    session : int, optional
        As the column names say.
    totals : mapping of scale to str
        Columns with ready-made scores.
    """

    items: tuple[str, ...]
    rater: str | None = None
    session: int | None = None
    totals: Mapping[str, str] = field(default_factory=dict)


def find_blocks(
    mapping: ExportMap, columns: list[str], instrument: Instrument
) -> tuple[tuple[Block, ...], object, list[str]]:
    """Find the item columns as the mapping states them or, failing that, by their names.

    Returns
    -------
    blocks : tuple of Block
    items : str, list or mapping
        The setting `items` that names them.
    problems : list of str
    """
    if mapping.items is not None:
        blocks, problems = _stated_blocks(mapping, columns, instrument)
        return blocks, mapping.items, problems
    named = named_items(columns, instrument)
    if named:
        return (_block(tuple(named), None, None, mapping, columns),), named, []
    runs = complete_runs(columns, instrument, all_names(instrument))
    if not runs:
        return (), None, [_not_recognised(columns, instrument)]
    return _recognised_blocks(runs, mapping, columns)


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


def _recognised_blocks(runs: Runs, mapping: ExportMap, columns: list[str]):
    patterns = defaultdict(set)
    for pattern, rater, _ in runs:
        patterns[rater].add(pattern)
    if any(len(several) > 1 for several in patterns.values()) or (
        None in patterns and len(patterns) > 1
    ):
        found = sorted({pattern for pattern, _, _ in runs})
        problem = (
            f"Several sets of columns could hold the items: {join_names(found)}.\n"
            f'    To fix: name one, e.g. items="{found[0]}", or one for each rater: '
            'items={"client": "...", "therapist": "..."}.'
        )
        return (), None, [problem]
    blocks = tuple(
        _block(tuple(run[n] for n in sorted(run)), rater, session, mapping, columns)
        for (_, rater, session), run in runs.items()
    )
    items = {rater: next(iter(several)) for rater, several in patterns.items()}
    return blocks, items.get(None, items), []


def _stated_blocks(mapping: ExportMap, columns: list[str], instrument: Instrument):
    if isinstance(mapping.items, list | tuple):
        items, problems = tuple(mapping.items), []
        if len(items) != instrument.items:
            problems.append(
                f"{instrument.key} has {instrument.items} items, but {len(items)} columns are "
                "named as items.\n    To fix: name one column for each item, in their order."
            )
        repeated = sorted({name for name in items if items.count(name) > 1})
        if repeated:
            problems.append(f"Columns are named as items twice: {join_names(repeated)}.")
        if problems or set(items) - set(columns):
            return (), problems
        return (_block(items, None, None, mapping, columns),), []
    patterns = mapping.items if isinstance(mapping.items, Mapping) else {None: mapping.items}
    blocks, problems = [], []
    for rater, pattern in patterns.items():
        found, wrong = _pattern_blocks(pattern, rater, mapping, columns, instrument)
        blocks += found
        problems += wrong
    return tuple(blocks), problems


def _pattern_blocks(
    pattern: str, rater: str | None, mapping: ExportMap, columns: list[str], instrument: Instrument
) -> tuple[list[Block], list[str]]:
    if "{item}" not in pattern:
        wrong = f"The pattern '{pattern}' has no place for the item number: write {{item}}."
        return [], [wrong]
    runs = _runs_of_pattern(pattern, rater, columns)
    if not runs:
        return [], [
            f"No column fits the pattern '{pattern}'.\n"
            f"    The file's columns: {join_names(columns, 40)}."
        ]
    blocks, problems = [], []
    for (who, session), run in runs.items():
        wrong = _count_problem(set(run), instrument, pattern, session)
        problems += [wrong] if wrong else []
        items = tuple(run[number] for number in sorted(run))
        meant = mapping.raters.get(who, RATER_LETTERS.get(str(who).casefold(), who))
        blocks.append(_block(items, meant, session, mapping, columns, called=who))
    return blocks, problems


def _runs_of_pattern(pattern: str, rater: str | None, columns: list[str]):
    """Return for each (rater, session) of a pattern the column of each item."""
    runs: dict[tuple, dict[int, str]] = defaultdict(dict)
    for column, places in pattern_places(pattern, columns):
        session = places.get("session")
        run = runs[places.get("rater", rater), int(session) if session else None]
        # Two columns for one item (1 and 01): item 0 keeps the run from being complete.
        run[0 if int(places["item"]) in run else int(places["item"])] = column
    return dict(runs)


def _count_problem(
    found: set[int], instrument: Instrument, pattern: str, session: int | None
) -> str | None:
    wanted = set(range(1, instrument.items + 1))
    if found == wanted:
        return None
    where = f" (session {session})" if session is not None else ""
    lacking, extra = sorted(wanted - found), sorted(found - wanted - {0})
    what = [f"lacks item {join_names(lacking, 40)}"] if lacking else []
    what += [f"has item {join_names(extra, 40)} beyond the last"] if extra else []
    what += ["has two columns for one item"] if 0 in found else []
    return (
        f"Wrong number of items: {instrument.key} has {instrument.items}, the pattern "
        f"'{pattern}'{where} {' and '.join(what)}.\n"
        "    To fix: check the form (`alliance instruments` lists them) and the pattern."
        f"{_namesake(instrument, found)}"
    )


def _namesake(instrument: Instrument, found: set[int]) -> str:
    if instrument.key == "haq-ii" and len(found) == RHEUMATOLOGY_HAQ_ITEMS:
        return (
            " Ten items: this may be the rheumatology Health Assessment Questionnaire-II, which "
            "has the same short name."
        )
    return ""


def _not_recognised(columns: list[str], instrument: Instrument) -> str:
    pattern, length = longest_run(columns, all_names(instrument))
    if length > 2:
        runs = _runs_of_pattern(pattern, None, columns).items()
        wrong = (_count_problem(set(run), instrument, pattern, at) for (_, at), run in runs)
        problem = next(filter(None, wrong), None)
        if problem:
            return problem
    others = [other.key for other in fitting_instruments(columns) if other is not instrument]
    named = f" The columns are named like {join_names(others)}." if others else ""
    counting = counting_patterns(columns, instrument.items)
    example = counting[0] if counting else "wai_{item}"
    also = f" These count to {instrument.items}: {join_names(counting)}." if counting else ""
    return (
        f"The {instrument.items} item columns of {instrument.key} were not recognised.{named}{also}"
        f'\n    To fix: name them by a pattern, e.g. items="{example}" (on the command line '
        f"--items).\n    The file's columns: {join_names(columns, 40)}."
    )
