"""Options that several commands have: the data, which scores are meant, and the table for a paper."""

from __future__ import annotations

import argparse


def add_sessions(part: argparse.ArgumentParser) -> None:
    """Add the sessions table that the command works on."""
    part.add_argument("sessions", metavar="SESSIONS", help="table made by `alliance score`")


def add_items(part: argparse.ArgumentParser) -> None:
    """Add the option that names the answers to the items."""
    part.add_argument("--items", metavar="EXPORT", help="the export with the answers behind it")


def add_log(part: argparse.ArgumentParser, about: str) -> None:
    """Add the options that name a rupture log, described by `about`, and choose a source of it."""
    part.add_argument("--log", metavar="FILE", help=about)
    part.add_argument("--source", metavar="WHO", help="whose reports, if several kept the log")


def add_scores(part: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """Add the options that choose the scores of a sessions table."""
    part.add_argument("--scale", default="total", help="scale, by default total")
    part.add_argument("--rater", help="whose scores, if several rated")
    part.add_argument("--instrument", metavar="NAME", help="which questionnaire, if several")


def add_table(part: argparse.ArgumentParser) -> None:
    """Add the option that writes a table for a paper."""
    part.add_argument(
        "--table",
        metavar="FILE",
        help="write the table for a paper (APA), as .docx, .tex, .html or .csv",
    )
