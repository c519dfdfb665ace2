"""From a sessions table to the courses of each rater."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.errors import AllianceError, DataError, Problem, join_names, suggest
from alliance.model.courses import Courses
from alliance.tables import SESSIONS, scale_columns, tidy


@dataclass(frozen=True, eq=False, kw_only=True)
class Ratings:
    """One rater's scores of one scale.

    Attributes
    ----------
    rater : str
    rated : DataFrame
        client, session and score, sorted; only sessions with a score.
    clients : Series of str
        Every client in the table, in order, with or without a score.
    starts, lengths : array of int
        Where each client's sessions stand in `rated`; length 0 where there is none.
    """

    rater: str
    rated: pd.DataFrame
    clients: pd.Series
    starts: np.ndarray
    lengths: np.ndarray

    def courses(self, standard: np.ndarray, chosen: np.ndarray) -> Courses:
        """Return the courses of the chosen clients, with these standardised scores."""
        return Courses(
            starts=self.starts[chosen],
            lengths=self.lengths[chosen],
            times=self.rated["session"].to_numpy(float),
            scores=standard,
        )


def ratings(sessions: pd.DataFrame, scale: str) -> Iterator[Ratings]:
    """Yield each rater's scores.

    Raises
    ------
    AllianceError
        If the table is empty, the scale is not there or a rater used several instruments.
    DataError
        If the table is not a sessions table, or session numbers lie below 1.
    """
    table = tidy(sessions, SESSIONS)
    if scale not in scale_columns(table):
        raise AllianceError(
            f"The sessions table has no scale '{scale}'.{suggest(scale, table.columns)}\n"
            f"To fix: name one of its scales ({join_names(scale_columns(table)) or 'it has none'})."
        )
    if table.empty:
        raise AllianceError("There are no sessions to judge: the sessions table is empty.")
    early = table["session"] < 1
    if early.any():
        raise DataError([_early(table.loc[early, ["client", "session"]])])
    for rater, part in table.groupby("rater", sort=True):
        if "instrument" in part and part["instrument"].nunique(dropna=False) > 1:
            raise AllianceError(
                f"The rater '{rater}' used several instruments "
                f"({join_names(part['instrument'].unique())}), whose scores cannot be pooled.\n"
                "To fix: pass the rows of one instrument at a time."
            )
        yield _of_rater(str(rater), part, scale)


def _of_rater(rater: str, part: pd.DataFrame, scale: str) -> Ratings:
    codes, clients = pd.factorize(part["client"])
    has_score = part[scale].notna().to_numpy()
    rated = part.loc[has_score, ["client", "session"]].assign(score=part[scale].astype(float))
    lengths = np.bincount(codes[has_score], minlength=len(clients))
    return Ratings(
        rater=rater,
        rated=rated.reset_index(drop=True),
        clients=pd.Series(clients, dtype="str"),
        starts=np.cumsum(lengths) - lengths,
        lengths=lengths,
    )


def _early(rows: pd.DataFrame) -> Problem:
    return Problem(
        kind="session number",
        what="Growth is modelled over log session number, so sessions must be numbered from 1",
        fix="renumber the sessions 1, 2, 3 ..., or take an intake rating out of the table.",
        rows=rows,
    )
