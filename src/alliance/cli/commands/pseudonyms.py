"""The command `pseudonyms`: make a key, or replace the people of a table by pseudonyms."""

import alliance as al
from alliance.cli import options as opt
from alliance.cli.command import Command, Options, option, reads, writes
from alliance.cli.screen import say
from alliance.errors import AllianceError
from alliance.files import write_table


def run(options: Options) -> int:
    """Make a key, or write a table with pseudonyms."""
    if options.new_key and options.table:
        raise AllianceError("Make the key first, then name it with --key.")
    if options.new_key:
        key = al.pseudonyms.new_key(options.new_key)
        say(
            f"Wrote the key {key.name} to {options.new_key}, readable by you alone.\n"
            "Keep it apart from the data and keep a copy: without it nobody can make the same "
            "pseudonyms again, with it anybody can undo them."
        )
        return 0
    # No key is made on the way: one that nobody asked for is lost, and its pseudonyms with it.
    if not (options.table and options.key):
        raise AllianceError(
            "To replace people by pseudonyms both a table and a key are needed: "
            "alliance pseudonyms sessions.csv --key clinic.key -o shared.csv\n"
            "To make a key: alliance pseudonyms --new-key clinic.key"
        )
    return _replace(options)


def _replace(options: Options) -> int:
    from alliance.intake import read_any_table

    key = al.pseudonyms.read_key(options.key)
    table = read_any_table(options.table)
    result = al.pseudonyms.pseudonymise(table, key, keep=options.keep, dates=options.dates)
    # Pseudonyms hide names, not a client whom no other one resembles.
    if "client" in result.frame.columns:
        al.pseudonyms.refuse_rare(result.k, result.facts, options.k, accept=options.accept)
    write_table(result.frame, options.output, force=options.force)
    say(result.text())
    say(f"Wrote {len(result.frame)} rows to {options.output}.")
    if options.lookup:
        path = write_table(result.lookup, options.lookup, force=options.force)
        say(f"Wrote who is who to {path}. Keep it like the key.")
    return 0


COMMAND = Command(
    name="pseudonyms",
    place=120,
    summary="replace clients and therapists by stable pseudonyms, by a key that stays with you",
    epilog="First make a key: alliance pseudonyms --new-key clinic.key. The same key gives the same "
    "person the same pseudonym in every file. Whoever has the key can undo it.",
    options=(
        reads("table FILE", "a table made by alliance", nargs="?"),
        option("--new-key KEYFILE", "make a key; never overwrites one"),
        reads("--key KEYFILE"),
        opt.OUTPUT.but(default="pseudonymised.csv", help="or .xlsx"),
        opt.KEEP,
        opt.DATES,
        opt.LEAST,
        opt.ACCEPT,
        writes(
            "--lookup FILE", "also write who is who; never pass this file on", endings=opt.TABLES
        ),
        opt.FORCE,
    ),
    run=run,
)
