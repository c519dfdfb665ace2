"""Work: the long steps, each a call of the package, as they are run in a process of their own."""

import sys
import warnings
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pandas as pd

from alliance import simulate
from alliance.clinic import ReadSessions, Words, clinic_report, read_sessions
from alliance.effects import RepairGain, repair_gain
from alliance.errors import AllianceError, AllianceWarning
from alliance.files import write_table
from alliance.intake import WHOLE_FILE, Conversation, begin
from alliance.intake.child import Limits
from alliance.study import study_page
from alliance.study.report import pictures_of_answer

__all__ = ["Limits", "WHOLE_FILE"]

DRAWS = 20
_SCORED = {"client", "session", "rater", "total"}


def open_file(
    path: Path, mapping: Path | None, remembered: Sequence[Path]
) -> tuple[Conversation, Path | None]:
    """Return the first question about a file, and the remembered mapping that leaves no column open."""
    _limit_memory(Limits.of(path).memory)
    for known in remembered:
        try:
            talk = begin(path, mapping=known)
        except AllianceError:
            continue
        if talk.preview is not None:
            return talk, known
    talk = begin(path, mapping=mapping)
    cells = None if talk.export is None else talk.export.cells
    if cells is not None and set(cells) >= _SCORED and "item_1" not in cells:
        # A table that was scored here needs no questions.
        return replace(talk, question=None, preview=cells.head(20)), None
    return talk, None


def _limit_memory(beyond: int) -> None:
    """Hold this process to so many bytes beyond what it has, where the system can."""
    if sys.platform != "linux":
        return
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + beyond
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _quietly() -> AbstractContextManager[object]:
    """Say nothing of what was set aside: the page has shown it."""
    return warnings.catch_warnings(action="ignore", category=AllianceWarning)


def read(talk: Conversation) -> ReadSessions:
    """Read the sessions of a file whose questions are answered."""
    with _quietly():
        return read_sessions(talk.path, mapping=talk.understood, **talk.file)


def clinic_review(
    material: ReadSessions, language: str, set_aside: bool, synthetic: bool
) -> tuple[str, str]:
    """Return the review's first sentences and its page."""
    with (
        _quietly(),
        clinic_report(
            material, language=language, set_aside=set_aside, synthetic=synthetic
        ) as made,
    ):
        return made.review.text(Words(language)), made.pages[""]


def study_report(material: ReadSessions, rater: str, scale: str) -> str:
    """Return the page of a study's report."""
    page, _ = study_page(
        material.sessions,
        responses=material.responses,
        how=material.how,
        draws=DRAWS,
        vary=False,
        rater=rater,
        scale=scale,
    )
    return page


def gain(sessions: pd.DataFrame, rater: str, scale: str) -> tuple[RepairGain, str]:
    """Return whether repair leaves the alliance stronger, and the picture's ``data:`` address."""
    with _quietly():
        answer = repair_gain(sessions, draws=DRAWS, rater=rater, scale=scale)
    pictures = pictures_of_answer(answer)
    return answer, pictures[0].source if pictures else ""


def example(path: Path) -> None:
    """Write the export of a synthetic clinic, as a practice system would."""
    made = simulate.clinic(simulate.worlds()["R0s"], clients=120, days=300, seed=3)
    dated = made.sessions[["client", "session", "date"]].drop_duplicates(["client", "session"])
    answers = made.study.responses.query("rater == 'client'").filter(regex="client|session|item_")
    table = dated.merge(answers, on=["client", "session"])
    table.columns = [
        {"client": "Client_ID", "session": "Session", "date": "Date"}.get(name, name)
        for name in table.columns.str.replace("item_", "srs_")
    ]
    write_table(table.round(1), path, force=True)
