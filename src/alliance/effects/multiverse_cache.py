"""Finished blocks of surrogate studies on disk, so that a run that was stopped goes on."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from alliance import __version__
from alliance.effects.gains import Scores
from alliance.effects.multiverse_choices import Specification
from alliance.effects.multiverse_grid import Estimates
from alliance.files import write_bytes


def fingerprint(scores: Scores, specifications: Sequence[Specification], *settings) -> str:
    """Return 16 letters that change with the scores, the grid, the settings and this version.

    Parameters
    ----------
    scores : Scores
    specifications : sequence of Specification
    *settings
        Values whose printed form tells them apart.

    Notes
    -----
    Names of clients do not enter, only scores and session numbers, so nothing in the name of a
    file leads back to a person.
    """
    known = hashlib.sha256(
        repr((__version__, settings, scores.sizes, tuple(specifications))).encode()
    )
    for part in (scores.sessions, scores.offsets, scores.total, scores.parts):
        known.update(b"none" if part is None else np.ascontiguousarray(part).tobytes())
    return known.hexdigest()[:16]


def kept(
    folder: Path, settings: str, start: int, stop: int, work: Callable[[], Estimates]
) -> Estimates:
    """Return a block from its file, or do the work and keep it.

    Parameters
    ----------
    folder : Path
    settings : str
        The fingerprint: blocks of another study or grid have other names and are left alone.
    start, stop : int
        Numbers of the surrogates.
    work : callable

    Raises
    ------
    AllianceError
        If the folder cannot be written.
    """
    path = folder / f"surrogates-{settings}-{start:05d}-{stop:05d}.npz"
    found = _read(path) if path.exists() else None
    if found is None:
        found = work()
        content = io.BytesIO()
        np.savez(content, **{part.name: getattr(found, part.name) for part in fields(found)})
        write_bytes(content.getvalue(), path, force=True)
    return found


def _read(path: Path) -> Estimates | None:
    """Return what a file holds; None if it is damaged, so that it is made again."""
    try:
        with np.load(path, allow_pickle=False) as content:
            return Estimates(**{part.name: content[part.name] for part in fields(Estimates)})
    except (BadZipFile, KeyError, ValueError, OSError, EOFError):
        return None
