"""Results: numbers are data, words are templates; one renderer each for page, Word, LaTeX and CSV."""

from alliance.results.columns import DASH as DASH
from alliance.results.columns import Column as Column
from alliance.results.columns import coefficients as coefficients
from alliance.results.columns import counts as counts
from alliance.results.columns import intervals as intervals
from alliance.results.columns import numbers as numbers
from alliance.results.columns import p_values as p_values
from alliance.results.columns import percents as percents
from alliance.results.columns import words as words
from alliance.results.numbers import bounded as bounded
from alliance.results.numbers import number as number
from alliance.results.numbers import p_text as p_text
from alliance.results.numbers import p_value as p_value
from alliance.results.page import Figure as Figure
from alliance.results.page import Page as Page
from alliance.results.page import Section as Section
from alliance.results.page import embed as embed
from alliance.results.page import in_html as in_html
from alliance.results.publication import PublicationTable as PublicationTable
from alliance.results.result import Result as Result
from alliance.results.result import draws as draws
from alliance.results.specification import Spec as Spec
