"""Visit: one file on its way from the drop to the results; and the desk, which knows all that are open."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from alliance.clinic import ReadSessions
from alliance.explorer import Choice, View
from alliance.intake import Conversation
from alliance.page import work
from alliance.page.guard import Pass
from alliance.page.jobs import DONE, RUNNING, Job

READ, REVIEW, STUDY, GAIN, OPEN = "read", "review", "study", "gain", "open"
RESULTS = ("review", "ruptures", "study", "gain", "keep")
MAPPINGS = "*.mapping.toml"


class Visit:
    """One file, and what is known of it.

    `beside`: the folder that the file lies in, if it was named at the start and not uploaded.
    `mapping`: a mapping file that came with it. `synthetic`: it is the file of the synthetic
    clinic. `key`: what the addresses of its pages are told apart by; says nothing of the file.
    `talks`: the answers so far, the last one as it stands. `choice`: what was looked at last among
    the ruptures.
    """

    def __init__(
        self,
        path: Path,
        *,
        beside: Path | None = None,
        mapping: Path | None = None,
        synthetic: bool = False,
    ) -> None:
        self.key = secrets.token_urlsafe(9)
        self.path, self.beside, self.mapping, self.synthetic = path, beside, mapping, synthetic
        self.talks: list[Conversation] = []
        self.jobs: dict[str, Job] = {}
        self.choice: Choice | None = None
        self.known: Path | None = None
        self.set_aside = False
        self.open()

    def open(self, *, anew: bool = False) -> None:
        """Begin to read the file; `anew` without what was remembered."""
        places = [] if self.beside is None or anew else sorted(self.beside.glob(MAPPINGS))
        places.sort(key=lambda path: path != self.mapping_beside)
        self._forget()
        self.talks.clear()
        limit = work.Limits.of(self.path).seconds + 60
        arguments = (self.path, None if anew else self.mapping, places)
        self.jobs[OPEN] = Job(work.open_file, *arguments, seconds=limit)

    @property
    def mapping_beside(self) -> Path | None:
        """Where the mapping is remembered, for a file that was not uploaded."""
        return None if self.beside is None else self.beside / f"{self.path.stem}.mapping.toml"

    @property
    def talk(self) -> Conversation | None:
        """What is known of the columns; None before the file was read."""
        job = self.jobs[OPEN]
        if not self.talks and job.state == DONE:
            first, self.known = job.value
            self.talks.append(first)
        return self.talks[-1] if self.talks else None

    def say(self, talk: Conversation) -> None:
        """Take the conversation after an answer; what was computed before it is forgotten."""
        self.talks.append(talk)
        self._forget()

    def back(self) -> None:
        """Take the last answer back."""
        if len(self.talks) > 1:
            self.talks.pop()
            self._forget()

    def _forget(self) -> None:
        for name in (READ, REVIEW, STUDY, GAIN):
            self.stop(name)
            self.jobs.pop(name, None)
        self.__dict__.pop("view", None)
        self.choice = None

    def begin(self, name: str, function: Callable[..., Any], *arguments: Any) -> None:
        """Begin a step in a process of its own, in place of an earlier one."""
        self.stop(name)
        self.jobs[name] = Job(function, *arguments)

    def stop(self, name: str) -> None:
        """Stop a step that is at work."""
        if name in self.jobs:
            self.jobs[name].stop()

    def stop_all(self) -> None:
        """Stop whatever is at work."""
        for name in self.jobs:
            self.stop(name)

    def is_done(self, name: str) -> bool:
        """Return whether a step is done."""
        return name in self.jobs and self.jobs[name].state == DONE

    @property
    def at_work(self) -> str | None:
        """The step at work, if one is."""
        return next((name for name, job in self.jobs.items() if job.state == RUNNING), None)

    @property
    def material(self) -> ReadSessions:
        """The sessions, once they were read."""
        read: ReadSessions = self.jobs[READ].value
        return read

    @cached_property
    def view(self) -> View:
        """What is shown of the ruptures, for each choice."""
        return View(self.material.sessions)

    def chosen(self) -> Choice:
        """Return what was looked at last, or where to begin."""
        if self.choice is None:
            self.choice = self.view.start()
        return self.choice


MAX_VISITS = 4


@dataclass(eq=False)
class Desk:
    """What the server knows: its folder, the visits, the language, and when it was last used."""

    folder: Path  # For uploads
    known: Pass
    # Empty until the first page was asked for, which says what the reader speaks.
    language: str = ""
    visits: dict[str, Visit] = field(default_factory=dict)
    used: float = field(default_factory=time.monotonic)
    left: float | None = None
    goodbye: bool = False

    def new_folder(self) -> Path:
        """Make a folder for what is uploaded."""
        folder = self.folder / str(time.monotonic_ns())
        folder.mkdir(mode=0o700)
        return folder

    def add(self, visit: Visit) -> Visit:
        """Keep a visit; the oldest goes when there are many."""
        self.visits[visit.key] = visit
        while len(self.visits) > MAX_VISITS:
            self.visits.pop(next(iter(self.visits))).stop_all()
        return visit

    def stop_all(self) -> None:
        """Stop whatever is at work."""
        for visit in self.visits.values():
            visit.stop_all()
