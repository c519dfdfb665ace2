"""Two yes-or-no judgements of the same sessions: measures with intervals that respect clients."""

from collections.abc import Callable
from functools import partial
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from alliance.arrays import Floats, Ints
from alliance.compare.measures import kappa, share
from alliance.effects import wilson_interval
from alliance.effects.within import Estimate

MEANINGS = MappingProxyType(
    {
        "sensitivity": "of the sessions logged, those that were found",
        "ppv": "of the sessions found, those that were logged",
        "specificity": "of the sessions logged as calm, those that were not found",
        "kappa": "agreement beyond what the two shares of yes alone would give",
    }
)
COLUMNS = ["measure", "meaning", "value", "of", "low", "high", "simple_low", "simple_high"]
BOTH, FIRST_ONLY, SECOND_ONLY, NEITHER = range(4)
_SHARES = {
    "sensitivity": (BOTH, SECOND_ONLY),
    "ppv": (BOTH, FIRST_ONLY),
    "specificity": (NEITHER, FIRST_ONLY),
}


def tables_by_client(first: ArrayLike, second: ArrayLike, client: Ints) -> Floats:
    """Return clients x 4 counts: both say yes, only the first, only the second, neither.

    >>> tables_by_client([1, 1, 0], [1, 0, 0], np.array([0, 0, 1])).tolist()
    [[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
    """
    cell = np.select(
        [np.logical_and(first, second), np.asarray(first, bool), np.asarray(second, bool)],
        [BOTH, FIRST_ONLY, SECOND_ONLY],
        NEITHER,
    )
    # One bin for each client and cell of the table, counted in one pass.
    clients = int(np.max(client, initial=-1)) + 1
    counts = np.bincount(client * 4 + cell, minlength=clients * 4)
    return counts.reshape(clients, 4).astype(float)


def value_of(measure: str, counts: Floats) -> Floats:
    """Return a measure of `MEANINGS` for each table, found by logged; NaN if nothing divides it."""
    if measure == "kappa":
        return kappa(
            counts[..., BOTH], counts[..., FIRST_ONLY], counts[..., SECOND_ONLY], counts.sum(-1)
        )
    hit, miss = _SHARES[measure]
    return share(counts[..., hit], counts[..., hit] + counts[..., miss])


def estimates(counts: Floats, confidence: float = 0.95) -> pd.DataFrame:
    """Return the measures of `MEANINGS` with two intervals, from clients x 4 counts.

    ``value``, ``of`` (sessions divided by), ``low``, ``high`` (sessions of a client may be alike),
    ``simple_low``, ``simple_high`` (Wilson, as if all sessions were independent; not for kappa).
    """
    rows = []
    for measure, meaning in MEANINGS.items():
        cells = _SHARES.get(measure, (BOTH, FIRST_ONLY, SECOND_ONLY, NEITHER))
        of = counts[:, cells].sum(1)
        value = float(value_of(measure, counts.sum(0)))
        error, carriers = _jackknife(partial(value_of, measure), counts, of)
        # Kappa is no share: it can be negative, and has no effective number of cases.
        if measure == "kappa":
            low, high = _around(value, error, carriers, confidence)
            simple = (np.nan, np.nan)
        else:
            low, high = clustered_interval(value, of.sum(), error, confidence)
            simple = wilson(value, of.sum(), confidence)
        rows.append((measure, meaning, value, int(of.sum()), low, high, *simple))
    return pd.DataFrame(rows, columns=COLUMNS)


def share_with_intervals(
    yes: ArrayLike, client: pd.Series, confidence: float
) -> tuple[float, int, float, float, float, float]:
    """Return a share, what it is of, and both its intervals: by client, and as if independent."""
    shares = pd.Series(np.asarray(yes, dtype=float)).groupby(client.to_numpy())
    by_client = shares.agg(["sum", "size"]).to_numpy(float)
    error, _ = _jackknife(
        lambda sums: share(sums[..., 0], sums[..., 1]), by_client, by_client[:, 1]
    )
    part, of = by_client.sum(axis=0)
    value = float(share(part, of))
    simple = wilson(value, of, confidence)
    return value, int(of), *clustered_interval(value, of, error, confidence), *simple


def _jackknife(
    statistic: Callable[[Floats], Floats], counts: Floats, of: Floats
) -> tuple[float, int]:
    """Return the standard error from leaving out each client that carries the statistic."""
    used = counts[of > 0]
    total = used.sum(0)
    if len(used) < 2:
        return float("nan"), len(used)
    # Delete-one jackknife over clients: sqrt((m - 1) / m * sum of squared changes).
    changes = statistic(total - used) - statistic(total)
    return float(np.sqrt((len(used) - 1) / len(used) * np.sum(changes**2))), len(used)


def wilson(value: float, n: float, confidence: float) -> tuple[float, float]:
    """Return Wilson's (1927) interval of a share of n independent cases; NaN without cases.

    >>> [round(end, 3) for end in wilson(0.5, 10, 0.95)]
    [0.237, 0.763]
    """
    low, high = wilson_interval(value * n, n, confidence)
    return float(low), float(high)


def clustered_interval(
    value: float, n: float, error: float, confidence: float
) -> tuple[float, float]:
    """Return Wilson's interval for the number of independent cases that the jackknife implies.

    A share with standard error s has as much information as value * (1 - value) / s**2 independent
    cases, never more than the n there are (Korn & Graubard, 1998, Survey Methodology, 24, 193-201).
    Where it is 0 or 1 the jackknife says nothing, and n is taken; where one client carries it all,
    there is no interval.
    """
    if np.isnan(error):
        return float("nan"), float("nan")
    effective = min(n, value * (1 - value) / error**2) if error > 0 else n
    return wilson(value, effective, confidence)


def _around(value: float, error: float, carriers: int, confidence: float) -> tuple[float, float]:
    # As many degrees of freedom as clients that carry the value, less one.
    found = Estimate(estimate=value, standard_error=error, df=carriers - 1)
    low, high = np.clip(found.interval(confidence), -1, 1)
    return float(low), float(high)
