"""The command `instruments`: the catalogue, one questionnaire, or a key file to complete."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from alliance.cli import options as opt
from alliance.cli.command import Command, Options, reads, writes
from alliance.cli.screen import WIDTH, say
from alliance.errors import join_names
from alliance.files import write_text

if TYPE_CHECKING:
    from alliance.instruments import Instrument


def run(options: Options) -> int:
    """List the catalogue, show one instrument, or write a key file to complete."""
    from alliance.instruments import load, template

    if options.template:
        path = write_text(template(options.name), options.template, force=options.force)
        say(f"Wrote {path}. Complete it, then: alliance instruments {path}")
    elif options.name:
        say(describe(load(options.name)))
    else:
        say(describe_all())
    return 0


def describe_all() -> str:
    """Return the catalogue as a screen of text."""
    import pandas as pd

    from alliance.instruments import GRADES, instruments, keys_needed

    rows = [
        {
            "name": instrument.key,
            "items": instrument.items,
            "answers": f"{instrument.minimum:g}-{instrument.maximum:g}",
            "scales": ", ".join(instrument.scales),
            "score": instrument.metric,
            "key checked": "; ".join(f"{rater}: {g}" for rater, g in instrument.raters.items()),
        }
        for instrument in instruments().values()
    ]
    # Questionnaires whose key nobody could verify are named, not left out in silence.
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
    return "\n".join(textwrap.fill(line, WIDTH, subsequent_indent="    ") for line in lines)


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


COMMAND = Command(
    name="instruments",
    place=20,
    summary="list what can be scored and how each key was checked",
    options=(
        reads("name", "show one instrument, e.g. wai-sr, or check a key file", nargs="?"),
        writes("--template FILE", "write a key file to complete", endings=(".toml",)),
        opt.FORCE,
    ),
    run=run,
)
