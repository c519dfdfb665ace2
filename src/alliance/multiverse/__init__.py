"""Multiverse: the question of repair under every defensible choice, judged as a whole."""

from alliance.multiverse.answer import every_choice
from alliance.multiverse.choices import AXES, CRITERIA, Choices, Specification, choices
from alliance.multiverse.curve import SpecificationCurve
from alliance.multiverse.grid import Estimates, estimate_all
from alliance.multiverse.joint import STATISTICS, joint_table

__all__ = [
    "AXES",
    "CRITERIA",
    "STATISTICS",
    "Choices",
    "Estimates",
    "Specification",
    "SpecificationCurve",
    "choices",
    "estimate_all",
    "every_choice",
    "joint_table",
]
