"""Checking: an export examined before anything is computed, every problem with row and fix."""

from alliance.checking.check import Check, check
from alliance.checking.suspicions import suspicions

__all__ = ["Check", "check", "suspicions"]
