"""The Aalen-Johansen estimator of competing risks, with its standard error."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from alliance.arrays import Floats, Ints
from alliance.errors import AllianceError


def aalen_johansen(time: Ints, cause: Ints, causes: int) -> dict[str, NDArray[Any]]:
    """Return the cumulative incidence of competing causes at each whole time from 0.

    `cause` is 1, 2 ... or 0 for censored; at the same time events come first. ``time``, ``at_risk``
    just before, ``censored``: (times,); ``events``, ``incidence``, ``standard_error``: times x
    causes.

    The incidence of cause k grows at time t by S(t-) d_k(t) / Y(t), with S the share without any
    event, d the events and Y those at risk (Aalen & Johansen, 1978). The variance is the sum over
    persons of the squared influence of each (infinitesimal jackknife, as in Therneau's survival);
    for a single cause it is Greenwood's.

    Four ruptures: repaired after 1 session, dropped out after 2, censored after 2, repaired after
    3. By hand: repair 1/4, then 1/4 + (3/4 - 1/4) * 1/1 = 3/4; drop-out 3/4 * 1/3 = 1/4.

    >>> found = aalen_johansen(np.array([1, 2, 2, 3]), np.array([1, 2, 0, 1]), 2)
    >>> found["incidence"].tolist()
    [[0.0, 0.0], [0.25, 0.0], [0.25, 0.25], [0.75, 0.25]]
    """
    if time.shape != cause.shape or time.ndim != 1:
        raise AllianceError("time and cause need one value for each rupture.")
    # A negative time would count from the end, in silence.
    if (time < 0).any() or (cause < 0).any() or (cause > causes).any():
        raise AllianceError(f"Times must not be negative, and causes lie between 0 and {causes}.")
    times = np.arange(time.max() + 1 if len(time) else 0)
    events = np.zeros((len(times), causes), dtype=np.int64)
    np.add.at(events, (time[cause > 0], cause[cause > 0] - 1), 1)
    censored = np.bincount(time[cause == 0], minlength=len(times))
    # Whose time is t or later; who is censored at t still counts there.
    at_risk = len(time) - np.searchsorted(np.sort(time), times)
    hazard = events / np.maximum(at_risk, 1)[:, None]
    stay = 1 - hazard.sum(axis=1)
    # S(t-), the share without any event just before each time.
    before = np.concatenate([[1.0], np.cumprod(stay)[:-1]]) if len(times) else stay
    incidence = np.cumsum(before[:, None] * hazard, axis=0)
    return {
        "time": times,
        "at_risk": at_risk,
        "events": events,
        "censored": censored,
        "incidence": incidence,
        "standard_error": _standard_errors(time, cause, hazard, before, at_risk),
    }


def _standard_errors(
    time: Ints, cause: Ints, hazard: Floats, before: Floats, at_risk: Ints
) -> Floats:
    """Return the root of the summed squared influences, times x causes.

    A person's weight moves the hazard of time t by (own event - hazard) / at risk; the share
    without event and the incidences carry it on, one time after the other.
    """
    steps, causes = hazard.shape
    share = np.zeros(len(time))
    moved = np.zeros((len(time), causes))
    found = np.empty((steps, causes))
    for t in range(steps):
        # Influence of each rupture on hazard, survival and incidence, carried on from time to time.
        here = time >= t
        own = (time == t)[:, None] & (cause[:, None] == np.arange(1, causes + 1))
        push = np.where(here[:, None], own - hazard[t], 0.0) / at_risk[t]
        moved += share[:, None] * hazard[t] + before[t] * push
        share = share * (1 - hazard[t].sum()) - before[t] * push.sum(axis=1)
        found[t] = np.sqrt((moved**2).sum(axis=0))
    return found
