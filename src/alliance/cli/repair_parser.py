"""The options of the command `repair`."""

from __future__ import annotations

import argparse

from alliance.cli.shared_options import add_items, add_log, add_scores, add_sessions, add_table


def add_repair(commands, add) -> None:
    """Add the command; `add` makes its parser."""
    part = add(
        commands,
        "repair",
        "does a repaired rupture leave the alliance stronger? the calibrated answer",
        epilog="With --items ruptures are looked for in some of the items and the outcome is taken from "
        "the others; with --log they are those that somebody reported.",
    )
    add_sessions(part)
    add_items(part)
    add_log(part, "rupture log: client, session, resolution")
    part.add_argument("--design", default="auto", help="P1 to P4, 4d or log; by default the best")
    add_scores(part)
    part.add_argument("--lower-is-better", action="store_true", help="low scores are good")
    part.add_argument(
        "--surrogates",
        type=int,
        metavar="N",
        help="studies without gain to compare with, by default 0, or 99 with --multiverse",
    )
    part.add_argument("--seed", type=int, default=0, help="seed of the surrogates, by default 0")
    part.add_argument("-o", "--output", metavar="FILE", help="write the table as CSV too")
    add_table(part)
    part.add_argument("--force", action="store_true", help="overwrite existing files")
    _beside(part.add_argument_group("beside the answer"))
    _every_choice(part.add_argument_group("every defensible choice"))


def _beside(part: argparse._ArgumentGroup) -> None:
    part.add_argument(
        "--usual", action="store_true", help="also the usual analyses, with their error rates"
    )
    part.add_argument(
        "--unrepaired",
        action="store_true",
        help="also repaired against unrepaired from a landmark, and what became of ruptures",
    )
    part.add_argument(
        "--landmark",
        type=int,
        default=3,
        metavar="N",
        help="the landmark lies this many sessions after the onset, by default 3",
    )
    part.add_argument(
        "--outcome",
        metavar="FILE",
        help="also an outcome measure: client, session, instrument, total",
    )
    part.add_argument(
        "--outcome-instrument", metavar="NAME", help="which measure, e.g. phq-9, if not said"
    )


def _every_choice(part: argparse._ArgumentGroup) -> None:
    part.add_argument(
        "--multiverse", action="store_true", help="ask by every combination of choices instead"
    )
    part.add_argument("--choices", default="small", metavar="SET", help="small (default) or full")
    part.add_argument(
        "--figure", metavar="FILE", help="draw the specification curve, as .png, .svg or .pdf"
    )
    part.add_argument(
        "--keep", metavar="FOLDER", help="keep finished surrogates, to go on after a stop"
    )
    part.add_argument("--workers", type=int, default=1, metavar="N", help="processes, by default 1")
