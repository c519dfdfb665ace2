"""Agreement: rule against rule, and rules against what is known to be true."""

from alliance.agreement.comparing import compare_rules
from alliance.agreement.comparison import RuleComparison
from alliance.agreement.measures import Agreement, agreement, average_precision, kappa
from alliance.agreement.truth import AgainstTruth, against_truth

__all__ = [
    "AgainstTruth",
    "Agreement",
    "RuleComparison",
    "against_truth",
    "agreement",
    "average_precision",
    "compare_rules",
    "kappa",
]
