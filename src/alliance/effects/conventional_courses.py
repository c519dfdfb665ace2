"""Courses of therapy as the usual analyses see them: scores, episodes, and who counts as what."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from alliance.arrays import Bools, Floats, Ints
from alliance.course import Courses
from alliance.ruptures import OUTCOMES, Scan

_REPAIRED = OUTCOMES.index("repaired")


@dataclass(frozen=True, eq=False, kw_only=True)
class Therapies:
    """Rated sessions and episodes of many clients, as arrays."""

    # (rows,): outcome of each rated session, turned so that higher is better; none missing.
    score: Floats
    session: Ints  # (rows,): session numbers, 1 or more, rising within a client
    client: Ints  # (rows,): 0, 1, 2 ..., rising; every client has a row
    judged: Bools  # (clients,): whether ruptures could be looked for
    # (episodes,): session numbers of onset and end; outcome as an index into ``OUTCOMES``.
    episode_client: Ints
    onset: Ints
    end: Ints
    outcome: Ints

    @classmethod
    def of_scan(cls, courses: Courses, found: Scan) -> Self:
        """Return the courses that were scanned for ruptures."""
        return cls(
            score=courses.scores,
            session=courses.sessions,
            client=courses.owner,
            judged=found.judged > 0,
            episode_client=found.course,
            onset=courses.sessions[found.onset],
            end=courses.sessions[found.end],
            outcome=found.outcome,
        )

    @property
    def clients(self) -> int:
        """How many clients there are."""
        return len(self.judged)

    @cached_property
    def rated(self) -> Ints:
        """Rated sessions of each client."""
        return np.bincount(self.client, minlength=self.clients)

    @cached_property
    def _starts(self) -> Ints:
        return np.cumsum(self.rated) - self.rated

    @cached_property
    def first(self) -> Floats:
        """First score of each client."""
        return np.asarray(self.score[self._starts])

    @cached_property
    def last(self) -> Floats:
        """Last score of each client."""
        return np.asarray(self.score[self._starts + self.rated - 1])

    @cached_property
    def log_session(self) -> Floats:
        """Natural logarithm of the session number of each row."""
        return np.log(self.session)

    def count(self, *, outcome: int | None = None, by: int | None = None) -> Ints:
        """Return the number of episodes of each client.

        `outcome`: only those with this outcome. `by`: only those known at this session: repaired
        ones by their end, others by their onset.
        """
        chosen = np.ones(len(self.onset), dtype=bool)
        if outcome is not None:
            chosen &= self.outcome == outcome
        if by is not None:
            # A repair is known when it is over, a rupture when it begins.
            chosen &= (self.end if outcome == _REPAIRED else self.onset) <= by
        return np.bincount(self.episode_client[chosen], minlength=self.clients)

    @cached_property
    def repaired(self) -> Bools:
        """Clients with ruptures, every one of them repaired."""
        repairs = self.count(outcome=_REPAIRED)
        return np.asarray((repairs > 0) & (repairs == self.count()))

    @cached_property
    def not_repaired(self) -> Bools:
        """Clients with ruptures, none of them repaired: unrepaired, or open when it ended."""
        return np.asarray((self.count() > 0) & (self.count(outcome=_REPAIRED) == 0))

    @cached_property
    def uninterrupted(self) -> Bools:
        """Clients who were judged and had no rupture, not even an open one."""
        return np.asarray(self.judged & (self.count() == 0))

    def repaired_by(self, session: int) -> Bools:
        """Clients with ruptures by that session, every one of them repaired by then."""
        repairs = self.count(outcome=_REPAIRED, by=session)
        return np.asarray((repairs > 0) & (repairs == self.count(by=session)))

    def uninterrupted_by(self, session: int) -> Bools:
        """Clients who were judged and had no rupture begin at that session or before."""
        return np.asarray(self.judged & (self.count(by=session) == 0))

    @cached_property
    def repairs_before(self) -> Floats:
        """Repairs completed before the session, for each row."""
        mended = self.outcome == _REPAIRED
        span = int(max(self.session.max(initial=0), self.end.max(initial=0))) + 1
        # One number for client and session, so that one search counts all clients' repairs.
        ends = np.sort(self.episode_client[mended] * span + self.end[mended])
        here = np.searchsorted(ends, self.client * span + self.session)
        return (here - np.searchsorted(ends, self.client * span)).astype(float)

    def mean(self, rows: Bools) -> Floats:
        """Return each client's mean score over chosen rows; NaN where there is none."""
        chosen = self.client[rows]
        count = np.bincount(chosen, minlength=self.clients).astype(float)
        total = np.bincount(chosen, weights=self.score[rows], minlength=self.clients)
        return np.asarray(
            np.divide(total, count, out=np.full(self.clients, np.nan), where=count > 0)
        )

    def rows_of(self, clients: Bools) -> Bools:
        """Return which rows belong to chosen clients."""
        return clients[self.client]
