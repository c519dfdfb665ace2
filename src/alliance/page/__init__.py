"""Page: a clinic without a terminal: choose a file, answer what is open, get the review."""

from alliance.page.server import serve as serve
