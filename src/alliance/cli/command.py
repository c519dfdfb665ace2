"""A command as a value: its name, its options, and what it does; found in `cli/commands`, a file each."""

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, Self

Options = argparse.Namespace
Endings = tuple[str, ...]


# Tuples with names: loading dataclasses takes a fourth of the time in which `--help` answers.
class Option(NamedTuple):
    """One option, or positional argument, of a command; `settings` as argparse takes them.

    A file that it names is never written over if `reads` is set; `writes` are the endings of a file
    that is written, none for a folder.
    """

    flags: tuple[str, ...]
    settings: Mapping[str, Any]
    reads: bool = False
    writes: Endings | None = None

    @property
    def dest(self) -> str:
        """The attribute of the parsed options that holds the value."""
        # argparse names a value after the first long flag; so do we, to find it again.
        name = next((flag for flag in self.flags if flag.startswith("--")), self.flags[0])
        return str(self.settings.get("dest", name.lstrip("-").replace("-", "_")))

    def paths(self, options: Options) -> Iterable[Path]:
        """Yield the paths that were given with it."""
        value = getattr(options, self.dest, None)
        for text in value if isinstance(value, list) else [value]:
            # A NUL byte ends the life of every function of paths; the reader will name it.
            if isinstance(text, str) and text and "\0" not in text:
                yield Path(text)

    @property
    def arguments(self) -> dict[str, Any]:
        """The settings, the help with the default named."""
        # The default is named by one rule, so that no help text can go out of step with it.
        shown = self.settings.get("help") or ""
        if (
            isinstance(self.settings.get("default"), int | float | str | list)
            and self.settings["default"] != []
        ):
            shown = f"{shown}, by default %(default)s".removeprefix(", ")
        return {**self.settings, "help": shown}

    def but(self, **settings: Any) -> Self:
        """Return the option with some settings changed, e.g. another default."""
        return self._replace(settings={**self.settings, **settings})


class Group(NamedTuple):
    """Options under a title of their own in the help; `exclusive` if only one may be given."""

    options: tuple[Option, ...]
    title: str = ""
    about: str | None = None
    exclusive: bool = False


def picked(options: object, *names: str) -> dict[str, Any]:
    """Return some of the parsed options by name, to be passed on under the same names."""
    return {name: getattr(options, name) for name in names}


def option(spec: str, help: str | None = None, **settings: Any) -> Option:
    """Return an option that names no file.

    `spec`: flags, and what stands for the value: ``"-o --output FILE"``; without a value it is a
    switch, with ``...`` behind it can be given again. Without a flag: ``"export EXPORT"``.
    `**settings`: as `argparse.ArgumentParser.add_argument` takes them. The type follows from a
    number as default.

    >>> option("--window N", "sessions between a pair", default=1).settings["type"]
    <class 'int'>
    """
    # A short language for the many: flags first, then what stands for the value.
    words = [word for word in spec.split() if word != "..."]
    flags = [word for word in words if word.startswith("-")] or words[:1]
    value = [word for word in words if word not in flags]
    given: dict[str, Any] = {"help": help, **settings}
    if value:
        given["metavar"] = value[0]
    # Without a value it is a switch, unless argparse is told otherwise.
    elif flags[0].startswith("-") and not {"choices", "action", "default", "nargs"} & set(given):
        given["action"] = "store_true"
    if spec.endswith("..."):
        given |= {"action": "append", "default": []}
    # `type`, not isinstance: a bool is an int to Python, and needs no type here.
    if type(given.get("default")) in (int, float):
        given["type"] = type(given["default"])
    return Option(flags=tuple(flags), settings=given)


def reads(spec: str, help: str | None = None, **settings: Any) -> Option:
    """Return an option that names a file to read."""
    return option(spec, help, **settings)._replace(reads=True)


def writes(spec: str, help: str | None = None, *, endings: Endings, **settings: Any) -> Option:
    """Return an option that names a file to write, or a folder if there are no `endings`."""
    return option(spec, help, **settings)._replace(writes=endings)


class Command(NamedTuple):
    """A command of `alliance`: its options, and the function of the parsed ones that runs it.

    The name is one word; or a word and ``--for WHOM`` where a command is several with options of
    their own. `place` is where it stands in the list.
    """

    name: str
    # Places have gaps of ten, so that a command fits in between.
    place: int
    summary: str
    options: tuple[Option | Group, ...]
    run: Callable[[Options], int]
    epilog: str | None = None

    def every_option(self) -> Iterable[Option]:
        """Yield the options, those in groups included."""
        for entry in self.options:
            yield from entry.options if isinstance(entry, Group) else (entry,)

    def inputs(self, options: Options) -> list[Path]:
        """Return the paths of the files that are read."""
        return [path for one in self.every_option() if one.reads for path in one.paths(options)]

    def add_to(self, parser: argparse.ArgumentParser) -> None:
        """Give a parser the options of the command."""
        for entry in self.options:
            if isinstance(entry, Option):
                parser.add_argument(*entry.flags, **entry.arguments)
                continue
            place: argparse._ActionsContainer = parser
            if entry.exclusive:
                place = parser.add_mutually_exclusive_group()
            elif entry.title:
                place = parser.add_argument_group(entry.title, entry.about)
            for one in entry.options:
                place.add_argument(*one.flags, **one.arguments)


def find_commands() -> dict[str, Command]:
    """Return every command by name: whatever stands in `alliance.cli.commands` as ``COMMAND``."""
    from alliance.cli import commands

    # A file dropped into the folder is a command: no list of commands has to be kept.
    names = (path.stem for path in Path(commands.__path__[0]).glob("[a-z]*.py"))
    modules = (import_module(f"{commands.__name__}.{name}") for name in names)
    found: list[Command] = [module.COMMAND for module in modules]
    return {command.name: command for command in sorted(found, key=lambda each: each.place)}


def spelled_out(arguments: Sequence[str], commands: Iterable[str]) -> list[str]:
    """Return the arguments with ``--for WHOM`` drawn to the name of the command, where it has one.

    >>> spelled_out(["report", "s.csv", "--for", "study"], ["report --for study"])
    ['report --for study', 's.csv']
    """
    # argparse knows no command of two words: it is made one before argparse looks.
    known = [name for name in commands if arguments and name.split()[0] == arguments[0]]
    if not any(" --for " in name for name in known):
        return list(arguments)
    chooser = argparse.ArgumentParser(prog=f"alliance {arguments[0]}", add_help=False)
    whom = [name.split()[-1] for name in known]
    chooser.add_argument("--for", dest="whom", choices=whom, default=whom[0])
    chosen, rest = chooser.parse_known_args(list(arguments[1:]))
    return [f"{arguments[0]} --for {chosen.whom}", *rest]
