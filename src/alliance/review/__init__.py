"""Review: what a clinic needs to know on a day, from what was known by then."""

from alliance.review.detectors import Detected
from alliance.review.reading import ReadSessions, read_sessions
from alliance.review.record import Record, make_record
from alliance.review.reviewing import Review, review
from alliance.review.settings import Settings
from alliance.review.silences import in_this_period

__all__ = [
    "Detected",
    "ReadSessions",
    "Record",
    "Review",
    "Settings",
    "in_this_period",
    "make_record",
    "read_sessions",
    "review",
]
