"""Reliability: how far scores can be trusted, between clients and from session to session."""

from alliance.reliability.change import (
    ChangeThreshold,
    reliable_change,
    standard_error_of_measurement,
)
from alliance.reliability.components import VarianceComponents, variance_components
from alliance.reliability.internal_consistency import (
    Coefficient,
    cronbach_alpha,
    item_rest_correlations,
    mcdonald_omega,
    one_factor_loadings,
)
from alliance.reliability.intraclass import icc
from alliance.reliability.result import Reliability
from alliance.reliability.study import assess_reliability
from alliance.reliability.within_person import WithinPersonReliability, within_person_reliability

__all__ = [
    "ChangeThreshold",
    "Coefficient",
    "Reliability",
    "VarianceComponents",
    "WithinPersonReliability",
    "cronbach_alpha",
    "icc",
    "item_rest_correlations",
    "mcdonald_omega",
    "one_factor_loadings",
    "assess_reliability",
    "reliable_change",
    "standard_error_of_measurement",
    "variance_components",
    "within_person_reliability",
]
