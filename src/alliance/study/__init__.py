"""A study's report, its demonstration, and its tables made ready to share with nobody named."""

from alliance.study.deidentify import Sharing
from alliance.study.export import Bundle, Contents, export_study
from alliance.study.report import study_page

__all__ = [
    "Bundle",
    "Contents",
    "Sharing",
    "export_study",
    "study_page",
]
