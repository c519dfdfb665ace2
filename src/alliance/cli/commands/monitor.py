"""The command `monitor`: what is new in a growing export, told to a person or a scheduler."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import alliance as al
from alliance.cli import options as opt
from alliance.cli.command import Command, Options, option, picked, reads
from alliance.cli.outputs import refuse_inputs
from alliance.cli.reports import JUDGING, read_export, settings_of
from alliance.cli.screen import say, wrapped
from alliance.errors import AllianceError
from alliance.files import neutralised, write_text

NOTHING_NEW, NEWS = 0, 10


def run(options: Options) -> int:
    """Report what is new or changed since the last run, and remember it."""
    _check_output(options)
    settings, read = settings_of(options), read_export(options)
    record = al.clinic.make_record(read.sessions, settings)
    losses = (*read.losses, *al.clinic.losses_of(record))
    al.clinic.refuse_large(losses, set_aside=options.set_aside)
    with al.clinic.watch(
        record,
        options.memory,
        settings,
        key=al.pseudonyms.read_key(options.pseudonyms) if options.pseudonyms else None,
        **picked(options, "still_open_after", "re_estimate", "language"),
    ) as news:
        # With a key nobody is named.
        alike = [] if options.pseudonyms else record.twins
        if alike:
            say(news.words("loss.twins", names="; ".join(alike)))
        # All of it is out before it is remembered: stopped in between, it is said again.
        _tell(news, losses, options)
    return NEWS if len(news) else NOTHING_NEW


def _check_output(options: Options) -> None:
    """Refuse a file that cannot hold news, or that is read; news themselves may be written again."""
    if not options.output:
        return
    if Path(options.output).suffix not in (".csv", ".html"):
        raise AllianceError(f"-o {options.output}: news are written as .csv or .html.")
    read = [options.export, options.memory, options.mapping, options.pseudonyms]
    refuse_inputs([Path(options.output)], [Path(name) for name in read if name])


def _tell(news: al.clinic.News, losses: Sequence[al.clinic.Loss], options: Options) -> None:
    for loss in losses:
        say(f"{news.words('loss.title')}: {loss.text(news.words)}.")
    say(wrapped(news.text()))
    for row in news.frame.itertuples():
        known = isinstance(row.client, str)
        # Why it is said now, where it is not simply that sessions were added.
        because = "" if row.because == "new sessions" else f"({row.because})"
        said = (news.words(f"kind.{row.kind}"), row.says, because)
        say(wrapped(f"{row.client if known else row.code}: {'. '.join(filter(None, said))}"))
    if len(news) and options.output:
        say(f"\nWrote the news to {_written(news, options)}.")
    elif options.output:
        say(f"{options.output} was not touched.")


def _written(news: al.clinic.News, options: Options) -> Path:
    """Write the news, unless a run that was stopped has written just these already."""
    path = Path(options.output)
    if path.suffix == ".html":
        text = news.html()
    else:
        text = neutralised(news.frame).to_csv(index=False, lineterminator="\n")
    if path.is_file() and path.read_bytes() == text.encode("utf-8"):
        return path
    return write_text(text, path, force=options.force)


COMMAND = Command(
    name="monitor",
    place=130,
    summary="say what is new in a growing export since the last run, and nothing twice",
    epilog="Exit code 0: nothing is new; 10: there is news; 2: the input is at fault; 1: ours. The news "
    "are written first and remembered then: stopped at any moment and run again, all of it is said. "
    "With -o the file is written only if there is news.",
    options=(
        opt.EXPORT,
        opt.COLUMNS,
        option("--memory FILE", "what was said before; made by the first run", required=True),
        opt.SCALE,
        opt.WHEN,
        *JUDGING,
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
