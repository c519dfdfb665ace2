"""Compare: rules with each other, the truth and the log; one person with another."""

from alliance.compare.log import LogAgreement as LogAgreement
from alliance.compare.log import compare_with_log as compare_with_log
from alliance.compare.measures import Agreement as Agreement
from alliance.compare.measures import agreement as agreement
from alliance.compare.measures import average_precision as average_precision
from alliance.compare.measures import kappa as kappa
from alliance.compare.raters import RaterComparison as RaterComparison
from alliance.compare.raters import compare_raters as compare_raters
from alliance.compare.rating_drop import RatingDrop as RatingDrop
from alliance.compare.rating_drop import rating_drop_in_other_rater as rating_drop_in_other_rater
from alliance.compare.rules import RuleComparison as RuleComparison
from alliance.compare.rules import compare_rules as compare_rules
from alliance.compare.sources import SourceAgreement as SourceAgreement
from alliance.compare.sources import compare_sources as compare_sources
from alliance.compare.truth import AgainstTruth as AgainstTruth
from alliance.compare.truth import against_truth as against_truth
from alliance.compare.unreported import UnreportedSigns as UnreportedSigns
from alliance.compare.unreported import unreported_signs as unreported_signs
