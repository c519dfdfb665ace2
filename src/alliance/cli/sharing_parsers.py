"""Options of the commands that keep, share or watch data: pseudonyms, monitor, bundle."""

from __future__ import annotations

from alliance.cli.shared_options import add_items, add_sessions


def add_pseudonyms(commands, add) -> None:
    """Add the command `pseudonyms`."""
    part = add(
        commands,
        "pseudonyms",
        "replace clients and therapists by stable pseudonyms, by a key that stays with you",
        epilog="First make a key: alliance pseudonyms --new-key clinic.key. The same key gives the same "
        "person the same pseudonym in every file. Whoever has the key can undo it.",
    )
    part.add_argument("table", metavar="FILE", nargs="?", help="a table made by alliance")
    part.add_argument("--new-key", metavar="KEYFILE", help="make a key; never overwrites one")
    part.add_argument("--key", metavar="KEYFILE")
    part.add_argument("-o", "--output", metavar="FILE", help="by default pseudonymised.csv")
    part.add_argument(
        "--keep", action="append", default=[], metavar="COLUMN", help="keep a text column"
    )
    part.add_argument(
        "--dates",
        choices=("keep", "days", "drop"),
        default="keep",
        help="keep dates (the default), days since the client's first, or leave them out",
    )
    part.add_argument(
        "--lookup", metavar="FILE", help="also write who is who; never pass this file on"
    )
    part.add_argument("--force", action="store_true", help="overwrite existing tables")


def add_monitor(commands, add) -> None:
    """Add the command `monitor`."""
    part = add(
        commands,
        "monitor",
        "say what is new in a growing export since the last run, and nothing twice",
        epilog="Exit code 0: nothing is new; 10: there is news; 2: the input is at fault; 1: ours. The news "
        "are written first and remembered then: stopped at any moment and run again, all of it is said. "
        "With -o the file is written only if there is news.",
    )
    part.add_argument("export", metavar="EXPORT_OR_SESSIONS", help="the file as it is now")
    part.add_argument(
        "--memory",
        required=True,
        metavar="FILE",
        help="what was said before; made by the first run",
    )
    part.add_argument("--rule", default="own-mean", metavar="NAME", help="a rule, or pulse")
    part.add_argument("--threshold", type=float, default=0.5, help="of pulse, by default 0.5")
    part.add_argument("--scale", default="total", help="scale, by default total")
    part.add_argument("--rater", help="only this rater")
    part.add_argument("--instrument", metavar="NAME", help="questionnaire of the export")
    part.add_argument("--mapping", metavar="FILE", help="a mapping file for the export")
    part.add_argument("--lower-is-better", action="store_true", help="a rise is the rupture")
    part.add_argument(
        "--set-aside", action="store_true", help="leave out cells and rows that cannot stand"
    )
    part.add_argument(
        "--still-open-after",
        type=int,
        default=3,
        metavar="SESSIONS",
        help="speak of an open rupture again after so many sessions, by default 3",
    )
    part.add_argument(
        "--re-estimate", action="store_true", help="take numbers from all clients anew, and say so"
    )
    part.add_argument("--pseudonyms", metavar="KEYFILE", help="name pseudonyms, not clients")
    part.add_argument("-o", "--output", metavar="FILE", help="write the news as .csv or .html")
    part.add_argument("--force", action="store_true", help="overwrite the news of an earlier run")


def add_bundle(commands, add) -> None:
    """Add the command `bundle`."""
    part = add(
        commands,
        "bundle",
        "one folder to share: tables, codebooks, checklist and manifest, with nobody named",
        epilog="Identifiers become pseudonyms by a random key that is not kept, dates become days, free "
        "texts are left out. Layout of Psych-DS, with a Frictionless datapackage.json.",
    )
    add_sessions(part)
    part.add_argument("-o", "--output", required=True, metavar="FOLDER")
    add_items(part)
    part.add_argument("--mapping", metavar="FILE", help="a mapping file for the export")
    part.add_argument("--instrument", metavar="NAME", help="questionnaire, if several")
    part.add_argument(
        "--set-aside", action="store_true", help="leave out cells and rows that cannot stand"
    )
    part.add_argument("--log", metavar="FILE", help="rupture log")
    part.add_argument("--outcomes", metavar="FILE", help="outcome scores: client, session, ...")
    part.add_argument("--rule", default="own-mean", metavar="NAME", help="for the episodes")
    part.add_argument("--scale", default="total", help="scale, by default total")
    part.add_argument("--lower-is-better", action="store_true", help="a rise is the rupture")
    part.add_argument("--title", default="Alliance study", help="title of the study")
    names = part.add_mutually_exclusive_group()
    names.add_argument("--key", metavar="KEYFILE", help="pseudonyms by this key, to be made again")
    names.add_argument(
        "--keep-identifiers", action="store_true", help="leave the identifiers as they are"
    )
    part.add_argument(
        "--keep", action="append", default=[], metavar="COLUMN", help="keep a text column"
    )
    part.add_argument(
        "--dates",
        choices=("days", "keep", "drop"),
        default="days",
        help="days since the client's first date (the default), the dates, or neither",
    )
    part.add_argument("--sav", action="store_true", help="SPSS files too")
    part.add_argument("--draws", type=int, default=99, metavar="N", help="draws of noise")
    part.add_argument("--seed", type=int, default=0, help="seed of the draws, by default 0")
    part.add_argument("--force", action="store_true", help="replace an old bundle")
