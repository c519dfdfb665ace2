"""Courses of therapy: which scores are meant is decided here, once, for every analysis."""

from alliance.course.blocks import CELLS, Block, block, layouts
from alliance.course.choosing import Choice, courses
from alliance.course.courses import Courses

__all__ = ["CELLS", "Block", "Choice", "Courses", "block", "courses", "layouts"]
