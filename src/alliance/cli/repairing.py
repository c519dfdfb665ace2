"""The command `repair`: the calibrated answer, and the usual analyses only beside it."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from alliance.cli import beside
from alliance.cli.finding import chosen_log, chosen_sessions
from alliance.cli.multiversing import every_way, only_with_multiverse
from alliance.cli.showing import shown, wrapped
from alliance.cli.tables import check_table, write_paper_table
from alliance.files import refuse_existing, write_table
from alliance.intake import read

DONE = 0


def repair(options: Namespace) -> int:
    """Answer whether a repaired rupture leaves the alliance stronger."""
    from alliance.effects import repair_gain

    if options.multiverse:
        return every_way(options)
    only_with_multiverse(options)
    if options.output:
        refuse_existing([Path(options.output)], force=options.force)
    check_table(options)
    sessions = chosen_sessions(options)
    log = chosen_log(options)
    answer = repair_gain(
        sessions,
        items=read(options.items, instrument=options.instrument) if options.items else None,
        log=log,
        design=options.design,
        scale=options.scale,
        rater=options.rater,
        higher_is_better=not options.lower_is_better,
        surrogates=options.surrogates or 0,
        rng=options.seed,
    )
    print(wrapped(answer.text()) + "\n")
    print(shown(answer.summary()))
    beside.flow(sessions, answer, options)
    if options.unrepaired:
        beside.unrepaired(sessions, log, options)
    if options.outcome:
        beside.outcome(sessions, log, options)
    if options.usual:
        beside.usual(sessions, options)
    if options.output:
        print(f"\nWrote {write_table(answer.frame, options.output, force=options.force)}.")
    if options.table:
        write_paper_table(answer.to_table(), options)
    return DONE
