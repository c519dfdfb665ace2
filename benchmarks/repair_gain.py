"""Time the answer: one study on every rung, and with studies like it.

    python benchmarks/repair_gain.py [--draws 20] [--workers 2]

The limits: a second for one fit of 200 clients, a minute for 199 studies like it on two cores, five
seconds for what 900 clients let one say, which takes a second fit if it is a claim. The first call,
which compiles the likelihood, is left out.
"""

import argparse
import os
import time
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")

from alliance.effects import repair_gain, reported_gain
from alliance.effects.repair import fit_rung
from alliance.model.gain_assumptions import LEAST
from alliance.model.gain_verdict import verdict
from alliance.simulate import simulate, worlds

CLIENTS, MANY = 200, 900


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that a piece of work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Run the measurements and print them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    study, large = (simulate(worlds()["A3d"], clients, 1) for clients in (CLIENTS, MANY))
    ladder = {"draws": 0}
    studies = {"draws": options.draws, "workers": options.workers}
    repair_gain(study.sessions, **ladder)
    ways = {
        "three rungs": lambda: repair_gain(study.sessions, **ladder),
        f"and {options.draws} studies like it": lambda: repair_gain(study.sessions, **studies),
        "rupture log": lambda: reported_gain(study.sessions, study.log),
        "one rung": lambda: fit_rung(study.sessions, LEAST, confidence=None),
    }
    for name, work in ways.items():
        print(f"one study of {CLIENTS} clients, {name:24s} {timed(work):7.3f} s")
    fit, _ = fit_rung(large.sessions, LEAST, confidence=None)
    seconds = timed(lambda: verdict(fit_rung(large.sessions, LEAST, confidence=None)[0]))
    said = "a claim" if verdict(fit).claim else "no claim"
    print(f"one study of {MANY} clients, {said:24s} {seconds:7.3f} s")


if __name__ == "__main__":
    main()
