"""The profiled likelihood of a linear mixed model, from each client's sums of products."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, kw_only=True)
class Solution:
    """What the data say once the shape of the random effects is given.

    Parameters
    ----------
    loglik : float
        Log-likelihood, restricted or not; minus infinity if it cannot be computed.
    coefficients : ndarray of float, shape (columns,)
        Fixed effects.
    covariance : ndarray of float, shape (columns, columns)
        Their sampling covariance, the variances taken as known.
    residual : float
        Residual variance.
    """

    loglik: float
    coefficients: NDArray[np.float64]
    covariance: NDArray[np.float64]
    residual: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Likelihood:
    """Sums of products of a mixed model, and the likelihood for any shape of random effects.

    The shape is the vector ``theta``: the lower triangle, row by row, of the factor T of the
    clients' random effects, whose covariance is residual * T T', and last, where clients are
    nested, the standard deviation between the units above over that of the residual.

    Parameters
    ----------
    zz : ndarray, shape (clients, q, q)
        Z'Z of each client, q random effects.
    za : ndarray, shape (clients, q, a)
        Z'A, where A holds, where clients are nested, a column of ones, then the fixed
        effects' columns, then the outcome.
    aa : ndarray, shape (clients, a, a)
    above : ndarray of int, shape (clients,), optional
        The unit that each client is nested in, 0, 1, 2 ...
    rows : int
    reml : bool

    Notes
    -----
    Random effects are eliminated client by client, then unit by unit; the fixed effects and
    the residual variance have a closed form given theta. Time and memory grow with the number
    of clients and not with the number of rows.

    References
    ----------
    Bates, D., Maechler, M., Bolker, B., & Walker, S. (2015). Fitting linear mixed-effects
    models using lme4. Journal of Statistical Software, 67(1).
    https://doi.org/10.18637/jss.v067.i01
    """

    zz: NDArray[np.float64]
    za: NDArray[np.float64]
    aa: NDArray[np.float64]
    above: NDArray[np.int64] | None
    rows: int
    reml: bool

    @classmethod
    def of(
        cls,
        outcome: NDArray,
        fixed: NDArray,
        random: NDArray,
        client: NDArray[np.integer],
        above: NDArray[np.integer] | None = None,
        *,
        reml: bool = True,
    ) -> Likelihood:
        """Sum products over each client's rows.

        Parameters
        ----------
        outcome : ndarray, shape (rows,)
        fixed, random : ndarray, shape (rows, columns)
        client : ndarray of int, shape (rows,)
            0, 1, 2 ... without gaps.
        above : ndarray of int, shape (clients,), optional
        reml : bool
        """
        ones = [] if above is None else [np.ones(len(outcome))]
        table = np.column_stack([random, *ones, fixed, outcome])
        order = np.argsort(client, kind="stable")
        starts = np.flatnonzero(np.diff(client[order], prepend=-1))
        table = table[order]
        products = np.add.reduceat(table[:, :, None] * table[:, None, :], starts, axis=0)
        q = random.shape[1]
        return cls(
            zz=np.ascontiguousarray(products[:, :q, :q]),
            za=np.ascontiguousarray(products[:, :q, q:]),
            aa=np.ascontiguousarray(products[:, q:, q:]),
            above=above,
            rows=len(outcome),
            reml=reml,
        )

    @property
    def effects(self) -> int:
        """Random effects of a client."""
        return self.zz.shape[1]

    @property
    def lower_bounds(self) -> NDArray[np.float64]:
        """Of each element of theta: 0 for standard deviations, none for the rest."""
        rows, columns = np.tril_indices(self.effects)
        bounds = np.where(rows == columns, 0.0, -np.inf)
        return bounds if self.above is None else np.append(bounds, 0.0)

    def factor(self, theta: NDArray) -> NDArray[np.float64]:
        """Return T, the lower triangle that theta holds."""
        q = self.effects
        lower = np.zeros((q, q))
        lower[np.tril_indices(q)] = theta[: q * (q + 1) // 2]
        return lower

    def deviance(self, theta: NDArray) -> float:
        """Return minus twice the log-likelihood, infinite where it cannot be computed."""
        return -2 * self.at(theta).loglik

    def at(self, theta: NDArray) -> Solution:
        """Return the likelihood and the fixed effects for one theta."""
        try:
            logdet, left = self._without_random_effects(np.asarray(theta, dtype=float))
            solution = self._solved(logdet, left)
        except np.linalg.LinAlgError:
            solution = None
        if solution is None or not math.isfinite(solution.loglik):
            columns = self.aa.shape[1] - 1 - (self.above is not None)
            nothing = np.full(columns, np.nan)
            return Solution(
                loglik=-math.inf,
                coefficients=nothing,
                covariance=np.full((columns, columns), np.nan),
                residual=math.nan,
            )
        return solution

    def _without_random_effects(self, theta: NDArray) -> tuple[float, NDArray]:
        """Return the log-determinant and A'A with all random effects eliminated."""
        lower = self.factor(theta)
        inner = lower.T @ self.zz @ lower + np.eye(self.effects)
        scaled = lower.T @ self.za
        cholesky = np.linalg.cholesky(inner)
        logdet = 2 * np.log(np.diagonal(cholesky, axis1=1, axis2=2)).sum()
        left = self.aa - np.swapaxes(scaled, 1, 2) @ np.linalg.solve(inner, scaled)
        if self.above is None:
            return logdet, left.sum(axis=0)
        units = np.zeros((self.above.max() + 1, *left.shape[1:]))
        np.add.at(units, self.above, left)
        variance = theta[-1] ** 2
        spread = 1 + variance * units[:, 0, 0]
        column = units[:, 1:, 0]
        taken = np.einsum("ki,kj->ij", column * (variance / spread)[:, None], column)
        return logdet + np.log(spread).sum(), units[:, 1:, 1:].sum(axis=0) - taken

    def _solved(self, logdet: float, left: NDArray) -> Solution:
        """Return the fixed effects and the likelihood from what is left of A'A."""
        squares, products = left[:-1, :-1], left[:-1, -1]
        cholesky = np.linalg.cholesky(squares)
        coefficients = np.linalg.solve(squares, products)
        rest = left[-1, -1] - products @ coefficients
        df = self.rows - (len(squares) if self.reml else 0)
        if not rest > 0:
            raise np.linalg.LinAlgError
        residual = rest / df
        deviance = logdet + df * (1 + math.log(2 * math.pi * residual))
        if self.reml:
            deviance += 2 * np.log(np.diagonal(cholesky)).sum()
        return Solution(
            loglik=-deviance / 2,
            coefficients=coefficients,
            covariance=residual * np.linalg.inv(squares),
            residual=residual,
        )
