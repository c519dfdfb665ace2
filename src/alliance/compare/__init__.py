"""Compare: rules with each other, the truth and the log; one person with another."""

from alliance.compare.log import LogAgreement, compare_with_log
from alliance.compare.measures import Agreement, agreement, average_precision, kappa
from alliance.compare.raters import RaterComparison, compare_raters
from alliance.compare.rating_drop import RatingDrop, rating_drop_in_other_rater
from alliance.compare.rules import RuleComparison, compare_rules
from alliance.compare.sources import SourceAgreement, compare_sources
from alliance.compare.truth import AgainstTruth, against_truth
from alliance.compare.unreported import UnreportedSigns, unreported_signs

__all__ = [
    "AgainstTruth",
    "Agreement",
    "LogAgreement",
    "RaterComparison",
    "RatingDrop",
    "RuleComparison",
    "SourceAgreement",
    "UnreportedSigns",
    "against_truth",
    "agreement",
    "average_precision",
    "compare_raters",
    "compare_rules",
    "compare_sources",
    "compare_with_log",
    "kappa",
    "rating_drop_in_other_rater",
    "unreported_signs",
]
