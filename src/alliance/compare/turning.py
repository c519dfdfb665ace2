"""What chance alone would give: one record turned round within each client."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def turned(
    values: np.ndarray, offsets: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Turn each client's series round by a random number of sessions, its end joined to its start.

    Parameters
    ----------
    values : ndarray, shape (sessions,)
        Sorted by client and session.
    offsets : ndarray of int, shape (clients + 1,)
        Where each client's sessions begin.
    rng : numpy Generator

    Returns
    -------
    turned, steps : ndarray
        The turned series, and by how many sessions each client's was turned.

    Examples
    --------
    >>> values = np.array([1, 0, 0, 0])
    >>> made, steps = turned(values, np.array([0, 4]), np.random.default_rng(0))
    >>> made.tolist(), steps.tolist()
    ([0, 0, 0, 1], [3])
    """
    lengths = np.diff(offsets)
    steps = rng.integers(0, np.maximum(lengths, 1))
    start = np.repeat(offsets[:-1], lengths)
    place = np.arange(len(values)) - start
    source = start + (place - np.repeat(steps, lengths)) % np.repeat(lengths, lengths)
    return values[source], steps


def chance_of_draws(seen: np.ndarray, draw: Callable[[], np.ndarray], draws: int) -> np.ndarray:
    """Return for each measure what draws of chance give: mean, low, high and p.

    Parameters
    ----------
    seen : ndarray, shape (measures,)
    draw : callable
        Returns the measures of one draw.
    draws : int
        0 for none: all NaN.

    Returns
    -------
    ndarray, shape (measures, 4)
        Mean, 2.5 and 97.5 % of the draws; p, the share of draws (the data counted among them)
        that reach what was seen.
    """
    if draws < 1:
        return np.full((len(seen), 4), np.nan)
    drawn = np.array([draw() for _ in range(draws)]).reshape(draws, len(seen))
    reach = np.sum(drawn >= seen - 1e-12, axis=0)
    known = ~np.isnan(seen) & ~np.isnan(drawn).any(axis=0)
    table = np.full((len(seen), 4), np.nan)
    if known.any():
        part = drawn[:, known]
        low, high = np.quantile(part, [0.025, 0.975], axis=0)
        p = (1 + reach[known]) / (1 + draws)
        table[known] = np.column_stack([part.mean(axis=0), low, high, p])
    return table
