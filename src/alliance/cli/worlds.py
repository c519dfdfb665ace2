"""What is true of simulated studies: a named world, changed, or like a pilot study."""

from __future__ import annotations

import sys
from typing import Any

import alliance as al
from alliance.cli import options as opt
from alliance.cli.command import Group, Option, Options, option, picked, reads
from alliance.cli.inputs import sessions_of
from alliance.cli.screen import say

DEFAULT_WORLD = "R0d"
TRUTH: tuple[Option | Group, ...] = (
    option(
        "--set NAME=VALUE ...",
        "a parameter of the world (repeatable), e.g. --set hazard=0.03 --set depth=0.5,1.2",
        dest="changes",
    ),
    Group(
        title="studies like a pilot study",
        options=(
            reads("--like SESSIONS", "table made by `alliance score`", dest="sessions_file"),
            *opt.SCORES,
        ),
    ),
)


def first(*values: int | None) -> int:
    """Return the first value that was said."""
    return next(value for value in values if value is not None)


def world_of(options: Options) -> tuple[al.simulate.World, dict[str, Any]]:
    """Return the world that is meant, like a pilot study if one is given, with its changes."""
    with_typed = al.simulate.with_typed
    world, told = al.simulate.find_world(options.world or DEFAULT_WORLD)
    changes = opt.pairs(options.changes, "--set")
    if not options.sessions_file:
        return with_typed(world, changes), told
    pilot = sessions_of(options, options.sessions_file)
    say("Fitting a world to the pilot study ...", to=sys.stderr)
    # What is asked for is there before the fit, which holds it as given ...
    base = with_typed(world, changes)
    which = picked(options, "scale", "rater", "instrument")
    world = al.simulate.like(pilot, base=base, seed=first(options.seed, 0), **which)
    # What was asked for stands, whatever the pilot study says.
    return with_typed(world, changes), told
