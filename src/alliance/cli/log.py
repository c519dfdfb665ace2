"""The command `log`: a rupture log checked and counted, a blank one, or one against the scores."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from alliance.cli.options import pairs
from alliance.cli.showing import shown, wrapped
from alliance.errors import AllianceError
from alliance.files import refuse_existing, write_table

DONE, USERS_FAULT = 0, 2


def log(options: Namespace) -> int:
    """Check a rupture log and count what it holds, or write a blank one."""
    if options.form:
        return _form(options)
    if not options.log:
        raise AllianceError(
            "Name a rupture log to check, or a blank one to write: alliance log --form form.xlsx"
        )
    outputs = [Path(name) for name in (options.output, options.figure) if name]
    refuse_existing(outputs, force=options.force)
    checked = _examined(options)
    for problem in checked.problems:
        print(problem.text(rows_shown=None if options.all_rows else 12) + "\n")
    if not checked.passed:
        print("The log cannot be used before this is corrected.")
        return USERS_FAULT
    if options.against:
        return _against(checked.frame, options)
    print(wrapped(checked.text()) + "\n")
    print(shown(checked.summary()))
    codes = checked.codes()
    if len(codes) and codes["sessions"].any():
        ticked = codes[codes["sessions"] > 0].drop(columns="meaning")
        print(
            "\n"
            + shown(
                ticked.sort_values(["column", "source", "sessions"], ascending=[True, True, False])
            )
        )
    if options.output:
        print(f"\nWrote {write_table(checked.frame, options.output, force=options.force)}.")
    return DONE


def _against(table, options: Namespace) -> int:
    from alliance.compare import compare_with_log

    compared = compare_with_log(
        _found(options),
        table,
        window=options.window,
        asked=options.asked,
        source=options.from_source,
        draws=options.draws,
        rng=options.seed,
    )
    print(wrapped(compared.text()) + "\n")
    print(shown(compared.summary()))
    if options.output:
        print(f"\nWrote {write_table(compared.frame, options.output, force=options.force)}.")
    if options.figure:
        from alliance import figures

        print(f"Drew {figures.save(compared.plot(), options.figure)}.")
    return DONE


def _found(options: Namespace):
    """Return the ruptures found in the sessions by the rule, or the detector, asked for."""
    from alliance.cli.finding import PULSE, chosen_sessions

    sessions = chosen_sessions(options, options.against)
    settings = {"scale": options.scale, "higher_is_better": not options.lower_is_better}
    if options.rule == PULSE:
        from alliance.model import find_pulses

        return find_pulses(sessions, **settings)
    from alliance.ruptures import find_ruptures

    return find_ruptures(sessions, options.rule, **settings)


def _form(options: Namespace) -> int:
    from alliance.log import write_log_form

    written = write_log_form(options.form, force=options.force)
    for path in written:
        print(f"Wrote {path}.")
    print("Fill it in (for REDCap: import it, collect, export), then: alliance log FILE")
    return DONE


def _examined(options: Namespace):
    from alliance.log import examine_log

    return examine_log(
        options.log,
        mapping=pairs(options.column, "--column"),
        source=options.source,
        resolved_from=options.resolved_from,
        missing_codes=options.missing,
        encoding=options.encoding,
        separator=options.separator,
        sheet=options.sheet,
    )
