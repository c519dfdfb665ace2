"""The command `repair`: the calibrated answer, and the usual analyses only beside it."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from alliance.cli.finding import chosen_sessions
from alliance.cli.multiversing import every_way, only_with_multiverse
from alliance.cli.showing import shown, wrapped
from alliance.cli.tables import check_table, write_paper_table
from alliance.intake import read, read_log
from alliance.report import refuse_existing, write_table

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
    answer = repair_gain(
        sessions,
        items=read(options.items, instrument=options.instrument) if options.items else None,
        log=read_log(options.log) if options.log else None,
        design=options.design,
        scale=options.scale,
        rater=options.rater,
        higher_is_better=not options.lower_is_better,
        surrogates=options.surrogates or 0,
        rng=options.seed,
    )
    print(wrapped(answer.text()) + "\n")
    print(shown(answer.summary()))
    if options.usual:
        _usual(sessions, options)
    if options.output:
        print(f"\nWrote {write_table(answer.frame, options.output, force=options.force)}.")
    if options.table:
        write_paper_table(answer.to_table(), options)
    return DONE


def _usual(sessions, options: Namespace) -> None:
    from alliance.effects import drop_and_return, usual_analyses
    from alliance.ruptures import find_ruptures

    found = find_ruptures(
        sessions,
        drop_and_return(),
        scale=options.scale,
        higher_is_better=not options.lower_is_better,
    )
    table = usual_analyses(sessions, found, rater=options.rater).summary()
    print(
        "\nThe usual analyses, with the share of studies without any gain in which each rejects\n"
    )
    print(shown(table.drop(columns="warning")) + "\n")
    for row in table.itertuples():
        print(wrapped(f"{row.analysis}: {row.warning}"))
