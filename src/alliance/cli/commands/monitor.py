"""The command `monitor`: what is new in a growing export, told to a person or a scheduler."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alliance.cli import options as opt
from alliance.cli.command import Command, Options, option, reads
from alliance.cli.inputs import chosen
from alliance.cli.outputs import refuse_inputs
from alliance.cli.screen import say, shown, wrapped
from alliance.errors import AllianceError
from alliance.files import neutralised, write_text

if TYPE_CHECKING:
    import pandas as pd

NOTHING_NEW, NEWS = 0, 10


def run(options: Options) -> int:
    """Report what is new or changed since the last run, and remember it."""
    from alliance.clinic import watch
    from alliance.pseudonyms import read_key

    _check_output(options)
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
        _tell(news, options)
    return NEWS if len(news) else NOTHING_NEW


def _check_output(options: Options) -> None:
    """Refuse a file that cannot hold news, or that is read; news themselves may be written again."""
    if not options.output:
        return
    if Path(options.output).suffix not in (".csv", ".html"):
        raise AllianceError(f"-o {options.output}: news are written as .csv or .html.")
    read = [options.export, options.memory, options.mapping, options.pseudonyms]
    refuse_inputs([Path(options.output)], [Path(name) for name in read if name])


def _tell(news: Any, options: Options) -> None:
    say(wrapped(news.text()))
    if len(news):
        columns = ["client", "rater", "kind", "onset", "outcome", "depth", "last_session"]
        table = news.frame[columns].assign(because=news.frame["because"])
        say(f"\n{shown(table)}")
    if len(news) and options.output:
        say(f"\nWrote the news to {_written(news, options)}.")
    elif options.output:
        say(f"{options.output} was not touched.")


def _written(news: Any, options: Options) -> Path:
    """Write the news, unless a run that was stopped has written just these already."""
    path = Path(options.output)
    if path.suffix == ".html":
        text = news.html()
    else:
        text = neutralised(news.frame).to_csv(index=False, lineterminator="\n")
    if path.is_file() and path.read_bytes() == text.encode("utf-8"):
        return path
    return write_text(text, path, force=options.force)


def _sessions(options: Options) -> pd.DataFrame:
    """Read a table of sessions, or an export with answers, which is scored."""
    from alliance.intake import join_mappings, read, read_any_table
    from alliance.scoring import score

    if _is_sessions_table(options):
        sessions = read_any_table(options.export)
    else:
        mapping = join_mappings(options.mapping, {"instrument": options.instrument})
        problems = "set aside" if options.set_aside else "raise"
        sessions = score(read(options.export, mapping=mapping, problems=problems))
    named = options.instrument if "instrument" in sessions.columns else None
    return chosen(sessions, Namespace(rater=options.rater, instrument=named))


def _is_sessions_table(options: Options) -> bool:
    from alliance.intake import read_any_table
    from alliance.tables import SESSIONS

    if options.mapping:
        return False
    return {*SESSIONS.columns, options.scale} <= set(read_any_table(options.export).columns)


COMMAND = Command(
    name="monitor",
    place=130,
    summary="say what is new in a growing export since the last run, and nothing twice",
    epilog="Exit code 0: nothing is new; 10: there is news; 2: the input is at fault; 1: ours. The news "
    "are written first and remembered then: stopped at any moment and run again, all of it is said. "
    "With -o the file is written only if there is news.",
    options=(
        reads("export EXPORT_OR_SESSIONS", "the file as it is now"),
        option("--memory FILE", "what was said before; made by the first run", required=True),
        opt.RULE,
        option("--threshold", "of pulse", default=0.5),
        opt.SCALE,
        opt.RATER.but(help="only this rater"),
        opt.INSTRUMENT.but(help="questionnaire of the export"),
        opt.MAPPING.but(help="a mapping file for the export"),
        opt.LOWER_IS_BETTER,
        opt.SET_ASIDE,
        option(
            "--still-open-after SESSIONS",
            "speak of an open rupture again after so many sessions",
            default=3,
        ),
        option("--re-estimate", "take numbers from all clients anew, and say so"),
        reads("--pseudonyms KEYFILE", "name pseudonyms, not clients"),
        option("-o --output FILE", "write the news as .csv or .html"),
        opt.FORCE.but(help="overwrite the news of an earlier run"),
    ),
    run=run,
)
