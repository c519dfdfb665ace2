"""All specifications judged at once: how the whole curve compares with curves without gain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance.effects.gains import two_sided
from alliance.effects.multiverse_grid import Estimates

ALPHA = 0.05
# The first is the one that the joint p is of; it was named before any data were looked at.
STATISTICS = ("median t", "share significant")


def significant(found: Estimates) -> NDArray[np.bool_]:
    """Return which estimates are above 0 with a two-sided p below .05, each by itself."""
    with np.errstate(invalid="ignore"):
        return (found.p < ALPHA) & (found.estimate > 0)


def only(found: Estimates, kept: NDArray[np.bool_]) -> Estimates:
    """Return estimates of some specifications, the others as refused."""
    return replace(found, estimate=np.where(kept, found.estimate, np.nan))


def statistics(found: Estimates) -> dict[str, NDArray[np.float64]]:
    """Return each study's joint statistics, over the specifications it answers.

    Parameters
    ----------
    found : Estimates

    Returns
    -------
    dict of str to ndarray, shape (studies,)
        ``median t``: median of estimates in standard errors. ``share significant``: share of
        specifications that are, in the predicted direction. NaN where none is answered.
    """
    count = found.answered.sum(axis=1)
    some = count > 0
    median = np.full(len(count), np.nan)
    median[some] = np.nanmedian(found.t[some], axis=1)
    share = np.where(some, significant(found).sum(axis=1) / np.maximum(count, 1), np.nan)
    return dict(zip(STATISTICS, (median, share), strict=True))


def joint_table(found: Estimates, surrogates: Estimates) -> pd.DataFrame:
    """Return the joint statistics of a study beside those of its surrogates.

    Parameters
    ----------
    found : Estimates
        Of one study.
    surrogates : Estimates

    Returns
    -------
    DataFrame
        statistic, observed, without_gain (median of the surrogates), lower, upper (the middle
        95 % of them), surrogates (that could be judged) and p: the share of studies, this one
        included, with a statistic at least as high.

    Notes
    -----
    The p is one-sided, in the direction predicted: a repaired rupture leaves the alliance
    stronger. Specifications that the study refuses are left out of the surrogates, too.
    """
    ours, theirs = statistics(found), statistics(only(surrogates, found.answered[0]))
    rows = []
    for name in STATISTICS:
        observed, drawn = ours[name][0], theirs[name][np.isfinite(theirs[name])]
        lower, middle, upper = (
            np.quantile(drawn, [0.025, 0.5, 0.975]) if len(drawn) else [np.nan] * 3
        )
        higher = np.sum(drawn >= observed - 1e-12)
        p = (1 + higher) / (1 + len(drawn)) if np.isfinite(observed) and len(drawn) else np.nan
        rows.append((name, observed, middle, lower, upper, len(drawn), p))
    names = ["statistic", "observed", "without_gain", "lower", "upper", "surrogates", "p"]
    return pd.DataFrame(rows, columns=names).astype({"statistic": "str"})


def each_p(found: Estimates, surrogates: Estimates) -> NDArray[np.float64]:
    """Return the two-sided p of each specification among its own surrogates, as `SurrogateNull`.

    Parameters
    ----------
    found : Estimates
        Of one study.
    surrogates : Estimates

    Returns
    -------
    ndarray of float, shape (specifications,)
        NaN where fewer than three surrogates are answered.
    """
    t = surrogates.t
    count = np.isfinite(t).sum(axis=0)
    enough = (count > 2) & found.answered[0]
    p = np.full(len(count), np.nan)
    drawn = t[:, enough]
    if drawn.size:
        z = (found.t[0, enough] - np.nanmean(drawn, axis=0)) / np.nanstd(drawn, axis=0, ddof=1)
        p[enough] = two_sided(z / np.sqrt(1 + 1 / count[enough]), count[enough] - 1)
    return p


def curve_band(estimates: NDArray, places: int) -> pd.DataFrame:
    """Return where sorted estimates of studies without gain lie.

    Parameters
    ----------
    estimates : ndarray of float, shape (studies, specifications)
        NaN where refused.
    places : int
        How many places the curve has.

    Returns
    -------
    DataFrame
        place (1 is the lowest), lower, median, upper: the middle 95 % of the estimates at each
        place of the studies' own sorted curves.

    Notes
    -----
    Where a surrogate refuses some specifications, its shorter curve is stretched to the same
    number of places.
    """
    at = (np.arange(places) + 0.5) / max(places, 1)
    curves = []
    for row in estimates:
        known = np.sort(row[np.isfinite(row)])
        if len(known):
            curves.append(np.interp(at, (np.arange(len(known)) + 0.5) / len(known), known))
    ends = (
        np.quantile(curves, [0.025, 0.5, 0.975], axis=0)
        if curves and places
        else np.full((3, places), np.nan)
    )
    table = dict(zip(("lower", "median", "upper"), ends, strict=True))
    return pd.DataFrame({"place": np.arange(1, places + 1), **table})


def means(values: NDArray) -> NDArray[np.float64]:
    """Return the column means of what is known; NaN where nothing is."""
    known = np.isfinite(values)
    count = np.where(known.any(axis=0), known.sum(axis=0), np.nan)
    return np.where(known, values, 0).sum(axis=0) / count
