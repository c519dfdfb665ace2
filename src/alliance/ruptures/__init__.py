"""Ruptures: found by a rule, followed to repair, explained, counted by course and by time."""

from alliance.ruptures.engine import STATES as STATES
from alliance.ruptures.engine import Scan as Scan
from alliance.ruptures.engine import scan as scan
from alliance.ruptures.finding import check_made_for as check_made_for
from alliance.ruptures.finding import find_ruptures as find_ruptures
from alliance.ruptures.finding import misfit as misfit
from alliance.ruptures.finding import pooled_quantities as pooled_quantities
from alliance.ruptures.following import OUTCOMES as OUTCOMES
from alliance.ruptures.found import Ruptures as Ruptures
from alliance.ruptures.history import Histories as Histories
from alliance.ruptures.history import histories as histories
from alliance.ruptures.incidence import CumulativeIncidence as CumulativeIncidence
from alliance.ruptures.incidence import cumulative_incidence as cumulative_incidence
