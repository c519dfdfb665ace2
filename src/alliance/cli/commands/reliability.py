"""The command `reliability`: how far the scores of an export can be trusted."""

import alliance as al
from alliance.cli import options as opt
from alliance.cli.command import Command, Options
from alliance.cli.inputs import responses_of
from alliance.cli.outputs import present


def run(options: Options) -> int:
    """Report the reliability of an export's scores."""
    return present(al.assess_reliability(responses_of(options)), options)


COMMAND = Command(
    name="reliability",
    place=50,
    summary="alpha, omega, within-person reliability and reliable change",
    options=(
        opt.EXPORT,
        opt.COLUMNS,
        opt.WHEN,
        opt.OUTPUT,
        opt.SET_ASIDE,
        opt.PAPER_TABLE,
        opt.FORCE,
    ),
    run=run,
)
