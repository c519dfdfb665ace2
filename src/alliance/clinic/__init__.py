"""The clinic: what needs attention on a day, what is new, and what differs between therapists."""

from alliance.clinic.detectors import Detected
from alliance.clinic.funnel import Funnel, funnel, limits
from alliance.clinic.monitor import watch
from alliance.clinic.news import KINDS, News
from alliance.clinic.random_effects import RandomEffects, fit_random_effects
from alliance.clinic.record import Record, make_record
from alliance.clinic.review import Review, review
from alliance.clinic.review_page import review_page
from alliance.clinic.session_reading import ReadSessions, read_sessions
from alliance.clinic.settings import Settings
from alliance.clinic.silences import in_this_period

__all__ = [
    "Detected",
    "Funnel",
    "KINDS",
    "News",
    "RandomEffects",
    "ReadSessions",
    "Record",
    "Review",
    "Settings",
    "fit_random_effects",
    "funnel",
    "in_this_period",
    "limits",
    "make_record",
    "read_sessions",
    "review",
    "review_page",
    "watch",
]
