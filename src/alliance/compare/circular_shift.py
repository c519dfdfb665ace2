"""What chance alone would give: one record of each client shifted round within the client."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from alliance.arrays import Floats, Ints

CHANCE = ("chance", "chance_low", "chance_high", "p")


def client_codes(client: pd.Series) -> tuple[Ints, Ints]:
    """Return each row's number of its client, and where each client's rows begin."""
    codes = pd.factorize(client)[0]
    return codes, np.append(0, np.cumsum(np.bincount(codes)))


def circular_shift(
    values: np.ndarray, offsets: Ints, rng: np.random.Generator
) -> tuple[np.ndarray, Ints]:
    """Shift each client's series by a random number of sessions, its end joined to its start.

    `offsets` (clients + 1,) says where each client's sessions begin. Returns the series and by how
    many sessions each was shifted.

    >>> circular_shift(np.array([1, 0, 0, 0]), np.array([0, 4]), np.random.default_rng(0))
    (array([0, 0, 0, 1]), array([3]))
    """
    lengths = np.diff(offsets)
    # A step of 0 is allowed: the order as it was is one of the orders chance can give.
    steps = rng.integers(0, np.maximum(lengths, 1))
    start = np.repeat(offsets[:-1], lengths)
    place = np.arange(len(values)) - start
    # Where each shifted value comes from: wrapped round inside its own client.
    source = start + (place - np.repeat(steps, lengths)) % np.repeat(lengths, lengths)
    return values[source], steps


def beside_chance(observed: Floats, draw: Callable[[], Floats], draws: int) -> pd.DataFrame:
    """Return for each measure what draws of chance give, in the columns `CHANCE`; NaN without draws.

    Mean, 2.5 and 97.5 % of the draws; p, the share of draws (the data counted among them) that
    reach what was observed.
    """
    table = pd.DataFrame(np.nan, index=range(len(observed)), columns=CHANCE)
    if draws < 1:
        return table
    drawn = np.array([draw() for _ in range(draws)]).reshape(draws, len(observed))
    # Equal shares can differ by rounding: they reach each other.
    reach = np.sum(drawn >= observed - 1e-12, axis=0)
    known = ~np.isnan(observed) & ~np.isnan(drawn).any(axis=0)
    if known.any():
        part = drawn[:, known]
        low, high = np.quantile(part, [0.025, 0.975], axis=0)
        p = (1 + reach[known]) / (1 + draws)
        table.loc[known] = np.column_stack([part.mean(axis=0), low, high, p])
    return table
