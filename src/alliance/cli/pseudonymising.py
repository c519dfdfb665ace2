"""The command `pseudonyms`: make a key, or replace the people of a table by pseudonyms."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from alliance.cli.showing import warnings_as_notes
from alliance.errors import AllianceError
from alliance.files import refuse_existing, write_table
from alliance.intake import read_any_table
from alliance.pseudonyms import new_key, pseudonymise, read_key

DONE = 0


def pseudonyms(options: Namespace) -> int:
    """Make a key, or write a table with pseudonyms."""
    if options.new_key and options.table:
        raise AllianceError("Make the key first, then name it with --key.")
    if options.new_key:
        key = new_key(options.new_key)
        print(
            f"Wrote the key {key.name} to {options.new_key}, readable by you alone.\n"
            "Keep it apart from the data and keep a copy: without it nobody can make the same "
            "pseudonyms again, with it anybody can undo them."
        )
        return DONE
    if not (options.table and options.key):
        raise AllianceError(
            "To replace people by pseudonyms both a table and a key are needed: "
            "alliance pseudonyms sessions.csv --key clinic.key -o shared.csv\n"
            "To make a key: alliance pseudonyms --new-key clinic.key"
        )
    return _replace(options)


def _replace(options: Namespace) -> int:
    output = Path(options.output or "pseudonymised.csv")
    lookup = [Path(options.lookup)] if options.lookup else []
    refuse_existing([output, *lookup], force=options.force)
    with warnings_as_notes():
        key = read_key(options.key)
    result = pseudonymise(
        read_any_table(options.table), key, keep=options.keep, dates=options.dates
    )
    write_table(result.frame, output, force=options.force)
    print(result.text())
    print(f"Wrote {len(result.frame)} rows to {output}.")
    for path in lookup:
        write_table(result.lookup, path, force=options.force)
        print(f"Wrote who is who to {path}. Keep it like the key.")
    return DONE
