"""The command `ruptures`: one rule with its chance level, several rules compared, or the detector."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pandas as pd

from alliance.cli.showing import shown, wrapped
from alliance.cli.tables import check_table, write_paper_table
from alliance.errors import AllianceError, join_names
from alliance.files import refuse_existing, write_table
from alliance.instruments import load
from alliance.intake import read_table
from alliance.log import of_one_source, read_log
from alliance.tables import SESSIONS

DONE = 0
PULSE = "pulse"


def ruptures(options: Namespace) -> int:
    """Find ruptures and repairs in scored sessions, each count beside its chance level."""
    names = options.rule or ["own-mean"]
    output = Path(options.output or ("comparison.csv" if _compares(options) else "episodes.csv"))
    refuse_existing(
        [output, *([Path(options.figure)] if options.figure else [])], force=options.force
    )
    check_table(options)
    sessions = chosen_sessions(options)
    if _compares(options):
        return _compare(sessions, options, output)
    if names == [PULSE]:
        return _scan(sessions, options, output)
    return _find(sessions, names[0], options, output)


def _compares(options: Namespace) -> bool:
    return options.compare or len(options.rule) > 1


def chosen_sessions(options: Namespace, path: str | None = None) -> pd.DataFrame:
    """Read the sessions table, and take the rater and the questionnaire asked for."""
    sessions = read_table(path or options.sessions, SESSIONS)
    if options.rater:
        sessions = only(sessions, "rater", options.rater)
    if options.instrument:
        sessions = only(sessions, "instrument", load(options.instrument).key)
    return sessions


def chosen_log(options: Namespace) -> pd.DataFrame | None:
    """Read the rupture log, if there is one, and take the source asked for."""
    if options.log:
        log = read_log(options.log)
        return of_one_source(log, options.source) if options.source else log
    if options.source:
        raise AllianceError("--source chooses from a rupture log.\nTo fix: name one with --log.")
    return None


def only(sessions: pd.DataFrame, column: str, value: str) -> pd.DataFrame:
    """Return the sessions with a value in a column; raise an error that says which there are."""
    if column not in sessions.columns:
        raise AllianceError(f"The sessions table has no column '{column}' to choose {value} by.")
    chosen = sessions[sessions[column] == value]
    if not len(chosen):
        there = join_names(sorted(sessions[column].dropna().unique()))
        raise AllianceError(f"No session has the {column} '{value}'; there are {there}.")
    return chosen


def _settings(options: Namespace) -> dict:
    return {
        "scale": options.scale,
        "higher_is_better": not options.lower_is_better,
        "prospective": options.prospective,
    }


def _find(sessions: pd.DataFrame, name: str, options: Namespace, output: Path) -> int:
    from alliance.ruptures import find_ruptures

    found = find_ruptures(sessions, name, **_settings(options))
    level = None
    if options.chance and found.clients["judged"].any():
        from alliance.model import chance_of

        level = chance_of(found, draws=options.draws, rng=options.seed)
    _say(
        found.text(chance=False), found.summary(chance=level or False), found.frame, output, options
    )
    if level is not None:
        print(f"\nWhat noise gives\n{wrapped(level.text())}")
    if options.table:
        write_paper_table(found.to_table(chance=level or False), options)
    if options.figure:
        from alliance import figures

        drawn = figures.courses(sessions, found)
        print(f"Drew {figures.save(drawn, options.figure)}.")
    return DONE


def _scan(sessions: pd.DataFrame, options: Namespace, output: Path) -> int:
    from alliance.model import find_pulses

    found = find_pulses(sessions, **_settings(options))
    _say(found.text(), found.summary(), found.episodes, output, options)
    if options.table:
        write_paper_table(found.to_table(), options)
    if options.figure:
        from alliance import figures

        print(f"Drew {figures.save(figures.courses(sessions, found), options.figure)}.")
    return DONE


def _say(text: str, summary: pd.DataFrame, episodes: pd.DataFrame, output: Path, options) -> None:
    write_table(episodes, output, force=options.force)
    print(f"{wrapped(text)}\n\n{shown(summary)}")
    print(f"\nWrote {len(episodes)} episodes to {output}.")


def _compare(sessions: pd.DataFrame, options: Namespace, output: Path) -> int:
    from alliance.compare import compare_rules

    compared = compare_rules(
        sessions,
        options.rule or None,
        **_settings(options),
        rater=options.rater,
        chance=options.chance,
        draws=options.draws,
        rng=options.seed,
    )
    write_table(compared.frame, output, force=options.force)
    print(f"{wrapped(compared.text())}\n\n{shown(compared.summary())}")
    print(f"\nWrote the comparison to {output}.")
    if options.table:
        write_paper_table(compared.to_table(), options)
    if options.figure:
        from alliance import figures

        print(f"Drew {figures.save(compared.plot(), options.figure)}.")
    return DONE
