"""Parts of the data worked on in threads: results in order, the same with any number of threads."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Done = TypeVar("Done")
_WAITING = 2


def in_threads(
    work: Callable[[Item], Done], items: Iterable[Item], workers: int | None = None
) -> Iterator[Done]:
    """Yield what the work gives for each item, in order; it spends its time where threads can run.

    Items are taken a few at a time, so that they need not be held all at once.
    """
    workers = workers or _processors()
    if workers == 1:
        yield from map(work, items)
        return
    items = iter(items)
    with ThreadPoolExecutor(workers) as pool:
        while part := list(islice(items, _WAITING * workers)):
            yield from pool.map(work, part)


def _processors() -> int:
    # A pool of processes tells its workers in this way how many threads each may start.
    told = os.environ.get("OMP_NUM_THREADS", "")
    return int(told) if told.isdecimal() and int(told) else os.cpu_count() or 1
