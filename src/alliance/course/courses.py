"""The courses of one rater's scores as flat arrays, one client after the other."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance.arrays import Bools, Floats, Ints
from alliance.errors import AllianceError, DataError, Problem


@dataclass(frozen=True, eq=False, kw_only=True)
class Courses:
    """The scores that an analysis uses: one rater, one questionnaire, one scale.

    Parameters
    ----------
    scores : ndarray of float, shape (rows,)
        Points, turned so that a fall is for the worse; none missing.
    sessions : ndarray of int, shape (rows,)
        Session numbers, rising within a course.
    offsets : ndarray of int, shape (courses + 1,)
        Course i holds rows offsets[i] to offsets[i + 1] - 1; it may be empty.
    clients : ndarray of str, shape (courses,), optional
        Whose course it is; numbered from 0 if not given.
    cases : ndarray of str, shape (courses,), optional
        The episode of care, where one client may have several.
    scale : str
        Column that the scores came from.
    rater, instrument, metric : str
        Empty where it is not known.
    sign : {1, -1}
        What turned the scores: points as given are ``sign * scores``.
    range : tuple of float, optional
        Lowest and highest possible score in points as given, where the questionnaire is known.
    counts : mapping of str to int
        Rows that came in, what became of them, and courses.
    table : DataFrame
        The chosen rows of the sessions table, those without a score included, by client and
        session; with what travels along (therapist, date, covariates).

    Raises
    ------
    AllianceError
        If the arrays do not fit together, a score is missing or sessions do not rise.
    """

    scores: Floats
    sessions: Ints
    offsets: Ints
    clients: NDArray[np.object_] = field(default_factory=lambda: np.empty(0, dtype=object))
    cases: NDArray[np.object_] | None = None
    scale: str = "total"
    rater: str = ""
    instrument: str = ""
    metric: str = ""
    sign: int = 1
    range: tuple[float, float] | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    table: pd.DataFrame = field(default_factory=pd.DataFrame)

    def __post_init__(self) -> None:
        object.__setattr__(self, "scores", np.asarray(self.scores, dtype=float))
        object.__setattr__(self, "sessions", np.asarray(self.sessions, dtype=np.int64))
        object.__setattr__(self, "offsets", np.asarray(self.offsets, dtype=np.int64))
        object.__setattr__(self, "counts", dict(self.counts))
        _check_shapes(self.scores, self.sessions, self.offsets)
        _check_order(self.sessions, self.offsets)
        if not len(self.clients) and self.count:
            names = np.arange(self.count).astype(str).astype(object)
            object.__setattr__(self, "clients", names)

    @property
    def lengths(self) -> Ints:
        """Rated sessions of each course."""
        return np.diff(self.offsets)

    @property
    def count(self) -> int:
        """How many courses there are."""
        return len(self.offsets) - 1

    @property
    def owner(self) -> Ints:
        """The course of each row."""
        return np.repeat(np.arange(self.count), self.lengths)

    @property
    def points(self) -> Floats:
        """The scores as they were given, in the direction of the questionnaire."""
        return self.sign * self.scores

    @property
    def frame(self) -> pd.DataFrame:
        """The rated sessions: client, session and score in points as given."""
        client = pd.array(self.clients, dtype="str").take(self.owner)
        return pd.DataFrame({"client": client, "session": self.sessions, "score": self.points})

    @property
    def within_sd(self) -> float:
        """Pooled standard deviation of the scores within courses, points."""
        # Each course gives up one degree of freedom for its own mean: N - courses with a score.
        freedom = len(self.scores) - int(np.count_nonzero(self.lengths))
        if freedom <= 0:
            return float("nan")
        sums = np.bincount(self.owner, weights=self.scores, minlength=self.count)
        means = sums / np.maximum(self.lengths, 1)
        return float(np.sqrt(np.sum((self.scores - means[self.owner]) ** 2) / freedom))

    @property
    def total_sd(self) -> float:
        """Standard deviation of all scores, points."""
        return float(self.scores.std(ddof=1)) if len(self.scores) > 1 else float("nan")

    def rows_of(self, chosen: Ints) -> Ints:
        """Return the rows of some courses, one course after the other."""
        lengths = self.lengths[chosen]
        shift = self.offsets[chosen] - np.cumsum(lengths) + lengths
        return np.repeat(shift, lengths) + np.arange(lengths.sum())

    def take(self, which: Ints | Bools) -> Self:
        """Return some of the courses, by number or by mask, in the order given."""
        chosen = np.arange(self.count)[which]
        rows = self.rows_of(chosen)
        return replace(
            self,
            scores=self.scores[rows],
            sessions=self.sessions[rows],
            offsets=np.concatenate([[0], np.cumsum(self.lengths[chosen])]),
            clients=self.clients[chosen],
            cases=None if self.cases is None else self.cases[chosen],
        )

    def with_scores(self, scores: Floats) -> Self:
        """Return the same sessions of the same clients with other scores."""
        return replace(self, scores=scores)

    def require_numbers_from_one(self) -> None:
        """Refuse a session number below 1, with the rows: growth is over log session."""
        early = self.sessions < 1
        if early.any():
            raise DataError(
                [
                    Problem(
                        kind="session number",
                        what="Growth is modelled over log session number, so sessions count from 1",
                        fix="renumber the sessions 1, 2, 3 ..., or take an intake rating out.",
                        rows=self.frame.loc[early, ["client", "session"]],
                    )
                ]
            )


def _check_shapes(scores: Floats, sessions: Ints, offsets: Ints) -> None:
    rows = len(scores)
    fits = len(sessions) == rows and len(offsets) > 0 and offsets[0] == 0
    if not fits or offsets[-1] != rows or (np.diff(offsets) < 0).any():
        raise AllianceError(
            "scores and sessions need one value for each row, and offsets must rise from 0 "
            "to the number of rows."
        )
    if not np.isfinite(scores).all():
        raise AllianceError("scores must not be missing: leave sessions out that have none.")


def _check_order(sessions: Ints, offsets: Ints) -> None:
    # Between one course and the next the number may fall: those steps are not looked at.
    rising = np.diff(sessions) > 0
    starts = offsets[1:-1]
    rising[starts[(starts > 0) & (starts < len(sessions))] - 1] = True
    if not rising.all():
        raise AllianceError("sessions must rise within each course.")
