"""Problems and questions: what is wrong with a file, or open, as the two files of that name say it."""

import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from alliance.errors import AllianceError, AllianceWarning, Problem
from alliance.files import stated
from alliance.instruments import Instrument
from alliance.intake.mapping import ExportMap, join_mappings

PROBLEMS = "intake/problems.toml"
# The columns of the rows that a problem shows.
WHO = ["client", "session", "rater"]


@cache
def known_problems(stated_in: str = PROBLEMS) -> dict[str, dict[str, Any]]:
    """Return every problem by name: ``what``, ``fix``, and ``kind`` or ``serious`` if they differ."""
    return stated(stated_in)


def known_problem(
    name: str,
    rows: pd.DataFrame | None = None,
    /,
    *,
    of: Instrument | None = None,
    stated_in: str = PROBLEMS,
    **places: object,
) -> Problem:
    """Return a problem with its places, e.g. ``{column}``, filled in.

    `of`: the instrument that gives ``{instrument}``, ``{lowest}`` and ``{highest}``. `places`:
    texts and numbers; ``serious`` says that of a problem which may be either.
    """
    if of is not None:
        places |= {"instrument": of.key, "lowest": of.minimum, "highest": of.maximum}
    entry = known_problems(stated_in)[name]
    what, fix = (_filled(entry[part], places) for part in ("what", "fix"))
    serious = bool(places.get("serious", entry.get("serious", True)))
    return Problem(kind=entry.get("kind", name), what=what, fix=fix, rows=rows, serious=serious)


def _filled(text: str, places: Mapping[str, object]) -> str:
    def value(place: re.Match[str]) -> str:
        # Braces around no place stay, as in words={...}.
        found = places.get(place[1], place[0])
        return f"{found:g}" if isinstance(found, float) else str(found)

    return re.sub(r"\{(\w+)\}", value, text)


def problem_of(
    name: str, rows: pd.DataFrame, columns: Sequence[str] = WHO, /, **places: Any
) -> list[Problem]:
    """Return a problem with the rows that have it, by their row in the file; none if there are none."""
    if rows.empty:
        return []
    shown = rows.set_index("row") if "row" in rows else rows
    return [known_problem(name, shown[[*columns]], **places)]


def sets_aside(problems: str) -> bool:
    """Return whether what cannot stand is set aside instead of raised; refuse any other word."""
    if problems not in ("raise", "set aside"):
        raise AllianceError(f"problems must be 'raise' or 'set aside', not '{problems}'.")
    return problems == "set aside"


def warn_of(problems: Iterable[Problem]) -> None:
    """Warn whoever called the reader of each problem with which its table stands."""
    for problem in problems:
        prefix = "Set aside: " if problem.serious else ""
        warnings.warn(prefix + problem.text(rows_shown=3), AllianceWarning, stacklevel=3)


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


@cache
def _known_questions() -> dict[str, dict[str, str]]:
    return stated("intake/questions.toml")


def known_question(name: str, options: Iterable[Option] = (), /, **places: object) -> Question:
    """Return a question with its places, e.g. ``{column}``, filled in."""
    texts = {part: _filled(text, places) for part, text in _known_questions()[name].items()}
    return Question(**texts, options=tuple(options))


def each_of(setting: str, values: Iterable[str]) -> tuple[Option, ...]:
    """Return one option for each value that could be a setting's, e.g. for each column."""
    return tuple(Option(label=value, settings={setting: value}) for value in values)


class OpenProblem(Problem):
    """A problem that an answer to a question settles."""

    def __init__(self, *, questions: tuple[Question, ...] = (), **problem: Any):
        super().__init__(**problem)
        self.questions = questions


def ask_each(
    problem: Problem, setting: str, asks: Mapping[str, str], meanings: Iterable[str] = ()
) -> OpenProblem:
    """Return a problem with a question for each word of a table that is a setting."""
    questions = tuple(
        Question(
            asks=says,
            fix=problem.fix,
            setting=setting,
            key=word,
            options=tuple(Option(label=m, settings={setting: {word: m}}) for m in meanings),
        )
        for word, says in asks.items()
    )
    return OpenProblem(**vars(problem), questions=questions)


def settled_by(problem: Problem, *options: Option, setting: str | None = None) -> OpenProblem:
    """Return a problem as one question with its options."""
    question = Question(asks=f"{problem.what}.", fix=problem.fix, setting=setting, options=options)
    return OpenProblem(**vars(problem), questions=(question,))
