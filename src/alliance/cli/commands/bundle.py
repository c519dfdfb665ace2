"""The command `bundle`: a study as one folder to share."""

import alliance as al
from alliance.cli import options as opt
from alliance.cli.command import Command, Group, Options, option, picked, reads, writes
from alliance.cli.inputs import choice_of, items_of, matched, sessions_of
from alliance.cli.screen import say, shown, wrapped


def run(options: Options) -> int:
    """Make a bundle."""
    from alliance.intake import read_any_table

    sessions = sessions_of(options)
    log = al.read_log(options.log, sessions=sessions) if options.log else None
    outcomes = read_any_table(options.outcomes) if options.outcomes else None
    made = al.study.export_study(
        sessions,
        options.output,
        responses=matched(items_of(options), sessions, "items", options),
        log=matched(log, sessions, "rupture log", options),
        outcomes=matched(outcomes, sessions, "outcomes", options),
        sharing=al.study.Sharing(
            key=al.pseudonyms.read_key(options.key) if options.key else None,
            keep=tuple(options.keep),
            **picked(options, "keep_identifiers", "dates", "k", "accept"),
        ),
        contents=al.study.Contents(**picked(options, "title", "rule", "draws", "seed", "sav")),
        force=options.force,
        **choice_of(options),
    )
    say(f"{shown(made.summary())}\n\n{wrapped(made.text())}")
    for what, tables in (("left out of", made.left_out), ("changed in", made.changed)):
        for name, columns in tables.items():
            for column, why in columns.items():
                say(f"{what} {name}: {column} ({why})")
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
        opt.WHEN,
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
