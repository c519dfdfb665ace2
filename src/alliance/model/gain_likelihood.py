"""The likelihood of a study's scores under a rung of assumptions, and every client's slopes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alliance.errors import AllianceError
from alliance.model.courses import Courses
from alliance.model.gain_assumptions import Assumptions
from alliance.model.gain_parameters import GAIN, MEAN, Space, mean_columns, space

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Design:
    """A study as the likelihood takes it.

    Attributes
    ----------
    clients : array of int, shape (clients,)
        Which courses these are.
    rows : array of int, shape (sessions,)
        Where each session stands in the scores of all.
    starts : array of int, shape (clients + 1,)
    times, settled, scores : array, shape (sessions,)
        Session numbers; log session numbers about their mean; standardised scores.
    columns : array, shape (sessions, columns)
        Columns of the mean.
    dose : array, shape (clients,)
        What each client's gain is multiplied by; 1 where nothing moderates it.
    ruptures : int
    space : Space
    """

    clients: NDArray[np.int64]
    rows: NDArray[np.int64]
    starts: NDArray[np.int64]
    times: Array
    settled: Array
    scores: Array
    columns: Array
    dose: Array
    ruptures: int
    space: Space


def informative(courses: Courses) -> NDArray[np.bool_]:
    """Return which clients have two or more scores that are not all the same.

    Clients who always give the same answer say nothing about noise, and a model that must hold
    them takes everybody else's noise for ruptures.
    """
    ends = courses.starts + courses.lengths
    spread = [np.ptp(courses.scores[a:b]) if b > a else 0.0
              for a, b in zip(courses.starts, ends, strict=True)]  # fmt: skip
    return (courses.lengths > 1) & (np.array(spread) > 1e-9)


def design(courses: Courses, assumptions: Assumptions, reliability: float) -> Design:
    """Return the informative clients of a study, laid out for the likelihood.

    Parameters
    ----------
    courses : Courses
        Scores standardised so that higher is better, mean 0 and SD 1.
    assumptions : Assumptions
    reliability : float
        Of one session's score, between 0 and 1.

    Raises
    ------
    AllianceError
        If fewer than two clients have scores that differ.
    """
    kept = np.flatnonzero(informative(courses))
    if len(kept) < 2:
        raise AllianceError(
            "Fewer than two clients have two or more scores that differ, so no gain can be "
            "estimated.\nTo fix: check that the right column is taken as the scale."
        )
    rows = [np.arange(a, a + n) for a, n in zip(courses.starts[kept], courses.lengths[kept],
                                                 strict=True)]  # fmt: skip
    starts = np.concatenate([[0], np.cumsum(courses.lengths[kept])]).astype(np.int64)
    at = np.concatenate(rows)
    times = courses.times[at].astype(float)
    logs = np.log(times)
    return Design(
        clients=kept,
        rows=at,
        starts=starts,
        times=times,
        settled=logs - logs.mean(),
        scores=courses.scores[at].astype(float),
        columns=_columns(times, starts, assumptions),
        dose=np.ones(len(kept)),
        ruptures=assumptions.ruptures,
        space=space(assumptions, reliability),
    )


def _columns(times: Array, starts: NDArray[np.int64], assumptions: Assumptions) -> Array:
    lengths = np.diff(starts)
    place = np.arange(len(times)) - np.repeat(starts[:-1], lengths)
    place = place / np.repeat(np.maximum(lengths - 1, 1), lengths)
    every = {
        "level": np.ones_like(times),
        "growth": np.log(times),
        "session_10": times / 10,
        "session_10_squared": (times / 10) ** 2,
        "place": place,
        "place_squared": place**2,
        "session_1": times == 1,
        "session_2": times == 2,
        "session_3": times == 3,
    }
    return np.column_stack([every[name] for name in mean_columns(assumptions)]).astype(float)


@dataclass(frozen=True, eq=False, kw_only=True)
class Known:
    """What the likelihood says of a study at some parameters.

    Attributes
    ----------
    logs : array, shape (clients,)
    slopes : array, shape (clients, parameters)
        On the free scale.
    chances : array, shape (sessions, 6)
        Probability of a rupture that begins at the session and lasts 1-5 rated sessions; the last
        column: that stays open.
    own : array, shape (sessions,)
        Expected departure of the client's own course from the mean, ruptures and gains apart.
    """

    logs: Array
    slopes: Array
    chances: Array
    own: Array


def known(study: Design, free: Array, *, ruptures: int = 2, slopes: bool = True) -> Known:
    """Return every client's log likelihood at some parameters, on the free scale.

    Parameters
    ----------
    study : Design
    free : array, shape (parameters,)
    ruptures : int
        At most so many a client, and never more than the study's assumptions allow.
    slopes : bool
        If False, only `logs` are right.
    """
    # Compiled at the first call (and kept on disk), so that importing alliance stays quick.
    from alliance.model import gain_kernel

    values = study.space.natural(free)
    logs, raw, chances, own = gain_kernel.study(
        study.starts,
        study.times,
        study.settled,
        study.scores,
        study.columns,
        values[:GAIN],
        values[MEAN:],
        values[GAIN] * study.dose,
        study.space.fade,
        min(ruptures, study.ruptures) == 2,
        slopes,
    )
    raw[:, GAIN] *= study.dose
    return Known(logs=logs, slopes=raw * study.space.turn(values), chances=chances, own=own)
