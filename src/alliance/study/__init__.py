"""A study's report, its demonstration, and its tables made ready to share with nobody named."""

from alliance.study.deidentify import Sharing as Sharing
from alliance.study.export import Bundle as Bundle
from alliance.study.export import Contents as Contents
from alliance.study.export import export_study as export_study
from alliance.study.report import study_page as study_page
