"""The command `report --for study`: a study from its flow to the answer, on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alliance.cli.command import Command, Options, picked
from alliance.cli.reports import MATERIAL, OWNERS_ONLY, PAGE, write_page

if TYPE_CHECKING:
    import pandas as pd

    from alliance.clinic import ReadSessions


def run(options: Options) -> int:
    """Write the study's report, and say its answer."""
    from alliance.study import study_page

    settings = picked(options, "scale", "rater", "draws", "seed")

    def page(read: ReadSessions, log: pd.DataFrame | None) -> tuple[str, str]:
        material = picked(read, "responses", "how")
        return study_page(read.sessions, log=log, **material, **settings)

    return write_page(page, options)


COMMAND = Command(
    name="report --for study",
    place=111,
    summary="one page for a study: flow, reliability, ruptures, the answer and how it varies",
    epilog=OWNERS_ONLY,
    options=(*MATERIAL, PAGE.but(default="report.html")),
    run=run,
)
