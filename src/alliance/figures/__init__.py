"""Every picture, drawn on Axes that are handed back; nothing is shown or written unasked."""

# What draws a result registers itself when it is loaded: `Result.plot` finds it by the type.
from alliance.figures import repair  # noqa: F401
from alliance.figures.agreement import agreement_heatmap as agreement_heatmap
from alliance.figures.chance import chance_strip as chance_strip
from alliance.figures.course import course as course
from alliance.figures.courses import courses as courses
from alliance.figures.distribution import score_distribution as score_distribution
from alliance.figures.error_rates import error_rates as error_rates
from alliance.figures.incidence import incidence as incidence
from alliance.figures.incidence import reliable_changes as reliable_changes
from alliance.figures.saving import save as save
from alliance.figures.style import COLOURS as COLOURS
from alliance.figures.style import STYLE as STYLE
from alliance.figures.style import style as style
