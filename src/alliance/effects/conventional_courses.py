"""Courses of therapy as the usual analyses see them: scores, episodes, and who counts as what."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import pandas as pd

from alliance.arrays import Bools, Floats, Ints
from alliance.course import Courses, courses
from alliance.errors import AllianceError
from alliance.joins import require_one_case
from alliance.ruptures import OUTCOMES, Ruptures, Scan

_REPAIRED = OUTCOMES.index("repaired")


@dataclass(frozen=True, eq=False, kw_only=True)
class Therapies:
    """Scores of many clients, and the ruptures found in them, perhaps in other scores."""

    courses: Courses
    judged: Bools  # (clients,): whether ruptures could be looked for
    # (episodes,): whose; session numbers of onset and end; outcome as an index into ``OUTCOMES``.
    episode_client: Ints
    onset: Ints
    end: Ints
    outcome: Ints

    @classmethod
    def of_scan(cls, chosen: Courses, found: Scan) -> Self:
        """Return the courses that were scanned for ruptures."""
        return cls(
            courses=chosen,
            judged=found.judged > 0,
            episode_client=found.course,
            onset=chosen.sessions[found.onset],
            end=chosen.sessions[found.end],
            outcome=found.outcome,
        )

    @classmethod
    def of_ruptures(cls, chosen: Courses, found: Ruptures) -> Self:
        """Return courses of any outcome, each with a score, with the ruptures of the same clients."""
        names = pd.Index(chosen.clients)
        # Ruptures of clients who have no value of this outcome are left out.
        episodes = found.frame[found.frame["client"].isin(names)]
        judged = found.clients.set_index("client")["judged"]
        return cls(
            courses=chosen,
            judged=judged.reindex(names).eq(True).to_numpy(dtype=bool),
            episode_client=names.get_indexer(episodes["client"]),
            onset=episodes["onset"].to_numpy(),
            end=episodes["end"].to_numpy(),
            outcome=pd.Index(OUTCOMES).get_indexer(episodes["outcome"]),
        )

    @property
    def clients(self) -> int:
        """How many clients there are."""
        return self.courses.count

    @property
    def first(self) -> Floats:
        """First score of each client."""
        return np.asarray(self.courses.scores[self.courses.offsets[:-1]])

    @property
    def last(self) -> Floats:
        """Last score of each client."""
        return np.asarray(self.courses.scores[self.courses.offsets[1:] - 1])

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

    def repaired_by(self, session: int | None) -> Bools:
        """Clients with ruptures by that session, every one of them repaired by then."""
        repairs = self.count(outcome=_REPAIRED, by=session)
        return np.asarray((repairs > 0) & (repairs == self.count(by=session)))

    def uninterrupted_by(self, session: int | None) -> Bools:
        """Clients who were judged and had no rupture begin at that session or before."""
        return np.asarray(self.judged & (self.count(by=session) == 0))

    @cached_property
    def repaired(self) -> Bools:
        """Clients with ruptures, every one of them repaired."""
        return self.repaired_by(None)

    @cached_property
    def not_repaired(self) -> Bools:
        """Clients with ruptures, none of them repaired: unrepaired, or open when it ended."""
        return np.asarray((self.count() > 0) & (self.count(outcome=_REPAIRED) == 0))

    @cached_property
    def uninterrupted(self) -> Bools:
        """Clients who were judged and had no rupture, not even an open one."""
        return self.uninterrupted_by(None)

    @cached_property
    def repairs_before(self) -> Floats:
        """Repairs completed before the session, for each row."""
        client, session = self.courses.owner, self.courses.sessions
        mended = self.outcome == _REPAIRED
        span = int(max(session.max(initial=0), self.end.max(initial=0))) + 1
        # One number for client and session, so that one search counts all clients' repairs.
        ends = np.sort(self.episode_client[mended] * span + self.end[mended])
        here = np.searchsorted(ends, client * span + session)
        return (here - np.searchsorted(ends, client * span)).astype(float)


def outcome_courses(
    sessions: pd.DataFrame | Courses,
    found: Ruptures,
    *,
    outcome: str | None = None,
    higher_is_better: bool | None = None,
) -> Courses:
    """Return the scores in which ruptures were found, or of another outcome, from session 1 on."""
    # A table of one questionnaire need not name it as the ruptures do.
    several = not isinstance(sessions, Courses) and "instrument" in sessions.columns
    chosen = courses(
        sessions,
        scale=found.scale if outcome is None else outcome,
        rater=found.rater or None,
        instrument=found.instrument or None if several else None,
        higher_is_better=found.higher_is_better if higher_is_better is None else higher_is_better,
    )
    # A client without a score has neither a first nor a last one.
    chosen = chosen.take(chosen.lengths > 0)
    if not chosen.count:
        raise AllianceError(f"No session rated by {chosen.rater} has a value of {chosen.scale}.")
    chosen.require_numbers_from_one()
    require_one_case(chosen.clients)
    require_one_case(found.clients["client"])
    return chosen
