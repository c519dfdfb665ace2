"""What the commands `report --for ...` share: the material read, pseudonyms, and the page written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import alliance as al
from alliance.cli import options as opt
from alliance.cli.command import Group, Option, Options, option, picked, reads, writes
from alliance.cli.inputs import at_moment, file_settings, log_of, mapping_of

if TYPE_CHECKING:
    import pandas as pd

PAGE = writes("-o --output FILE", "the page", endings=(".html", ".htm"))
OWNERS_ONLY = "The page holds clients' data: it is written for its owner only, and loads nothing from outside."
MATERIAL: tuple[Option | Group, ...] = (
    opt.EXPORT,
    opt.COLUMNS,
    opt.LOG,
    opt.SOURCE,
    opt.PARTIAL,
    reads("--pseudonyms KEYFILE", "name nobody, see `alliance pseudonyms`"),
    opt.SCALE,
    opt.WHEN,
    opt.DRAWS.but(default=20),
    opt.SEED,
    opt.FORCE,
)


# How a clinic's therapies are judged: the same for the meeting's page and for the news.
JUDGING: tuple[Option, ...] = (
    option("--detector NAME", "pulse, or a rule", default="pulse"),
    option("--threshold", "probability above which pulse calls a rupture", default=0.5),
    option("--absent-after DAYS", "days without a session that end a therapy", default=60),
    option("--ended COLUMN", "day on which a therapy ended"),
    option("--status COLUMN", "how a therapy stands"),
    option(
        "--status-word WORD=MEANING ...",
        "a word of the status: in therapy, drop-out, end of therapy, or left, reason unknown",
    ),
    option("--language NAME", "en or de", default="en"),
    opt.SET_ASIDE.but(help="go on although more than a fifth of what came in is not used"),
)


def settings_of(options: Options, **more: Any) -> al.clinic.Settings:
    """Return how the therapies of a clinic are judged."""
    return al.clinic.Settings(
        statuses=opt.pairs(options.status_word, "--status-word"),
        rater=options.rater or "client",
        **picked(options, "absent_after", "detector", "threshold", "scale", "instrument"),
        **more,
    )


def read_export(options: Options) -> al.clinic.ReadSessions:
    """Read the sessions, from a scored table or an export."""
    from dataclasses import replace

    read = al.clinic.read_sessions(
        options.export,
        mapping=mapping_of(options),
        scale=options.scale,
        ended=getattr(options, "ended", None),
        status=getattr(options, "status", None),
        **file_settings(options),
    )
    answers = read.responses
    return replace(
        read,
        sessions=at_moment(read.sessions, options, "sessions"),
        responses=None if answers is None else at_moment(answers, options, "responses"),
    )


def read_material(options: Options) -> tuple[al.clinic.ReadSessions, pd.DataFrame | None]:
    """Read the sessions and the rupture log, and name nobody if so asked."""
    from dataclasses import replace

    from alliance.joins import join_clients

    read = read_export(options)
    log = log_of(options, read.sessions)
    if log is not None and not options.partial:
        join_clients(log["client"], read.sessions["client"]).require()
    # Before anything is judged or drawn: no page can hold a name that a key replaced.
    key = al.pseudonyms.read_key(options.pseudonyms) if options.pseudonyms else None
    named = replace(
        read,
        sessions=_named_by(key, read.sessions),
        responses=_named_by(key, read.responses),
        outcomes=_named_by(key, read.outcomes),
    )
    return named, _named_by(key, log)


def _named_by(key: al.pseudonyms.Key | None, table: pd.DataFrame | None) -> pd.DataFrame | None:
    """Return a table with pseudonyms in place of clients and therapists."""
    if key is None or table is None:
        return table
    people = [kind for kind in ("client", "therapist") if kind in table.columns]
    return table.assign(**{kind: key.of(table[kind], kind) for kind in people})
