"""Time the grid of specifications against asking each one by itself.

    python benchmarks/multiverse.py [--choices full] [--each 60]

The naive way calls `repair_gain` for each specification (those it can ask: flanks dropped, raw
scores, all clients); with `--each` only so many are timed, spread over the grid, and the rest is
taken to cost the same. Both ways must give the same estimates. Surrogates are timed by the study.
"""

from __future__ import annotations

import argparse
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from alliance.effects import choices, multiverse, repair_gain
from alliance.simulate import simulate, worlds

CLIENTS = 200
SURROGATES = 20


def main() -> None:
    """Run the measurements and print them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--choices", default="full", choices=list(choices()))
    parser.add_argument("--each", type=int, default=60)
    options = parser.parse_args()
    study = simulate(worlds()["A3d"], CLIENTS, 1)
    sessions, items = study.sessions, study.responses
    repair_gain(sessions, items=items)
    start = time.process_time()
    curve = multiverse(sessions, items=items, choices=options.choices, surrogates=0)
    grid = time.process_time() - start
    count = len(curve.specifications)
    frame = curve.frame
    plain = (frame["flanks"] == "dropped") & (frame["scores"] == "raw")
    smallest = frame["minimum_sessions"] == frame["minimum_sessions"].min()
    asked = np.flatnonzero(plain & smallest)
    asked = asked[:: max(1, len(asked) // options.each)]
    rated = sessions.groupby("client")["session"].transform("size")
    table = sessions[rated >= frame["minimum_sessions"].min()]
    start = time.process_time()
    alone = [
        repair_gain(table, items=items if one.halves else None, design=one.design()).estimate
        for one in (curve.specifications[place] for place in asked)
    ]
    naive = (time.process_time() - start) / len(asked) * count
    same = np.allclose(alone, frame["estimate"].iloc[asked], rtol=1e-9, equal_nan=True)
    print(f"{count:,} specifications of one study of {CLIENTS} clients, with items")
    print(f"  the grid        {grid:8.1f} s")
    print(f"  one by one      {naive:8.1f} s (from {len(asked)} of them), {naive / grid:.0f} times")
    print(f"  same estimates  {'yes' if same else 'NO'}")
    few = multiverse(sessions, choices="small", surrogates=0).specifications
    start = time.process_time()
    multiverse(sessions, choices="small", surrogates=SURROGATES)
    seconds = (time.process_time() - start) / SURROGATES
    print(
        f"  surrogate study {seconds:8.3f} s for {len(few)} specifications, the model's fit included"
    )


if __name__ == "__main__":
    main()
