"""Work of many parts on a cluster of computers, through dask; the results are the same anywhere."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from alliance.checks import optional_package
from alliance.errors import AllianceError
from alliance.progress import track

Item = TypeVar("Item")
Done = TypeVar("Done")
# Names a scheduler where no option does, so that `make calibration` can pass one on.
VARIABLE = "ALLIANCE_CLUSTER"
_PATIENCE = 20


@contextmanager
def on_cluster(address: str | None = None) -> Iterator[None]:
    """Let simulations and datasets inside the block use the computers of a cluster.

    Parameters
    ----------
    address : str, optional
        Of a dask scheduler, such as ``"tcp://10.0.0.5:8786"``. Without one that of the environment
        variable ``ALLIANCE_CLUSTER`` is taken, and without that everything stays on this computer.

    Raises
    ------
    AllianceError
        If the extra ``cluster`` is not installed, or nothing answers at the address.

    Notes
    -----
    Every part of the work carries its own seed and results are put together in order, so the same
    seed gives the same bytes on one computer and on many, also if a computer is lost on the way:
    its parts are done again by others. Data travel to the workers as they are, and workers run
    what they are sent: use a scheduler inside your own network, or one with TLS (``tls://...``).

    Examples
    --------
    >>> with on_cluster():
    ...     list(spread(abs, [-1, -2], workers=1))
    [1, 2]
    """
    address = address or os.environ.get(VARIABLE)
    if not address:
        yield
        return
    distributed = optional_package("distributed", "A cluster")
    from joblib import parallel_config

    try:
        client = distributed.Client(address, timeout=_PATIENCE)
    except (OSError, ValueError, TypeError) as error:
        raise AllianceError(
            f"No dask scheduler answers at {address} ({type(error).__name__}).\n"
            "To fix: start one with `dask scheduler` and its workers with `dask worker ADDRESS`, and "
            "give the address it prints."
        ) from None
    with client, parallel_config(backend="dask", wait_for_workers_timeout=_PATIENCE):
        yield


def spread(
    work: Callable[[Item], Done],
    items: Iterable[Item],
    *,
    workers: int | None = None,
    label: str = "parts",
) -> Iterator[Done]:
    """Yield what the work gives for each item, in order, from processes or from a cluster."""
    from joblib import Parallel, delayed

    items = list(items)
    run = Parallel(n_jobs=workers or -1, max_nbytes=None, return_as="generator")
    yield from track(run(delayed(work)(item) for item in items), total=len(items), label=label)


def by_partition(work: Callable[[Item], Done], items: Iterable[Item]) -> Sequence[Done]:
    """Return what the work gives for each partition, in order, through dask; see `on_cluster`."""
    dask = optional_package("dask", "A dataset")
    done: Sequence[Done] = dask.compute(*[dask.delayed(work, pure=False)(item) for item in items])
    return done
