"""The course model's parameters: growth and noise, and what ruptures add to them."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from alliance.arrays import Floats

SPREAD_OF_DEPTH = 0.35
# A rupture that will be repaired goes on to each next session with this probability.
STAYS = 0.5
# The session whose SD of fluctuation and error the parameters are, where noise settles.
SETTLED_AT = 6.0
# The sessions for which the SD of a walk is told.
WALK_SESSIONS = 10.0


class Places(NamedTuple):
    """Where each parameter stands in an array; the coefficients of the mean follow."""

    level_sd: int
    growth_sd: int
    level_growth_correlation: int
    carry_over_sd: int
    carry_over: int
    error_sd: int
    volatility: int
    walk_sd: int
    settling: int
    depth: int
    depth_spread: int
    hazard: int
    repaired: int
    tail: int
    lead: int
    remains: int
    gain: int


AT = Places(*range(len(Places._fields)))
GAIN, MEAN = AT.gain, len(AT)


@dataclass(frozen=True, kw_only=True)
class Noise:
    """A course without ruptures, in SDs of the pooled (or the normal) scores.

    Parameters
    ----------
    level, growth : float
        Mean at session 1, and its rise for one unit of log session.
    level_sd, growth_sd : float
        How much clients differ in the two.
    level_growth_correlation : float
        Between -1 and 1.
    carry_over_sd : float
        SD of the fluctuation that carries over from session to session.
    carry_over : float
        Its correlation one session apart, 0 to 1.
    error_sd : float
        SD of what does not carry over.
    volatility : float
        SD, between clients, of the logarithm of a factor on fluctuation and error.
    walk_sd : float
        SD of how far a client's own level has drifted, at random, after ten sessions.
    settling : float
        Rise of the logarithm of the factor with log session; below 0 where noise settles.

    Notes
    -----
    Client i at session t scores

        y_it = level + b0_i + (growth + b1_i) log t + w_it + v_i f_t (s_it + e_it),

    with (b0, b1) normal with the covariance `between`, s a first-order autoregression in session
    numbers with SD `carry_over_sd` and correlation `carry_over` one session apart, e independent
    with SD `error_sd`, v the client's own volatility, w a random walk that is 0 at session 1, and
    f_t = (t / 6) ** settling.
    """

    level: float
    growth: float
    level_sd: float
    growth_sd: float
    level_growth_correlation: float
    carry_over_sd: float
    carry_over: float
    error_sd: float
    volatility: float = 0.0
    walk_sd: float = 0.0
    settling: float = 0.0

    @property
    def between(self) -> Floats:
        """Covariance of clients' own level and growth, shape (2, 2)."""
        shared = self.level_growth_correlation * self.level_sd * self.growth_sd
        return np.array([[self.level_sd**2, shared], [shared, self.growth_sd**2]])

    def text(self) -> str:
        """Return the fitted model in one sentence."""
        fluctuation = self.carry_over_sd**2 + self.error_sd**2
        within = np.sqrt(fluctuation)
        return (
            f"Between clients the level varied with an SD of {self.level_sd:.2f} and the growth "
            f"with {self.growth_sd:.2f}; within clients scores fluctuated with an SD of "
            f"{within:.2f}, of whose variance {self.carry_over_sd**2 / fluctuation:.0%} carried "
            f"over to the next session with a correlation of {self.carry_over:.2f}; clients "
            f"differed in that SD by a factor of {np.exp(self.volatility):.2f}, one SD up or down."
        )


@dataclass(frozen=True, kw_only=True)
class Parameters(Noise):
    """A course with ruptures: falls of the score that pass or last.

    Parameters
    ----------
    depth : float, above 0
        Mean depth of a rupture; the SD of depths is `SPREAD_OF_DEPTH` times as large.
    hazard : float, above 0
        Ruptures that begin for each session outside one.
    repaired : float, between 0 and 1
        Share of ruptures that pass within the therapy.
    """

    volatility: float
    depth: float
    hazard: float
    repaired: float
