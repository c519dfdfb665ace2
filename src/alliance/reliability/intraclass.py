"""Intraclass correlations: do raters, or sessions, give the same client the same score?"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pandas as pd

from alliance.errors import AllianceError, DataError, Problem, join_names, suggest

TYPES = ("ICC(1,1)", "ICC(A,1)", "ICC(C,1)", "ICC(1,k)", "ICC(A,k)", "ICC(C,k)")
_FEWEST_TARGETS = 3
_NUMBERS = ["icc", "ci95_lower", "ci95_upper", "F", "df1", "df2", "p"]


def icc(ratings: pd.DataFrame, *, targets: str, raters: str, scores: str) -> pd.DataFrame:
    """Return the six intraclass correlations of scores given to the same targets.

    Parameters
    ----------
    ratings : DataFrame
        Long: one row for each target and rater.
    targets : str or list of str
        Column, or columns, that name what is rated: a client, or a client's session.
    raters : str
        Column that tells the ratings of one target apart: the rater (do client and therapist
        agree?) or the session (is a client's score stable?).
    scores : str
        Column with the numbers; NaN where there is none.

    Returns
    -------
    DataFrame
        One row for each type: ``type`` (``ICC(1,1)``, ``ICC(A,1)``, ``ICC(C,1)`` and the same
        for the mean of all raters, ``k``), ``icc``, ``ci95_lower``, ``ci95_upper`` (always
        95 %), ``F``, ``df1``, ``df2``, ``p``, ``targets`` (used), ``raters``, ``dropped``
        (targets without a score from every rater), ``note`` (why it is undefined).

    Raises
    ------
    AllianceError
        If a column is missing or not numeric.
    DataError
        If a rater scored a target twice.

    Notes
    -----
    A: agreement, a rater who scores higher counts as error. C: consistency, it does not. 1:
    raters are interchangeable. Computed by pingouin from the two-way analysis of variance, for
    the targets that every rater scored. The interval takes targets to be independent: give
    one session for each client, or read it as too narrow.

    References
    ----------
    McGraw & Wong (1996), Psychological Methods, 1, 30-46, doi:10.1037/1082-989X.1.1.30.
    Liljequist, Elfving & Skavberg Roaldsen (2019), PLOS ONE, 14, e0219854,
    doi:10.1371/journal.pone.0219854.

    Examples
    --------
    >>> import pandas as pd
    >>> ratings = pd.DataFrame(
    ...     {
    ...         "client": list("aabbccdd"),
    ...         "rater": ["client", "therapist"] * 4,
    ...         "total": [1, 2, 3, 3, 4, 5, 6, 7],
    ...     }
    ... )
    >>> found = icc(ratings, targets="client", raters="rater", scores="total")
    >>> found.set_index("type")["icc"].round(3)[["ICC(A,1)", "ICC(C,1)"]].tolist()
    [0.923, 0.973]
    """
    wide = _wide(ratings, [targets] if isinstance(targets, str) else list(targets), raters, scores)
    complete = wide.dropna()
    note = _note(complete)
    found = _undefined() if note else _pingouin_icc(complete.to_numpy(float))
    return found.assign(
        targets=len(complete),
        raters=wide.shape[1],
        dropped=len(wide) - len(complete),
        note=pd.Series(note, index=found.index, dtype="str"),
    )


def _wide(ratings: pd.DataFrame, targets: list[str], raters: str, scores: str) -> pd.DataFrame:
    for name in [*targets, raters, scores]:
        if name not in ratings.columns:
            raise AllianceError(
                f"The ratings have no column '{name}'.{suggest(name, ratings.columns)} "
                f"They have: {join_names(ratings.columns)}."
            )
    if not pd.api.types.is_numeric_dtype(ratings[scores]):
        raise AllianceError(f"The column {scores} must hold numbers.")
    # pingouin would silently average two scores of one rater.
    repeated = ratings.duplicated([*targets, raters], keep=False)
    if repeated.any():
        raise DataError(
            [
                Problem(
                    kind="repeated rows",
                    what=f"Each {raters} may score a {' and '.join(targets)} once",
                    fix="keep one row for each, or name further columns in targets.",
                    rows=ratings.loc[repeated, [*targets, raters, scores]],
                )
            ]
        )
    return ratings.pivot(index=targets, columns=raters, values=scores).astype(float)


def _note(complete: pd.DataFrame) -> str:
    if complete.shape[1] < 2:
        return "fewer than 2 raters"
    if len(complete) < _FEWEST_TARGETS:
        return f"only {len(complete)} scored by every rater, {_FEWEST_TARGETS} needed"
    values = complete.to_numpy()
    if np.ptp(values) <= 1e-9 * max(1.0, np.abs(values).max()):
        return "the scores do not vary"
    return ""


def _undefined() -> pd.DataFrame:
    return pd.DataFrame({"type": TYPES, **dict.fromkeys(_NUMBERS, np.nan)})


def _pingouin_icc(values: np.ndarray) -> pd.DataFrame:
    import pingouin

    rows, columns = np.indices(values.shape)
    # Codes, because pingouin fails where a rater has the name of a column.
    long = pd.DataFrame({"who": rows.ravel(), "by": columns.ravel(), "given": values.ravel()})
    with warnings.catch_warnings(), np.errstate(all="ignore"), _full_precision():
        warnings.simplefilter("ignore")
        found = pingouin.intraclass_corr(long, targets="who", raters="by", ratings="given")
    limits = np.array(found["CI95"].to_list(), dtype=float)
    return pd.DataFrame(
        {
            "type": found["Type"],
            "icc": found["ICC"],
            "ci95_lower": limits[:, 0],
            "ci95_upper": limits[:, 1],
            **{name: found[name].astype(float) for name in ("F", "df1", "df2")},
            "p": found["pval"],
        }
    )


@contextmanager
def _full_precision() -> Iterator[None]:
    # pingouin rounds intervals to two decimals unless this option is absent.
    import pingouin

    name = "round.column.CI95"
    rounding = pingouin.options.pop(name, None)
    try:
        yield
    finally:
        if rounding is not None:
            pingouin.options[name] = rounding
