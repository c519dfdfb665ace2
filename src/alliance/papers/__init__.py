"""Tables as papers need them: APA style, as HTML, LaTeX, Word or CSV, with notes that say what was done."""

from alliance.apa import bounded, number, p_value
from alliance.papers.columns import (
    DASH,
    Column,
    coefficients,
    counts,
    intervals,
    numbers,
    p_values,
    percents,
    words,
)
from alliance.papers.table import PaperTable

__all__ = [
    "DASH",
    "Column",
    "PaperTable",
    "bounded",
    "coefficients",
    "counts",
    "intervals",
    "number",
    "numbers",
    "p_value",
    "p_values",
    "percents",
    "words",
]
