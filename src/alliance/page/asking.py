"""Asking: a question about a file as a form: its likely answers, and where another can be given."""

import zlib
from types import SimpleNamespace
from typing import Any

from alliance.clinic import Words
from alliance.errors import AllianceError
from alliance.instruments import instruments, load
from alliance.intake import Conversation
from alliance.intake.problems import Option, Question
from alliance.page.said import said

_COLUMNS = {
    *("client", "session", "date", "therapist", "case", "moment"),
    *("rater_column", "instrument_column", "skip"),
}
ROLES = ("instrument", "client", "session", "date", "therapist", "rater_column")
OWN, PASS = "own", "pass"
_MANY = 6


def form_of(talk: Conversation, question: Question, words: Words) -> SimpleNamespace:
    """Return the question of a conversation as a form, in plain words of the page's language."""
    setting = question.setting or next(
        (name for option in question.options for name in option.settings), "other"
    )
    key = setting if f"ask.{setting}" in words else "other"
    kind, choices = _own(talk, question)
    return SimpleNamespace(
        title=words(f"ask.{key}", word=question.key or ""),
        hint=words(f"hint.{key}") if f"hint.{key}" in words else "",
        details=said(question.asks, words.language),  # What the reader of files says
        options=[_label(option, words) for option in question.options],
        kind=kind,
        choices=choices,
        may_pass=talk.preview is not None,
        # Of a list of all questionnaires, by name, the first is no likelier than the others.
        likely=setting != "instrument" or len(question.options) < _MANY,
    )


def _own(talk: Conversation, question: Question) -> tuple[str, list[tuple[str, str]]]:
    """Return how an answer of one's own is given, and the values and labels it is chosen from.

    It is a select, a number, a text, the first column of several, or empty where none can be given.
    """
    columns = [(name, name) for name in columns_of(talk)]
    if question.setting in _COLUMNS:
        return "select", columns
    if question.setting == "items":
        return "first column", columns
    if question.setting == "instrument":
        return "select", [(key, f"{key}, {each.name}") for key, each in instruments().items()]
    if question.setting in ("words", "first_code", "divide_by", "sessions"):
        return "number", []
    return ("text", []) if question.setting == "missing_codes" else ("", [])


def columns_of(talk: Conversation) -> list[str]:
    """Return the columns of the file, none before it was read."""
    return [] if talk.export is None else list(talk.export.cells.columns)


def _label(option: Option, words: Words) -> str:
    if "date" in option.settings:
        return words("ask.as_date", column=option.label)
    # Columns and questionnaires are called as they are.
    own = set(option.settings) <= _COLUMNS | {"instrument", "instruments"}
    if "raters" in option.settings and f"rater.{option.label}" in words:
        return words(f"rater.{option.label}")
    return option.label if own else said(option.label, words.language)


def answered(talk: Conversation, question: Question, choice: str, own: str) -> Conversation:
    """Return the conversation after what the form sent; an error if it is no answer or does not fit."""
    if choice == PASS:
        return talk.answer(None)
    if choice == OWN:
        return talk.answer(_typed(talk, question, own))
    if not choice.isdigit() or int(choice) >= len(question.options):
        raise AllianceError("Choose one of the answers.")
    return talk.answer(question.options[int(choice)])


def _typed(talk: Conversation, question: Question, own: str) -> Option | str | float:
    if not own.strip():
        raise AllianceError("Choose one of the answers.")
    if question.setting != "items":
        return question.typed(own.strip())
    columns = columns_of(talk)
    first = columns.index(own) if own in columns else len(columns)
    count = load(str(talk.understood.instrument)).items
    settings: dict[str, Any] = {"items": columns[first : first + count]}
    return Option(label=own, settings=settings)


def mark(question: Question) -> str:
    """Return a few letters that tell one question from another and say nothing of it."""
    return f"{zlib.crc32(question.asks.encode()):08x}"
