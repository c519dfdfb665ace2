"""Explorer: choose client, scale, rule and thresholds, and see what follows at once."""

from alliance.explorer.controls import Explorer, explore
from alliance.explorer.view import Choice, Shown, View, named

__all__ = ["Choice", "Explorer", "Shown", "View", "explore", "named"]
