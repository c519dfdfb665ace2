"""Every picture, drawn on Axes that are handed back; nothing is shown or written unasked."""

from alliance.figures.agreement import agreement_heatmap, rule_agreement, source_agreement
from alliance.figures.around_rupture import around_rupture, influence
from alliance.figures.chance import chance_strip
from alliance.figures.changes import reliable_changes
from alliance.figures.course import course
from alliance.figures.courses import courses
from alliance.figures.distribution import score_distribution
from alliance.figures.error_rates import error_rates
from alliance.figures.incidence import incidence
from alliance.figures.log_agreement import compare_raters, log_agreement
from alliance.figures.of_ruptures import draw_chance, draw_incidence, draw_ruptures
from alliance.figures.power import power_curves
from alliance.figures.saving import save
from alliance.figures.sensitivity import sensitivity_curve
from alliance.figures.style import COLOURS, STYLE, style

__all__ = [
    "COLOURS",
    "STYLE",
    "agreement_heatmap",
    "around_rupture",
    "chance_strip",
    "compare_raters",
    "course",
    "courses",
    "draw_chance",
    "draw_incidence",
    "draw_ruptures",
    "error_rates",
    "incidence",
    "influence",
    "log_agreement",
    "power_curves",
    "reliable_changes",
    "rule_agreement",
    "save",
    "score_distribution",
    "sensitivity_curve",
    "source_agreement",
    "style",
]
