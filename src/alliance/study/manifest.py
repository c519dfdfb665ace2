"""A bundle as a folder: by what it was made, put in place whole or not at all, only a bundle ever replaced."""

import hashlib
import platform
import shutil
import tempfile
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from alliance.errors import AllianceError
from alliance.files import remove_leftovers, unfinished
from alliance.version import __version__

PACKAGES = ("numpy", "pandas", "pyreadstat", "scipy")


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file, as 64 letters and digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def manifest(*, outputs: Mapping[str, str], settings: Mapping[str, object]) -> dict[str, object]:
    """Return what is needed to make a bundle again; no path, no machine, no person, no day.

    `outputs` holds the SHA-256 of each file. None is taken of the files the tables came from: whoever
    tried out all orders of the clients could find theirs from it.
    """
    return {
        "made_with": {
            "alliance": __version__,
            "python": platform.python_version(),
            **{name: found for name in PACKAGES if (found := _installed(name))},
        },
        "settings": dict(settings),
        "outputs": dict(outputs),
    }


def _installed(package: str) -> str:
    """Return the version of a package, or nothing where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


MANIFEST = "documentation/manifest.json"


def refuse(folder: Path, force: bool) -> None:
    """Raise an error if the folder exists, unless it is a bundle and `force` is set."""
    if not folder.exists():
        return
    if not force:
        raise AllianceError(
            f"{folder} exists already.\nTo fix: choose another name with -o, or replace an old "
            "bundle with --force."
        )
    if not (folder / MANIFEST).is_file():
        raise AllianceError(f"{folder} is not a bundle, and only a bundle is replaced.")


def in_place(folder: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a folder under another name, and give it its own only when it is whole."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(folder)
        # In the same folder: only there is giving it its name a single step.
        made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=unfinished(folder)))
    except OSError as error:
        raise AllianceError(f"{folder} cannot be written: {error.strerror}.") from None
    try:
        write(made)
        for inner in made.rglob("*"):
            if inner.is_dir():
                # Files are made for their owner alone; folders follow the system's habit.
                inner.chmod(0o700)
        if folder.exists():
            # The old bundle steps aside and goes last: stopped in between, one of them is whole.
            old = made.with_name(f"{made.name}.old")
            folder.rename(old)
            made.rename(folder)
            shutil.rmtree(old)
        else:
            made.rename(folder)
    except OSError as error:
        raise AllianceError(f"{folder} cannot be written: {error.strerror}.") from None
    finally:
        shutil.rmtree(made, ignore_errors=True)


def hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file in a folder, by its path in it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path) for path in files}
