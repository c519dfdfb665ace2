"""The memory: a small SQLite file that keeps what was said, changed as a whole or not at all."""

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alliance.clinic.words import Words
from alliance.errors import AllianceError
from alliance.files import ordinary_file, warn_if_others_read
from alliance.pseudonyms import Key

MARK = 0x616C6C69  # how the file says that it is one of ours
VERSION = 2

_TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE runs (run INTEGER PRIMARY KEY, day TEXT NOT NULL, news INTEGER NOT NULL);
CREATE TABLE seen (code TEXT, session INTEGER, digest TEXT NOT NULL, PRIMARY KEY (code, session));
CREATE TABLE said (code TEXT, onset INTEGER, outcome TEXT NOT NULL, ended INTEGER NOT NULL,
    steps INTEGER NOT NULL, gone INTEGER NOT NULL, day TEXT NOT NULL, PRIMARY KEY (code, onset));
CREATE TABLE statements (run INTEGER, code TEXT, onset INTEGER, kind TEXT, outcome TEXT, because TEXT)
"""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What was last said of one rupture."""

    outcome: str  # As of `alliance.clinic.changes.Found`
    ended: int  # Session at which it ended, or the last that belonged to it
    steps: int  # How often it was said that it is still open
    gone: bool  # Was it said that the course is no longer in the export?
    day: str  # When, as 2026-01-31

    def text(self, words: Words) -> str:
        """Return the statement in words, with its day."""
        over = "said_at" if self.outcome in ("repaired", "unrepaired") else "said"
        what = words(f"because.{self.outcome}")
        return words(f"because.{over}", what=what, session=self.ended, day=self.day)


@dataclass(eq=False, kw_only=True)
class Memory:
    """What is known from earlier runs; `remember` writes what this run adds."""

    key: Key  # Gives clients the codes they have in this file
    run: int  # Number of this run, 1 for the first
    day: str  # Of the last run; empty before the first
    seen: dict[str, dict[int, str]]
    said: dict[str, dict[int, Said]]
    # What is taken from all clients together, as JSON; empty before the first run.
    models: list[dict[str, Any]]
    program: str  # Version of the program that judged last; empty before the first run
    _file: sqlite3.Connection = field(repr=False)

    def remember(
        self,
        *,
        seen: Mapping[str, Mapping[int, str]],
        said: Mapping[str, Mapping[int, Said]],
        models: list[dict[str, Any]],
        program: str,
        statements: list[dict[str, Any]],
        day: str,
    ) -> None:
        """Put this run's knowledge in place of the old; kept only when all of it is written."""
        file = self._file
        file.execute("DELETE FROM seen")
        file.executemany(
            "INSERT INTO seen VALUES (?, ?, ?)",
            [(code, *item) for code, part in seen.items() for item in part.items()],
        )
        file.execute("DELETE FROM said")
        file.executemany(
            "INSERT INTO said VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (code, onset, s.outcome, s.ended, s.steps, int(s.gone), s.day)
                for code, part in said.items()
                for onset, s in part.items()
            ],
        )
        file.executemany(
            "INSERT INTO statements VALUES (:run, :code, :onset, :kind, :outcome, :because)",
            [{"run": self.run, "outcome": "", **statement} for statement in statements],
        )
        facts = {"models": json.dumps(models), "program": program}
        file.executemany("REPLACE INTO facts VALUES (?, ?)", facts.items())
        file.execute("INSERT INTO runs VALUES (?, ?, ?)", (self.run, day, len(statements)))


@contextmanager
def open_memory(
    path: str | Path, settings: Mapping[str, str], key: Key | None = None
) -> Iterator[Memory]:
    """Open a memory, or begin one, for the length of a run.

    What was remembered is kept if the block ends without an error; else, and if the program
    is stopped at any moment, the file is as it was. Meanwhile no other run can open it.

    `path`: a new file is readable by its owner only. `settings`: what must not change from run to
    run. `key`: the clinic's; otherwise one of its own is made and kept in the file. Raises
    AllianceError if the file is in use, damaged, not a memory, of other settings or of another key,
    or cannot be written.
    """
    path = Path(path)
    _create(path)
    ordinary_file(path, "memory")
    try:
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as file:
            with _damage_seen():
                _check_kind(file, path)
            warn_if_others_read(path, "memory")
            file.execute("PRAGMA synchronous = EXTRA")
            file.execute("BEGIN IMMEDIATE")
            if not _tables(file):
                _begin(file, settings, key)
            with _damage_seen():
                memory = _read(file, path, settings, key)
            yield memory
            file.execute("COMMIT")
    except sqlite3.Error as error:
        raise _as_ours(error, path) from None


@contextmanager
def _damage_seen() -> Iterator[None]:
    """Take what else a damaged file makes of its texts and numbers for the damage it is."""
    try:
        yield
    except (AllianceError, sqlite3.Error):
        raise
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise sqlite3.DatabaseError("damaged") from error


def _create(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise AllianceError(f"{path} cannot be written: {error.strerror}.") from None


def _check_kind(file: sqlite3.Connection, path: Path) -> None:
    mark, version = (
        file.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
    )
    if _tables(file) and mark != MARK:
        raise AllianceError(
            f"{path} is a database, but not a memory of alliance monitor; it was not touched.\n"
            "To fix: name another file with --memory."
        )
    if _tables(file) and version != VERSION:
        age, fix = (
            ("a newer", "update alliance") if version > VERSION else ("an older", "begin another")
        )
        raise AllianceError(
            f"The memory {path} was made by {age} version of alliance; it was not touched.\n"
            f"To fix: {fix}."
        )
    if file.execute("PRAGMA quick_check").fetchone()[0] != "ok":
        raise sqlite3.DatabaseError("damaged")


def _tables(file: sqlite3.Connection) -> bool:
    return bool(file.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] > 0)


def _begin(file: sqlite3.Connection, settings: Mapping[str, str], key: Key | None) -> None:
    """Write the empty tables, the settings and the key, and keep them: codes stay from now on."""
    file.execute(f"PRAGMA application_id = {MARK}")
    file.execute(f"PRAGMA user_version = {VERSION}")
    for table in _TABLES.split(";"):
        file.execute(table)
    facts = {"settings": json.dumps(dict(settings)), "models": "[]", "program": ""}
    used = key or Key.random()
    facts |= {"key": used.name, "secret": "" if key else used.secret.hex()}
    file.executemany("INSERT INTO facts VALUES (?, ?)", facts.items())
    file.execute("COMMIT")
    file.execute("BEGIN IMMEDIATE")


def _read(
    file: sqlite3.Connection, path: Path, settings: Mapping[str, str], key: Key | None
) -> Memory:
    facts = dict(file.execute("SELECT name, value FROM facts"))
    _check_settings(json.loads(facts["settings"]), settings, path)
    seen: dict[str, dict[int, str]] = {}
    for code, session, digest in file.execute("SELECT * FROM seen"):
        seen.setdefault(code, {})[session] = digest
    said: dict[str, dict[int, Said]] = {}
    for code, onset, outcome, ended, steps, gone, day in file.execute("SELECT * FROM said"):
        said.setdefault(code, {})[onset] = Said(
            outcome=outcome, ended=ended, steps=steps, gone=bool(gone), day=day
        )
    run, day = file.execute(
        "SELECT coalesce(max(run), 0), coalesce(max(day), '') FROM runs"
    ).fetchone()
    return Memory(
        key=_key(facts, key, path),
        run=1 + run,
        day=day,
        seen=seen,
        said=said,
        models=json.loads(facts["models"]),
        program=facts["program"],
        _file=file,
    )


def _check_settings(kept: Mapping[str, str], settings: Mapping[str, str], path: Path) -> None:
    unlike = [name for name, value in settings.items() if kept.get(name) != value]
    if unlike:
        lines = [
            f"  {name}: {kept.get(name, 'none')} there, {settings[name]} now"
            if name != "definition"
            else "  the rule has another definition there"
            for name in unlike
            if name != "definition" or "rule" not in unlike
        ]
        raise AllianceError(
            f"The memory {path} was begun with other settings; it was not touched.\n"
            + "\n".join(lines)
            + "\nTo fix: use the same settings, or begin another memory for these."
        )


def _key(facts: Mapping[str, str], key: Key | None, path: Path) -> Key:
    own = facts["secret"]
    if key is None and own:
        return Key(secret=bytes.fromhex(own))
    if key is not None and not own and key.name == facts["key"]:
        return key
    begun = "without a key for pseudonyms" if own else f"with the key {facts['key']}"
    now = "none" if key is None else key.name
    raise AllianceError(
        f"The memory {path} was begun {begun}; the key given now is {now}.\n"
        "To fix: name the same key as then, or begin another memory."
    )


def _as_ours(error: sqlite3.Error, path: Path) -> AllianceError:
    if "locked" in str(error):
        return AllianceError(
            f"The memory {path} is in use by another run; nothing was done.\n"
            "To fix: wait until that run has ended. A run that was killed holds nothing back."
        )
    if isinstance(error, sqlite3.OperationalError):
        return AllianceError(
            f"The memory {path} could not be used ({error}); nothing was remembered.\n"
            "To fix: see that the folder can be written and the disk is not full, then run again."
        )
    return AllianceError(
        f"{path} is damaged or is not a memory of alliance monitor; it was not touched.\n"
        "To fix: put back a copy, or begin another memory (everything is then new again)."
    )
