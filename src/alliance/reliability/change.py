"""Reliable change: how far a score must move before error of measurement is an unlikely cause."""

import math
from dataclasses import dataclass
from statistics import NormalDist

from alliance.errors import AllianceError
from alliance.reliability.internal_consistency import check_confidence


@dataclass(frozen=True, kw_only=True)
class ChangeThreshold:
    """The amount of change that exceeds measurement error, and what it was computed from.

    Parameters
    ----------
    sd, reliability, coefficient, confidence
        As given to `reliable_change`.
    sem, sem_of_difference : float
        Standard error of measurement of one score, and of the difference of two of one client.
    points : float
        A change of more than this, up or down, is called reliable.
    """

    sd: float
    reliability: float
    coefficient: str
    confidence: float
    sem: float
    sem_of_difference: float
    points: float

    def text(self) -> str:
        """Return the threshold as a sentence that names the coefficient used."""
        return (
            f"With an SD of {self.sd:.4g} and {self.coefficient} of {self.reliability:.3f}, the "
            f"standard error of measurement is {self.sem:.4g} and a change of more than "
            f"{self.points:.4g} points is reliable at {100 * self.confidence:g}% "
            "(Jacobson & Truax, 1991). An internal-consistency coefficient such as alpha gives a "
            "smaller threshold than a retest coefficient."
        )


def standard_error_of_measurement(sd: float, reliability: float) -> float:
    """Return the standard error of measurement in score points, SD * sqrt(1 - reliability).

    Parameters
    ----------
    sd : float
        Standard deviation of the scores between clients, 0 or more, in score points.
    reliability : float
        Between 0 and 1.

    Raises
    ------
    AllianceError
        If a value lies outside its range; where either is NaN, so is the result.

    Examples
    --------
    >>> round(standard_error_of_measurement(10.5, 0.931), 3)
    2.758
    """
    if math.isnan(sd) or math.isnan(reliability):
        return math.nan
    if not 0 <= sd < math.inf:
        raise AllianceError(f"The standard deviation must be a number of 0 or more, not {sd}.")
    if not 0 <= reliability <= 1:
        raise AllianceError(f"The reliability must lie between 0 and 1, not {reliability}.")
    return sd * math.sqrt(1 - reliability)


def reliable_change(
    sd: float, reliability: float, confidence: float = 0.95, *, coefficient: str = "a reliability"
) -> ChangeThreshold:
    """Return the change that exceeds what measurement error gives (Jacobson & Truax, 1991).

    Parameters
    ----------
    sd : float
        Standard deviation between clients before or early in treatment, in score points.
    reliability : float
        Between 0 and 1.
    confidence : float
        Between 0 and 1; 0.95 is the usual choice, some measures publish 0.90.
    coefficient : str
        Name of the reliability coefficient, for the text.

    Returns
    -------
    ChangeThreshold

    Raises
    ------
    AllianceError
        If a value lies outside its range.

    Notes
    -----
    The threshold is z times the root of 2 times the standard error of measurement. The normal
    quantile z is rounded to three decimals (1.960, 1.645), as published thresholds have it.

    The formula takes the error of the two scores to be independent and equal for all clients. A
    retest coefficient counts instability between sessions as error, alpha does not; alpha
    therefore gives smaller thresholds.

    References
    ----------
    Jacobson & Truax (1991), Journal of Consulting and Clinical Psychology, 59, 12-19,
    doi:10.1037/0022-006X.59.1.12.

    Examples
    --------
    >>> threshold = reliable_change(10.5, 0.931)
    >>> round(threshold.sem_of_difference, 3), round(threshold.points, 3)
    (3.901, 7.645)
    """
    check_confidence(confidence)
    sem = standard_error_of_measurement(sd, reliability)
    # As published thresholds have it: 1.960 and 1.645, three decimals.
    z = round(NormalDist().inv_cdf((1 + confidence) / 2), 3)
    return ChangeThreshold(
        sd=sd,
        reliability=reliability,
        coefficient=coefficient,
        confidence=confidence,
        sem=sem,
        sem_of_difference=math.sqrt(2) * sem,
        points=z * math.sqrt(2) * sem,
    )
