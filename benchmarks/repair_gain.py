"""Time the repair test: one study, one study with surrogates, and many studies with simulation.

    python benchmarks/repair_gain.py [--studies 1000] [--workers 2]

The limits: a second for one study of 200 clients, 30 s with 199 surrogates, three minutes for
1,000 studies simulated and tested (P1) on two cores.
"""

from __future__ import annotations

import argparse
import os
import time
from multiprocessing import Pool

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from alliance.effects import Scores, designs, estimate_gain, repair_gain
from alliance.simulate import simulate, worlds

CLIENTS = 200


def tested(seed: int) -> float:
    """Simulate a study, test it with P1, and return the p."""
    sheet = simulate(worlds()["A3d"], CLIENTS, seed).sheets[0]
    lengths = np.bincount(sheet.client, minlength=CLIENTS)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    scores = Scores(sessions=sheet.session, offsets=offsets, total=sheet.total)
    return float(estimate_gain(scores, designs()["P1"]).p[0])


def timed(work) -> float:
    """Return the seconds that a piece of work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Run the measurements and print them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    study = simulate(worlds()["A3d"], CLIENTS, 1)
    sessions, items, log = study.sessions, study.responses, study.log
    ways = {
        "P1": {},
        "P3, with items": {"items": items},
        "rupture log": {"log": log},
        "P1, 199 surrogates": {"surrogates": 199},
        "P3, 199 surrogates": {"items": items, "surrogates": 199},
    }
    repair_gain(sessions)
    for name, told in ways.items():
        seconds = timed(lambda told=told: repair_gain(sessions, **told))
        print(f"one study of {CLIENTS} clients, {name:20s} {seconds:7.3f} s")
    with Pool(options.workers) as pool:
        seconds = timed(lambda: pool.map(tested, range(options.studies), chunksize=10))
    print(
        f"{options.studies:,} studies simulated and tested (P1), {options.workers} workers: {seconds:.1f} s"
    )


if __name__ == "__main__":
    main()
