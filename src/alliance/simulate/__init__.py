"""Studies with known truth: alliance scores, ruptures, repairs, drop-out and a rupture log."""

from alliance.simulate.answers import Sheets
from alliance.simulate.dated_clinic import Clinic, clinic
from alliance.simulate.drawing import simulate
from alliance.simulate.folder import write_study
from alliance.simulate.likeness import like
from alliance.simulate.moments import Moments, moments
from alliance.simulate.named_worlds import worlds
from alliance.simulate.settings import find_world, parameters, with_typed
from alliance.simulate.study import Study
from alliance.simulate.world import World

__all__ = [
    "Clinic",
    "Moments",
    "Sheets",
    "Study",
    "World",
    "clinic",
    "find_world",
    "like",
    "moments",
    "parameters",
    "simulate",
    "with_typed",
    "worlds",
    "write_study",
]
