"""Conversation: the open questions of a file one by one, and how it reads after each answer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from alliance.errors import AllianceError, Problem
from alliance.intake.examine import examine_export
from alliance.intake.export import Export
from alliance.intake.files import read_file, workbook_sheets
from alliance.intake.layout import find_layout
from alliance.intake.mapping import ExportMap, join_mappings
from alliance.intake.problems import OpenProblem, Option, Question, each_of, known_question
from alliance.intake.workbooks import ALL_SHEETS

PREVIEW = 20


@dataclass(frozen=True, eq=False, kw_only=True)
class Conversation:
    """What is known of a file so far, and what is asked next; a value that any face can show.

    Parameters
    ----------
    path : Path
    file : mapping
        How the file is opened: encoding, separator.
    export : Export, optional
        None while it is open which sheet is meant.
    mapping : ExportMap
        What the user has said.
    question : Question, optional
        What is asked next; none when nothing is open.
    understood : ExportMap
        The mapping with what was recognised.
    preview : DataFrame, optional
        The first rows as they would be read, once the columns are clear.
    problems : tuple of Problem
        What was found when it was read, once the columns are clear.
    counts : mapping of str to int
        Rows of the file, questionnaires in them, and how many were read or set aside.
    sheets : tuple of str
        Of a workbook.
    settled : frozenset of str
        Questions that were answered or passed over; none is asked twice.
    """

    path: Path
    file: Mapping[str, Any]
    export: Export | None
    mapping: ExportMap
    question: Question | None
    understood: ExportMap
    preview: pd.DataFrame | None = None
    problems: tuple[Problem, ...] = ()
    counts: Mapping[str, int]
    sheets: tuple[str, ...] = ()
    settled: frozenset[str] = frozenset()

    def answer(self, answer: Option | str | float | None) -> "Conversation":
        """Return the conversation after an answer; None passes the question over.

        Raises
        ------
        AllianceError
            If the answer does not fit; the conversation before stands.
        """
        if self.question is None:
            return self
        mapping = self.mapping
        if answer is not None:
            mapping = self.question.settle(mapping, answer)
        settled = self.settled | {self.question.asks}
        return self._with(mapping, settled)

    def state(self, **settings: Any) -> "Conversation":
        """Return the conversation after settings of `ExportMap` were stated without being asked.

        Raises
        ------
        AllianceError
            If one does not fit; the conversation before stands.
        """
        mapping = self.mapping
        if "instrument" in settings:
            # The columns of another questionnaire are not this one's.
            mapping = replace(mapping, items=None, scores={}, metric=None)
        return self._with(join_mappings(mapping, settings), self.settled)

    def _with(self, mapping: ExportMap, settled: frozenset[str]) -> "Conversation":
        # Another sheet is another file: it is read anew.
        if mapping.sheet != self.mapping.sheet:
            return replace(begin(self.path, mapping=mapping, **self.file), sheets=self.sheets)
        return _next(replace(self, mapping=mapping, settled=settled))


def begin(
    path: str | Path,
    *,
    mapping: str | Path | ExportMap | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    sheet: str | Sequence[str] | None = None,
) -> Conversation:
    """Return the first question about a file.

    Parameters
    ----------
    path, mapping, encoding, separator, sheet
        As in `alliance.read`.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "srs.csv"
    >>> _ = file.write_text("Who,Session,srs_1,srs_2,srs_3,srs_4\\n007,1,9,8,9,9\\n007,2,9,9,9,9\\n")
    >>> talk = begin(file)
    >>> talk.question.asks, talk.question.options[0].label
    ('No column was recognised as the client.', 'Who')
    >>> done = talk.answer(talk.question.options[0])
    >>> done.question is None, done.understood.client
    (True, 'Who')
    """
    wanted = join_mappings(mapping, {})
    file = {"encoding": encoding, "separator": separator}
    talk = Conversation(
        path=Path(path),
        file=file,
        export=None,
        mapping=wanted,
        question=None,
        understood=wanted,
        counts={},
    )
    sheet = sheet or wanted.sheet
    try:
        export = read_file(path, sheet=sheet, **file)
    except AllianceError:
        # Several sheets that are alike, or a first one without a table: another may be meant.
        names, alike = workbook_sheets(path) if sheet is None else ([], [])
        if len(names) < 2:
            raise
        names = alike if len(alike) > 1 else names
        return replace(talk, question=_which_sheet(names, alike), sheets=tuple(names))
    talk = _next(replace(talk, export=export))
    if sheet is None and talk.question is not None and talk.understood.instrument is None:
        names, _ = workbook_sheets(path)
        if len(names) > 1:
            # Sheets on which a questionnaire is recognised are offered first.
            likely = sorted(names, key=lambda name: not _recognised(path, name, file))
            return replace(talk, question=_which_sheet(likely, []), sheets=tuple(names))
    return talk


def _recognised(path: str | Path, sheet: str, file: Mapping[str, Any]) -> bool:
    """Return whether a questionnaire is recognised on a sheet."""
    try:
        layout = find_layout(read_file(path, sheet=sheet, **file), ExportMap())
    except AllianceError:
        return False
    return layout.instrument is not None


def _which_sheet(names: Sequence[str], alike: Sequence[str]) -> Question:
    """Ask which sheet of a workbook is meant: all that are alike, or one."""
    options = each_of("sheet", names)
    if len(alike) > 1:
        joined = f"{len(alike)} sheets joined: {', '.join(alike)}"
        options = (Option(label=joined, settings={"sheet": ALL_SHEETS}), *options)
    return known_question("which sheet", options, count=len(names))


def _next(talk: Conversation) -> Conversation:
    export = talk.export
    if export is None:
        return talk
    layout = find_layout(export, talk.mapping)
    talk = replace(
        talk, question=None, understood=layout.mapping, preview=None, problems=(), counts={}
    )
    if layout.questions:
        return replace(talk, question=_first(layout.questions, talk.settled) or layout.questions[0])
    try:
        taken = examine_export(export, layout)
    except AllianceError as error:
        return replace(talk, question=Question(asks=str(error), fix="look at the file."))
    asked = (
        question
        for problem in taken.problems
        if isinstance(problem, OpenProblem)
        for question in problem.questions
    )
    return replace(
        talk,
        question=_first(asked, talk.settled),
        preview=taken.responses.head(PREVIEW),
        problems=taken.problems,
        counts=taken.counts,
    )


def _first(questions: Iterable[Question], settled: frozenset[str]) -> Question | None:
    """Return the first question that can be answered and was not asked before."""
    open_ones = (q for q in questions if q.asks not in settled and (q.setting or q.options))
    return next(open_ones, None)
