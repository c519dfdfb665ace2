"""The command `reliability`: how far the scores of an export can be trusted."""

from alliance.cli import options as opt
from alliance.cli.command import Command, Options
from alliance.cli.inputs import responses_of
from alliance.cli.outputs import present


def run(options: Options) -> int:
    """Report the reliability of an export's scores."""
    from alliance.reliability import assess_reliability

    result = assess_reliability(responses_of(options))
    return present(result, options)


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
