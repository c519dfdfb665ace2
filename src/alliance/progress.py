"""Progress bars: on stderr, only when there is somebody to see them, only for work that lasts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def track(items: Iterable[Item], *, total: int, label: str) -> Iterator[Item]:
    """Yield the items and show how many are done.

    Parameters
    ----------
    items : iterable
    total : int
        How many there will be.
    label : str
        What is being done, a word or two.

    Notes
    -----
    The bar appears after a second and goes when the work is done. Nothing is shown where stderr
    is not a terminal.

    Examples
    --------
    >>> list(track("ab", total=2, label="letters"))
    ['a', 'b']
    """
    from tqdm import tqdm

    # `disable=None` means: not a terminal, no bar.
    yield from tqdm(items, total=total, desc=label, delay=1, disable=None, leave=False)
