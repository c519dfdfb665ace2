"""The clinic: what needs attention on a day, what is new, and what differs between therapists."""

from alliance.clinic.changes import KINDS
from alliance.clinic.falls import Falls, falls
from alliance.clinic.funnel import Funnel, funnel, limits
from alliance.clinic.judge import Judged, judge
from alliance.clinic.losses import Loss, losses_of, refuse_large
from alliance.clinic.monitor import watch
from alliance.clinic.news import News
from alliance.clinic.now import now, state
from alliance.clinic.outcome import Outcome, outcomes_of
from alliance.clinic.page import review_page
from alliance.clinic.random_effects import RandomEffects, fit_random_effects
from alliance.clinic.reading import ReadSessions, read_sessions
from alliance.clinic.record import Record, make_record
from alliance.clinic.report import Report, clinic_report
from alliance.clinic.review import Review, review, with_losses
from alliance.clinic.settings import Settings
from alliance.clinic.silences import in_this_period
from alliance.clinic.words import Words, languages

__all__ = [
    "Falls",
    "Funnel",
    "Judged",
    "KINDS",
    "Loss",
    "News",
    "Outcome",
    "RandomEffects",
    "ReadSessions",
    "Record",
    "Report",
    "Review",
    "Settings",
    "Words",
    "clinic_report",
    "falls",
    "fit_random_effects",
    "funnel",
    "in_this_period",
    "judge",
    "languages",
    "limits",
    "losses_of",
    "make_record",
    "now",
    "outcomes_of",
    "read_sessions",
    "refuse_large",
    "review",
    "review_page",
    "state",
    "watch",
    "with_losses",
]
