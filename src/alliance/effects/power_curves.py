"""Power as a smooth curve over the number of clients, and the number that reaches a wanted power."""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from alliance.arrays import Floats
from alliance.errors import AllianceError

# A rise that a million clients would not show.
FLAT = 1e-6


def wilson_interval(
    found: ArrayLike, trials: ArrayLike, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Return the limits of Wilson's interval of a share.

    Parameters
    ----------
    found, trials : array of int
        How often something happened, and how often it could have; NaN where never.
    confidence : float
        0-1.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference.
    Journal of the American Statistical Association, 22, 209-212.
    https://doi.org/10.1080/01621459.1927.10502953

    Examples
    --------
    >>> low, high = wilson_interval(8, 10)
    >>> round(low.item(), 3), round(high.item(), 3)
    (0.49, 0.943)
    """
    from scipy.special import ndtri

    z, n = ndtri((1 + confidence) / 2), np.asarray(trials, dtype=float)
    n = np.where(n > 0, n, np.nan)
    share = np.asarray(found) / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z * np.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2) / (1 + z**2 / n)
    # Rounding must not carry a limit beyond what a share can be.
    return np.clip(middle - reach, 0, 1), np.clip(middle + reach, 0, 1)


@dataclass(frozen=True, eq=False, kw_only=True)
class PowerCurve:
    """Power = Phi(start + rise * sqrt(clients)), fitted to simulated studies.

    Parameters
    ----------
    start, rise : float
    covariance : array, 2 x 2
        Of `start` and `rise`.
    """

    start: float
    rise: float
    covariance: Floats

    def power(self, clients: ArrayLike) -> Floats:
        """Return the power with so many clients."""
        from scipy.special import ndtr

        power: Floats = ndtr(self.start + self.rise * np.sqrt(clients))
        return power

    def band(self, clients: ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
        """Return the limits of the power at each number of clients."""
        from scipy.special import ndtr, ndtri

        root = np.sqrt(np.asarray(clients, dtype=float))
        rows = np.stack([np.ones_like(root), root], axis=-1)
        error = np.sqrt(np.einsum("...i,ij,...j->...", rows, self.covariance, rows))
        reach = ndtri((1 + confidence) / 2) * error
        middle = self.start + self.rise * root
        return ndtr(middle - reach), ndtr(middle + reach)

    def needed(self, power: float, confidence: float = 0.95) -> tuple[float, float, float]:
        """Return the clients that reach a power, with the limits of an interval.

        Parameters
        ----------
        power : float
            0-1.
        confidence : float
            0-1.

        Returns
        -------
        clients, lower, upper : float
            Where the curve and the limits of its band cross the power (Fieller's interval). NaN
            and infinity where they never do; 0 where the power is reached from the start.
        """
        from scipy.special import ndtri

        goal = float(ndtri(power)) - self.start
        if self.rise < FLAT:
            reached = goal <= 0 and self.rise > -FLAT
            return (0.0, 0.0, np.inf) if reached else (np.nan, np.nan, np.inf)
        lower, upper = self._crossings(goal, float(ndtri((1 + confidence) / 2)))
        return max(goal / self.rise, 0.0) ** 2, float(lower**2), float(upper**2)

    def _crossings(self, goal: float, z: float) -> tuple[float, float]:
        """Return between which roots of clients the band holds the power."""
        (vaa, vab), (_, vbb) = self.covariance
        # (goal - rise x)^2 = z^2 var(start + rise x), a quadratic in x.
        square = self.rise**2 - z**2 * vbb
        half = -(self.rise * goal) - z**2 * vab
        constant = goal**2 - z**2 * vaa
        under = half**2 - square * constant
        if under < 0:
            return 0.0, np.inf
        roots = sorted((-half + sign * np.sqrt(under)) / square for sign in (-1, 1))
        if square > 0:
            return max(roots[0], 0.0), max(roots[1], 0.0)
        return max(roots[1], 0.0) if goal > 0 and constant > 0 else 0.0, np.inf


def fit_curve(clients: ArrayLike, found: ArrayLike, trials: ArrayLike) -> PowerCurve:
    """Fit a power curve: a probit regression of findings on the root of the number of clients.

    Parameters
    ----------
    clients : array of int
        Two different numbers or more.
    found, trials : array of int
        Studies in which the gain was found, and all simulated studies.

    Raises
    ------
    AllianceError
        If there is but one number of clients.

    Notes
    -----
    An estimate whose standard error falls with the root of the number of clients has nearly
    such a curve; the free start takes up what few degrees of freedom and refused studies add
    where clients are few. Half a finding and half a miss are added to each number of clients, so
    that shares of 0 and 1 have a place on the curve.

    Examples
    --------
    >>> curve = fit_curve([100, 400], [250, 420], [500, 500])
    >>> round(curve.power(100).item(), 2)
    0.5
    """
    from statsmodels.genmod import families
    from statsmodels.genmod.generalized_linear_model import GLM

    clients = np.asarray(clients, dtype=float)
    if len(np.unique(clients)) < 2:
        raise AllianceError(
            "A power curve needs two different numbers of clients or more.\n"
            "To fix: give e.g. clients=[100, 200, 400]."
        )
    trials = np.asarray(trials, dtype=float) + 1
    share = (np.asarray(found, dtype=float) + 0.5) / trials
    rows = np.column_stack([np.ones(len(clients)), np.sqrt(clients)])
    probit = families.Binomial(families.links.Probit())
    with warnings.catch_warnings():
        # Two numbers of clients are always met exactly: half a finding keeps the curve finite.
        warnings.simplefilter("ignore")
        fitted = GLM(share, rows, family=probit, var_weights=trials).fit(tol=1e-12)
    start, rise = fitted.params
    return PowerCurve(start=float(start), rise=float(rise), covariance=fitted.cov_params())
