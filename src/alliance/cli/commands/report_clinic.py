"""The command `report --for clinic`: one page for the clinic's meeting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alliance.cli.command import Command, Options, option
from alliance.cli.reports import MATERIAL, PAGE, write_page
from alliance.errors import AllianceError

if TYPE_CHECKING:
    import pandas as pd

    from alliance.clinic import ReadSessions


def run(options: Options) -> int:
    """Write the clinic's review, and say the first thing to know."""
    from alliance.clinic import Settings, review, review_page

    settings = Settings(
        at=options.at,
        start=options.start,
        end=options.end,
        last_sessions=options.last_sessions,
        absent_after=options.absent_after,
        detector=options.detector,
        threshold=options.threshold,
        scale=options.scale,
        rater=options.rater or "client",
        instrument=options.instrument,
        therapists=options.therapists,
        fewest=options.fewest,
        baseline=_months(options.baseline),
        draws=options.draws,
        seed=options.seed,
    )

    def page(read: ReadSessions, log: pd.DataFrame | None) -> tuple[str, str]:
        found = review(read.sessions, settings, log=log, responses=read.responses)
        return review_page(found, how=read.how), found.text()

    return write_page(page, options)


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
        option("--fewest N", "therapists with fewer clients are left out", default=5),
    ),
    run=run,
)
