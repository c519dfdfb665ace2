"""Courses of therapy: which scores are meant is decided here, once, for every analysis."""

from alliance.course.blocks import CELLS as CELLS
from alliance.course.blocks import Batch as Batch
from alliance.course.blocks import Block as Block
from alliance.course.blocks import layouts as layouts
from alliance.course.choosing import Choice as Choice
from alliance.course.choosing import courses as courses
from alliance.course.courses import Courses as Courses
