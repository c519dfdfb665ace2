"""Effects: does a repaired rupture leave the alliance stronger? The calibrated test and its null."""

from alliance.effects.answer import repair_gain
from alliance.effects.designs import GROWTHS, Design, designs, drop_and_return, high_to_low
from alliance.effects.exposure import ROLES, Exposure, find_exposure, reported_exposure
from alliance.effects.gain_result import RepairGain
from alliance.effects.gains import FEWEST_EXPOSED, Gains, Scores, estimate_gain
from alliance.effects.incidence import CumulativeIncidence, cumulative_incidence
from alliance.effects.landmark import Landmark
from alliance.effects.landmark_answer import repaired_against_unrepaired
from alliance.effects.landmark_result import RepairedAgainstUnrepaired
from alliance.effects.measured import measured_rates
from alliance.effects.mixed import MixedFit, fit_mixed
from alliance.effects.outcome_gain import OutcomeGain, outcome_gain
from alliance.effects.outcome_history import outcome_by_history
from alliance.effects.outcome_history_result import OutcomeByHistory
from alliance.effects.parts import Parts, score_parts, split_items
from alliance.effects.repairs_so_far import repairs_so_far
from alliance.effects.studies import estimate_gains, join_studies, told_exposure
from alliance.effects.surrogates import SurrogateNull
from alliance.effects.usual import usual_analyses
from alliance.effects.usual_rates import false_positive_rates, outcome_rates
from alliance.effects.usual_result import UsualAnalyses, UsualAnalysis
from alliance.effects.within import WithinFit, fit_within
from alliance.effects.words import Words
from alliance.rupture_log import reports

__all__ = [
    "FEWEST_EXPOSED",
    "GROWTHS",
    "ROLES",
    "CumulativeIncidence",
    "Design",
    "Exposure",
    "Gains",
    "Landmark",
    "MixedFit",
    "OutcomeByHistory",
    "OutcomeGain",
    "Parts",
    "RepairGain",
    "RepairedAgainstUnrepaired",
    "Scores",
    "SurrogateNull",
    "UsualAnalyses",
    "UsualAnalysis",
    "WithinFit",
    "Words",
    "cumulative_incidence",
    "designs",
    "estimate_gain",
    "estimate_gains",
    "false_positive_rates",
    "fit_mixed",
    "drop_and_return",
    "find_exposure",
    "fit_within",
    "high_to_low",
    "join_studies",
    "outcome_by_history",
    "outcome_gain",
    "outcome_rates",
    "measured_rates",
    "repair_gain",
    "repaired_against_unrepaired",
    "repairs_so_far",
    "reported_exposure",
    "reports",
    "score_parts",
    "split_items",
    "told_exposure",
    "usual_analyses",
]
