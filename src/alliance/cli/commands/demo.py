"""The command `demo`: every step on the bundled data."""

from pathlib import Path

from alliance.cli import options as opt
from alliance.cli.command import Command, Options, writes
from alliance.cli.screen import say


def run(options: Options) -> int:
    """Run every step on the bundled data."""
    from alliance.study.demo import run as run_demo

    index = run_demo(Path(options.output), force=options.force, say=say)
    say(f"\nThe report is here: {index.resolve()}")
    return 0


COMMAND = Command(
    name="demo",
    place=10,
    summary="run every step on the bundled data, into one folder",
    options=(
        writes("-o --output FOLDER", endings=(), default="alliance-demo"),
        opt.FORCE.but(help="overwrite the files of an earlier run"),
    ),
    run=run,
)
