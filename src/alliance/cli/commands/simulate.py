"""The command `simulate`: a synthetic study with known truth."""

from __future__ import annotations

import textwrap
from pathlib import Path

import alliance as al
from alliance.cli import options as opt
from alliance.cli.command import Command, Options, option, reads, writes
from alliance.cli.screen import WIDTH, say, wrapped
from alliance.cli.worlds import TRUTH, first, world_of
from alliance.errors import AllianceError, join_names

DEFAULT_CLIENTS = 200


def run(options: Options) -> int:
    """Write a simulated study with its truth, or list what can be simulated."""
    from alliance.simulate.folder import refuse_filled

    if options.list:
        say(_list())
        return 0
    # Before the study is drawn, because the drawing can take a while.
    refuse_filled(Path(options.output), force=options.force)
    world, told = world_of(options)
    # What is typed, then what the settings of an earlier study say, then the default.
    clients = first(options.clients, told.get("clients"), DEFAULT_CLIENTS)
    seed = first(options.seed, told.get("seed"), 0)
    if seed < 0:
        raise AllianceError(f"--seed must be a whole number of 0 or more, not {seed}.")
    study = al.simulate.simulate(world, clients=clients, seed=seed)
    paths = al.simulate.write_study(study, options.output, seed=seed, force=options.force)
    say(wrapped(study.text()))
    say(f"\nWrote the SYNTHETIC study to {options.output}: {join_names(p.name for p in paths)}.")
    return 0


def _list() -> str:
    """Return all worlds and all parameters of a world as a screen of text."""
    lines = ["Worlds (what differs from R0d, the ordinary world with ruptures and no gain)", ""]
    lines += [_entry(name, _differing(world)) for name, world in al.simulate.worlds().items()]
    lines += ["", "Parameters, with the value in R0d (change them with --set NAME=VALUE)", ""]
    lines += [
        _entry(row.parameter, f"{row.value}. {row.meaning}")
        for row in al.simulate.parameters().itertuples()
        if row.parameter != "name"
    ]
    return "\n".join(lines)


def _differing(world: al.simulate.World) -> str:
    parameters = al.simulate.parameters
    there = parameters().set_index("parameter")["value"].drop("name")
    here = parameters(world).set_index("parameter")["value"].drop("name")
    return ", ".join(f"{name}={here[name]}" for name in there.index[here.ne(there)]) or "nothing"


def _entry(name: object, text: str) -> str:
    return textwrap.fill(f"  {name:<25} {text}", WIDTH, subsequent_indent=" " * 28)


COMMAND = Command(
    name="simulate",
    place=80,
    summary="write a synthetic study with known truth, by a named world or like a pilot study",
    epilog="All worlds and parameters: alliance simulate --list",
    options=(
        reads("world WORLD", "a named world, by default R0d, or a settings.json", nargs="?"),
        option("--list", "show all worlds and parameters"),
        option("--clients N", "by default 200", type=int),
        option("--seed N", "by default 0", type=int),
        writes("-o --output FOLDER", endings=(), default="synthetic-study"),
        *TRUTH,
        opt.FORCE.but(help="write into a folder that is not empty"),
    ),
    run=run,
)
