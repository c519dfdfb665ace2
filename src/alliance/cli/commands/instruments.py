"""The command `instruments`: the catalogue, one questionnaire, or a key file to complete."""

from __future__ import annotations

import textwrap

import alliance as al
from alliance.cli import options as opt
from alliance.cli.command import Command, Options, reads, writes
from alliance.cli.screen import WIDTH, say
from alliance.errors import join_names
from alliance.files import write_text


def run(options: Options) -> int:
    """List the catalogue, show one instrument, or write a key file to complete."""
    if options.template:
        path = write_text(
            al.instruments.template(options.name), options.template, force=options.force
        )
        say(f"Wrote {path}. Complete it, then: alliance instruments {path}")
    elif options.name:
        say(describe(al.load(options.name)))
    else:
        say(describe_all())
    return 0


def describe_all() -> str:
    """Return the catalogue as a screen of text."""
    import pandas as pd

    rows = [
        {
            "name": instrument.key,
            "items": instrument.items,
            "answers": f"{instrument.minimum:g}-{instrument.maximum:g}",
            "scales": ", ".join(instrument.scales),
            "score": instrument.metric,
            "key checked": "; ".join(f"{rater}: {g}" for rater, g in instrument.raters.items()),
        }
        for instrument in al.instruments.instruments().values()
    ]
    # Questionnaires whose key nobody could verify are named, not left out in silence.
    needed = ", ".join(entry.key for entry in al.instruments.keys_needed())
    return (
        f"{pd.DataFrame(rows).to_string(index=False, justify='left')}\n\n"
        + "\n".join(f"  {grade}: {says}" for grade, says in al.instruments.GRADES.items())
        + f"\n\nKey needed (no key could be verified; complete one with --template): {needed}.\n"
        "One in full: alliance instruments wai-sr"
    )


def describe(instrument: al.instruments.Instrument) -> str:
    """Return one instrument as a screen of text."""
    from alliance.results.page import environment

    template = environment("alliance.cli", escape=False).get_template("instrument.txt")
    text = template.render(it=instrument, n=lambda number: f"{number:g}", join=join_names)
    return "\n".join(
        textwrap.fill(line, WIDTH, subsequent_indent="    ") for line in text.splitlines() if line
    )


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
