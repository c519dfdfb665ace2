"""Results: numbers are data, words are templates; one renderer each for page, Word, LaTeX and CSV."""

from alliance.results.columns import (
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
from alliance.results.drawing import draws
from alliance.results.numbers import bounded, number, p_text, p_value
from alliance.results.page import Figure, Page, Section, embed, in_html
from alliance.results.publication import PublicationTable
from alliance.results.result import Result
from alliance.results.specification import Spec

__all__ = [
    "Column",
    "DASH",
    "Figure",
    "Page",
    "PublicationTable",
    "Result",
    "Section",
    "Spec",
    "bounded",
    "coefficients",
    "counts",
    "draws",
    "embed",
    "in_html",
    "intervals",
    "number",
    "numbers",
    "p_text",
    "p_value",
    "p_values",
    "percents",
    "words",
]
