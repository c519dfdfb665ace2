"""Checks of what a caller passes: a number, a whole number, one of several words."""

import math
from collections.abc import Collection
from importlib import import_module
from numbers import Integral, Real
from typing import Any

from alliance.errors import AllianceError, join_names, suggest

# Packages that not everybody needs: what each is called where it is installed from, and its extra.
EXTRAS = {
    "dask": ("dask", "cluster"),
    "distributed": ("distributed", "cluster"),
    "docx": ("python-docx", "word"),
    "openpyxl": ("openpyxl", "excel"),
    "pyarrow": ("pyarrow", "parquet"),
    "pyreadstat": ("pyreadstat", "spss"),
    "python_calamine": ("python-calamine", "excel"),
}


def check_integer(value: object, what: str, low: int = 0) -> int:
    """Return a whole number of at least `low`, of numpy too, as an int; the error names `what`."""
    if isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= low:
        return int(value)
    raise AllianceError(f"{what} must be a whole number, {low} or more; it is {_shown(value)}.")


def check_number(value: object, what: str, low: float = 0, high: float = math.inf) -> float:
    """Return a finite number from `low` to `high`, whole ones as they are; the error names `what`."""
    if isinstance(value, Real) and not isinstance(value, bool):
        number = int(value) if isinstance(value, Integral) else float(value)
        if math.isfinite(number) and low <= number <= high:
            return number
    limits = f"{low:.4g} or more" if high == math.inf else f"{low} to {high}"
    raise AllianceError(f"{what} must be a number, {limits}; it is {_shown(value)}.")


def check_choice(value: str, known: Collection[str], what: str) -> str:
    """Return `value` if it is a word known; the error names them, and the one perhaps meant."""
    if value in known:
        return value
    raise AllianceError(
        f"There is no {what} '{value}'.{suggest(value, known)} Known: {join_names(known, 20)}."
    )


def optional_package(module: str, what: str, instead: str = "") -> Any:
    """Import a package that only some installations have; the error names its extra, see `EXTRAS`.

    `what` begins the message: what needs it. `instead` ends it: what does without.
    """
    package, extra = EXTRAS[module.partition(".")[0]]
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if not str(error.name).startswith(module.partition(".")[0]):
            raise
    raise AllianceError(
        f"{what} needs the package {package}, which is not installed.\n"
        f'To fix: pip install "alliance-rupture-repair[{extra}]"{instead and f", or {instead}"}.'
    ) from None


def _shown(value: object) -> str:
    """Return a value as it is typed: a number of numpy like one of Python."""
    return f"{value}" if isinstance(value, Real) else f"{value!r}"
