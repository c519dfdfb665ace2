"""The option `--table`: a result as a table for a paper, in a file."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from alliance.files import refuse_existing
from alliance.results import PublicationTable
from alliance.results.publication import check_ending


def check_table(options: Namespace) -> None:
    """Raise an error before any work is done if the table could not be written."""
    if options.table:
        check_ending(options.table)
        refuse_existing([Path(options.table)], force=options.force)


def write_paper_table(table: PublicationTable, options: Namespace) -> None:
    """Write the table and say so."""
    print(f"\nWrote the table for a paper to {table.save(options.table, force=options.force)}.")
