"""Options that several commands have: which scores are meant, and the table for a paper."""

from __future__ import annotations

import argparse


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
