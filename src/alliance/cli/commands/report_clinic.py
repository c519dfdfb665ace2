"""The command `report --for clinic`: one page for the clinic's meeting."""

from pathlib import Path

import alliance as al
from alliance.cli.command import Command, Options, option, picked
from alliance.cli.reports import JUDGING, MATERIAL, OWNERS_ONLY, PAGE, read_material, settings_of
from alliance.cli.screen import say, wrapped
from alliance.errors import AllianceError
from alliance.files import refuse_existing, write_text


def run(options: Options) -> int:
    """Write the clinic's review, and say the first thing to know."""
    settings = settings_of(
        options,
        baseline=_months(options.baseline),
        **picked(options, "at", "start", "end", "last_sessions", "therapists", "min_clients"),
        **picked(options, "draws", "seed"),
    )
    output = Path(options.output)
    read, log = read_material(options)
    with al.clinic.clinic_report(
        read,
        settings,
        log=log,
        by_therapist=options.by == "therapist",
        **picked(options, "memory", "language", "set_aside"),
    ) as made:
        # The pages are out before it is remembered what they said.
        paths = {output.with_stem(output.stem + part): page for part, page in made.pages.items()}
        refuse_existing(paths, force=options.force)
        for path, page in paths.items():
            write_text(page, path, force=options.force)
    say(f"{wrapped(made.text)}\n\nWrote {', '.join(map(str, paths))}.")
    return 0


def _months(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    first, colon, last = text.partition(":")
    if not colon:
        raise AllianceError(f"--baseline takes two months, 2024-01:2024-12, not '{text}'.")
    return first, last


COMMAND = Command(
    name="report --for clinic",
    place=110,
    summary="one page for the clinic's meeting, from scored sessions or an export (the default)",
    epilog=f"{OWNERS_ONLY} A study's report: alliance report --for study --help",
    options=(
        *MATERIAL,
        PAGE.but(default="review.html"),
        option("--at DATE", "day of the review; nothing later is used"),
        option("--from DATE", "first day of the period", dest="start"),
        option("--to DATE", "last day of the period", dest="end"),
        option("--last-sessions N", "the period is each client's last N sessions", type=int),
        *JUDGING,
        option("--baseline MONTH:MONTH", "months that set the chart's limits"),
        option("--therapists", "compare therapists, without ranks (think first)"),
        option("--min-clients N", "therapists with fewer clients are left out", default=5),
        option("--by", "a page for each therapist besides", choices=("therapist",)),
        option("--memory FILE", "what earlier reviews said; the page says what is new"),
    ),
    run=run,
)
