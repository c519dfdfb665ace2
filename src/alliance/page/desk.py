"""Desk: what the server knows: its folder, the files that are open, the language, its last use."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from alliance.page.guard import Pass
from alliance.page.visit import Visit

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
