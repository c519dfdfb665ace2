"""Effects: does a repaired rupture leave the alliance stronger? The answer, and what others ask."""

from alliance.effects.conventional import ConventionalAnalyses, conventional_analyses
from alliance.effects.conventional_criteria import drop_and_return
from alliance.effects.conventional_rates import false_positive_rates, outcome_rates
from alliance.effects.exposure import Exposure, reported_exposure
from alliance.effects.gains import Gains, reported_gains
from alliance.effects.mixed import MixedFit, fit_mixed
from alliance.effects.outcome_gain import OutcomeChoice, outcome_gain
from alliance.effects.outcome_history import OutcomeByHistory, outcome_by_history
from alliance.effects.planning import Plan, planned_power
from alliance.effects.power_curves import PowerCurve, fit_curve, wilson_interval
from alliance.effects.power_result import PlannedPower
from alliance.effects.regression_result import RegressionGain
from alliance.effects.repair import repair_gain
from alliance.effects.repair_result import RepairGain
from alliance.effects.repairs_so_far import repairs_so_far
from alliance.effects.reported_gain import reported_gain
from alliance.effects.sensitivity import Sensitivity, sensitivity
from alliance.effects.within import WithinFit, fit_within

__all__ = [
    "ConventionalAnalyses",
    "Exposure",
    "Gains",
    "MixedFit",
    "OutcomeByHistory",
    "OutcomeChoice",
    "Plan",
    "PlannedPower",
    "PowerCurve",
    "RegressionGain",
    "RepairGain",
    "Sensitivity",
    "WithinFit",
    "conventional_analyses",
    "drop_and_return",
    "false_positive_rates",
    "fit_curve",
    "fit_mixed",
    "fit_within",
    "outcome_by_history",
    "outcome_gain",
    "outcome_rates",
    "planned_power",
    "repair_gain",
    "repairs_so_far",
    "reported_exposure",
    "reported_gain",
    "reported_gains",
    "sensitivity",
    "wilson_interval",
]
