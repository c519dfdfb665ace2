"""Time planned power: many studies joined in arrays against one study at a time.

    python benchmarks/planning.py [--studies 1000] [--workers 2]

The limit: three minutes for 1,000 studies of 200 clients simulated and tested (P1) on two cores.
"""

from __future__ import annotations

import argparse
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from alliance.effects import designs, repair_gain, replicate
from alliance.simulate import simulate, worlds

CLIENTS, FEW = 200, 40
WORLD = worlds()["A3d"]


def one_at_a_time(name: str) -> None:
    """Simulate a few studies and test each on its tables, as a user would test one."""
    for number in range(FEW):
        stream = np.random.SeedSequence(0, spawn_key=(CLIENTS, number))
        study = simulate(WORLD, CLIENTS, np.random.default_rng(stream))
        told = {"items": study.responses} if designs()[name].parts else {}
        told |= {"log": study.log} if name == "log" else {}
        repair_gain(study.sessions, design=name, **told)


def joined(name: str, studies: int = FEW, workers: int = 1) -> None:
    """Simulate and test the same studies joined."""
    chosen = {name: designs()[name]}
    replicate(WORLD, chosen, [CLIENTS], replications=studies, workers=workers)


def timed(work) -> tuple[float, float]:
    """Return the seconds on the clock and of this process that a piece of work takes."""
    start, spent = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - spent


def main() -> None:
    """Run the measurements and print them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    print(
        f"{FEW} studies of {CLIENTS} clients, simulated and tested, processor time of one process"
    )
    for name in ("P1", "P3", "log"):
        joined(name, 2)
        single = timed(lambda name=name: one_at_a_time(name))[1]
        many = timed(lambda name=name: joined(name))[1]
        print(
            f"{name:4s} one at a time {single:6.2f} s, joined {many:6.2f} s: {single / many:.1f} to 1"
        )
    for workers in sorted({1, options.workers}):
        seconds = timed(lambda n=workers: joined("P1", options.studies, n))[0]
        print(f"{options.studies:,} studies (P1), {workers} workers: {seconds:.1f} s on the clock")


if __name__ == "__main__":
    main()
