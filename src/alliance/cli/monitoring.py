"""The command `monitor`: what is new in a growing export, told to a person or a scheduler."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pandas as pd

from alliance.cli.finding import only
from alliance.cli.showing import shown, warnings_as_notes, wrapped
from alliance.errors import AllianceError
from alliance.files import neutralised, write_text
from alliance.instruments import load
from alliance.intake import join_mappings, read, read_any_table
from alliance.pseudonyms import read_key
from alliance.scoring import score
from alliance.tables import SESSIONS

NOTHING_NEW, NEWS = 0, 10


def monitor(options: Namespace) -> int:
    """Report what is new or changed since the last run, and remember it."""
    from alliance.clinic import watch

    if options.output and Path(options.output).suffix not in (".csv", ".html"):
        raise AllianceError(f"-o {options.output}: news are written as .csv or .html.")
    with warnings_as_notes():
        key = read_key(options.pseudonyms) if options.pseudonyms else None
        sessions = _sessions(options)
        with watch(
            sessions,
            options.memory,
            rule=options.rule,
            scale=options.scale,
            higher_is_better=not options.lower_is_better,
            threshold=options.threshold,
            still_open_after=options.still_open_after,
            key=key,
            re_estimate=options.re_estimate,
        ) as news:
            # All of it is out before it is remembered: stopped in between, it is said again.
            _say(news, options)
    return NEWS if len(news) else NOTHING_NEW


def _say(news, options: Namespace) -> None:
    print(wrapped(news.text()))
    if len(news):
        columns = ["client", "rater", "kind", "onset", "outcome", "depth", "last_session"]
        table = news.frame[columns].assign(because=news.frame["because"])
        print(f"\n{shown(table)}")
    if len(news) and options.output:
        print(f"\nWrote the news to {_written(news, options)}.")
    elif options.output:
        print(f"{options.output} was not touched.")
    print(end="", flush=True)


def _written(news, options: Namespace) -> Path:
    """Write the news, unless a run that was stopped has written just these already."""
    path = Path(options.output)
    if path.suffix == ".html":
        text = news.html()
    else:
        text = neutralised(news.frame).to_csv(index=False, lineterminator="\n")
    if path.is_file() and path.read_bytes() == text.encode("utf-8"):
        return path
    return write_text(text, path, force=options.force)


def _sessions(options: Namespace) -> pd.DataFrame:
    """Read a table of sessions, or an export with answers, which is scored."""
    if _is_sessions_table(options):
        sessions = read_any_table(options.export)
    else:
        mapping = join_mappings(options.mapping, {"instrument": options.instrument})
        problems = "set aside" if options.set_aside else "raise"
        sessions = score(read(options.export, mapping=mapping, problems=problems))
    if options.rater:
        sessions = only(sessions, "rater", options.rater)
    if options.instrument and "instrument" in sessions.columns:
        sessions = only(sessions, "instrument", load(options.instrument).key)
    return sessions


def _is_sessions_table(options: Namespace) -> bool:
    if options.mapping:
        return False
    return {*SESSIONS.columns, options.scale} <= set(read_any_table(options.export).columns)
