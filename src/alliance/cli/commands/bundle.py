"""The command `bundle`: a study as one folder to share."""

from __future__ import annotations

from alliance.cli import options as opt
from alliance.cli.command import Command, Group, Options, option, reads, writes
from alliance.cli.inputs import direction, items_of, matched
from alliance.cli.screen import say, shown, wrapped


def run(options: Options) -> int:
    """Make a bundle."""
    from alliance.intake import read_any_table, read_table
    from alliance.log import read_log
    from alliance.pseudonyms import read_key
    from alliance.study import Sharing, export_study
    from alliance.tables import SESSIONS

    sharing = Sharing(
        key=read_key(options.key) if options.key else None,
        keep_identifiers=options.keep_identifiers,
        keep=tuple(options.keep),
        dates=options.dates,
        k=options.k,
        accept=options.accept,
    )
    sessions = read_table(options.sessions, SESSIONS)
    log = read_log(options.log, sessions=sessions) if options.log else None
    outcomes = read_any_table(options.outcomes) if options.outcomes else None
    made = export_study(
        sessions,
        options.output,
        responses=matched(items_of(options), sessions, "items", options),
        log=matched(log, sessions, "rupture log", options),
        outcomes=matched(outcomes, sessions, "outcomes", options),
        rule=options.rule,
        scale=options.scale,
        instrument=options.instrument,
        higher_is_better=direction(options),
        title=options.title,
        sharing=sharing,
        sav=options.sav,
        draws=options.draws,
        seed=options.seed,
        force=options.force,
    )
    say(f"{shown(made.summary())}\n\n{wrapped(made.text())}")
    for name, columns in made.left_out.items():
        for column, why in columns.items():
            say(f"left out of {name}: {column} ({why})")
    for name, columns in made.changed.items():
        for column, what in columns.items():
            say(f"changed in {name}: {column} ({what})")
    say(f"\nThe bundle is here: {options.output}")
    return 0


COMMAND = Command(
    name="bundle",
    place=140,
    summary="one folder to share: tables, codebooks, checklist and manifest, with nobody named",
    epilog="Identifiers become pseudonyms by a random key that is not kept, dates become days, free "
    "texts are left out. Layout of Psych-DS, with a Frictionless datapackage.json.",
    options=(
        opt.SESSIONS,
        writes("-o --output FOLDER", endings=(), required=True),
        opt.ITEMS,
        opt.MAPPING.but(help="a mapping file for the export"),
        opt.INSTRUMENT.but(help="questionnaire, if several"),
        opt.SET_ASIDE,
        opt.LOG.but(help="rupture log"),
        opt.PARTIAL,
        reads("--outcomes FILE", "outcome scores: client, session, ..."),
        opt.RULE.but(help="for the episodes"),
        opt.SCALE,
        opt.LOWER_IS_BETTER,
        option("--title", "title of the study", default="Alliance study"),
        Group(
            exclusive=True,
            options=(
                reads("--key KEYFILE", "pseudonyms by this key, to be made again"),
                option("--keep-identifiers", "leave the identifiers as they are"),
            ),
        ),
        opt.KEEP,
        opt.DATES,
        opt.LEAST,
        opt.ACCEPT,
        option("--sav", "SPSS files too"),
        opt.DRAWS.but(default=99),
        opt.SEED,
        opt.FORCE.but(help="replace an old bundle"),
    ),
    run=run,
)
