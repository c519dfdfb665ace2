"""The rupture log: what client, therapist or observer reported of a session, read, checked and joined."""

from alliance.log.check import RESOLVED_FROM, LogCheck, check_log, tidy_log
from alliance.log.columns import (
    CODES,
    CONFRONTATION,
    LOG,
    MARKERS,
    STRATEGIES,
    TRIGGERS,
    WITHDRAWAL,
    Code,
)
from alliance.log.counts import code_counts, has_code, source_counts
from alliance.log.episodes import of_one_source, reports
from alliance.log.file import examine_log, read_log
from alliance.log.form import write_log_form

__all__ = [
    "CODES",
    "CONFRONTATION",
    "Code",
    "LOG",
    "LogCheck",
    "MARKERS",
    "RESOLVED_FROM",
    "STRATEGIES",
    "TRIGGERS",
    "WITHDRAWAL",
    "check_log",
    "code_counts",
    "examine_log",
    "has_code",
    "of_one_source",
    "read_log",
    "reports",
    "source_counts",
    "tidy_log",
    "write_log_form",
]
