"""The posterior of each session: a rupture, repairs so far, the course without any."""

from dataclasses import dataclass

import numpy as np

from alliance.arrays import Floats, Ints
from alliance.model.gain_ladder import GainFit
from alliance.model.gain_parameters import MEAN


@dataclass(frozen=True, eq=False, kw_only=True)
class SessionPosterior:
    """What a fit says of every session; all arrays in the order of the courses' scores."""

    # Probability that the session lies in a rupture; NaN where the client was not fitted.
    rupture: Floats
    repairs: Floats  # Expected number of repairs completed before the session
    # Expected score without any rupture or gain, in standard scores: mean growth and the client's
    # own.
    undisturbed: Floats


def session_posterior(found: GainFit, sessions: int) -> SessionPosterior:
    """Return the posterior of each session, the gain in the model.

    `sessions`: number of scores in the courses that were fitted.
    """
    study, known = found.study, found.fitted.known
    values = study.space.natural(found.fitted.free)
    rupture, repairs = by_row(study.starts, known.chances)
    columns = (
        rupture,
        repairs,
        study.columns @ values[MEAN : MEAN + study.columns.shape[1]] + known.own,
    )
    filled = np.full((3, sessions), np.nan)
    for row, column in zip(filled, columns, strict=True):
        row[study.rows] = column
    return SessionPosterior(rupture=filled[0], repairs=filled[1], undisturbed=filled[2])


def by_row(starts: Ints, chances: Floats) -> tuple[Floats, Floats]:
    """Turn chances by first row and length into those of lying in a rupture, and of one ended."""
    within, ended = np.zeros((2, len(chances)))
    lengths = np.diff(starts)
    for length in np.unique(lengths):
        rows = starts[:-1][lengths == length][:, None] + np.arange(length)
        begun = chances[rows].cumsum(axis=1)
        for after in range(1, chances.shape[1]):
            over = np.zeros(rows.shape)
            # What began `after` rows ago and lasted as long is over here.
            over[:, after:] = begun[:, :-after, after - 1]
            within[rows] += begun[:, :, after - 1] - over
            ended[rows] += over
        within[rows] += begun[:, :, -1]
    return within, ended
