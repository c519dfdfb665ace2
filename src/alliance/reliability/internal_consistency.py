"""Internal consistency: how far the items of one form hang together."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.errors import AllianceError

MIN_ROWS = 3
# Uniqueness of an item is not let below this share of its variance, as in psych::fa.
_LEAST_UNIQUENESS = 0.005


@dataclass(frozen=True, kw_only=True)
class Coefficient:
    """One reliability coefficient with what it rests on.

    Parameters
    ----------
    value, lower, upper : float
        The coefficient, NaN where `note` says why it is undefined; limits, NaN without an interval.
    items, rows, dropped : int
        Complete rows used, and rows set aside because an answer was missing.
    """

    name: str
    value: float
    lower: float = math.nan
    upper: float = math.nan
    confidence: float = 0.95
    items: int
    rows: int
    dropped: int
    note: str = ""

    def __float__(self) -> float:
        return self.value


def cronbach_alpha(items: pd.DataFrame | np.ndarray, confidence: float = 0.95) -> Coefficient:
    """Return Cronbach's raw alpha with Feldt's interval, from the complete rows.

    Parameters
    ----------
    items : DataFrame or array, shape (rows, items)
        Keyed answers: reversed items already reversed. NaN where unanswered.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    Coefficient

    Raises
    ------
    AllianceError
        If `items` is not a table of numbers.

    Notes
    -----
    Rows with a missing answer are dropped before anything is computed, so that the interval
    rests on the rows used. Give one row for each client: rows of the same client are not
    independent, and over all sessions alpha mixes differences between clients with changes
    within them.

    References
    ----------
    Cronbach (1951), Psychometrika, 16, 297-334, doi:10.1007/BF02310555. Feldt, Woodruff &
    Salih (1987), Applied Psychological Measurement, 11, 93-103, doi:10.1177/014662168701100107.

    Examples
    --------
    >>> alpha = cronbach_alpha([[1, 2, 1], [2, 2, 3], [3, 4, 4]])
    >>> round(alpha.value, 4), alpha.rows, alpha.dropped
    (0.9324, 3, 0)
    """
    complete, dropped = complete_rows(as_items(items))
    check_confidence(confidence)
    rows, count = complete.shape
    known = {"items": count, "rows": rows, "dropped": dropped, "confidence": confidence}
    note = _too_little(complete) or _total_note(complete)
    if note:
        return Coefficient(name="Cronbach's alpha", value=math.nan, note=note, **known)
    alpha = _alpha(complete)
    lower, upper = _feldt(alpha, rows, count, confidence)
    return Coefficient(
        name="Cronbach's alpha",
        value=alpha,
        lower=lower,
        upper=upper,
        note=_alpha_note(alpha),
        **known,
    )


def mcdonald_omega(items: pd.DataFrame | np.ndarray) -> Coefficient:
    """Return McDonald's omega total of a one-factor solution, from the complete rows.

    Parameters
    ----------
    items : DataFrame or array, shape (rows, items)
        Keyed answers, three items or more; NaN where unanswered.

    Returns
    -------
    Coefficient
        Without an interval.

    Notes
    -----
    One factor is fitted to the correlations by minimum residuals (unweighted least squares,
    `one_factor_loadings`). Omega is 1 minus the summed unique variances of the items over the
    variance of their sum, in the items' own units, so that it describes the score that is
    used. With the items standardised first it is what R's ``psych::omega(nfactors=1)`` prints.

    References
    ----------
    McDonald (1999), Test theory: A unified treatment, Erlbaum. Revelle & Condon (2019),
    Psychological Assessment, 31, 1395-1411, doi:10.1037/pas0000754.

    Examples
    --------
    >>> omega = mcdonald_omega([[1, 2, 1], [2, 2, 3], [3, 4, 4], [5, 4, 4], [2, 3, 3]])
    >>> round(omega.value, 3)
    0.928
    """
    complete, dropped = complete_rows(as_items(items))
    known = {"items": complete.shape[1], "rows": len(complete), "dropped": dropped}
    note = _too_little(complete) or _total_note(complete) or _omega_note(complete)
    if note:
        return Coefficient(name="McDonald's omega", value=math.nan, note=note, **known)
    loadings = one_factor_loadings(np.corrcoef(complete, rowvar=False))
    # In the items' own units: the score in use is the plain sum, not one of z values.
    unique = (1 - loadings**2) * complete.var(axis=0, ddof=1)
    value = 1 - unique.sum() / complete.sum(axis=1).var(ddof=1)
    improper = np.abs(loadings) >= math.sqrt(1 - _LEAST_UNIQUENESS) - 1e-9
    return Coefficient(
        name="McDonald's omega",
        value=float(value),
        note="one item carries the whole factor: omega is doubtful" if improper.any() else "",
        **known,
    )


def one_factor_loadings(correlations: np.ndarray) -> np.ndarray:
    """Return the loadings of one factor, fitted by minimum residuals; their sum is positive.

    Parameters
    ----------
    correlations : array, shape (items, items)

    Notes
    -----
    The squared residual correlations outside the diagonal are a parabola in each single loading, so
    each is set to its minimum in turn until none moves (Harman & Jones, 1966,
    doi:10.1007/BF02289468).

    Examples
    --------
    >>> one_factor_loadings([[1, .42, .54], [.42, 1, .63], [.54, .63, 1]]).round(3).tolist()
    [0.6, 0.7, 0.9]
    """
    off_diagonal = np.array(correlations, dtype=float)
    values, vectors = np.linalg.eigh(off_diagonal)
    # Starts from the first principal component, a little shrunk.
    loadings = vectors[:, -1] * math.sqrt(values[-1]) * 0.9
    np.fill_diagonal(off_diagonal, 0.0)
    limit = math.sqrt(1 - _LEAST_UNIQUENESS)
    for _ in range(5000):
        before = loadings.copy()
        for item, row in enumerate(off_diagonal):
            others = loadings @ loadings - loadings[item] ** 2
            if others > 0:
                loadings[item] = min(max(row @ loadings / others, -limit), limit)
        if np.abs(loadings - before).max() < 1e-10:
            break
    return loadings if loadings.sum() >= 0 else -loadings


def item_rest_correlations(items: pd.DataFrame | np.ndarray) -> pd.DataFrame:
    """Correlate each item with the sum of the other items, from the complete rows of keyed answers.

    A clearly negative correlation suggests an item that should have been reversed, or was before.

    Parameters
    ----------
    items : DataFrame or array, shape (rows, items)

    Returns
    -------
    DataFrame
        ``item`` (its name, or its number from 1), ``rows``, ``mean``, ``sd``, ``item_rest``; NaN
        where undefined.

    Examples
    --------
    >>> item_rest_correlations([[1, 2, 1], [2, 2, 3], [3, 4, 4]])["item_rest"].round(3).tolist()
    [0.993, 0.803, 0.891]
    """
    names = list(items.columns) if isinstance(items, pd.DataFrame) else None
    complete, _ = complete_rows(as_items(items))
    rows, count = complete.shape
    undefined = rows < 2
    return pd.DataFrame(
        {
            "item": names or list(range(1, count + 1)),
            "rows": rows,
            "mean": np.full(count, np.nan) if undefined else complete.mean(axis=0),
            "sd": np.full(count, np.nan) if undefined else complete.std(axis=0, ddof=1),
            "item_rest": np.full(count, np.nan) if rows < MIN_ROWS else _item_rest(complete),
        }
    )


def as_items(items: pd.DataFrame | np.ndarray) -> np.ndarray:
    """Return item answers as a two-dimensional array of floats, or say why they are none."""
    answers: np.ndarray
    try:
        if isinstance(items, pd.DataFrame):
            answers = items.to_numpy(float, na_value=np.nan)
        else:
            answers = np.asarray(items, dtype=float)
    except (TypeError, ValueError):
        raise AllianceError("The items must be numbers; leave unanswered items empty.") from None
    if answers.ndim != 2:
        raise AllianceError("The items must be a table: one row for each form, one column each.")
    if np.isinf(answers).any():
        raise AllianceError("The items must be finite numbers; leave unanswered items empty.")
    return answers


def complete_rows(answers: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the rows without a missing answer, and how many rows were dropped."""
    complete = ~np.isnan(answers).any(axis=1)
    return answers[complete], int((~complete).sum())


def check_confidence(confidence: float) -> None:
    """Raise an error if a level of confidence does not lie between 0 and 1."""
    if not 0 < confidence < 1:
        raise AllianceError(
            f"The confidence must lie between 0 and 1, e.g. 0.95, not {confidence}."
        )


def _too_little(complete: np.ndarray) -> str:
    rows, count = complete.shape
    if count < 2:
        return "fewer than 2 items"
    if rows < MIN_ROWS:
        return f"only {rows} complete rows, {MIN_ROWS} needed"
    return ""


def _total_note(complete: np.ndarray) -> str:
    total = complete.sum(axis=1)
    # Measured against the answers themselves: the sum of constant decimals varies by rounding.
    if np.ptp(total) <= 1e-9 * max(1.0, np.abs(complete).sum(axis=1).max()):
        return "the sum of the items does not vary"
    return ""


def _alpha_note(alpha: float) -> str:
    if alpha < 0:
        return "alpha is negative: check which items are reversed"
    if alpha > 1 - 1e-9:
        return "all items rise and fall together exactly: were they split from a total?"
    return ""


def _omega_note(complete: np.ndarray) -> str:
    if complete.shape[1] < 3:
        return "omega needs 3 items"
    still = np.flatnonzero(np.ptp(complete, axis=0) == 0) + 1
    if still.size:
        return f"no omega: every row has the same answer to item {', '.join(map(str, still))}"
    return ""


def _alpha(complete: np.ndarray) -> float:
    """Return alpha = k / (k - 1) (1 - sum of the items' variances / variance of their sum)."""
    items = complete.shape[1]
    share = complete.var(axis=0, ddof=1).sum() / complete.sum(axis=1).var(ddof=1)
    value = items / (items - 1) * (1 - share)
    # Identical items can give a little more than 1 by rounding.
    return min(float(value), 1.0)


def _feldt(alpha: float, rows: int, items: int, confidence: float) -> tuple[float, float]:
    from scipy.stats import f

    # Feldt: (1 - alpha) / (1 - estimate) follows F with these degrees of freedom.
    within = rows - 1, (rows - 1) * (items - 1)
    upper_tail = (1 - confidence) / 2
    return (
        float(1 - (1 - alpha) * f.isf(upper_tail, *within)),
        float(1 - (1 - alpha) * f.isf(1 - upper_tail, *within)),
    )


def _item_rest(complete: np.ndarray) -> np.ndarray:
    rest = complete.sum(axis=1, keepdims=True) - complete
    item, rest = complete - complete.mean(axis=0), rest - rest.mean(axis=0)
    spread = np.sqrt((item**2).sum(axis=0) * (rest**2).sum(axis=0))
    still = spread <= 1e-9 * np.maximum(1.0, np.abs(complete).max(initial=0.0)) ** 2
    return np.where(still, np.nan, (item * rest).sum(axis=0) / np.where(still, 1.0, spread))
