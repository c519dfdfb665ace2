"""Episodes of two records matched one to one, if they lie near enough to each other."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

FAR = 1e6

Spans = Mapping[str, np.ndarray]


def matched(found: np.ndarray, logged: np.ndarray, window: int) -> list[tuple[int, int]]:
    """Pair the spans of one client, as many as can be, each used once.

    Parameters
    ----------
    found, logged : ndarray of int, shape (spans, 2)
        First and last session of each.
    window : int
        Most sessions that may lie between two of a pair, 0 for spans that share a session, 1
        also for spans next to each other.

    Returns
    -------
    list of (int, int)
        Numbers of found and logged; of all largest sets of pairs the nearest.

    Examples
    --------
    >>> matched(np.array([[4, 6], [8, 8]]), np.array([[7, 7]]), window=1)
    [(1, 0)]
    """
    if not len(found) or not len(logged):
        return []
    apart = np.maximum(
        np.maximum(logged[None, :, 0] - found[:, None, 1], found[:, None, 0] - logged[None, :, 1]),
        0,
    )
    if found.shape[0] == logged.shape[0] == 1:
        return [(0, 0)] if apart[0, 0] <= window else []
    from scipy.optimize import linear_sum_assignment

    # Among equally near ones the one that begins at the same time.
    begins = np.abs(found[:, None, 0] - logged[None, :, 0])
    cost = np.where(apart <= window, apart + begins / FAR, FAR)
    pairs = zip(*linear_sum_assignment(cost), strict=True)
    return [(int(one), int(other)) for one, other in pairs if cost[one, other] < FAR]


def matches(found: Spans, logged: Spans, window: int) -> int:
    """Return the number of pairs over all clients."""
    return sum(
        len(matched(found[client], spans, window))
        for client, spans in logged.items()
        if client in found
    )
