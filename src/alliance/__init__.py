"""Alliance: from questionnaires filled in after each session to ruptures and their repair.

import alliance as al

responses = al.read("export.csv", instrument="wai-sr", client="ID", session="Session")
sessions = al.score(responses)
found = al.find_ruptures(sessions, al.rules.own_mean())
"""

import re
from importlib import import_module
from pkgutil import get_data

from alliance.version import __version__

# Loaded on first use, so that `import alliance` and `alliance --help` answer at once.
_STATED = str(get_data("alliance", "__init__.pyi"), "utf-8")
_FUNCTIONS = {
    name: package
    for package, name in re.findall(
        r"^from alliance\.(?!version)(\w+) import (\w+) as", _STATED, re.M
    )
}
_PACKAGES = re.findall(r"^from alliance import (\w+) as", _STATED, re.M)

__all__ = ["__version__", *_FUNCTIONS, *_PACKAGES]


def __getattr__(name: str) -> object:
    if name in _FUNCTIONS:
        return getattr(import_module(f"alliance.{_FUNCTIONS[name]}"), name)
    if name in _PACKAGES:
        return import_module(f"alliance.{name}")
    raise AttributeError(f"module 'alliance' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
