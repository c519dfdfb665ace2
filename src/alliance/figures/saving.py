"""Saving a picture: whole or not at all, and the same bytes every time."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from functools import wraps
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np

from alliance.errors import AllianceError, join_names
from alliance.figures.style import style
from alliance.files import write_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_Drawn = TypeVar("_Drawn")

# Left out, so that the same picture is the same file whenever and wherever it is made.
_LEFT_OUT = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}

_SAVE = """
    save : path, optional
        File to write the figure to, too; ends in ``.png``, ``.svg`` or ``.pdf``. See `save`.
"""


def save(drawn: Any, path: str | os.PathLike[str], *, dpi: float = 200.0) -> Path:
    """Write a figure to a file; the format follows from the name.

    Parameters
    ----------
    drawn : Axes, array of Axes, or Figure
        What a function of this package returned.
    path : path
        Ends in ``.png``, ``.svg`` or ``.pdf``. An existing file is replaced.
    dpi : float
        Dots per inch of a PNG.

    Returns
    -------
    Path
        Where the file is.

    Raises
    ------
    AllianceError
        If the ending is unknown or the folder does not exist.

    Notes
    -----
    The same picture gives the same bytes with the same version of matplotlib: dates and
    program names are left out. The file is never half there, and only its owner can read it,
    because a course of therapy may be recognised. The figure stays open; `matplotlib.pyplot.close` frees it.

    Examples
    --------
    >>> import tempfile
    >>> import matplotlib.pyplot as plt
    >>> figure, ax = plt.subplots()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(ax, Path(folder) / "empty.svg").name
    'empty.svg'
    >>> plt.close(figure)
    """
    path = Path(path)
    ending = _ending_of(path)
    drawing = BytesIO()
    with style():
        _figure_of(drawn).savefig(drawing, format=ending, dpi=dpi, metadata=_LEFT_OUT[ending])
    return write_bytes(drawing.getvalue(), path, force=True)


def picture(draw: Callable[..., _Drawn]) -> Callable[..., _Drawn]:
    """Let a function draw in the style of this package, and take one more argument, ``save``."""

    @wraps(draw)
    def drawing(*arguments: Any, **settings: Any) -> _Drawn:
        path = settings.pop("save", None)
        with style():
            drawn = draw(*arguments, **settings)
        if path is not None:
            save(drawn, path)
        return drawn

    parameters = list(inspect.signature(draw).parameters.values())
    more = inspect.Parameter("save", inspect.Parameter.KEYWORD_ONLY, default=None)
    # A **choice stands last in a signature.
    end = -1 if parameters[-1].kind is inspect.Parameter.VAR_KEYWORD else len(parameters)
    parameters.insert(end, more)
    drawing.__signature__ = inspect.signature(draw).replace(  # type: ignore[attr-defined]
        parameters=parameters
    )
    if draw.__doc__:
        drawing.__doc__ = draw.__doc__.replace("\n\n    Returns\n", _SAVE + "\n    Returns\n", 1)
    return drawing


def _ending_of(path: Path) -> str:
    ending = path.suffix.lower().lstrip(".")
    if ending not in _LEFT_OUT:
        raise AllianceError(
            f"A figure cannot be saved as '{path.name}'.\n"
            f"To fix: end the name in {join_names(f'.{name}' for name in _LEFT_OUT)}."
        )
    if not path.parent.is_dir():
        raise AllianceError(f"The folder {path.parent} does not exist.\nTo fix: make it first.")
    return ending


def _figure_of(drawn: Any) -> Figure:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    if isinstance(drawn, Figure):
        return drawn
    axes = [drawn] if isinstance(drawn, Axes) else list(np.ravel(np.asarray(drawn, dtype=object)))
    if not axes or not all(isinstance(ax, Axes) for ax in axes):
        raise AllianceError("Only Axes, arrays of Axes and Figures can be saved.")
    root = axes[0].get_figure(root=True)
    return cast("Figure", root)  # the inner one may be a part of a larger figure
