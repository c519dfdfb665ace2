"""Said: what the reader of files says in English, in the language of the page."""

import re
import tomllib
from functools import cache
from importlib.resources import files

# What is said to those who type commands, in brackets.
_TERMINAL = re.compile(r"\s*\((?:on the command line )?[^()]*--[a-z][^()]*\)")
_SENTENCE = re.compile(r".+?(?:[.:?!](?=\s|$)|$)\s*")


def said(message: str, language: str) -> str:
    """Return a message as the page says it, without what only those who type commands can use.

    A sentence that the language's file does not hold stays in English.

    >>> said('Name it, e.g. client="ID" (on the command line --client).', "en")
    'Name it, e.g. client="ID".'
    >>> said("Which of the workbook's 3 sheets is meant?", "de")
    'Die Arbeitsmappe hat 3 Blätter. Welches ist gemeint?'
    """
    plain = _TERMINAL.sub("", message)
    known = _known(language)
    if not known:
        return plain
    # Ways out are buttons of the page; those in a message are names of arguments.
    lines = [line for line in plain.split("\n") if not line.strip().startswith("To fix:")]
    return "\n".join(_line(line, known) for line in lines)


Known = tuple[tuple[re.Pattern[str], str], ...]


@cache
def _known(language: str) -> Known:
    """Return the patterns of English sentences with what is said instead, the longest first."""
    file = files("alliance.page") / "said" / f"{language}.toml"
    pairs = tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}
    longest_first = sorted(pairs, key=lambda english: -len(re.sub(r"{\w}", "", english)))
    return tuple((_pattern(english), pairs[english]) for english in longest_first)


def _pattern(english: str) -> re.Pattern[str]:
    parts = re.split(r"{(\w)}", english.removesuffix("."))
    parts[::2] = map(re.escape, parts[::2])
    parts[1::2] = [f"(?P<{name}>.+?)" for name in parts[1::2]]
    return re.compile("".join(parts) + r"(?P<end>[.,;]?)(?=\s|$)\s*")


def _line(line: str, known: Known) -> str:
    """Say a line sentence by sentence, from its start to its end."""
    text = line.strip()
    done = line[: len(line) - len(line.lstrip())]
    while text:
        match, to = next(
            ((match, to) for pattern, to in known if (match := pattern.match(text))), (None, "")
        )
        if match is None:
            match = _SENTENCE.match(text)
            done += match[0] if match else text
        else:
            done += _filled(match, to, known)
        text = text[match.end() :] if match else ""
    return done.rstrip()


def _filled(match: re.Match[str], to: str, known: Known) -> str:
    facts = match.groupdict()
    end = facts.pop("end")
    for name, fact in facts.items():
        # A list is cut with "and 3 more"; other facts may be words that are known themselves.
        facts[name] = re.sub(r" and (\d+) more$", r" und \1 weitere", _whole(fact, known))
    text = to.format_map(facts)
    return text + ("" if text.endswith(("?", ".", ":")) else end) + " "


def _whole(fact: str, known: Known) -> str:
    for pattern, to in known:
        match = pattern.fullmatch(fact)
        if match and "{" not in to:
            return to
    return fact
