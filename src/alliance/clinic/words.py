"""The words of the clinic's pages, one file a language; a third language is one more file."""

import datetime
import string
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Self

from alliance.errors import AllianceError, join_names, suggest

ENGLISH = "en"
_OWN = "alliance.clinic"


class Words:
    """The words of one language; called with a key, it returns the sentence with its facts.

    Parameters
    ----------
    language : str
        Name of a file in ``clinic/words``, e.g. ``"en"`` or ``"de"``.
    package : str
        Whose words; those of another page stand in a folder of its own.

    Notes
    -----
    A text may have two forms, ``one`` and ``other``, chosen by the fact ``n``. In a text
    ``{share:percent}``, ``{day:date}``, ``{n:,}`` and ``{points:.1f}`` are written as the language
    does.

    Examples
    --------
    >>> Words("en")("now.others", n=1)
    '1 other client in therapy shows nothing that asks for attention today.'
    """

    def __init__(self, language: str = ENGLISH, *, package: str = _OWN) -> None:
        if language not in languages():
            raise AllianceError(
                f"There are no words for the language '{language}'."
                f"{suggest(language, languages())} Languages: {join_names(languages())}."
            )
        self.language = language
        self._texts = texts(language, package)
        self._writer = _Writer(self._texts)

    def __call__(self, key: str, /, **facts: Any) -> str:
        """Return a text by its key, e.g. ``now.title``, with the facts filled in."""
        form = "one" if facts.get("n") == 1 else "other"
        text = self._texts[key if key in self._texts else f"{key}.{form}"]
        return self._writer.vformat(text, (), facts)

    def say(self, text: str) -> str:
        """Return a text in this language where it knows its key, and as it is where it does not."""
        if not isinstance(text, Keyed):
            return text
        named = {
            name: self.named(str(value), "problem") if name == "what" else value
            for name, value in text.facts.items()
        }
        return self(text.key, **named)

    def named(self, text: str, group: str) -> str:
        """Return a text that has its words in a group, e.g. ``alert``; others as they are."""
        return self(f"{group}.{text}") if f"{group}.{text}" in self else text

    def span(self, first: str, last: str) -> str:
        """Return a span of days; empty where there are none."""
        days = (self.write(day, "date") if day else "" for day in (first, last))
        return self("page.to", **dict(zip("ab", days, strict=True)))

    def write(self, value: object, form: str) -> str:
        """Return a number, share or date as the language writes it, e.g. with the form ``.1f``."""
        return self._writer.format_field(value, form)

    def __contains__(self, key: str) -> bool:
        return key in self._texts or f"{key}.other" in self._texts


class Keyed(str):
    """An English sentence that knows its key and facts, so that a page can say it in its language."""

    key: str
    facts: Mapping[str, Any]

    @classmethod
    def of(cls, key: str, /, **facts: Any) -> Self:
        """Return the sentence of a key."""
        said = cls(Words()(key, **facts))
        said.key, said.facts = key, facts
        return said


class _Writer(string.Formatter):
    """Writes numbers and dates as a language does."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self.words = words

    def format_field(self, value: Any, spec: str) -> str:
        if spec == "date":
            return datetime.date.fromisoformat(str(value)).strftime(self.words["write.date"])
        if spec == "percent":
            return self.words["write.percent"].replace("#", f"{100 * value:.0f}")
        text = format(value, spec)
        if isinstance(value, int | float) and not isinstance(value, bool):
            marks = {",": self.words["write.thousands"], ".": self.words["write.decimal"]}
            text = "".join(marks.get(sign, sign) for sign in text)
            # What rounds to nothing has no sign of its own.
            if text[:1] == "-" and not text.strip("-0,. "):
                text = text[1:]
        return text


def languages() -> list[str]:
    """Return the languages there are words for."""
    folder = files("alliance.clinic") / "words"
    return sorted(
        path.name.removesuffix(".toml") for path in folder.iterdir() if path.name.endswith(".toml")
    )


@cache
def texts(language: str, package: str = _OWN) -> Mapping[str, str]:
    """Return every text of a language by its key."""
    file = files(package) / "words" / f"{language}.toml"
    return dict(_flat(tomllib.loads(file.read_text("utf-8"))))


def _flat(part: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in part.items():
        if isinstance(value, str):
            yield above + name, value
        else:
            yield from _flat(value, f"{above}{name}.")
