"""The command `report --for study`: a study from its flow to the answer, on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alliance.cli.command import Command, Options
from alliance.cli.reports import MATERIAL, PAGE, write_page

if TYPE_CHECKING:
    import pandas as pd

    from alliance.clinic import ReadSessions


def run(options: Options) -> int:
    """Write the study's report, and say its answer."""
    from alliance.study import study_page

    def page(read: ReadSessions, log: pd.DataFrame | None) -> tuple[str, str]:
        return study_page(
            read.sessions,
            responses=read.responses,
            log=log,
            how=read.how,
            scale=options.scale,
            rater=options.rater,
            draws=options.draws,
            seed=options.seed,
        )

    return write_page(page, options)


COMMAND = Command(
    name="report --for study",
    place=111,
    summary="one page for a study: flow, reliability, ruptures, the answer and how it varies",
    epilog="The page holds clients' data: it is written for its owner only, and loads nothing from "
    "outside.",
    options=(
        *MATERIAL,
        PAGE.but(default="report.html"),
    ),
    run=run,
)
