"""Every picture, drawn on Axes that are handed back; nothing is shown or written unasked."""

# What draws a result registers itself when it is loaded: `Result.plot` finds it by the type.
from alliance.figures import repair  # noqa: F401
from alliance.figures.agreement import agreement_heatmap
from alliance.figures.chance import chance_strip
from alliance.figures.course import course
from alliance.figures.courses import courses
from alliance.figures.distribution import score_distribution
from alliance.figures.error_rates import error_rates
from alliance.figures.incidence import incidence, reliable_changes
from alliance.figures.saving import save
from alliance.figures.style import COLOURS, STYLE, style

__all__ = [
    "COLOURS",
    "STYLE",
    "agreement_heatmap",
    "chance_strip",
    "course",
    "courses",
    "error_rates",
    "incidence",
    "reliable_changes",
    "save",
    "score_distribution",
    "style",
]
