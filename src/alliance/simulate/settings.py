"""Worlds as text: the list of parameters, values typed by hand, and the settings of a study."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from alliance.errors import AllianceError, join_names, suggest
from alliance.files import read_small_text
from alliance.simulate.world import PARAMETERS, World, worlds

_WORDS = {"yes": True, "true": True, "no": False, "false": False}


def parameters(world: World | None = None) -> pd.DataFrame:
    """Return every parameter of a world (the ordinary one if not given): parameter, value, meaning.

    Parameters
    ----------
    world : World, optional

    Examples
    --------
    >>> table = parameters().set_index("parameter")
    >>> table.loc["gain", "value"], table.loc["gain", "meaning"]
    ('0', 'Lasting rise after each repair, from the first session after the dip, SD.')
    """
    world = world or World()
    rows = [
        (name, _typed(getattr(world, name)), entry["meaning"]) for name, entry in PARAMETERS.items()
    ]
    return pd.DataFrame(rows, columns=["parameter", "value", "meaning"])


def _typed(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(_typed, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def with_typed(world: World, changes: Mapping[str, str]) -> World:
    """Return a world with values that were typed by hand; an error lists every one that cannot be.

    Parameters
    ----------
    world : World
    changes : mapping of str to str
        Parameters and their values; several numbers with commas between them.

    Examples
    --------
    >>> with_typed(World(), {"gain": "0.3", "depth": "0.5,1.2"}).depth
    (0.5, 1.2)
    """
    read, wrong = {}, []
    for name, text in changes.items():
        if name not in World.__dataclass_fields__:
            wrong.append(f"there is no '{name}'.{suggest(name, World.__dataclass_fields__)}")
            continue
        usual = World.__dataclass_fields__[name].default
        try:
            read[name] = _read(text, usual)
        except (ValueError, KeyError):
            wrong.append(f"{name} cannot be '{text}'; write it like {name}={_typed(usual)}")
    if wrong:
        lines = "\n".join(f"  - {each}" for each in wrong)
        raise AllianceError(
            f"These parameters of a world cannot be set:\n{lines}\n"
            "To fix: `alliance simulate --list` shows every parameter."
        )
    if read and "name" not in read:
        typed = ", ".join(f"{name}={_typed(value)}" for name, value in read.items())
        read["name"] = f"{world.name} with {typed}".strip()
    return world.but(**read)


def _read(text: str, like: object) -> object:
    if isinstance(like, tuple):
        return tuple(_read(part, like[0]) for part in text.split(","))
    if isinstance(like, bool):
        return _WORDS[text.strip().casefold()]
    kind: Any = type(like)
    return kind(text)


def settings_text(world: World, *, clients: int, seed: int | None) -> str:
    """Return as JSON what is needed to make a study again."""
    from alliance.version import __version__

    settings = {
        "synthetic": True,
        "made_by": f"alliance {__version__}",
        "clients": clients,
        "seed": seed,
        "world": asdict(world),
    }
    return json.dumps(settings, indent=2) + "\n"


def find_world(name: str) -> tuple[World, dict[str, object]]:
    """Return a world by its name, or from the settings file of a study.

    Parameters
    ----------
    name : str
        One of `worlds`, or the path of a ``settings.json``.

    Returns
    -------
    world : World
    settings : dict
        clients and seed, where the file holds them.

    Raises
    ------
    AllianceError
        If there is no such world, or the file is not one of settings.

    Examples
    --------
    >>> find_world("A3d")[0].gain
    0.3
    """
    if name in worlds():
        return worlds()[name], {}
    path = Path(name)
    if path.suffix.lower() == ".json":
        return _from_file(path)
    raise AllianceError(
        f"There is no world '{name}'.{suggest(name, worlds())} Known: {join_names(worlds(), 30)}, "
        "or a settings.json."
    )


def _from_file(path: Path) -> tuple[World, dict[str, object]]:
    try:
        told = json.loads(read_small_text(path, "file of settings"))
        values = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in told["world"].items()
        }
        kept = {name: told[name] for name in ("clients", "seed") if isinstance(told.get(name), int)}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise AllianceError(
            f"{path} does not hold the settings of a simulated study.\n"
            "To fix: give a settings.json that `alliance simulate` wrote."
        ) from None
    return _checked(values, path), kept


def _checked(values: Mapping[str, object], path: Path) -> World:
    """Return the world of a settings file, if every value is of its parameter's kind."""
    there = {name: getattr(World(), name) for name in values if hasattr(World(), name)}
    wrong = [name for name, like in there.items() if not _fits(values[name], like)]
    if wrong:
        raise AllianceError(f"{path}: {join_names(wrong)} cannot have the value given.")
    return World().but(**values)


def _fits(value: object, like: object) -> bool:
    if isinstance(like, tuple):
        return isinstance(value, tuple) and value != () and all(_fits(v, like[0]) for v in value)
    if isinstance(like, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is type(like)
