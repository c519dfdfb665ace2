"""The command `report --for study`: a study from its flow to the answer, on one page."""

import alliance as al
from alliance.cli.command import Command, Options, picked
from alliance.cli.inputs import matched
from alliance.cli.reports import MATERIAL, OWNERS_ONLY, PAGE, read_material
from alliance.cli.screen import say, wrapped
from alliance.files import write_text


def run(options: Options) -> int:
    """Write the study's report, and say its answer."""
    read, log = read_material(options)
    page, text = al.study.study_page(
        read.sessions,
        log=matched(log, read.sessions, "rupture log", options),
        **picked(read, "responses", "how"),
        **picked(options, "scale", "rater", "draws", "seed"),
    )
    # The whole page first: a fault on the way leaves an old page as it was.
    write_text(page, options.output, force=options.force)
    say(f"{wrapped(text)}\n\nWrote {options.output}.")
    return 0


COMMAND = Command(
    name="report --for study",
    place=111,
    summary="one page for a study: flow, reliability, ruptures, the answer and how it varies",
    epilog=OWNERS_ONLY,
    options=(*MATERIAL, PAGE.but(default="report.html")),
    run=run,
)
