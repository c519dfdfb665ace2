"""The options of the commands `simulate` and `power`: what is true of the simulated studies."""

from __future__ import annotations

import argparse

from alliance.cli.shared_options import add_scores, add_table


def add_simulate(commands, add) -> None:
    """Add the command `simulate`."""
    part = add(
        commands,
        "simulate",
        "write a synthetic study with known truth, by a named world or like a pilot study",
        epilog="All worlds and parameters: alliance simulate --list",
    )
    part.add_argument(
        "world",
        metavar="WORLD",
        nargs="?",
        help="a named world, by default R0d, or a settings.json",
    )
    part.add_argument("--list", action="store_true", help="show all worlds and parameters")
    part.add_argument("--clients", type=int, metavar="N", help="by default 200")
    part.add_argument("--seed", type=int, help="by default 0")
    part.add_argument("-o", "--output", default="synthetic-study", metavar="FOLDER")
    _add_truth(part)
    part.add_argument("--force", action="store_true", help="write into a folder that is not empty")


def add_power(commands, add) -> None:
    """Add the command `power`."""
    part = add(
        commands,
        "power",
        "how many clients a study of repaired ruptures needs, by simulation",
        epilog="Numbers of clients beyond those simulated are extrapolated, and called so.",
    )
    _add_plan(part)
    part.add_argument("--world", metavar="WORLD", help="by default R0d; see `simulate --list`")
    _add_truth(part)
    part.add_argument(
        "--replications", type=int, default=500, metavar="N", help="studies for each number"
    )
    part.add_argument("--workers", type=int, default=-1, metavar="N", help="by default all cores")
    part.add_argument("--seed", type=int, default=0, help="by default 0")
    part.add_argument("-o", "--output", metavar="FILE", help="write the table as CSV too")
    part.add_argument("--figure", metavar="FILE", help="draw, as .png, .svg or .pdf")
    add_table(part)
    part.add_argument("--force", action="store_true", help="overwrite existing files")


def _add_plan(part: argparse.ArgumentParser) -> None:
    part.add_argument(
        "--gain", type=float, required=True, metavar="SD", help="true gain of each repair, SD"
    )
    part.add_argument(
        "--clients", type=int, nargs="+", default=[100, 200, 400, 800], metavar="N",
        help="numbers of clients to simulate, by default 100 200 400 800",
    )  # fmt: skip
    part.add_argument(
        "--design", nargs="+", default=["P4", "log"], metavar="NAME",
        help="P1, P2, P3, P4, 4d (ruptures found by a rule) or log, by default P4 log",
    )  # fmt: skip
    part.add_argument("--power", type=float, default=0.8, help="power wanted, by default 0.8")
    part.add_argument("--alpha", type=float, default=0.05, help="level, by default 0.05")
    part.add_argument("--sessions", type=float, metavar="N", help="median of planned sessions")
    part.add_argument(
        "--log-sensitivity", type=float, metavar="SHARE", help="of ruptures that a log holds"
    )
    part.add_argument(
        "--log-false-rate", type=float, metavar="SHARE", help="of quiet sessions that a log holds"
    )


def _add_truth(part: argparse.ArgumentParser) -> None:
    part.add_argument(
        "--set",
        action="append",
        default=[],
        dest="changes",
        metavar="NAME=VALUE",
        help="a parameter of the world (repeatable), e.g. --set hazard=0.03 --set depth=0.5,1.2",
    )
    like = part.add_argument_group("studies like a pilot study")
    like.add_argument(
        "--like", dest="sessions_file", metavar="SESSIONS", help="table made by `alliance score`"
    )
    add_scores(like)
