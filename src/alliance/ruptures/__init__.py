"""Ruptures: sessions and a rule give episodes, and say why a session was or was not flagged."""

from alliance.ruptures.engine import STATES, Scan, scan
from alliance.ruptures.finding import find_ruptures, pooled_quantities
from alliance.ruptures.following import OUTCOMES
from alliance.ruptures.found import Ruptures
from alliance.ruptures.series import Series

__all__ = [
    "OUTCOMES",
    "STATES",
    "Ruptures",
    "Scan",
    "Series",
    "find_ruptures",
    "pooled_quantities",
    "scan",
]
