"""Every picture, drawn on Axes that are handed back; nothing is shown or written unasked."""

from alliance.figures.agreement import agreement_heatmap, rule_agreement, source_agreement
from alliance.figures.chance import chance_strip
from alliance.figures.course import course
from alliance.figures.courses import courses
from alliance.figures.distribution import score_distribution
from alliance.figures.error_rates import error_rates
from alliance.figures.gain import gain
from alliance.figures.incidence import incidence
from alliance.figures.landmark import against_surrogates, before_and_after, reliable_changes
from alliance.figures.log_agreement import compare_raters, log_agreement
from alliance.figures.of_ruptures import draw_chance, draw_incidence, draw_ruptures
from alliance.figures.power import power_curves
from alliance.figures.saving import save
from alliance.figures.specifications import specification_curve
from alliance.figures.style import COLOURS, STYLE, style

__all__ = [
    "COLOURS",
    "STYLE",
    "against_surrogates",
    "agreement_heatmap",
    "before_and_after",
    "chance_strip",
    "course",
    "courses",
    "draw_chance",
    "draw_incidence",
    "draw_ruptures",
    "error_rates",
    "gain",
    "incidence",
    "log_agreement",
    "power_curves",
    "reliable_changes",
    "rule_agreement",
    "save",
    "score_distribution",
    "source_agreement",
    "specification_curve",
    "style",
    "compare_raters",
]
