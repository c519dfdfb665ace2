"""Compare: rules with each other, the truth and the log; one person with another."""

from alliance.compare.against_log import compare_with_log
from alliance.compare.comparing import compare_rules
from alliance.compare.comparison import RuleComparison
from alliance.compare.log_result import LogAgreement
from alliance.compare.measures import Agreement, agreement, average_precision, kappa
from alliance.compare.noticed_result import RatingDrop
from alliance.compare.noticing import rating_drop_in_other_rater
from alliance.compare.sources import SourceAgreement, compare_sources
from alliance.compare.truth import AgainstTruth, against_truth
from alliance.compare.two_views import compare_raters
from alliance.compare.two_views_result import RaterComparison
from alliance.compare.unspoken import unreported_signs
from alliance.compare.unspoken_result import UnreportedSigns

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
