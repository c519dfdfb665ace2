"""The option `--table`: a result as a table for a paper, in a file."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from alliance.files import refuse_existing
from alliance.papers import PaperTable
from alliance.papers.table import check_ending


def check_table(options: Namespace) -> None:
    """Raise an error before any work is done if the table could not be written."""
    if options.table:
        check_ending(options.table)
        refuse_existing([Path(options.table)], force=options.force)


def write_paper_table(table: PaperTable, options: Namespace) -> None:
    """Write the table and say so."""
    print(f"\nWrote the table for a paper to {table.save(options.table, force=options.force)}.")
