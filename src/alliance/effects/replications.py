"""Many studies simulated and tested on all cores, the same whatever the number of workers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from alliance.effects.designs import Design
from alliance.effects.studies import estimate_gains
from alliance.progress import track
from alliance.simulate import World, simulate

CLIENTS_AT_ONCE = 5_000
COLUMNS = ("estimate", "standard_error", "df", "p", "exposed")


def replicate(
    world: World,
    designs: Mapping[str, Design],
    clients: Sequence[int],
    *,
    replications: int,
    seed: int = 0,
    workers: int = -1,
) -> pd.DataFrame:
    """Simulate studies of a world and test each by each design.

    Parameters
    ----------
    world : World
    designs : mapping of str to Design
    clients : sequence of int
        Numbers of clients.
    replications : int
        Studies for each number of clients.
    seed : int
        Each study has a stream of chance of its own, that follows from this seed, the number of
        clients and the number of the replication.
    workers : int
        Processes; -1 for all cores, or for all workers of another backend chosen with
        ``joblib.parallel_config``.

    Returns
    -------
    DataFrame
        One row for each design, number of clients and replication: design, clients, replication,
        estimate and standard_error (SD of the world), df, p, exposed (clients). NaN where the
        study has too few exposed clients to be answered.

    Notes
    -----
    All designs judge the same studies, so that their differences are not blurred by chance.
    """
    from joblib import Parallel, delayed

    jobs = list(_jobs(clients, replications))
    run = Parallel(n_jobs=workers, return_as="generator")
    done = run(delayed(_block)(world, designs, job, seed) for job in jobs)
    frame = pd.concat(track(done, total=len(jobs), label="simulated studies"))
    order = pd.Categorical(frame["design"], list(designs))
    frame = frame.assign(order=order).sort_values(["order", "clients", "replication"])
    return frame.drop(columns="order").reset_index(drop=True)


def _jobs(clients: Sequence[int], replications: int) -> Iterator[tuple[int, int, int]]:
    """Yield number of clients, first replication and stop; the largest studies first."""
    for count in sorted(clients, reverse=True):
        size = max(1, CLIENTS_AT_ONCE // count)
        for start in range(0, replications, size):
            yield count, start, min(start + size, replications)


def _block(
    world: World, designs: Mapping[str, Design], job: tuple[int, int, int], seed: int
) -> pd.DataFrame:
    """Return what every design says of some replications."""
    count, start, stop = job
    numbers = range(start, stop)
    studies = [
        simulate(world, count, np.random.default_rng(_stream(seed, count, number)))
        for number in numbers
    ]
    unit = world.score_points_per_sd
    parts = []
    for name, gains in estimate_gains(studies, designs).items():
        part = pd.DataFrame({"design": name, "clients": count, "replication": numbers})
        for column in COLUMNS:
            part[column] = getattr(gains, column)
        parts.append(part)
    frame = pd.concat(parts, ignore_index=True)
    frame[["estimate", "standard_error"]] /= unit
    return frame


def _stream(seed: int, clients: int, replication: int) -> np.random.SeedSequence:
    return np.random.SeedSequence(seed, spawn_key=(clients, replication))
