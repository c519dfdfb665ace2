"""Chance: what the same rule finds where there is nothing to find."""

from alliance.chance.level import ChanceLevel
from alliance.chance.measuring import chance_level, chance_of
from alliance.chance.noise import Noise

__all__ = ["ChanceLevel", "Noise", "chance_level", "chance_of"]
