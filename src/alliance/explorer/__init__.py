"""Explorer: choose client, scale, rule and thresholds, and see what follows at once."""

from alliance.explorer.controls import Explorer as Explorer
from alliance.explorer.controls import explore as explore
from alliance.explorer.view import Choice as Choice
from alliance.explorer.view import Shown as Shown
from alliance.explorer.view import View as View
