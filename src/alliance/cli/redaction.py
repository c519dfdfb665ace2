"""Messages that name rows, not people: whatever the files of a run hold is taken out of its sentences."""

import re
from collections.abc import Iterable
from pathlib import Path

import alliance as al
from alliance.cli.command import Command, Options
from alliance.errors import AllianceError, DataError

HIDDEN = "..."
_PARTS = re.compile(r"[;,|/\n\t]")
_QUOTED = re.compile(r"'([^'\n]+)'|\"([^\"\n]+)\"")
_WORD = re.compile(r"[^\W\d_]{2,}")


class Redaction:
    """Takes the texts of cells out of messages, but for `known` words, which name nobody."""

    def __init__(self, cells: Iterable[str], known: Iterable[str] = ()):
        words = {_plain(word) for word in known}
        # A cell can hold several names; each is taken out by itself, too.
        parts = {part.strip() for cell in cells for part in [cell, *_PARTS.split(cell)]}
        # The longest first: 'Ann Lee' must go before 'Ann' leaves 'Lee' behind.
        self.cells = sorted(
            (part for part in parts if _tells(part) and _plain(part) not in words),
            key=len,
            reverse=True,
        )
        self.words = {word.casefold() for part in self.cells for word in _WORD.findall(part)}
        self.words -= words

    def of(self, message: object) -> str:
        """Return a message without the texts."""
        if isinstance(message, DataError):
            message = message.redacted()
        # What our messages quote can be a name in another form: a column, a file.
        text = _QUOTED.sub(self._quoted, str(message))
        flat = " ".join(text.split())
        for cell in self.cells:
            if cell in flat or " ".join(cell.split()) in flat:
                pattern = r"\s+".join(map(re.escape, cell.split()))
                text = re.sub(rf"(?<!\w){pattern}(?!\w)", HIDDEN, text)
        return text

    def _quoted(self, found: re.Match[str]) -> str:
        inside = found[1] or found[2]
        words = {word.casefold() for word in _WORD.findall(inside)}
        named = bool(words & self.words) or inside in self.cells
        return found[0].replace(inside, HIDDEN) if named else found[0]


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("_", " ").split())


def _tells(text: str) -> bool:
    """Tell whether a text could name somebody: not a number of few digits, not a letter."""
    # 007 or a number of four digits can be a record's number; 7 is an answer.
    if text.isdecimal():
        return len(text) > 3 or (len(text) > 1 and text.startswith("0"))
    try:
        float(text.replace(",", "."))
    except ValueError:
        return len(text) > 1
    return False


def redaction_of(command: Command, options: Options) -> Redaction:
    """Return what must not be said of the files that a command reads."""
    paths = [path for path in command.inputs(options) if path.is_file()]
    cells = {cell for path in paths for cell in _cells(path, options)}
    return Redaction(cells, _known_words())


def _cells(path: Path, options: Options) -> Iterable[str]:
    from alliance.intake.files import read_file

    settings = {name: getattr(options, name, None) for name in ("encoding", "separator", "sheet")}
    try:
        export = read_file(path, **settings)
    except AllianceError:
        # Not a table, or a broken one: its message can still quote what stands in it.
        raw = path.read_bytes()[:5_000_000]
        return (
            re.split(r"[,;|\t\r\n\"]", raw.decode("utf-8", "replace")) if b"\0" not in raw else ()
        )
    # A plain word as head is a variable's name; anything else may be somebody's.
    heads = (name for name in export.cells.columns if not re.fullmatch(r"[\w.\[\]-]*", name))
    labels = (label for known in export.labels.values() for label in known.values())
    texts = (
        text
        for name in export.cells.columns
        for text in export.cells[name].dropna().astype("str").unique()
    )
    return {*heads, *labels, *texts}


def _known_words() -> set[str]:
    words = {"client", "therapist", "observer", "supervisor", "repaired", "unrepaired", "open"}
    words |= {"yes", "no", "true", "false", "mean", "sum", "total", "before", "after"}
    for table in ("responses", "sessions", "episodes", "outcomes"):
        words |= {*al.tables.TABLES[table].every}
    for key, entry in al.instruments.instruments().items():
        words |= {key, entry.name, *entry.scales}
    return words | {code.key for codes in al.log.CODES.values() for code in codes}
