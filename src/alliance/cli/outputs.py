"""What commands write: refused before any work where it would be wrong, and said when it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import alliance as al
from alliance.cli.command import Command, Options
from alliance.cli.screen import say, shown, wrapped
from alliance.errors import AllianceError, join_names
from alliance.files import refuse_existing, write_table

if TYPE_CHECKING:
    import pandas as pd


def check_outputs(command: Command, options: Options) -> None:
    """Refuse what must not be written: over an input, in an unknown format, twice, over the old."""
    inputs = command.inputs(options)
    written: list[Path] = []
    for one in command.every_option():
        if one.writes is None:
            continue
        for path in one.paths(options):
            _check_ending(path, one.flags[0], one.writes)
            refuse_inputs([path], inputs)
            # Two outputs of one name: the second would silently replace the first.
            if path.absolute() in written:
                raise AllianceError(f"{path} is named twice, to be written for two purposes.")
            written.append(path.absolute())
            # A folder (no endings) is refused or replaced by the command that fills it.
            if one.writes and not one.reads:
                refuse_existing([path], force=options.force)


def refuse_inputs(outputs: Iterable[Path], inputs: Iterable[Path]) -> None:
    """Refuse to write over a file that is read, or over the folder it lies in."""
    there = [path for path in inputs if path.exists()]
    for output in outputs:
        for path in there:
            # `samefile` sees through links and other spellings of one path.
            inside = output.is_dir() and output.resolve() in path.resolve().parents
            if inside or (output.exists() and output.samefile(path)):
                raise AllianceError(
                    f"{output} would be written over the input {path}, and an input is never "
                    "written over.\nTo fix: choose another name."
                )


def _check_ending(path: Path, flag: str, endings: tuple[str, ...]) -> None:
    if endings and path.suffix.lower() not in endings:
        raise AllianceError(
            f"{path.name} cannot be saved: {flag} does not write {path.suffix or 'such'} files.\n"
            f"To fix: end the name in {join_names(name for name in endings if name)}."
        )


def show(result: Any, table: pd.DataFrame | None = None, *, title: str = "") -> None:
    """Print a result's answer and its table, below a title where it is not the first."""
    if title:
        say(f"\n{title}\n")
    say(f"{wrapped(result.text())}\n\n{shown(result.summary() if table is None else table)}")


def present(result: Any, options: Options) -> int:
    """Print a result's answer and table, write what the options ask for, and return 0: done."""
    show(result)
    save(result, options, frame=result.frame)
    return 0


def save(
    result: Any,
    options: Options,
    *,
    frame: pd.DataFrame | None = None,
    plot: Callable[[], Any] | None = None,
) -> None:
    """Write the table, the table for a paper and the figure of a result, as far as asked for."""
    if frame is not None and options.output:
        say(f"\nWrote {write_table(frame, options.output, force=options.force)}.")
    if getattr(options, "table", None):
        made = result.to_table()
        say(f"\nWrote the table for a paper to {made.save(options.table, force=options.force)}.")
    if getattr(options, "figure", None):
        say(f"\nDrew {al.figures.save((plot or result.plot)(), options.figure)}.")
