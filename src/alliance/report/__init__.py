"""Report: results as self-contained pages, safe to open and to pass on."""

from alliance.files import refuse_existing, write_table, write_text
from alliance.report.log_form import write_log_form
from alliance.report.page import Figure, Page, Section, embed
from alliance.report.review_page import review_page
from alliance.report.study_page import study_page

__all__ = [
    "Figure",
    "Page",
    "Section",
    "embed",
    "refuse_existing",
    "review_page",
    "study_page",
    "write_log_form",
    "write_table",
    "write_text",
]
