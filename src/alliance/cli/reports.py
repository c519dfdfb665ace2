"""What the commands `report --for ...` share: the material read, pseudonyms, and the page written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from alliance.cli import options as opt
from alliance.cli.command import Group, Option, Options, reads, writes
from alliance.cli.inputs import file_settings, log_of, mapping_of, matched
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
    opt.PARTIAL,
    reads("--pseudonyms KEYFILE", "name nobody, see `alliance pseudonyms`"),
    opt.SCALE,
    opt.DRAWS.but(default=20),
    opt.SEED,
    opt.FORCE,
)


def read_material(options: Options) -> tuple[ReadSessions, pd.DataFrame | None]:
    """Read the sessions and the rupture log, and name nobody if so asked."""
    from alliance.clinic import read_sessions
    from alliance.joins import join_clients

    read = read_sessions(
        options.export,
        mapping=mapping_of(options),
        scale=options.scale,
        ended=getattr(options, "ended", None),
        status=getattr(options, "status", None),
        **file_settings(options),
    )
    key = _key(options)
    log = log_of(options, read.sessions)
    if log is not None and not options.partial:
        join_clients(log["client"], read.sessions["client"]).require()
    named = replace(
        read,
        sessions=_named_by(key, read.sessions),
        responses=_named_by(key, read.responses),
        outcomes=_named_by(key, read.outcomes),
    )
    return named, _named_by(key, log)


def write_page(make: MakePage, options: Options) -> int:
    """Read the material, let `make` draw the page from it, and say its answer."""
    read, log = read_material(options)
    page, text = make(read, matched(log, read.sessions, "rupture log", options))
    write_text(page, options.output, force=options.force)
    say(f"{wrapped(text)}\n\nWrote {options.output}.")
    return 0


def _key(options: Options) -> Key | None:
    if not options.pseudonyms:
        return None
    from alliance.pseudonyms import read_key

    return read_key(options.pseudonyms)


def _named_by(key: Key | None, table: pd.DataFrame | None) -> pd.DataFrame | None:
    """Return a table with pseudonyms in place of clients and therapists."""
    if key is None or table is None:
        return table
    people = [kind for kind in ("client", "therapist") if kind in table.columns]
    return table.assign(**{kind: key.of(table[kind], kind) for kind in people})
