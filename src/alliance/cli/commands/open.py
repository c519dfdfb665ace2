"""The command `open`: the page on this computer, for those who do not type commands."""

import sys

from alliance.cli.command import Command, Options, option, reads
from alliance.cli.screen import say
from alliance.errors import AllianceError


def run(options: Options) -> int:
    """Serve the page until it ends."""
    try:
        from alliance.page import serve
    except ImportError as error:
        raise AllianceError(
            f"The page needs {error.name}, which is not installed.\n"
            "To fix: install this package with its extra 'page'."
        ) from None

    serve(
        options.file,
        browser=not options.no_browser,
        idle=60 * options.idle,
        say=lambda address: say(
            "The page opens in your browser. If it does not, open this address there; it works "
            f"once:\n{address}\nTo end: the button on the page, or Ctrl-C here.",
            to=sys.stdout,
        ),
    )
    say("The page has ended; what was uploaded is wiped.")
    return 0


COMMAND = Command(
    name="open",
    place=15,
    summary="a page in your browser: choose a file, answer what is open, get the review",
    epilog="The page is served on this computer, to this computer only; nothing is sent anywhere.",
    options=(
        reads("file FILE", "the export to begin with", nargs="?"),
        option("--no-browser", "only print the address"),
        option("--idle MINUTES", "end after so long without use", default=60.0),
    ),
    run=run,
)
