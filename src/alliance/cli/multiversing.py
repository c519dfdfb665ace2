"""`repair --multiverse`: the question under every combination of choices, judged as a whole."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from alliance.cli.finding import chosen_sessions
from alliance.cli.showing import shown, wrapped
from alliance.cli.tables import check_table, write_paper_table
from alliance.errors import AllianceError, join_names
from alliance.files import refuse_existing, write_table
from alliance.intake import read

DONE = 0
SURROGATES = 99


def every_way(options: Namespace) -> int:
    """Answer by every specification, print what they say together, write and draw if asked to."""
    from alliance.effects import multiverse

    _refuse(options)
    wanted = [Path(name) for name in (options.output, options.figure) if name]
    refuse_existing(wanted, force=options.force)
    check_table(options)
    curve = multiverse(
        chosen_sessions(options),
        items=read(options.items, instrument=options.instrument) if options.items else None,
        choices=options.choices,
        scale=options.scale,
        rater=options.rater,
        higher_is_better=not options.lower_is_better,
        surrogates=SURROGATES if options.surrogates is None else options.surrogates,
        rng=options.seed,
        workers=options.workers,
        keep=options.keep,
    )
    print(wrapped(curve.text()) + "\n")
    print(shown(curve.summary()))
    if options.output:
        print(f"\nWrote {write_table(curve.frame, options.output, force=options.force)}.")
    if options.table:
        write_paper_table(curve.to_table(), options)
    if options.figure:
        from alliance.figures import save

        print(f"\nDrew {save(curve.plot(), options.figure)}.")
    return DONE


def only_with_multiverse(options: Namespace) -> None:
    """Refuse options that would say nothing.

    Raises
    ------
    AllianceError
        If an option of the multiverse is given without it.
    """
    given = {"--figure": options.figure, "--keep": options.keep}
    alone = [name for name, value in given.items() if value]
    if alone:
        raise AllianceError(
            f"{join_names(alone)} needs --multiverse.\nTo fix: add it, or leave {join_names(alone)} out."
        )


def _refuse(options: Namespace) -> None:
    if options.log or options.source:
        raise AllianceError(
            "The choices are those of rules that look for ruptures in scores; a rupture log has "
            "none of them.\nTo fix: leave out --log or --multiverse."
        )
    given = {
        "--design": options.design != "auto",
        "--usual": options.usual,
        "--unrepaired": options.unrepaired,
        "--outcome": options.outcome,
    }
    said = [name for name, there in given.items() if there]
    if said:
        raise AllianceError(
            f"{join_names(said)} and --multiverse exclude each other.\nTo fix: ask one after the other."
        )
