"""The memory: a small SQLite file that keeps what was said, changed as a whole or not at all."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from alliance.errors import AllianceError
from alliance.files import ordinary_file, warn_if_others_read
from alliance.pseudonyms import Key

MARK = 0x616C6C69  # how the file says that it is one of ours
VERSION = 1
Course = tuple[str, str]

_TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE runs (run INTEGER PRIMARY KEY, day TEXT NOT NULL, news INTEGER NOT NULL);
CREATE TABLE seen (code TEXT, rater TEXT, session INTEGER, digest TEXT NOT NULL,
    PRIMARY KEY (code, rater, session));
CREATE TABLE said (code TEXT, rater TEXT, onset INTEGER, outcome TEXT NOT NULL,
    ended INTEGER NOT NULL, steps INTEGER NOT NULL, gone INTEGER NOT NULL, day TEXT NOT NULL,
    PRIMARY KEY (code, rater, onset));
CREATE TABLE statements (run INTEGER, code TEXT, rater TEXT, onset INTEGER, kind TEXT,
    outcome TEXT, because TEXT)
"""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What was last said of one rupture.

    Parameters
    ----------
    outcome : str
        repaired, unrepaired or open.
    ended : int
        Session at which it ended, or the last that belonged to it.
    steps : int
        How often it was said that it is still open.
    gone : bool
        Was it said that the course is no longer in the export?
    day : str
        When, as 2026-01-31.
    """

    outcome: str
    ended: int
    steps: int
    gone: bool
    day: str

    def text(self) -> str:
        """Return the statement in words, with its day."""
        what = f"{self.outcome} at session {self.ended}" if self.outcome != "open" else "open"
        return f"{what}, said on {self.day}"


@dataclass(eq=False, kw_only=True)
class Memory:
    """What is known from earlier runs; `remember` writes what this run adds.

    Parameters
    ----------
    key : Key
        Gives clients the codes they have in this file.
    run : int
        Number of this run, 1 for the first.
    seen : dict of (code, rater) to dict of session to digest
    said : dict of (code, rater) to dict of onset to Said
    parameters : dict
        What is taken from all clients together; empty before the first run.
    program : str
        Version of the program that judged last; empty before the first run.
    """

    key: Key
    run: int
    seen: dict[Course, dict[int, str]]
    said: dict[Course, dict[int, Said]]
    parameters: dict
    program: str
    _file: sqlite3.Connection = field(repr=False)

    def remember(
        self,
        *,
        seen: Mapping[Course, Mapping[int, str]],
        said: Mapping[Course, Mapping[int, Said]],
        parameters: dict,
        program: str,
        statements: list[tuple],
        day: str,
    ) -> None:
        """Put this run's knowledge in place of the old; kept only when all of it is written.

        Parameters
        ----------
        seen, said, parameters, program
            As the attributes, after this run.
        statements : list of (code, rater, onset, kind, outcome, because)
        day : str
        """
        file = self._file
        file.execute("DELETE FROM seen")
        file.executemany(
            "INSERT INTO seen VALUES (?, ?, ?, ?)",
            [(*course, *item) for course, part in seen.items() for item in part.items()],
        )
        file.execute("DELETE FROM said")
        file.executemany(
            "INSERT INTO said VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (*course, onset, s.outcome, s.ended, s.steps, int(s.gone), s.day)
                for course, part in said.items()
                for onset, s in part.items()
            ],
        )
        file.executemany(
            "INSERT INTO statements VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(self.run, *statement) for statement in statements],
        )
        facts = {"parameters": json.dumps(parameters), "program": program}
        file.executemany("REPLACE INTO facts VALUES (?, ?)", facts.items())
        file.execute("INSERT INTO runs VALUES (?, ?, ?)", (self.run, day, len(statements)))


@contextmanager
def open_memory(
    path: str | Path, settings: Mapping[str, str], key: Key | None = None
) -> Iterator[Memory]:
    """Open a memory, or begin one, for the length of a run.

    What was remembered is kept if the block ends without an error; else, and if the program
    is stopped at any moment, the file is as it was. Meanwhile no other run can open it.

    Parameters
    ----------
    path : str or Path
        A new file is readable by its owner only.
    settings : mapping of str to str
        What must not change from run to run.
    key : Key, optional
        The clinic's; otherwise one of its own is made and kept in the file.

    Raises
    ------
    AllianceError
        If the file is in use, damaged, not a memory, of other settings or of another key, or
        cannot be written.
    """
    path = Path(path)
    _create(path)
    ordinary_file(path, "memory")
    file = None
    try:
        file = sqlite3.connect(path, timeout=0, isolation_level=None)
        _check_kind(file, path)
        warn_if_others_read(path, "memory")
        file.execute("PRAGMA synchronous = EXTRA")
        file.execute("BEGIN IMMEDIATE")
        if not _tables(file):
            _begin(file, settings, key)
        yield _read(file, path, settings, key)
        file.execute("COMMIT")
    except sqlite3.Error as error:
        raise _as_ours(error, path) from None
    finally:
        if file is not None:
            file.close()


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
    if version > VERSION:
        raise AllianceError(
            f"The memory {path} was made by a newer version of alliance; it was not touched.\n"
            "To fix: update alliance."
        )
    if file.execute("PRAGMA quick_check").fetchone()[0] != "ok":
        raise sqlite3.DatabaseError("damaged")


def _tables(file: sqlite3.Connection) -> bool:
    return file.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] > 0


def _begin(file: sqlite3.Connection, settings: Mapping[str, str], key: Key | None) -> None:
    """Write the empty tables, the settings and the key, and keep them: codes stay from now on."""
    file.execute(f"PRAGMA application_id = {MARK}")
    file.execute(f"PRAGMA user_version = {VERSION}")
    for table in _TABLES.split(";"):
        file.execute(table)
    own = Key.random() if key is None else None
    facts = {"settings": json.dumps(dict(settings)), "parameters": "{}", "program": ""}
    facts |= {"key": (own or key).name, "secret": own.secret.hex() if own else ""}
    file.executemany("INSERT INTO facts VALUES (?, ?)", facts.items())
    file.execute("COMMIT")
    file.execute("BEGIN IMMEDIATE")


def _read(
    file: sqlite3.Connection, path: Path, settings: Mapping[str, str], key: Key | None
) -> Memory:
    facts = dict(file.execute("SELECT name, value FROM facts"))
    _check_settings(json.loads(facts["settings"]), settings, path)
    seen: dict[Course, dict[int, str]] = {}
    for code, rater, session, digest in file.execute("SELECT * FROM seen"):
        seen.setdefault((code, rater), {})[session] = digest
    said: dict[Course, dict[int, Said]] = {}
    for code, rater, onset, outcome, ended, steps, gone, day in file.execute("SELECT * FROM said"):
        said.setdefault((code, rater), {})[onset] = Said(
            outcome=outcome, ended=ended, steps=steps, gone=bool(gone), day=day
        )
    return Memory(
        key=_key(facts, key, path),
        run=1 + file.execute("SELECT coalesce(max(run), 0) FROM runs").fetchone()[0],
        seen=seen,
        said=said,
        parameters=json.loads(facts["parameters"]),
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
