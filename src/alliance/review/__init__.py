"""Review: what a clinic needs to know on a day, from what was known by then."""

from alliance.review.detectors import Detected
from alliance.review.reading import ReadSessions, read_sessions
from alliance.review.record import Record, make_record
from alliance.review.reviewing import Review, review
from alliance.review.settings import Settings

__all__ = [
    "Detected",
    "ReadSessions",
    "Record",
    "Review",
    "Settings",
    "make_record",
    "read_sessions",
    "review",
]
