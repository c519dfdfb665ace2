"""Pictures of results: found by the type they draw, so that no analysis needs to know a figure."""

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any, TypeVar

from alliance.errors import AllianceError

GROUP = "alliance.figures"
_PICTURES: dict[type, Callable[..., Any]] = {}
_Picture = TypeVar("_Picture", bound=Callable[..., Any])


def draws(*kinds: type) -> Callable[[_Picture], _Picture]:
    """Register a function as the picture of these result classes.

    Parameters
    ----------
    *kinds : type

    Returns
    -------
    callable
        A decorator for a function of ``(result, *, ax=None, save=None, **options)`` that returns
        the matplotlib Axes.
    """

    def register(picture: _Picture) -> _Picture:
        for kind in kinds:
            _PICTURES[kind] = picture
        return picture

    return register


def picture_of(kind: type) -> Callable[..., Any]:
    """Return the function that draws a result class.

    Packages that draw are named by the entry-point group ``alliance.figures`` and are loaded when
    the first picture is asked for; another package can draw its own results the same way.
    """
    known = _registered(kind)
    if known is None:
        # Read late: it looks into the metadata of every package that is installed.
        for found in entry_points(group=GROUP):
            found.load()
        known = _registered(kind)
    if known is None:
        raise AllianceError(f"There is no picture of {kind.__name__}.")
    return known


def _registered(kind: type) -> Callable[..., Any] | None:
    # A subclass is drawn as its base unless it has a picture of its own.
    return next((_PICTURES[base] for base in kind.__mro__ if base in _PICTURES), None)
