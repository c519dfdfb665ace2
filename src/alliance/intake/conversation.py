"""Conversation: the open questions of a file one by one, and how it reads after each answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from alliance.errors import AllianceError
from alliance.intake.examine import examine_export
from alliance.intake.files import Export, read_file
from alliance.intake.layout import find_layout
from alliance.intake.mapping import ExportMap, join_mappings
from alliance.intake.questions import OpenProblem, Option, Question

_PREVIEW = 3


@dataclass(frozen=True, eq=False, kw_only=True)
class Conversation:
    """What is known of a file so far, and what is asked next; a value that any face can show.

    Parameters
    ----------
    export : Export
    mapping : ExportMap
        What the user has said.
    question : Question, optional
        What is asked next; none when nothing is open.
    understood : ExportMap
        The mapping with what was recognised.
    preview : DataFrame, optional
        The first rows as they would be read, once the columns are clear.
    settled : frozenset of str
        Questions that were answered or passed over; none is asked twice.
    """

    export: Export
    mapping: ExportMap
    question: Question | None
    understood: ExportMap
    preview: pd.DataFrame | None
    settled: frozenset[str] = frozenset()

    def answer(self, answer: Option | str | float | None) -> Conversation:
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
        return _next(self.export, mapping, self.settled | {self.question.asks})


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
    export = read_file(path, encoding=encoding, separator=separator, sheet=sheet)
    return _next(export, join_mappings(mapping, {}), frozenset())


def _next(export: Export, mapping: ExportMap, settled: frozenset[str]) -> Conversation:
    layout = find_layout(export, mapping)
    talk = Conversation(
        export=export,
        mapping=mapping,
        question=None,
        understood=layout.mapping,
        preview=None,
        settled=settled,
    )
    if layout.questions:
        return replace(talk, question=_first(layout.questions, settled) or layout.questions[0])
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
    return replace(talk, question=_first(asked, settled), preview=taken.responses.head(_PREVIEW))


def _first(questions: Iterable[Question], settled: frozenset[str]) -> Question | None:
    """Return the first question that can be answered and was not asked before."""
    open_ones = (q for q in questions if q.asks not in settled and (q.setting or q.options))
    return next(open_ones, None)
