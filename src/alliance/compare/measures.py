"""Measures of agreement between yes-or-no judgements, some of them missing."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from alliance.arrays import Floats
from alliance.errors import AllianceError


@dataclass(frozen=True, eq=False, kw_only=True)
class Agreement:
    """How far several judges agree, each pair on what both judged; tables of judges x judges.

    Parameters
    ----------
    kappa : DataFrame
        Cohen's kappa; NaN where both give one and the same answer throughout, or share nothing.
    jaccard : DataFrame
        Cases both say yes to, as a share of those at least one does; NaN where there is none.
    judged, both : DataFrame
        Cases judged by both, and cases both say yes to.
    """

    kappa: pd.DataFrame
    jaccard: pd.DataFrame
    judged: pd.DataFrame
    both: pd.DataFrame


def agreement(judgements: pd.DataFrame) -> Agreement:
    """Return how far the columns of a table of yes-or-no judgements agree.

    Parameters
    ----------
    judgements : DataFrame
        One row for each case, one column for each judge: True, False or missing.

    Returns
    -------
    Agreement

    Notes
    -----
    Kappa is (observed - expected) / (1 - expected) agreement, expected from each judge's own
    share of yes. It is low between a rule that flags often and one that flags seldom even if
    every flag of the second is one of the first; read it beside Jaccard and the counts.

    References
    ----------
    Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and
    Psychological Measurement, 20, 37-46. https://doi.org/10.1177/001316446002000104

    Examples
    --------
    >>> judged = pd.DataFrame({"a": [True, True, False, False], "b": [True, False, False, None]})
    >>> agreement(judged.astype("boolean")).kappa.loc["a", "b"].round(2).item()
    0.4
    """
    names = list(judgements.columns)
    # A missing judgement counts as no here and drops out through `judged`.
    yes = judgements.astype("boolean").fillna(False).to_numpy(dtype=float)
    judged = judgements.notna().to_numpy(dtype=float)
    both = yes.T @ yes
    # How often each says yes among the cases that the other judged, too.
    first = yes.T @ judged
    tables = {
        "kappa": kappa(both, first - both, first.T - both, judged.T @ judged),
        "jaccard": share(both, first + first.T - both),
        "judged": (judged.T @ judged).astype(int),
        "both": both.astype(int),
    }
    return Agreement(
        **{key: pd.DataFrame(table, index=names, columns=names) for key, table in tables.items()}
    )


def kappa(
    both: ArrayLike, first_only: ArrayLike, second_only: ArrayLike, judged: ArrayLike
) -> Floats:
    """Return Cohen's kappa of 2 x 2 tables.

    Parameters
    ----------
    both, first_only, second_only : int or ndarray
        Cases that both, only the first, only the second say yes to.
    judged : int or ndarray
        All cases.

    Returns
    -------
    ndarray of float
        -1 to 1; NaN where both give one and the same answer throughout.

    Examples
    --------
    >>> kappa(20, 5, 10, 50).round(2).item()
    0.4
    """
    both, first_only, second_only, judged = np.broadcast_arrays(
        *(np.asarray(part, dtype=float) for part in (both, first_only, second_only, judged))
    )
    first, second = both + first_only, both + second_only
    # Both sides times judged squared, so that whole numbers stay exact: (o - e) / (1 - e).
    seen = judged * (judged - first_only - second_only)
    expected = first * second + (judged - first) * (judged - second)
    return share(seen - expected, judged**2 - expected)


def share(part: ArrayLike, whole: ArrayLike) -> Floats:
    """Return part / whole, NaN where the whole is 0."""
    part, whole = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    ratio: Floats = np.full(part.shape, np.nan)
    np.divide(part, whole, out=ratio, where=whole > 0)
    return ratio


def average_precision(truth: ArrayLike, score: ArrayLike) -> float:
    """Return the area under the precision-recall steps of a score.

    Parameters
    ----------
    truth : array of bool
    score : array of float
        Higher where a yes is likelier. Cases without a score come last, all together.

    Returns
    -------
    float
        0 to 1; a score without information gives the share of yes. NaN if there is no yes.

    Raises
    ------
    AllianceError
        If the two differ in length.

    Examples
    --------
    >>> average_precision([True, False, True], [0.9, 0.8, 0.1]).__round__(3)
    0.833
    """
    truth, score = np.asarray(truth, dtype=bool), np.asarray(score, dtype=float)
    if truth.shape != score.shape:
        raise AllianceError("truth and score must have the same length.")
    if not truth.any():
        return float("nan")
    _, rank = np.unique(np.where(np.isnan(score), -np.inf, score), return_inverse=True)
    # Equal scores are one step: they cannot be told apart, so their order must not count.
    hits = np.cumsum(np.bincount(rank, weights=truth)[::-1])
    called = np.cumsum(np.bincount(rank)[::-1])
    return float((np.diff(hits, prepend=0.0) * hits / called).sum() / hits[-1])
