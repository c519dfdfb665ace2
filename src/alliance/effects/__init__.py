"""Effects: does a repaired rupture leave the alliance stronger? The calibrated answer and what others ask."""

from alliance.effects.answer import repair_gain
from alliance.effects.conventional import conventional_analyses
from alliance.effects.conventional_rates import false_positive_rates, outcome_rates
from alliance.effects.conventional_result import ConventionalAnalyses
from alliance.effects.designs import GROWTHS, Design, designs, drop_and_return, high_to_low
from alliance.effects.exposure import ROLES, Exposure, find_exposure, reported_exposure
from alliance.effects.gain_result import RepairGain
from alliance.effects.gains import FEWEST_EXPOSED, Gains, Scores, estimate_gain
from alliance.effects.landmark import Landmark
from alliance.effects.landmark_answer import landmark_comparison
from alliance.effects.landmark_result import LandmarkComparison
from alliance.effects.measured import measured_rates
from alliance.effects.mixed import MixedFit, fit_mixed
from alliance.effects.multiverse_answer import multiverse
from alliance.effects.multiverse_choices import AXES, CRITERIA, Choices, Specification, choices
from alliance.effects.multiverse_grid import Estimates, estimate_all
from alliance.effects.multiverse_joint import STATISTICS, joint_table
from alliance.effects.outcome_gain import OutcomeGain, outcome_gain
from alliance.effects.outcome_history import outcome_by_history
from alliance.effects.outcome_history_result import OutcomeByHistory
from alliance.effects.parts import Parts, score_parts, split_items
from alliance.effects.planning import planned_power
from alliance.effects.power_curves import PowerCurve, fit_curve, wilson_interval
from alliance.effects.power_result import PlannedPower
from alliance.effects.repairs_so_far import repairs_so_far
from alliance.effects.replications import replicate
from alliance.effects.specification_curve import SpecificationCurve
from alliance.effects.studies import estimate_gains, join_studies, told_exposure
from alliance.effects.surrogates import SurrogateNull
from alliance.effects.within import WithinFit, fit_within
from alliance.effects.words import Words

__all__ = [
    "AXES",
    "CRITERIA",
    "Choices",
    "ConventionalAnalyses",
    "Design",
    "Estimates",
    "Exposure",
    "FEWEST_EXPOSED",
    "GROWTHS",
    "Gains",
    "Landmark",
    "LandmarkComparison",
    "MixedFit",
    "OutcomeByHistory",
    "OutcomeGain",
    "Parts",
    "PlannedPower",
    "PowerCurve",
    "ROLES",
    "RepairGain",
    "STATISTICS",
    "Scores",
    "Specification",
    "SpecificationCurve",
    "SurrogateNull",
    "WithinFit",
    "Words",
    "choices",
    "conventional_analyses",
    "designs",
    "drop_and_return",
    "estimate_all",
    "estimate_gain",
    "estimate_gains",
    "false_positive_rates",
    "find_exposure",
    "fit_curve",
    "fit_mixed",
    "fit_within",
    "high_to_low",
    "join_studies",
    "joint_table",
    "landmark_comparison",
    "measured_rates",
    "multiverse",
    "outcome_by_history",
    "outcome_gain",
    "outcome_rates",
    "planned_power",
    "repair_gain",
    "repairs_so_far",
    "replicate",
    "reported_exposure",
    "score_parts",
    "split_items",
    "told_exposure",
    "wilson_interval",
]
