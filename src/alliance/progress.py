"""Progress bars: on stderr, only when there is somebody to see them, only for work that lasts."""

from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import TypeVar

Item = TypeVar("Item")
Listener = Callable[[str, int, int], None]
# Who is told how far the work is (label, done, total) where no terminal is looked at.
LISTENER: ContextVar[Listener | None] = ContextVar("listener", default=None)


def track(items: Iterable[Item], *, total: int, label: str) -> Iterator[Item]:
    """Yield the items and show how many are done, after a second and on a terminal only.

    >>> list(track("ab", total=2, label="letters"))
    ['a', 'b']
    """
    from tqdm import tqdm

    # `disable=None` means: not a terminal, no bar.
    bar = tqdm(items, total=total, desc=label, delay=1, disable=None, leave=False)
    tell = LISTENER.get()
    for done, item in enumerate(bar, start=1):
        yield item
        if tell is not None:
            tell(label, done, total)
