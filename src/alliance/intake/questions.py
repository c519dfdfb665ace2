"""Questions: what a file leaves open, as values that a terminal or any other face can ask."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from alliance.errors import Problem
from alliance.intake.mapping import ExportMap, join_mappings


@dataclass(frozen=True, kw_only=True)
class Option:
    """One answer to a question."""

    label: str  # As it is shown
    # Settings of `ExportMap` that follow from it; tables (words, raters, sessions) are added to.
    settings: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is open, the likely answers, and what follows from each."""

    asks: str  # What is not clear, in sentences
    fix: str  # How it is settled without being asked: by an argument or an option
    # The setting of `ExportMap` that an answer in the user's own words goes to.
    setting: str | None = None
    # Likely answers, the likeliest first. Empty where only the user's own words can tell.
    options: tuple[Option, ...] = ()
    key: str | None = None  # Where the setting is a table, the word that the answer gives a meaning

    def text(self) -> str:
        """Return the question as part of an error message."""
        return f"{self.asks}\n    To fix: {self.fix}"

    def typed(self, text: str) -> str | float:
        """Return what was typed as an answer: a number where the setting takes one."""
        if self.setting in ("words", "first_code", "divide_by"):
            try:
                return float(text.replace(",", "."))
            except ValueError:
                return text
        if self.setting in ("sessions", "longest_break") and text.lstrip("-").isdigit():
            return int(text)
        return text

    def settle(self, mapping: ExportMap, answer: Option | str | float) -> ExportMap:
        """Return the mapping with an option's settings or a typed answer; an error if it does not fit."""
        if isinstance(answer, Option):
            settings = dict(answer.settings)
        elif self.key is not None:
            settings = {str(self.setting): {self.key: answer}}
        else:
            settings = {str(self.setting): answer}
        for name, value in settings.items():
            if isinstance(value, Mapping) and isinstance(getattr(mapping, name, None), Mapping):
                settings[name] = {**getattr(mapping, name), **value}
        return join_mappings(mapping, settings)


class OpenProblem(Problem):
    """A problem that an answer to a question settles."""

    def __init__(self, *, questions: tuple[Question, ...] = (), **problem: Any):
        super().__init__(**problem)
        self.questions = questions


def ask_each(
    problem: Problem, setting: str, asks: Mapping[str, str], meanings: Iterable[str] = ()
) -> OpenProblem:
    """Return a problem with a question for each word of a table that is a setting."""
    questions = (
        Question(
            asks=says,
            fix=problem.fix,
            setting=setting,
            key=word,
            options=tuple(
                Option(label=each, settings={setting: {word: each}}) for each in meanings
            ),
        )
        for word, says in asks.items()
    )
    return OpenProblem(**vars(problem), questions=tuple(questions))


def settled_by(problem: Problem, *options: Option, setting: str | None = None) -> OpenProblem:
    """Return a problem as one question with its options."""
    question = Question(asks=f"{problem.what}.", fix=problem.fix, setting=setting, options=options)
    return OpenProblem(**vars(problem), questions=(question,))


def named(setting: str, columns: Iterable[str]) -> tuple[Option, ...]:
    """Return one option for each column that could be a setting's."""
    return tuple(Option(label=column, settings={setting: column}) for column in columns)
