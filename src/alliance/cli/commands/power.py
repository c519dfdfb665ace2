"""The command `power`: how many clients a planned study needs."""

import alliance as al
from alliance.cli import options as opt
from alliance.cli.command import Command, Options, option, picked
from alliance.cli.outputs import present
from alliance.cli.worlds import TRUTH, world_of


def run(options: Options) -> int:
    """Say how many clients a planned study needs."""
    world, _ = world_of(options)
    plan = al.effects.Plan(
        world=world, **picked(options, "sessions", "log_sensitivity", "log_false_rate")
    )
    with al.on_cluster(options.cluster):
        found = al.planned_power(
            options.gain,
            plan=plan,
            analyses=options.by,
            **picked(options, "clients", "power", "replications", "seed", "workers"),
        )
    return present(found, options)


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
            default=[100, 200, 400],
        ),
        option(
            "--by WHAT",
            "scores (the rung that assumes least), both (a log as evidence in it) or log (the regression)",
            nargs="+",
            default=["scores"],
        ),
        option("--power", "power wanted", default=0.8),
        option("--sessions N", "median of planned sessions", type=float),
        option("--log-sensitivity SHARE", "of ruptures that a log holds", type=float),
        option("--log-false-rate SHARE", "of quiet sessions that a log holds", type=float),
        option("--world WORLD", "by default R0d; see `simulate --list`"),
        *TRUTH,
        option("--replications N", "studies for each number", default=100),
        opt.WORKERS.but(default=None),
        opt.CLUSTER,
        opt.SEED,
        *opt.WRITTEN,
    ),
    run=run,
)
