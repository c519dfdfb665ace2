"""The command `power`: how many clients a planned study needs."""

from __future__ import annotations

from alliance.cli import options as opt
from alliance.cli.command import Command, Options, option
from alliance.cli.outputs import present
from alliance.cli.worlds import DEFAULT_WORLD, TRUTH, world_of


def run(options: Options) -> int:
    """Say how many clients a planned study needs."""
    from alliance.effects import planned_power

    world, _ = world_of(options.world or DEFAULT_WORLD, options)
    found = planned_power(
        options.gain,
        clients=options.clients,
        design=options.design,
        world=world,
        sessions=options.sessions,
        log_sensitivity=options.log_sensitivity,
        log_false_rate=options.log_false_rate,
        power=options.power,
        alpha=options.alpha,
        replications=options.replications,
        seed=options.seed,
        workers=options.workers,
    )
    present(found, options)
    return 0


COMMAND = Command(
    name="power",
    place=90,
    summary="how many clients a study of repaired ruptures needs, by simulation",
    epilog="Numbers of clients beyond those simulated are extrapolated, and called so.",
    options=(
        option("--gain SD", "true gain of each repair", type=float, required=True),
        option(
            "--clients N",
            "numbers of clients to simulate",
            type=int,
            nargs="+",
            default=[100, 200, 400, 800],
        ),
        option(
            "--design NAME",
            "P1, P2, P3, P4, 4d (ruptures found by a rule) or log",
            nargs="+",
            default=["P4", "log"],
        ),
        option("--power", "power wanted", default=0.8),
        option("--alpha", "level", default=0.05),
        option("--sessions N", "median of planned sessions", type=float),
        option("--log-sensitivity SHARE", "of ruptures that a log holds", type=float),
        option("--log-false-rate SHARE", "of quiet sessions that a log holds", type=float),
        option("--world WORLD", "by default R0d; see `simulate --list`"),
        *TRUTH,
        option("--replications N", "studies for each number", default=500),
        opt.WORKERS.but(default=-1, help="processes"),
        opt.SEED,
        opt.OUTPUT,
        opt.FIGURE,
        opt.PAPER_TABLE,
        opt.FORCE,
    ),
    run=run,
)
