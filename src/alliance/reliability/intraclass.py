"""Intraclass correlations: do raters, or sessions, give the same client the same score?"""

from itertools import combinations

import numpy as np
import pandas as pd

from alliance.errors import AllianceError, DataError, Problem, join_names, suggest

TYPES = ("ICC(1,1)", "ICC(A,1)", "ICC(C,1)", "ICC(1,k)", "ICC(A,k)", "ICC(C,k)")
_MIN_TARGETS = 3
_TAIL = 0.025
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
    raters are interchangeable. Computed from the two-way analysis of variance, for the targets
    that every rater scored. The interval takes targets to be independent: give
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
    # The analysis of variance needs every rater's score of every target.
    complete = wide.dropna()
    note = _note(complete)
    if note:
        found = pd.DataFrame({"type": TYPES, **dict.fromkeys(_NUMBERS, np.nan)})
    else:
        with np.errstate(all="ignore"):
            found = _analysis_of_variance(complete.to_numpy(float))
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
    # Nobody scores a target twice: which of the two would count?
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
    if len(complete) < _MIN_TARGETS:
        return f"only {len(complete)} scored by every rater, {_MIN_TARGETS} needed"
    values = complete.to_numpy()
    if np.ptp(values) <= 1e-9 * max(1.0, np.abs(values).max()):
        return "the scores do not vary"
    return ""


def _analysis_of_variance(values: np.ndarray) -> pd.DataFrame:
    """Return the six coefficients of McGraw & Wong, tables 4 and 7, from complete (n, k) scores."""
    from scipy.stats import f

    n, k = values.shape
    targets, raters = values.mean(axis=1, keepdims=True), values.mean(axis=0)
    df1, rest = n - 1, (n - 1) * (k - 1)
    between = k * targets.var(ddof=1)
    within = np.sum((values - targets) ** 2) / (n * (k - 1))
    by_rater = n * raters.var(ddof=1)
    error = np.sum((values - targets - raters + values.mean()) ** 2) / rest
    one_way = _ratio(between, within, k, df1, n * (k - 1))
    consistency = _ratio(between, error, k, df1, rest)
    # Agreement: the raters' variance counts as error, so its interval has degrees of freedom v.
    a = (between - error) / (between + (k - 1) * error + k * (by_rater - error) / n)
    share = n * (1 + (k - 1) * a) - k * a
    ratio = by_rater / error
    v = rest * (k * a * ratio + share) ** 2 / (df1 * (k * a * ratio) ** 2 + share**2)
    spread, upper = k * by_rater + (k * n - k - n) * error, f.isf(_TAIL, df1, v)
    low = n * (between - upper * error) / (upper * spread + n * between)
    lower = f.isf(_TAIL, v, df1)
    high = n * (lower * between - error) / (spread + n * lower * between)
    agreement = (a, low, high)
    single = np.array([one_way, agreement, consistency])
    # Spearman and Brown: of the mean of k raters.
    coefficients = np.vstack([single, k * single / (1 + (k - 1) * single)])
    F, df2 = between / np.array([within, error, error]), np.array([n * (k - 1), rest, rest])
    return pd.DataFrame(
        {
            "type": TYPES,
            **dict(zip(_NUMBERS[:3], coefficients.T, strict=True)),
            "F": np.tile(F, 2),
            "df1": float(df1),
            "df2": np.tile(df2, 2).astype(float),
            "p": np.tile(f.sf(F, df1, df2), 2),
        }
    )


def _ratio(between: float, error: float, k: int, df1: int, df2: int) -> tuple[float, float, float]:
    """Return (F - 1) / (F + k - 1) with its limits, F being between / error, which may be 0."""
    from scipy.stats import f

    errors = np.array([1, f.isf(_TAIL, df1, df2), 1 / f.isf(_TAIL, df2, df1)]) * error
    value, low, high = (between - errors) / (between + (k - 1) * errors)
    return float(value), float(low), float(high)


def score_agreement(scores: pd.DataFrame, scales: list[str]) -> pd.DataFrame:
    """Return the intraclass correlations of a sessions table; see `Reliability.agreement`."""
    raters = sorted(scores["rater"].unique())
    found = {}
    for scale in scales:
        scored = scores[scores[scale].notna()].sort_values(["client", "session"])
        for pair in combinations(raters, 2):
            both = _first_session_of_both(scored, pair)
            agreed = icc(both, targets="client", raters="rater", scores=scale)
            found["raters agree", " and ".join(pair), scale] = agreed
        for who in raters:
            own = scored[scored["rater"] == who]
            own = own.assign(order=own.groupby("client").cumcount() + 1)
            stable = icc(own[own["order"] <= 2], targets="client", raters="order", scores=scale)
            found["session to session", who, scale] = stable
    names = ["question", "rater", "scale"]
    table = pd.concat(found, names=names).reset_index(names)
    return table.sort_values(["question", "rater"], kind="stable", ignore_index=True)


def _first_session_of_both(scored: pd.DataFrame, pair: tuple[str, str]) -> pd.DataFrame:
    """Return one session for each client, since sessions of a client are not independent."""
    both = scored[scored["rater"].isin(pair)]
    both = both[both.duplicated(["client", "session"], keep=False)]
    return both[both["session"].eq(both.groupby("client")["session"].transform("min"))]
