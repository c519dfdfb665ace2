"""Monitoring: what is new since the last look at a growing export, and nothing twice."""

from alliance.monitoring.news import KINDS, News
from alliance.monitoring.watching import watch

__all__ = ["KINDS", "News", "watch"]
