"""Reliability: how far scores can be trusted, between clients and from session to session."""

from alliance.reliability.change import ChangeThreshold as ChangeThreshold
from alliance.reliability.change import reliable_change as reliable_change
from alliance.reliability.change import (
    standard_error_of_measurement as standard_error_of_measurement,
)
from alliance.reliability.components import VarianceComponents as VarianceComponents
from alliance.reliability.components import variance_components as variance_components
from alliance.reliability.internal_consistency import Coefficient as Coefficient
from alliance.reliability.internal_consistency import cronbach_alpha as cronbach_alpha
from alliance.reliability.internal_consistency import (
    item_rest_correlations as item_rest_correlations,
)
from alliance.reliability.internal_consistency import mcdonald_omega as mcdonald_omega
from alliance.reliability.internal_consistency import one_factor_loadings as one_factor_loadings
from alliance.reliability.intraclass import icc as icc
from alliance.reliability.result import Reliability as Reliability
from alliance.reliability.study import assess_reliability as assess_reliability
from alliance.reliability.within_person import WithinPersonReliability as WithinPersonReliability
from alliance.reliability.within_person import (
    within_person_reliability as within_person_reliability,
)
