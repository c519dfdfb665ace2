"""The rupture log: what client, therapist or observer reported of a session, checked and joined."""

from alliance.rupture_log.checking import RESOLVED_FROM, LogCheck, check_log, tidy_log
from alliance.rupture_log.codes import (
    CODES,
    CONFRONTATION,
    MARKERS,
    STRATEGIES,
    TRIGGERS,
    WITHDRAWAL,
    Code,
)
from alliance.rupture_log.columns import LOG
from alliance.rupture_log.counting import code_counts, has_code, source_counts
from alliance.rupture_log.joining import of_one_source, reports

__all__ = [
    "CODES",
    "CONFRONTATION",
    "LOG",
    "MARKERS",
    "RESOLVED_FROM",
    "STRATEGIES",
    "TRIGGERS",
    "WITHDRAWAL",
    "Code",
    "LogCheck",
    "check_log",
    "code_counts",
    "has_code",
    "of_one_source",
    "reports",
    "source_counts",
    "tidy_log",
]
