"""Least squares: with standard errors for unequal spread (HC3), and within courses with a client jackknife."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alliance.arrays import Floats

# Singular value from which predictors can be told apart.
SINGULAR = 1e-5
# A row of this leverage decides a coefficient alone.
DECIDES_ALONE = 1 - 1e-9


@dataclass(frozen=True, eq=False, kw_only=True)
class Estimate:
    """A number with its standard error, judged by Student's t; NaN where there is none."""

    estimate: float
    standard_error: float
    df: float  # Infinite for a normal test

    @property
    def p(self) -> float:
        """Two-sided p of a true value of 0."""
        from scipy.special import stdtr

        if not self.standard_error > 0:
            return math.nan
        return float(2 * stdtr(self.df, -abs(self.estimate / self.standard_error)))

    def interval(self, confidence: float) -> tuple[float, float]:
        """Return the two ends of the interval at a level of confidence, 0-1."""
        from scipy.special import stdtrit

        reach = self.standard_error * float(stdtrit(self.df, (1 + confidence) / 2))
        return self.estimate - reach, self.estimate + reach


def hc3_contrast(outcome: Floats, predictors: Floats, weights: Floats) -> Estimate:
    """Regress an outcome on predictors, an intercept among them, and weigh up the coefficients (HC3).

    NaN where the predictors cannot be told apart; no standard error where one row decides alone.

    MacKinnon, J. G., & White, H. (1985). Some heteroskedasticity-consistent covariance matrix
    estimators with improved finite sample properties. Journal of Econometrics, 29, 305-325.
    https://doi.org/10.1016/0304-4076(85)90158-7

    Two groups of two: the difference of the means is 2, and HC3 gives each residual of 0.5
    the weight (0.5 / (1 - 1/2))^2 = 1, so the variance is 2 * 1 / 2^2 for each group.

    >>> group = np.array([[0, 1], [0, 1], [1, 1], [1, 1]], dtype=float)
    >>> found = hc3_contrast(np.array([1.0, 2, 3, 4]), group, np.array([1.0, 0]))
    >>> round(found.estimate, 6), round(found.standard_error, 6)
    (2.0, 1.0)
    """
    from statsmodels.regression.linear_model import OLS

    df = float(np.subtract(*predictors.shape))
    # Columns brought to length 1, so that one tolerance fits all units.
    columns = predictors / np.maximum(np.linalg.norm(predictors, axis=0), 1e-300)
    if np.linalg.matrix_rank(columns, tol=SINGULAR) < columns.shape[1]:
        return Estimate(estimate=math.nan, standard_error=math.nan, df=df)
    fit = OLS(outcome, predictors).fit()
    leverage = np.einsum("rp,pr->r", predictors, fit.model.pinv_wexog)
    # HC3 divides by 1 - leverage: nothing is left of a row that decides alone.
    variance = weights @ fit.cov_HC3 @ weights if leverage.max() < DECIDES_ALONE else math.nan
    return Estimate(
        estimate=float(weights @ fit.params),
        standard_error=float(np.sqrt(variance)),
        df=df,
    )


# Share of the exposure's variation that the other predictors must leave for it to be identified.
IDENTIFIED = 1e-8
# Determinant from which a matrix is inverted as it is, which is twice as fast.
REGULAR = 1e-6


@dataclass(frozen=True, eq=False, kw_only=True)
class WithinFit(Estimate):
    """A regression with an intercept for each course, judged by leaving clients out.

    Parameters
    ----------
    estimate : float
        The first coefficient, NaN where the data do not identify it.
    coefficients : ndarray of float, shape (predictors,)
    standard_error : float
        Of the first coefficient, from the jackknife.
    df : float
        Effective number of clients that carry the first coefficient, less one.
    shares : ndarray of float, shape (clients,)
        Share of each client in what identifies the first coefficient.
    left_out : ndarray of float, shape (clients,)
        The first coefficient without each client; NaN for clients without a
        course of two or more rows.
    """

    coefficients: Floats
    shares: Floats
    left_out: Floats


def fit_within(
    outcome: Floats,
    predictors: Floats,
    course: NDArray[np.integer],
    client: NDArray[np.integer],
    *,
    spread: float = 0.0,
) -> WithinFit:
    """Regress an outcome on predictors within courses; the first predictor is the exposure.

    Parameters
    ----------
    outcome : ndarray of float, shape (rows,)
    predictors : ndarray of float, shape (rows, predictors)
        The exposure first. Predictors that do not vary within any course are passed over.
    course : ndarray of int, shape (rows,)
        Number of each row's course, from 0. Courses may be without rows.
    client : ndarray of int, shape (courses,)
        Number of each course's client, from 0; clients are what is left out.
    spread : float
        Standard deviation of the courses' own coefficients of the second predictor around the
        common one, in residual standard deviations; 0 if it is the same for all.

    Returns
    -------
    WithinFit

    Notes
    -----
    Once outcome and predictors are taken from their course's means, the coefficients follow
    from sums of each client's cross-products, and leaving a client out is a subtraction. The
    variance is (G - 1) / G times the sum over the G clients of the squared change of the
    coefficient when the client is left out. With h the clients' shares of the exposure's sum of
    squares, other predictors taken out, the degrees of freedom are 1 / sum(h**2) - 1: few
    exposed clients mean few degrees of freedom, however many clients there are.

    With `spread`, sessions are weighted as in a mixed model with a free intercept and a random
    slope for each course (Laird & Ware, 1982): its inverse covariance differs from that of
    independent sessions by one product, which is taken off. The weights need not be right for
    the jackknife to be.

    References
    ----------
    Bell, R. M., & McCaffrey, D. F. (2002). Bias reduction in standard errors for linear
    regression with multi-stage samples. Survey Methodology, 28, 169-181.

    Laird, N. M., & Ware, J. H. (1982). Random-effects models for longitudinal data. Biometrics,
    38, 963-974.

    Examples
    --------
    Two clients with unequal steps, +1 and +2: the mean step is 1.5 and leaving one out moves it
    by 0.5, so the variance is 1/2 * (0.25 + 0.25) = 0.25.

    >>> import numpy as np
    >>> score, repaired = np.array([3.0, 4, 5, 7]), np.array([[0.0], [1], [0], [1]])
    >>> fit = fit_within(score, repaired, np.array([0, 0, 1, 1]), np.array([0, 1]))
    >>> fit.estimate.item(), fit.standard_error.item(), fit.df.item()
    (1.5, 0.5, 1.0)
    """
    clients = int(client.max(initial=-1)) + 1
    rows = np.bincount(course, minlength=len(client))
    squares, products = _cross_products(np.column_stack([predictors, outcome]), course, rows)
    if spread:
        squares, products = _less_own_slopes(squares, products, spread)
    squares, products = _sums(squares, client, clients), _sums(products, client, clients)
    used = np.bincount(client[rows > 1], minlength=clients) > 0

    whole, crossed = squares.sum(axis=0), products.sum(axis=0)
    size = np.sqrt(np.diagonal(whole))
    size = np.where(size > 0, size, 1.0)
    squares, products = _rescaled(squares, products, size)
    whole, crossed = _rescaled(whole, crossed, size)

    coefficients = _solved(whole[None], crossed[None])[0]
    left_out = _solved(whole - squares, crossed - products)[:, 0]
    changes = np.where(used, left_out - coefficients[0], 0.0)
    shares = _shares(squares, whole)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = (changes**2).sum() * (used.sum() - 1) / used.sum()
        df = 1 / (shares**2).sum() - 1
    return WithinFit(
        estimate=coefficients[0] / size[0],
        coefficients=coefficients / size,
        standard_error=np.sqrt(variance) / size[0],
        df=df,
        shares=shares,
        left_out=np.where(used, left_out, np.nan) / size[0],
    )


def _cross_products(
    table: Floats, course: NDArray[np.integer], rows: NDArray[np.integer]
) -> tuple[Floats, Floats]:
    """Return each course's predictors x predictors and predictors x outcome sums of products."""
    courses, count = len(rows), table.shape[1]
    table = table - (_sums(table, course, courses) / np.maximum(rows, 1)[:, None])[course]
    first, second = np.triu_indices(count)
    summed = _sums(table[:, first] * table[:, second], course, courses)
    square = np.empty((courses, count, count))
    square[:, first, second] = square[:, second, first] = summed
    return square[:, :-1, :-1], square[:, :-1, -1]


def _less_own_slopes(squares: Floats, products: Floats, spread: float) -> tuple[Floats, Floats]:
    """Return the cross-products in which each course's own slope has been allowed for."""
    crossed, own = squares[:, :, 1], products[:, 1]
    taken = spread**2 / (1 + spread**2 * squares[:, 1, 1])
    outer = crossed[:, :, None] * crossed[:, None, :]
    return squares - taken[:, None, None] * outer, products - (taken * own)[:, None] * crossed


def _rescaled(squares: Floats, products: Floats, size: Floats) -> tuple[Floats, Floats]:
    return squares / np.outer(size, size), products / size


def _inverse(squares: Floats) -> Floats:
    """Invert many small matrices with diagonals up to 1, the nearly singular by pseudo-inverse."""
    regular = np.linalg.det(squares) > REGULAR
    found = np.empty_like(squares)
    found[regular] = np.linalg.inv(squares[regular])
    found[~regular] = np.linalg.pinv(squares[~regular], rcond=1e-10, hermitian=True)
    return found


def _solved(squares: Floats, products: Floats) -> Floats:
    """Solve many small systems; the first unknown is NaN where it is not identified."""
    found: Floats = np.einsum("gij,gj->gi", _inverse(squares), products)
    crossed = squares[:, 1:, 0]
    taken = np.einsum("gi,gij,gj->g", crossed, _inverse(squares[:, 1:, 1:]), crossed)
    found[squares[:, 0, 0] - taken <= IDENTIFIED, 0] = np.nan
    return found


def _shares(squares: Floats, whole: Floats) -> Floats:
    others = _inverse(whole[None, 1:, 1:])[0] @ whole[1:, 0]
    direction = np.append(1.0, -others)
    carried = np.maximum(direction @ squares @ direction, 0)
    total = carried.sum()
    shares: Floats = carried / (total if total > IDENTIFIED else np.nan)
    return shares


def _sums(table: Floats, group: NDArray[np.integer], groups: int) -> Floats:
    """Return the sums of a table's rows by group."""
    flat = table.reshape(len(table), -1)
    summed = [np.bincount(group, weights=column, minlength=groups) for column in flat.T]
    return np.asarray(np.stack(summed, axis=1).reshape(groups, *table.shape[1:]), dtype=float)
