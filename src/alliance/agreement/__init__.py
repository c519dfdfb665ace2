"""Agreement: rules against each other, the truth and the log; and one person against another."""

from alliance.agreement.against_log import compare_with_log
from alliance.agreement.comparing import compare_rules
from alliance.agreement.comparison import RuleComparison
from alliance.agreement.log_result import LogAgreement
from alliance.agreement.measures import Agreement, agreement, average_precision, kappa
from alliance.agreement.noticed_result import Noticed
from alliance.agreement.noticing import rupture_noticed
from alliance.agreement.sources import SourceAgreement, compare_sources
from alliance.agreement.truth import AgainstTruth, against_truth
from alliance.agreement.two_views import two_views
from alliance.agreement.two_views_result import TwoViews
from alliance.agreement.unspoken import unspoken
from alliance.agreement.unspoken_result import Unspoken

__all__ = [
    "AgainstTruth",
    "Agreement",
    "LogAgreement",
    "Noticed",
    "RuleComparison",
    "SourceAgreement",
    "TwoViews",
    "Unspoken",
    "against_truth",
    "agreement",
    "average_precision",
    "compare_rules",
    "compare_sources",
    "compare_with_log",
    "kappa",
    "rupture_noticed",
    "two_views",
    "unspoken",
]
