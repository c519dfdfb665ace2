"""Courses of therapy: which scores are meant is decided here, once, for every analysis."""

from alliance.course.blocks import CELLS, Batch, Block, layouts
from alliance.course.choosing import Choice, courses
from alliance.course.courses import Courses

__all__ = ["CELLS", "Batch", "Block", "Choice", "Courses", "courses", "layouts"]
