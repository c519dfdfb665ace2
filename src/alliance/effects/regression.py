"""Least squares with standard errors that allow for unequal spread (HC3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
SINGULAR = 1e-10
DECIDES_ALONE = 1 - 1e-9


@dataclass(frozen=True, eq=False, kw_only=True)
class LeastSquares:
    """A regression; NaN where the predictors cannot be told apart."""

    coefficients: Array  # (predictors,)
    # (predictors, predictors): HC3; NaN where one row decides a coefficient alone
    covariance: Array
    df: float  # Rows less predictors

    @property
    def standard_errors(self) -> Array:
        """Standard errors of the coefficients."""
        return np.sqrt(np.diagonal(self.covariance))


def least_squares(outcome: Array, predictors: Array) -> LeastSquares:
    """Regress an outcome on predictors (HC3).

    `outcome` (rows,). `predictors` (rows, predictors): with a column of ones, if there is to be an
    intercept.

    The covariance is (X'X)^-1 X' diag(e^2 / (1 - h)^2) X (X'X)^-1 with residuals e and
    leverages h, which comes close to leaving out each row in turn.

    MacKinnon, J. G., & White, H. (1985). Some heteroskedasticity-consistent covariance matrix
    estimators with improved finite sample properties. Journal of Econometrics, 29, 305-325.
    https://doi.org/10.1016/0304-4076(85)90158-7

    Examples
    --------
    Two groups of two: the difference of the means is 2, and HC3 gives each residual of 0.5
    the weight (0.5 / (1 - 1/2))^2 = 1, so the variance is 2 * 1 / 2^2 for each group.

    >>> import numpy as np
    >>> group = np.array([[0, 1], [0, 1], [1, 1], [1, 1]], dtype=float)
    >>> found = least_squares(np.array([1.0, 2, 3, 4]), group)
    >>> float(found.coefficients[0].round(6)), float(found.standard_errors[0].round(6))
    (2.0, 1.0)
    """
    squares = predictors.T @ predictors
    size = np.sqrt(np.diagonal(squares))
    # Columns brought to length 1, so that one tolerance fits all units.
    size = np.where(size > 0, size, 1.0)
    scaled = squares / np.outer(size, size)
    inverse = np.full(squares.shape, np.nan)
    if np.linalg.eigvalsh(scaled)[0] > SINGULAR:
        inverse = np.linalg.inv(scaled) / np.outer(size, size)
    coefficients = inverse @ (predictors.T @ outcome)
    residual = outcome - predictors @ coefficients
    leverage = np.einsum("ri,ij,rj->r", predictors, inverse, predictors)
    with np.errstate(divide="ignore", invalid="ignore"):
        # HC3 (MacKinnon & White, 1985): residuals over 1 - leverage.
        step = np.where(leverage < DECIDES_ALONE, residual / (1 - leverage), np.nan)
    steps = predictors * step[:, None]
    # Sandwich: (X'X)^-1 (sum of e^2 x x') (X'X)^-1
    covariance = inverse @ (steps.T @ steps) @ inverse
    return LeastSquares(
        coefficients=coefficients, covariance=covariance, df=float(np.subtract(*predictors.shape))
    )
