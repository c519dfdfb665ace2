"""Sentences of results: templates kept as data, one file a package, filled in without grammar errors."""

import math
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

from alliance.errors import join_names
from alliance.results.numbers import bounded, number, p_text

_UNKNOWN = "not known"


def sentence(kind: type, name: str, context: Mapping[str, object]) -> str:
    """Return a sentence of a result class, filled in; nothing if the class has no such template.

    The file ``sentences.toml`` of the class's package has a table of its name: ``line``, ``title``,
    ``answer``, ``caution``, ``basis``, ``method`` ... and the ``columns`` of its table.
    """
    template = stated(kind, name)
    return "" if template is None else " ".join(_compiled(template).render(context).split())


def stated(kind: type, name: str) -> Any:
    """Return what the file states of a result class under a name; None if it states nothing."""
    # A subclass that adds no words of its own speaks with those of its base.
    for base in kind.__mro__:
        found = _templates(base.__module__.rpartition(".")[0]).get(base.__name__, {}).get(name)
        if found is not None:
            return found
    return None


@cache
def _templates(package: str) -> Mapping[str, Mapping[str, Any]]:
    # Another package's results bring no sentences of ours.
    if not package.startswith("alliance."):
        return {}
    source = files(package) / "sentences.toml"
    return tomllib.loads(source.read_text("utf-8")) if source.is_file() else {}


def count(value: float, noun: str, plural: str = "") -> str:
    """Return a number of things: ``1 client``, ``1,234 clients``, ``2 women``.

    >>> count(1, "client"), count(1234, "client"), count(2, "woman", "women")
    ('1 client', '1,234 clients', '2 women')
    """
    # A mean of counts can be 1 but for its last bit.
    if abs(value - 1) < 1e-9:
        return f"1 {noun}"
    return f"{value:,.0f} {plural or _plural(noun)}"


def _plural(noun: str) -> str:
    """Return the regular plural; irregular ones are given by the template."""
    if noun.endswith(("s", "x", "ch", "sh")):
        return f"{noun}es"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}s"


def percent(share: float, decimals: int = 0) -> str:
    """Return a share as per cent, with the sign.

    >>> percent(0.583), percent(0.0042, 1)
    ('58%', '0.4%')
    """
    return _UNKNOWN if math.isnan(share) else f"{number(100 * share, decimals)}%"


def signed(value: float, decimals: int = 2) -> str:
    """Return a number with its sign, plus included.

    >>> signed(0.5), signed(-0.25)
    ('+0.50', '−0.25')
    """
    if math.isnan(value):
        return _UNKNOWN
    return number(value, decimals) if value < 0 else f"+{number(value, decimals)}"


def span(low: float, high: float, kind: str = "number", decimals: int = 2) -> str:
    """Return an interval for running text: ``0.10 to 0.45``.

    >>> span(0.1, 0.45), span(0.1, 0.45, "coefficient"), span(0.1, 0.45, "percent")
    ('0.10 to 0.45', '.10 to .45', '10% to 45%')
    """
    if kind == "percent":
        return f"{percent(low)} to {percent(high)}"
    write = bounded if kind == "coefficient" else number
    return f"{_known(write, low, decimals)} to {_known(write, high, decimals)}"


def _known(write: Callable[[float, int], str], value: float, decimals: int) -> str:
    return _UNKNOWN if math.isnan(value) else write(value, decimals)


# Strict: a name that is not there is a fault, never a gap in a sentence.
_environment = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701 (plain text)
_compiled = cache(_environment.from_string)
_environment.filters |= {
    "coefficient": lambda value, decimals=2: _known(bounded, value, decimals),
    "count": count,
    "listed": join_names,
    "number": lambda value, decimals=2: _known(number, value, decimals),
    "p": p_text,
    "percent": percent,
    "signed": signed,
    "to": span,
}
