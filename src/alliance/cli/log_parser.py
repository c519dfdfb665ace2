"""The options of the command `log`."""

from __future__ import annotations

import argparse


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
