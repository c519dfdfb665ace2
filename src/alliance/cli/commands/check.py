"""The command `check`: every problem of an export with its row and fix."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import alliance as al
from alliance.cli import options as opt
from alliance.cli.command import Command, Options, option, writes
from alliance.cli.inputs import file_settings, mapping_of
from alliance.cli.screen import REDACTION, say
from alliance.errors import ROWS_SHOWN, AllianceError
from alliance.files import write_table, write_text

if TYPE_CHECKING:
    from alliance.intake import ExportMap
    from alliance.intake.problems import Option, Question


_ROWS = 3


def _asked(options: Options) -> ExportMap:
    """Lead through what is open and return the mapping; an empty line passes a question over."""
    from alliance.intake import begin

    talk = begin(options.export, mapping=mapping_of(options), **file_settings(options))
    while talk.question is not None:
        _show(talk.question)
        answer = _answer(talk.question)
        try:
            talk = talk.answer(answer)
        # A wrong answer is explained and asked for again; nothing said before is lost.
        except AllianceError as error:
            say(f"{error}\n")
            continue
        if talk.preview is not None:
            shown = talk.preview.drop(columns=["instrument", "row"], errors="ignore").head(_ROWS)
            say(f"\nThe first rows as they would be read:\n{shown.to_string(index=False)}\n")
    return talk.understood


def _show(question: Question) -> None:
    say(question.asks)
    for number, choice in enumerate(question.options, start=1):
        likely = "  (likely)" if number == 1 and len(question.options) > 1 else ""
        # A column can be meant for several things; for the date it is said.
        about = " as the date" if next(iter(choice.settings), "") == "date" else ""
        say(f"  {number}  {choice.label}{about}{likely}")


def _answer(question: Question) -> Option | str | float | None:
    """Return what was typed: the number of an option, other words, or None for an empty line."""
    own = " or your own words" if question.setting and question.options else ""
    say(f"Number{own}, or Enter to pass:" if question.options else "Your answer, or Enter to pass:")
    line = sys.stdin.readline()
    # The end of the input (a script, Ctrl-D) is no empty answer.
    if not line:
        raise AllianceError(f"The answers end, but it is open: {question.text()}")
    text = line.strip()
    if text.isdigit() and 0 < int(text) <= len(question.options):
        return question.options[int(text) - 1]
    if not text:
        return None
    return question.typed(text)


def run(options: Options) -> int:
    """Report every problem of an export."""
    try:
        mapping = _asked(options) if options.ask else mapping_of(options)
        result = al.check(options.export, mapping=mapping, **file_settings(options))
    except AllianceError as error:
        raise _with_starting_map(error, options) from None
    if REDACTION.get() is not None:
        result = result.redacted()
    say(result.text(rows_shown=None if options.all_rows else ROWS_SHOWN))
    if options.write_mapping:
        text = result.intake.mapping.to_toml()
        path = write_text(text, options.write_mapping, force=options.force)
        say(f"\nWrote the mapping to {path}.")
    if options.problems_csv:
        path = write_table(result.frame, options.problems_csv, force=options.force)
        say(f"\nWrote the rows of all problems to {path}.")
    # A script can ask: 2 means that the export needs a person.
    return 0 if result.passed else 2


def _with_starting_map(error: AllianceError, options: Options) -> AllianceError:
    """Write a mapping to complete, if one is wanted and the file can be read; say so in the error."""
    from alliance.intake import starting_map

    if not options.write_mapping:
        return error
    # The half that was recognised is worth keeping: the user goes on from there.
    redaction = REDACTION.get()
    message = str(error) if redaction is None else redaction.of(error)
    text = starting_map(options.export, mapping=mapping_of(options), **file_settings(options))
    path = write_text(text, options.write_mapping, force=options.force)
    return AllianceError(
        f"{message}\n\nWrote what was recognised to {path}. Complete it, then: "
        f"alliance check {options.export} --mapping {path}"
    )


COMMAND = Command(
    name="check",
    place=30,
    summary="report every problem of an export with its row and fix; change nothing",
    epilog="Exit code 2 if anything must be mended or declared.",
    options=(
        opt.EXPORT,
        opt.COLUMNS,
        option("--ask", "lead through what is open, question by question"),
        opt.ALL_ROWS,
        writes("--write-mapping FILE", "write a mapping file to start from", endings=(".toml",)),
        writes(
            "--problems-csv FILE", "write the rows of all problems as a table", endings=opt.TABLES
        ),
        opt.FORCE,
    ),
    run=run,
)
