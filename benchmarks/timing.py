"""How the scripts of this folder take time."""

import argparse
import time
from collections.abc import Callable
from typing import TypeVar

Done = TypeVar("Done")
ROUNDS = 7


def best_of(work: Callable[[], Done], rounds: int = ROUNDS) -> tuple[float, Done]:
    """Return the shortest of several times, and the last result."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - start)
    return min(times), result


def asked_for(doc: str, what: str, default: int) -> int:
    """Return how many sessions or clients were asked for at the command line."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument(f"--{what}", type=int, default=default)
    return int(getattr(parser.parse_args(), what))
