"""The options of the command `report`."""

from __future__ import annotations

import argparse

from alliance.cli.shared_options import add_log


def add_report(commands, add, export_options) -> None:
    """Add the command; `add` makes its parser, `export_options` what an export may need."""
    part = add(
        commands,
        "report",
        "one page for the clinic's meeting or for a study, from scored sessions or an export",
        epilog="The page holds clients' data: it is written for its owner only, and loads nothing from "
        "outside.",
    )
    export_options(part)
    part.add_argument(
        "--for",
        dest="whom",
        choices=("clinic", "study"),
        default="clinic",
        help="the clinic's review (the default) or the study's report",
    )
    part.add_argument(
        "-o", "--output", metavar="FILE", help="by default review.html or report.html"
    )
    add_log(part, "rupture log, see `alliance log`")
    part.add_argument(
        "--pseudonyms", metavar="KEYFILE", help="name nobody, see `alliance pseudonyms`"
    )
    part.add_argument("--scale", default="total", help="scale, by default total")
    part.add_argument("--draws", type=int, default=20, metavar="N", help="draws of noise")
    part.add_argument("--seed", type=int, default=0, help="seed of the draws, by default 0")
    part.add_argument("--force", action="store_true", help="overwrite an existing file")
    _clinic(part.add_argument_group("the clinic's review"))
    study = part.add_argument_group("the study's report")
    study.add_argument(
        "--surrogates",
        type=int,
        default=0,
        metavar="N",
        help="studies without gain to compare with",
    )


def _clinic(part: argparse._ArgumentGroup) -> None:
    part.add_argument("--at", metavar="DATE", help="day of the review; nothing later is used")
    part.add_argument("--from", dest="start", metavar="DATE", help="first day of the period")
    part.add_argument("--to", dest="end", metavar="DATE", help="last day of the period")
    part.add_argument(
        "--last-sessions", type=int, metavar="N", help="the period is each client's last N sessions"
    )
    part.add_argument(
        "--absent-after",
        type=int,
        default=60,
        metavar="DAYS",
        help="days without a session after which therapy counts as over, by default 60",
    )
    part.add_argument("--detector", default="pulse", metavar="NAME", help="pulse, or a rule")
    part.add_argument(
        "--threshold", type=float, default=0.5, help="probability that counts, by default 0.5"
    )
    part.add_argument(
        "--baseline", metavar="MONTH:MONTH", help="months that set the chart's limits"
    )
    part.add_argument(
        "--therapists", action="store_true", help="compare therapists, without ranks (think first)"
    )
    part.add_argument(
        "--fewest",
        type=int,
        default=5,
        metavar="N",
        help="therapists with fewer clients are left out",
    )
