"""Asking: the open questions of an export in a terminal, one by one, with what follows."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from alliance.cli.screen import say
from alliance.errors import AllianceError

if TYPE_CHECKING:
    from alliance.intake import ExportMap
    from alliance.intake.conversation import Conversation
    from alliance.intake.questions import Option, Question

_ROWS = 3


def ask(talk: Conversation) -> ExportMap:
    """Lead through the questions and return the mapping; an empty line passes a question over."""
    while talk.question is not None:
        _show(talk.question)
        answer = _answer(talk.question)
        try:
            talk = talk.answer(answer)
        # A wrong answer is explained and asked for again; nothing said before is lost.
        except AllianceError as error:
            say(f"{error}\n")
            continue
        if talk.preview is not None:
            shown = talk.preview.drop(columns=["instrument", "row"], errors="ignore").head(_ROWS)
            say(f"\nThe first rows as they would be read:\n{shown.to_string(index=False)}\n")
    return talk.understood


def _show(question: Question) -> None:
    say(question.asks)
    for number, option in enumerate(question.options, start=1):
        likely = "  (likely)" if number == 1 and len(question.options) > 1 else ""
        say(f"  {number}  {_about(option)}{likely}")


def _about(option: Option) -> str:
    name = next(iter(option.settings), "")
    return f"{option.label} as the date" if name == "date" else option.label


def _answer(question: Question) -> Option | str | float | None:
    """Return what was typed: the number of an option, other words, or None for an empty line."""
    own = " or your own words" if question.setting and question.options else ""
    say(f"Number{own}, or Enter to pass:" if question.options else "Your answer, or Enter to pass:")
    line = sys.stdin.readline()
    # The end of the input (a script, Ctrl-D) is no empty answer.
    if not line:
        raise AllianceError(f"The answers end, but it is open: {question.text()}")
    text = line.strip()
    if text.isdigit() and 0 < int(text) <= len(question.options):
        return question.options[int(text) - 1]
    if not text:
        return None
    return question.typed(text)
