"""The command `bundle`: a study as one folder to share."""

from __future__ import annotations

from argparse import Namespace

from alliance.cli.showing import shown, warnings_as_notes, wrapped
from alliance.instruments import load
from alliance.intake import join_mappings, read, read_any_table, read_table
from alliance.log import read_log
from alliance.pseudonyms import read_key
from alliance.tables import SESSIONS

DONE = 0


def bundle(options: Namespace) -> int:
    """Make a bundle."""
    from alliance.study import export_study
    from alliance.study.manifest import sha256

    roles = ("sessions", "items", "log", "outcomes", *(["mapping"] if options.items else []))
    with warnings_as_notes():
        instrument = load(options.instrument).key if options.instrument else None
        made = export_study(
            read_table(options.sessions, SESSIONS),
            options.output,
            responses=_responses(options),
            log=read_log(options.log) if options.log else None,
            outcomes=read_any_table(options.outcomes) if options.outcomes else None,
            rule=options.rule,
            scale=options.scale,
            instrument=instrument,
            higher_is_better=not options.lower_is_better,
            title=options.title,
            key=read_key(options.key) if options.key else None,
            keep_identifiers=options.keep_identifiers,
            keep=options.keep,
            dates=options.dates,
            sav=options.sav,
            draws=options.draws,
            seed=options.seed,
            inputs={
                role: sha256(getattr(options, role)) for role in roles if getattr(options, role)
            },
            force=options.force,
        )
    print(f"{shown(made.summary())}\n\n{wrapped(made.text())}")
    for name, columns in made.left_out.items():
        for column, why in columns.items():
            print(f"left out of {name}: {column} ({why})")
    print(f"\nThe bundle is here: {options.output}")
    return DONE


def _responses(options: Namespace):
    if not options.items:
        return None
    mapping = join_mappings(options.mapping, {"instrument": options.instrument})
    problems = "set aside" if options.set_aside else "raise"
    return read(options.items, mapping=mapping, problems=problems)
