"""The command `log`: a rupture log checked and counted, a blank one, or one against the scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import alliance as al
from alliance.cli import options as opt
from alliance.cli.command import Command, Group, Options, option, picked, reads, writes
from alliance.cli.inputs import file_settings, found_by, matched, sessions_of
from alliance.cli.outputs import present, save, show
from alliance.cli.screen import REDACTION, say, shown
from alliance.errors import ROWS_SHOWN, AllianceError

if TYPE_CHECKING:
    import pandas as pd


def run(options: Options) -> int:
    """Check a rupture log and count what it holds, or write a blank one."""
    if options.form:
        return _form(options)
    if not options.log:
        raise AllianceError(
            "Name a rupture log to check, or a blank one to write: alliance log --form form.xlsx"
        )
    sessions = sessions_of(options, options.against) if options.against else None
    checked = _examined(options, sessions)
    for problem in checked.problems:
        told = problem if REDACTION.get() is None else problem.redacted()
        say(told.text(rows_shown=None if options.all_rows else ROWS_SHOWN) + "\n")
    # Numbers from a log that must be corrected would only mislead.
    if not checked.passed:
        say("The log cannot be used before this is corrected.")
        return 2
    if sessions is not None:
        return _against(checked.frame, sessions, options)
    show(checked)
    codes = checked.codes()
    ticked = codes[codes["sessions"] > 0].drop(columns="meaning")
    if len(ticked):
        order = ["column", "source", "sessions"]
        say("\n" + shown(ticked.sort_values(order, ascending=[True, True, False])))
    save(checked, options, frame=checked.frame)
    return 0


def _examined(options: Options, sessions: pd.DataFrame | None) -> Any:
    return al.log.examine_log(
        options.log,
        mapping=opt.pairs(options.column, "--column"),
        missing_codes=options.missing,
        sessions=sessions,
        **picked(options, "source", "resolved_from"),
        **file_settings(options),
    )


def _against(table: pd.DataFrame, sessions: pd.DataFrame, options: Options) -> int:
    compared = al.compare_with_log(
        found_by(options.rule, sessions, options),
        matched(table, sessions, "rupture log", options),
        source=options.from_source,
        **picked(options, "window", "asked", "draws", "seed"),
    )
    return present(compared, options)


def _form(options: Options) -> int:
    for path in al.log.write_log_form(options.form, force=options.force):
        say(f"Wrote {path}.")
    say("Fill it in (for REDCap: import it, collect, export), then: alliance log FILE")
    return 0


AGAINST = Group(
    title="the log against ruptures found in scores",
    options=(
        reads("--against SESSIONS", "table made by `alliance score`"),
        opt.PARTIAL,
        opt.RULE,
        *opt.SCORES,
        opt.LOWER_IS_BETTER,
        option("--from-source WHO", "whose log, if several reported"),
        option(
            "--asked",
            "the source was asked in every rated session, though the log holds only ruptures",
            choices=("rated",),
        ),
        option("--window N", "sessions between a pair", default=1),
        opt.DRAWS.but(help="draws of chance"),
        opt.SEED,
        opt.FIGURE,
    ),
)
COMMAND = Command(
    name="log",
    place=100,
    summary="check a rupture log and count what it holds; or write a blank one to fill in",
    epilog="Exit code 2 if anything must be corrected.",
    options=(
        reads("log LOG", "CSV, Excel, SPSS, REDCap's export ...", nargs="?"),
        writes(
            "--form FILE",
            "a blank log: form.csv, form.xlsx with drop-downs, redcap.csv (data dictionary)",
            endings=(".csv", ".xlsx"),
        ),
        option(
            "--column NAME=COLUMN ...",
            "where the file calls a column otherwise, e.g. tension=q1 (repeatable)",
        ),
        option("--source WHO", "who reported, if no column says so"),
        option(
            "--resolved-from EXTENT",
            "from which extent (1-5) a rupture counts as resolved",
            type=float,
            default=4,
        ),
        opt.MISSING.but(help="cell for: not answered"),
        *opt.FILE_SETTINGS,
        AGAINST,
        opt.ALL_ROWS,
        opt.OUTPUT.but(help="write the tidy log as .csv or .xlsx"),
        opt.FORCE,
    ),
    run=run,
)
