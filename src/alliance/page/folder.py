"""Folder: where an upload lies: for its owner only, wiped at the end, or at the next start."""

import os
import re
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alliance.files import remove_leftovers, unfinished

_LONGEST = 80


@contextmanager
def private_folder() -> Iterator[Path]:
    """Make a folder that only its owner can open; wipe it, and those of runs that were killed."""
    base = _own_base()
    mark = base / "page"
    remove_leftovers(mark)
    with tempfile.TemporaryDirectory(
        dir=base, prefix=unfinished(mark), ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)


def _own_base() -> Path:
    """Return a folder of this user among the temporary files, never one that somebody else made."""
    user = os.getuid() if hasattr(os, "getuid") else "user"
    base = Path(tempfile.gettempdir()) / f"alliance-{user}"
    base.mkdir(mode=0o700, exist_ok=True)
    found = base.lstat()
    foreign = hasattr(os, "getuid") and (
        found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077
    )
    if foreign or not stat.S_ISDIR(found.st_mode):
        return Path(tempfile.mkdtemp(prefix="alliance-"))
    return base


def safe_name(name: str) -> str:
    """Return the last part of a file's name, without anything that could lead elsewhere.

    >>> safe_name("../../etc/passwd"), safe_name("C:\\\\x\\\\Klinik März.csv"), safe_name("..")
    ('passwd', 'Klinik März.csv', 'file')
    """
    last = re.split(r"[\\/]", name)[-1]
    plain = re.sub(r"[^\w .()+-]", "_", last).strip(". ")
    stem, dot, ending = plain.rpartition(".")
    return f"{stem[:_LONGEST]}{dot}{ending[:_LONGEST]}" or "file"
