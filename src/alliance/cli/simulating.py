"""The commands `simulate` and `power`: studies with known truth, and how many clients one needs."""

from __future__ import annotations

import sys
import textwrap
from argparse import Namespace
from pathlib import Path

from alliance.cli.finding import chosen_sessions
from alliance.cli.options import pairs
from alliance.cli.showing import WIDTH, shown, warnings_as_notes, wrapped
from alliance.cli.tables import check_table, write_paper_table
from alliance.errors import AllianceError, join_names
from alliance.files import refuse_existing, write_table
from alliance.simulate import World, find_world, like, parameters, with_typed, worlds

DONE = 0
DEFAULT_WORLD, DEFAULT_CLIENTS = "R0d", 200


def simulate(options: Namespace) -> int:
    """Write a simulated study with its truth, or list what can be simulated."""
    from alliance.simulate import simulate as draw
    from alliance.simulate import write_study
    from alliance.simulate.folder import refuse_filled

    if options.list:
        print(_list())
        return DONE
    refuse_filled(Path(options.output), force=options.force)
    world, told = _world(options.world or DEFAULT_WORLD, options)
    clients = _first(options.clients, told.get("clients"), DEFAULT_CLIENTS)
    seed = _first(options.seed, told.get("seed"), 0)
    if seed < 0:
        raise AllianceError(f"--seed must be a whole number of 0 or more, not {seed}.")
    study = draw(world, clients=clients, rng=seed)
    paths = write_study(study, options.output, seed=seed, force=options.force)
    print(wrapped(study.text()))
    print(f"\nWrote the SYNTHETIC study to {options.output}: {join_names(p.name for p in paths)}.")
    return DONE


def power(options: Namespace) -> int:
    """Say how many clients a planned study needs."""
    from alliance.effects import planned_power
    from alliance.figures.saving import check_path

    outputs = [Path(name) for name in (options.output, options.figure) if name]
    refuse_existing(outputs, force=options.force)
    check_table(options)
    if options.figure:
        check_path(options.figure)
    world, _ = _world(options.world or DEFAULT_WORLD, options)
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
    print(wrapped(found.text()) + "\n")
    print(shown(found.summary()))
    if options.output:
        print(f"\nWrote {write_table(found.frame, options.output, force=options.force)}.")
    if options.table:
        write_paper_table(found.to_table(), options)
    if options.figure:
        from alliance import figures

        print(f"\nDrew {figures.save(found.plot(), options.figure)}.")
    return DONE


def _first(*values: int | None) -> int:
    return next(value for value in values if value is not None)


def _world(name: str, options: Namespace) -> tuple[World, dict]:
    """Return the world that is meant, like a pilot study if one is given, with its changes."""
    world, told = find_world(name)
    changes = pairs(options.changes, "--set")
    if not options.sessions_file:
        return with_typed(world, changes), told
    settings = vars(options) | {"sessions": options.sessions_file}
    pilot = chosen_sessions(Namespace(**settings))
    print("Fitting a world to the pilot study ...", file=sys.stderr)
    with warnings_as_notes():
        base = with_typed(world, changes)
        world = like(pilot, base=base, scale=options.scale, rng=_first(options.seed, 0))
    # What was asked for stands, whatever the pilot study says.
    return with_typed(world, changes), told


def _list() -> str:
    """Return all worlds and all parameters of a world as a screen of text."""
    lines = ["Worlds (what differs from R0d, the ordinary world with ruptures and no gain)", ""]
    lines += [_entry(name, _differing(world)) for name, world in worlds().items()]
    lines += ["", "Parameters, with the value in R0d (change them with --set NAME=VALUE)", ""]
    lines += [
        _entry(row.parameter, f"{row.value}. {row.meaning}")
        for row in parameters().itertuples()
        if row.parameter != "name"
    ]
    return "\n".join(lines)


def _differing(world: World) -> str:
    there = parameters().set_index("parameter")["value"].drop("name")
    here = parameters(world).set_index("parameter")["value"].drop("name")
    return ", ".join(f"{name}={here[name]}" for name in there.index[here.ne(there)]) or "nothing"


def _entry(name: str, text: str) -> str:
    indent = " " * 28
    return textwrap.fill(f"  {name:<25} {text}", WIDTH, subsequent_indent=indent)
