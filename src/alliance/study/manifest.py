"""The manifest: by which versions and with which settings a bundle was made."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

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
