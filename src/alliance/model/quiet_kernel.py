"""Departures of quiet courses from the mean, compiled: own level, growth, walk and noise."""

import numpy as np

from alliance.arrays import Floats, Ints
from alliance.model.gain_vectors import kept_with


@kept_with()
def departures(
    normal: Floats,
    persons: Floats,
    counts: Ints,
    rows: Floats,
    sds: tuple[float, float],
    own: Floats,
    noise: Floats,
) -> None:
    """Fill each session's departure from the mean: what is the client's own, and the noise.

    Sessions stand place by place in their courses, `counts` at each, the same client first at every
    place. `normal` (3, sessions) is for fluctuation, error and walk; `persons` (3, clients) holds
    level, growth and volatility; `rows` (5, sessions) the walk's step, what is kept of the
    fluctuation and what is fresh, log session and settling; `sds` are those of fluctuation and error.
    """
    walk, state = np.zeros(counts[0]), np.zeros(counts[0])
    i = 0
    for count in counts:
        for j in range(count):
            walk[j] = normal[2, i] * rows[0, i] + walk[j]
            state[j] = normal[0, i] * rows[2, i] + rows[1, i] * state[j]
            own[i] = persons[0, j] + persons[1, j] * rows[3, i] + walk[j]
            fluctuation = sds[0] * state[j] + sds[1] * normal[1, i]
            noise[i] = persons[2, j] * rows[4, i] * fluctuation
            i += 1
