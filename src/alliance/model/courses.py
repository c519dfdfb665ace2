"""Courses of therapy laid end to end, as the compiled likelihood takes them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from alliance import course

AT_ONCE = 128


@dataclass(frozen=True, eq=False, kw_only=True)
class Courses:
    """The scores of several clients, one after the other."""

    # (clients,): where each client's rated sessions stand in `times` and `scores`.
    starts: np.ndarray
    lengths: np.ndarray
    times: np.ndarray  # (sessions,): session numbers, ascending within a client
    scores: np.ndarray  # (sessions,): standardised so that higher is better

    @classmethod
    def of(
        cls, chosen: course.Courses, scores: np.ndarray, members: np.ndarray | slice = slice(None)
    ) -> Self:
        """Return the courses of some clients, of all by default, with these standard scores."""
        return cls(
            starts=chosen.offsets[:-1][members],
            lengths=chosen.lengths[members],
            times=chosen.sessions.astype(float),
            scores=scores,
        )

    def up_to_each_session(self, wanted: np.ndarray | None = None) -> Self:
        """Return every course cut off after its second, third ... session: no look-ahead.

        With a mask of the sessions only those that end at a wanted one.
        """
        cuts = np.maximum(self.lengths - 1, 0)
        cut = np.arange(cuts.sum()) - np.repeat(np.cumsum(cuts) - cuts, cuts)
        starts, lengths = np.repeat(self.starts, cuts), cut + 2
        if wanted is not None:
            kept = wanted[starts + lengths - 1]
            starts, lengths = starts[kept], lengths[kept]
        return type(self)(starts=starts, lengths=lengths, times=self.times, scores=self.scores)

    def rows(self) -> np.ndarray:
        """Return where the sessions of these courses stand, course by course."""
        before = np.cumsum(self.lengths) - self.lengths
        rows = np.arange(self.lengths.sum()) + np.repeat(self.starts - before, self.lengths)
        return np.asarray(rows)

    def parts(self) -> Iterator[Self]:
        """Yield some courses at a time, the same with any number of threads."""
        for begin in range(0, len(self.starts), AT_ONCE):
            some = slice(begin, begin + AT_ONCE)
            yield replace(self, starts=self.starts[some], lengths=self.lengths[some])
