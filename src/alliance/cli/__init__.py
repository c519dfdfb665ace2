"""The command `alliance`: thin, each step reading and writing plain files."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from alliance import __version__
from alliance.cli.log_parser import add_log
from alliance.cli.planning_parsers import add_power, add_simulate
from alliance.cli.repair_parser import add_repair
from alliance.cli.report_parser import add_report
from alliance.cli.shared_options import add_scores, add_sessions, add_table
from alliance.cli.sharing_parsers import add_bundle, add_monitor, add_pseudonyms
from alliance.errors import AllianceError, DataError

DONE, OUR_FAULT, USERS_FAULT = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 done, 2 the input is at fault, 1 ours."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help()
        return DONE
    from alliance.cli import commands

    try:
        return getattr(commands, options.command)(options)
    except DataError as error:
        from alliance.cli.showing import rows_only

        print(error.without_people() if rows_only(options) else error, file=sys.stderr)
        return USERS_FAULT
    except AllianceError as error:
        print(error, file=sys.stderr)
        return USERS_FAULT
    except KeyboardInterrupt:
        print("Stopped; no file was half written.", file=sys.stderr)
        return OUR_FAULT
    except BrokenPipeError:
        # The reader of a pipe (head, less) has gone; leave without a complaint of our own.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:
        if os.environ.get("ALLIANCE_TRACEBACK"):
            raise
        print(
            f"This is a fault of the program, not of your data: {type(error).__name__}.\n"
            "No file was changed. Set ALLIANCE_TRACEBACK=1 to see where it happened, and please "
            "report it without client data.",
            file=sys.stderr,
        )
        return OUR_FAULT


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="alliance",
        description="From questionnaires filled in after each session to ruptures and their repair. "
        "Nothing leaves this computer.",
        epilog="Start with: alliance demo",
    )
    parser.add_argument("--version", action="version", version=f"alliance {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    _demo(commands)
    _instruments(commands)
    _check(commands)
    _score(commands)
    _reliability(commands)
    _ruptures(commands)
    add_repair(commands, _add)
    add_simulate(commands, _add)
    add_power(commands, _add)
    add_log(commands, _add)
    add_report(commands, _add, _export_options)
    add_pseudonyms(commands, _add)
    add_monitor(commands, _add)
    add_bundle(commands, _add)
    return parser


def _add(commands, name: str, says: str, *, epilog: str | None = None) -> argparse.ArgumentParser:
    return commands.add_parser(name, help=says, description=says, epilog=epilog)


def _demo(commands) -> None:
    part = _add(commands, "demo", "run every step on the bundled data, into one folder")
    part.add_argument("-o", "--output", default="alliance-demo", metavar="FOLDER")
    part.add_argument("--force", action="store_true", help="overwrite the files of an earlier run")


def _instruments(commands) -> None:
    part = _add(commands, "instruments", "list what can be scored and how each key was checked")
    part.add_argument(
        "name", nargs="?", help="show one instrument, e.g. wai-sr, or check a key file"
    )
    part.add_argument("--template", metavar="FILE", help="write a key file to complete")
    part.add_argument("--force", action="store_true", help="overwrite an existing file")


def _check(commands) -> None:
    part = _add(
        commands,
        "check",
        "report every problem of an export with its row and fix; change nothing",
        epilog="Exit code 2 if anything must be mended or declared.",
    )
    _export_options(part)
    part.add_argument("--all-rows", action="store_true", help="show every row of every problem")
    part.add_argument(
        "--rows-only",
        action="store_true",
        help="name rows, not people, for a report to pass on (in all commands: ALLIANCE_ROWS_ONLY=1)",
    )
    part.add_argument("--write-mapping", metavar="FILE", help="write a mapping file to start from")
    part.add_argument(
        "--problems-csv", metavar="FILE", help="write the rows of all problems as a table"
    )
    part.add_argument("--force", action="store_true", help="overwrite an existing file")


def _score(commands) -> None:
    part = _add(commands, "score", "score an export: sessions.csv")
    _export_options(part)
    part.add_argument("-o", "--output", default="sessions.csv", metavar="FILE")
    part.add_argument("--metric", choices=("mean", "sum", "scaled"), help="metric of scores")
    part.add_argument(
        "--scores",
        action="append",
        default=[],
        metavar="SCALE=COLUMN",
        help="the export holds ready-made scores, not answers: column of a scale (repeatable)",
    )
    part.add_argument(
        "--set-aside", action="store_true", help="leave out cells and rows that cannot stand"
    )
    part.add_argument("--force", action="store_true", help="overwrite an existing file")


def _reliability(commands) -> None:
    part = _add(
        commands, "reliability", "alpha, omega, within-person reliability and reliable change"
    )
    _export_options(part)
    part.add_argument("-o", "--output", metavar="FILE", help="write the table as CSV too")
    part.add_argument(
        "--set-aside", action="store_true", help="leave out cells and rows that cannot stand"
    )
    add_table(part)
    part.add_argument("--force", action="store_true", help="overwrite an existing file")


def _ruptures(commands) -> None:
    part = _add(
        commands,
        "ruptures",
        "find ruptures and repairs in scored sessions: episodes.csv",
        epilog="Rules: own-mean (the default), v-episode, strauss-like, xmr and others, see "
        "`alliance ruptures SESSIONS --compare`; pulse is the model-based detector.",
    )
    add_sessions(part)
    part.add_argument(
        "--rule", action="append", default=[], metavar="NAME", help="rule; several are compared"
    )
    part.add_argument("--compare", action="store_true", help="compare all rules: comparison.csv")
    add_scores(part)
    part.add_argument("--lower-is-better", action="store_true", help="a rise is the rupture")
    part.add_argument(
        "--prospective", action="store_true", help="use no session after the one judged"
    )
    part.add_argument(
        "--chance",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="say what the same rule finds in noise (the default)",
    )
    part.add_argument("--draws", type=int, default=199, metavar="N", help="draws of noise")
    part.add_argument("--seed", type=int, default=0, help="seed of the draws, by default 0")
    part.add_argument("-o", "--output", metavar="FILE", help="by default episodes.csv")
    part.add_argument("--figure", metavar="FILE", help="draw, as .png, .svg or .pdf")
    add_table(part)
    part.add_argument("--force", action="store_true", help="overwrite existing files")


def _export_options(part: argparse.ArgumentParser) -> None:
    part.add_argument("export", metavar="EXPORT", help="CSV, Excel, SPSS, Stata or Parquet file")
    columns = part.add_argument_group(
        "what the columns mean (all optional where the names are clear)",
        'patterns may hold {item}, {session} and {rater}: --items "s{session}_wai_{item}"',
    )
    columns.add_argument(
        "--mapping", metavar="FILE", help="a mapping file, see check --write-mapping"
    )
    columns.add_argument("--instrument", metavar="NAME", help="questionnaire, or a key file")
    for name in ("client", "session", "therapist", "date"):
        columns.add_argument(f"--{name}", metavar="COLUMN")
    columns.add_argument("--rater", metavar="WHO", help="who filled the questionnaires in")
    columns.add_argument("--rater-column", metavar="COLUMN")
    columns.add_argument(
        "--items",
        action="append",
        default=[],
        metavar="[RATER=]PATTERN",
        help='pattern of the item columns, e.g. "wai_{item}" (repeatable, by rater)',
    )
    columns.add_argument(
        "--total",
        action="append",
        default=[],
        metavar="SCALE=COLUMN",
        help="ready-made score to compare",
    )
    columns.add_argument(
        "--word", action="append", default=[], metavar="WORD=CODE", help="response word"
    )
    columns.add_argument(
        "--missing", action="append", default=[], metavar="CODE", help="code for a missing answer"
    )
    columns.add_argument(
        "--first-code", type=float, metavar="CODE", help="0 if the file counts from 0"
    )
    columns.add_argument(
        "--divide-by", type=float, metavar="NUMBER", help="10 for lines stored as 0-100"
    )
    columns.add_argument("--encoding", help="of a text file, if it is not found out")
    columns.add_argument("--separator", help="of a text file, if it is not found out")
    columns.add_argument("--sheet", help="of a workbook, if not the first")
