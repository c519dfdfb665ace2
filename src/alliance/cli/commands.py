"""What each command does: read, call, print, write."""

from __future__ import annotations

import textwrap
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from alliance.cli.bundling import bundle
from alliance.cli.finding import ruptures
from alliance.cli.log import log
from alliance.cli.monitoring import monitor
from alliance.cli.options import pairs
from alliance.cli.pseudonymising import pseudonyms
from alliance.cli.repairing import repair
from alliance.cli.reporting import report
from alliance.cli.showing import rows_only, shown, warnings_as_notes, wrapped
from alliance.cli.simulating import power, simulate
from alliance.cli.tables import check_table, write_paper_table
from alliance.errors import AllianceError, DataError, join_names
from alliance.files import refuse_existing, write_table, write_text
from alliance.instruments import GRADES, Instrument, keys_needed, load, template
from alliance.instruments import instruments as catalogue
from alliance.intake import check as check_export
from alliance.intake import join_mappings, read, read_scores, starting_map
from alliance.intake.answers import to_number
from alliance.scoring import score as score_responses
from alliance.scoring import score_counts

__all__ = [
    "bundle",
    "check",
    "demo",
    "instruments",
    "log",
    "monitor",
    "power",
    "pseudonyms",
    "reliability",
    "repair",
    "report",
    "ruptures",
    "score",
    "simulate",
]

DONE, USERS_FAULT = 0, 2


def demo(options: Namespace) -> int:
    """Run every step on the bundled data."""
    from alliance.study.demo import run

    index = run(Path(options.output), force=options.force, say=lambda line: print(line, flush=True))
    print(f"\nThe report is here: {index.resolve()}")
    return DONE


def instruments(options: Namespace) -> int:
    """List the catalogue, show one instrument, or write a key file to complete."""
    if options.template:
        path = write_text(template(), options.template, force=options.force)
        print(f"Wrote {path}. Complete it, then: alliance instruments {path}")
    elif options.name:
        print(describe(load(options.name)))
    else:
        print(describe_all())
    return DONE


def check(options: Namespace) -> int:
    """Report every problem of an export."""
    try:
        result = check_export(
            options.export, mapping=mapping_of(options), **_file_settings(options)
        )
    except AllianceError as error:
        raise _with_starting_map(error, options) from None
    if rows_only(options):
        result = result.without_people()
    print(result.text(rows_shown=None if options.all_rows else 12))
    if options.write_mapping:
        path = write_text(
            result.intake.mapping.to_toml(), options.write_mapping, force=options.force
        )
        print(f"\nWrote the mapping to {path}.")
    if options.problems_csv:
        path = write_table(result.frame, options.problems_csv, force=options.force)
        print(f"\nWrote the rows of all problems to {path}.")
    return DONE if result.passed else USERS_FAULT


def _with_starting_map(error: AllianceError, options: Namespace) -> AllianceError:
    """Write a mapping to complete, if one is wanted and the file can be read; say so in the error."""
    if not options.write_mapping:
        return error
    refuse_existing([Path(options.write_mapping)], force=options.force)
    if isinstance(error, DataError) and rows_only(options):
        error = error.without_people()
    text = starting_map(options.export, mapping=mapping_of(options), **_file_settings(options))
    path = write_text(text, options.write_mapping, force=options.force)
    return AllianceError(
        f"{error}\n\nWrote what was recognised to {path}. Complete it, then: "
        f"alliance check {options.export} --mapping {path}"
    )


def score(options: Namespace) -> int:
    """Score an export."""
    refuse_existing([Path(options.output)], force=options.force)
    with warnings_as_notes():
        sessions = _scored(options)
    path = write_table(sessions, options.output, force=options.force)
    print(f"Wrote {len(sessions)} rows to {path}.")
    if "set_aside" in sessions.columns:
        counts = score_counts(sessions)
        print(shown(counts.drop(columns="reasons")))
        for row in counts[counts["reasons"].ne("")].itertuples():
            print(f"not scored, {row.instrument} by {row.rater}: {row.reasons}")
    return DONE


def reliability(options: Namespace) -> int:
    """Report the reliability of an export's scores."""
    from alliance.reliability import assess_reliability

    check_table(options)
    with warnings_as_notes():
        result = assess_reliability(_responses(options), _own_key(options))
    print(wrapped(result.text()) + "\n")
    print(shown(result.summary()))
    if options.output:
        print(f"\nWrote {write_table(result.frame, options.output, force=options.force)}.")
    if options.table:
        write_paper_table(result.to_table(), options)
    return DONE


def describe_all() -> str:
    """Return the catalogue as a screen of text."""
    rows = [
        {
            "name": instrument.key,
            "items": instrument.items,
            "answers": f"{instrument.minimum:g}-{instrument.maximum:g}",
            "scales": ", ".join(instrument.scales),
            "score": instrument.metric,
            "key checked": "; ".join(f"{rater}: {g}" for rater, g in instrument.raters.items()),
        }
        for instrument in catalogue().values()
    ]
    needed = ", ".join(entry.key for entry in keys_needed())
    return (
        f"{pd.DataFrame(rows).to_string(index=False, justify='left')}\n\n"
        + "\n".join(f"  {grade}: {says}" for grade, says in GRADES.items())
        + f"\n\nKey needed (no key could be verified; complete one with --template): {needed}.\n"
        "One in full: alliance instruments wai-sr"
    )


def describe(instrument: Instrument) -> str:
    """Return one instrument as a screen of text."""
    low, high = instrument.score_range(instrument.scale_order[0])
    lines = [
        f"{instrument.key}: {instrument.name}",
        f"{instrument.items} items, answered {instrument.minimum:g} to {instrument.maximum:g}"
        f"{'' if instrument.whole_numbers else ' with decimals'}; "
        f"{'higher' if instrument.higher_is_better else 'lower'} is better",
        *_scale_lines(instrument),
        f"reversed: {join_names(instrument.reversed_items, 40) or 'none'}",
        f"{instrument.scale_order[0]}: {_metric_text(instrument)}, {low:g} to {high:g}",
        f"missing answers: {instrument.missing_rule_from}",
        *(f"cut-off {cut.value:g}: {cut.meaning} [{cut.source}]" for cut in instrument.cutoffs),
        *(f"reliable change {c.points:g} points [{c.source}]" for c in instrument.reliable_changes),
        *(f"prompt to talk: {p.says} [{p.source}; {p.sure}]" for p in instrument.prompts),
        f"reference: {instrument.reference}{f', doi {instrument.doi}' if instrument.doi else ''}",
        "key checked: " + "; ".join(f"{who}: {grade}" for who, grade in instrument.raters.items()),
        f"  {instrument.checked}",
        *(f"note: {note}" for note in instrument.notes),
        f"rights: {instrument.rights.text() if instrument.rights else 'not said; ask the owner'}",
        *_worked_lines(instrument),
    ]
    return "\n".join(textwrap.fill(line, 100, subsequent_indent="    ") for line in lines)


def _metric_text(instrument: Instrument) -> str:
    times = [f"{number:g} times the {of}" for of, number in instrument.scaled.items()]
    return times[0] if instrument.metric == "scaled" else instrument.metric


def _scale_lines(instrument: Instrument) -> Iterator[str]:
    if instrument.totals_only:
        yield "scored from ready-made totals only"
        return
    for scale, items in instrument.scales.items():
        numbers = (
            "all items" if len(items) == instrument.items else f"items {join_names(items, 40)}"
        )
        better = "" if scale not in instrument.opposite_scales else "; low is good"
        yield f"scale {scale}: {numbers} ({instrument.needed(scale)} must be answered){better}"
    if instrument.optional_items:
        yield f"need not apply: items {join_names(instrument.optional_items)}"


def _worked_lines(instrument: Instrument) -> Iterator[str]:
    for case in instrument.worked:
        answers = " ".join(f"{a:g}" if a == a else "-" for a in case.answers)
        scores = ", ".join(f"{scale} {value:g}" for scale, value in case.scores.items())
        yield f"worked case: answers {answers} give {scores} ({case.metric})"


def _scored(options: Namespace) -> pd.DataFrame:
    if not options.scores:
        return score_responses(_responses(options), _own_key(options), metric=options.metric)
    if not options.client:
        raise AllianceError(
            "Ready-made scores need --client and, unless the file is wide, --session."
        )
    return read_scores(
        options.export,
        client=options.client,
        session=options.session,
        therapist=options.therapist,
        scores=pairs(options.scores, "--scores"),
        rater=options.rater or "client",
        instrument=options.instrument,
        metric=options.metric,
        missing_codes=tuple(n for n in map(to_number, options.missing) if n is not None),
        **_file_settings(options),
    )


def _own_key(options: Namespace) -> str | None:
    """Return the user's own key file, which no name in the table can stand for."""
    name = mapping_of(options).instrument
    return name if name is not None and name.endswith(".toml") else None


def _responses(options: Namespace) -> pd.DataFrame:
    return read(
        options.export,
        mapping=mapping_of(options),
        problems="set aside" if options.set_aside else "raise",
        **_file_settings(options),
    )


def _file_settings(options: Namespace) -> dict:
    return {name: getattr(options, name) for name in ("encoding", "separator", "sheet")}


def mapping_of(options: Namespace):
    """Return what the options say of an export's columns, joined to the mapping file."""
    direct = ("instrument", "client", "session", "therapist", "date", "rater", "rater_column")
    settings = {name: getattr(options, name) for name in (*direct, "first_code", "divide_by")}
    if options.items:
        single = len(options.items) == 1 and "=" not in options.items[0]
        settings["items"] = options.items[0] if single else pairs(options.items, "--items")
    if options.total:
        settings["totals"] = pairs(options.total, "--total")
    if options.word:
        settings["words"] = {w: _code(c, w) for w, c in pairs(options.word, "--word").items()}
    if options.missing:
        settings["missing_codes"] = tuple(options.missing)
    return join_mappings(options.mapping, settings)


def _code(text: str, word: str) -> float:
    number = to_number(text)
    if number is None:
        raise AllianceError(f"--word takes WORD=CODE with a number; '{word}' has '{text}'.")
    return number
