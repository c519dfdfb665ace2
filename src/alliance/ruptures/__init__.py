"""Ruptures: found by a rule, followed to repair, explained, counted by course and by time."""

from alliance.ruptures.engine import STATES, Scan, scan
from alliance.ruptures.finding import check_made_for, find_ruptures, misfit, pooled_quantities
from alliance.ruptures.following import OUTCOMES
from alliance.ruptures.found import Ruptures
from alliance.ruptures.history import Histories, histories
from alliance.ruptures.incidence import CumulativeIncidence, cumulative_incidence

__all__ = [
    "CumulativeIncidence",
    "Histories",
    "OUTCOMES",
    "Ruptures",
    "STATES",
    "Scan",
    "check_made_for",
    "cumulative_incidence",
    "find_ruptures",
    "histories",
    "misfit",
    "pooled_quantities",
    "scan",
]
