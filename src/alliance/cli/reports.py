"""What the commands `report --for ...` share: the material read, pseudonyms, and the page written."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from alliance.cli import options as opt
from alliance.cli.command import Group, Option, Options, reads, writes
from alliance.cli.inputs import file_settings, log_of, mapping_of
from alliance.cli.screen import say, wrapped
from alliance.files import write_text

if TYPE_CHECKING:
    import pandas as pd

    from alliance.clinic import ReadSessions
    from alliance.pseudonyms import Key

    MakePage = Callable[[ReadSessions, pd.DataFrame | None], tuple[str, str]]

PAGE = writes("-o --output FILE", "the page", endings=(".html", ".htm"))
MATERIAL: tuple[Option | Group, ...] = (
    opt.EXPORT,
    opt.COLUMNS,
    opt.LOG,
    opt.SOURCE,
    reads("--pseudonyms KEYFILE", "name nobody, see `alliance pseudonyms`"),
    opt.SCALE,
    opt.DRAWS.but(default=20),
    opt.SEED,
    opt.FORCE,
)


def write_page(make: MakePage, options: Options) -> int:
    """Read the material, let `make` draw the page from it, and say its answer."""
    from alliance.clinic import ReadSessions, read_sessions

    read = read_sessions(
        options.export,
        mapping=mapping_of(options),
        scale=options.scale,
        **file_settings(options),
    )
    log, key = log_of(options), _key(options)
    named = ReadSessions(
        sessions=_named_by(key, read.sessions),
        responses=None if read.responses is None else _named_by(key, read.responses),
        how=read.how,
    )
    page, text = make(named, None if log is None else _named_by(key, log))
    write_text(page, options.output, force=options.force)
    say(f"{wrapped(text)}\n\nWrote {options.output}.")
    return 0


def _key(options: Options) -> Key | None:
    if not options.pseudonyms:
        return None
    from alliance.pseudonyms import read_key

    return read_key(options.pseudonyms)


def _named_by(key: Key | None, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with pseudonyms in place of clients and therapists."""
    if key is None:
        return table
    people = [kind for kind in ("client", "therapist") if kind in table.columns]
    return table.assign(**{kind: key.of(table[kind], kind) for kind in people})
