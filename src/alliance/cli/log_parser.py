"""The options of the command `log`."""

from __future__ import annotations

import argparse

from alliance.cli.shared_options import add_scores


def add_log(commands, add) -> None:
    """Add the command to the others; `add` makes its parser."""
    part = add(
        commands,
        "log",
        "check a rupture log and count what it holds; or write a blank one to fill in",
        epilog="Exit code 2 if anything must be corrected.",
    )
    part.add_argument("log", nargs="?", metavar="LOG", help="CSV, Excel, SPSS, REDCap's export ...")
    part.add_argument(
        "--form",
        metavar="FILE",
        help="write a blank log: form.csv, form.xlsx with drop-downs, redcap.csv (data dictionary)",
    )
    _reading_options(part)
    _against_options(part)
    part.add_argument("--all-rows", action="store_true", help="show every row of every problem")
    part.add_argument("-o", "--output", metavar="FILE", help="write the tidy log as CSV")
    part.add_argument("--force", action="store_true", help="overwrite existing files")


def _reading_options(part: argparse.ArgumentParser) -> None:
    part.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="NAME=COLUMN",
        help="where the file calls a column otherwise, e.g. tension=q1 (repeatable)",
    )
    part.add_argument("--source", metavar="WHO", help="who reported, if no column says so")
    part.add_argument(
        "--resolved-from",
        type=float,
        default=4,
        metavar="EXTENT",
        help="from which extent (1-5) a rupture counts as resolved, by default 4",
    )
    part.add_argument(
        "--missing", action="append", default=[], metavar="CODE", help="cell for: not answered"
    )
    part.add_argument("--encoding", help="of a text file, if it is not found out")
    part.add_argument("--separator", help="of a text file, if it is not found out")
    part.add_argument("--sheet", help="of a workbook, if not the first")


def _against_options(part: argparse.ArgumentParser) -> None:
    against = part.add_argument_group("the log against ruptures found in scores")
    against.add_argument("--against", metavar="SESSIONS", help="table made by `alliance score`")
    against.add_argument(
        "--rule", default="own-mean", metavar="NAME", help="by default own-mean; or pulse"
    )
    add_scores(against)
    against.add_argument("--lower-is-better", action="store_true", help="a rise is the rupture")
    against.add_argument("--from-source", metavar="WHO", help="whose log, if several reported")
    against.add_argument(
        "--asked",
        choices=("rated",),
        help="the source was asked in every rated session, though the log holds only ruptures",
    )
    against.add_argument(
        "--window", type=int, default=1, metavar="N", help="sessions between a pair, by default 1"
    )
    against.add_argument("--draws", type=int, default=199, metavar="N", help="draws of chance")
    against.add_argument("--seed", type=int, default=0, help="seed of the draws, by default 0")
    against.add_argument("--figure", metavar="FILE", help="draw, as .png, .svg or .pdf")
