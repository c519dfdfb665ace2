"""Time and memory of reading many WAI-SR questionnaires against `pandas.read_csv`, in the same run.

    python benchmarks/reading.py [--sessions 1000000]

Prints ratios: the checked reading of a file against reading its cells alone, by the clock and by
processor time (which other programs disturb less), best of several rounds; the most memory held at
once against the file's frame; and what the process of its own costs in which a workbook or a
statistics file is read.
"""

import tempfile
import threading
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scoring import make_export
from timing import asked_for, best_of

import alliance as al
from alliance.intake.child import limited

ROUNDS = 5
TEXT = {"client": "str"}


def main() -> None:
    """Run the comparison and print it."""
    sessions = asked_for(__doc__, "sessions", 1_000_000)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.csv"
        make_export(path, sessions)
        size = pd.read_csv(path, dtype=TEXT).memory_usage(deep=True).sum() / 1e6
        cells = shortest(lambda: pd.read_csv(path, dtype=TEXT))
        checked = shortest(lambda: al.read(path, instrument="wai-sr"))
        most = held(lambda: al.read(path, instrument="wai-sr"))
        process, _ = best_of(lambda: limited(nothing, path), ROUNDS)
    print(f"{sessions:,} WAI-SR questionnaires, best of {ROUNDS} rounds")
    print(f"cells alone (pandas.read_csv)     {cells[0]:6.2f} s   frame {size:,.0f} MB")
    print(f"read and check (alliance.read)    {checked[0]:6.2f} s   at most {most:,.0f} MB held")
    by_clock, by_processor = checked / cells
    print(f"reading / cells = {by_clock:.1f} by the clock, {by_processor:.1f} by processor time")
    print(f"memory / frame = {most / size:.2f}")
    print(f"a process of its own costs {process * 1000:.0f} ms")


def shortest(work: Callable[[], object]) -> np.ndarray:
    """Return the shortest of several times by the clock, and by processor time."""
    times = []
    for _ in range(ROUNDS):
        start = np.array([time.perf_counter(), time.process_time()])
        work()
        times.append([time.perf_counter(), time.process_time()] - start)
    return np.min(times, axis=0)


def nothing(path: Path) -> int:
    """Stand for a reader that takes no time."""
    return 0


def held(work: Callable[[], object]) -> float:
    """Return the most memory held at once in Python, numpy and Arrow, in megabytes.

    What the process holds of the system is more: allocators keep what was given back to them.
    """
    try:
        from pyarrow import total_allocated_bytes
    except ImportError:  # texts are Python's own then
        total_allocated_bytes = int
    most, done = 0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.is_set():
            most = max(most, tracemalloc.get_traced_memory()[0] + total_allocated_bytes())
            time.sleep(0.002)

    tracemalloc.start()
    start = total_allocated_bytes()
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        done.set()
        watcher.join()
        tracemalloc.stop()
    return (most - start) / 1e6


if __name__ == "__main__":
    main()
