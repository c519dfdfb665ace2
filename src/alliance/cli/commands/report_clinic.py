"""The command `report --for clinic`: one page for the clinic's meeting."""

from __future__ import annotations

from pathlib import Path

from alliance.cli import options as opt
from alliance.cli.command import Command, Options, option
from alliance.cli.reports import MATERIAL, PAGE, read_material
from alliance.cli.screen import say, wrapped
from alliance.errors import AllianceError
from alliance.files import refuse_existing, write_text


def run(options: Options) -> int:
    """Write the clinic's review, and say the first thing to know."""
    from alliance.clinic import Settings, clinic_report

    settings = Settings(
        at=options.at,
        start=options.start,
        end=options.end,
        last_sessions=options.last_sessions,
        absent_after=options.absent_after,
        statuses=opt.pairs(options.status_word, "--status-word"),
        detector=options.detector,
        threshold=options.threshold,
        scale=options.scale,
        rater=options.rater or "client",
        instrument=options.instrument,
        therapists=options.therapists,
        min_clients=options.min_clients,
        baseline=_months(options.baseline),
        draws=options.draws,
        seed=options.seed,
    )
    output = Path(options.output)
    read, log = read_material(options)
    with clinic_report(
        read,
        settings,
        log=log,
        memory=options.memory,
        language=options.language,
        by_therapist=options.by == "therapist",
        set_aside=options.set_aside,
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
    epilog="The page holds clients' data: it is written for its owner only, and loads nothing from "
    "outside. A study's report: alliance report --for study --help",
    options=(
        *MATERIAL,
        PAGE.but(default="review.html"),
        option("--at DATE", "day of the review; nothing later is used"),
        option("--from DATE", "first day of the period", dest="start"),
        option("--to DATE", "last day of the period", dest="end"),
        option("--last-sessions N", "the period is each client's last N sessions", type=int),
        option(
            "--absent-after DAYS",
            "days without a session after which therapy counts as over",
            default=60,
        ),
        option("--detector NAME", "pulse, or a rule", default="pulse"),
        option("--threshold", "probability that counts", default=0.5),
        option("--baseline MONTH:MONTH", "months that set the chart's limits"),
        option("--therapists", "compare therapists, without ranks (think first)"),
        option("--min-clients N", "therapists with fewer clients are left out", default=5),
        option("--ended COLUMN", "day on which a therapy ended"),
        option("--status COLUMN", "how a therapy stands"),
        option(
            "--status-word WORD=MEANING ...",
            "what a word of the status means: in therapy, drop-out, end of therapy, or left, "
            "reason unknown",
        ),
        option("--by", "a page for each therapist besides", choices=("therapist",)),
        option("--memory FILE", "what earlier reviews said; the page says what is new"),
        option("--language NAME", "en or de", default="en"),
        opt.SET_ASIDE.but(help="go on although more than a fifth of what came in is not used"),
    ),
    run=run,
)
