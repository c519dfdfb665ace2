"""Data larger than memory: time, peak memory and its growth from 2 to 20 million sessions.

python benchmarks/large_data.py [--sessions 2e6 20e6] [--to benchmarks/large_data.csv]

Each size is made, in files of 500,000 sessions, and measured in a process of its own, so that peak
memory is that of the step and not of what was done before.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

LENGTH = 20
ROWS_OF_A_FILE = 500_000
STEPS = ("open", "find_ruptures", "find_pulses", "chance_baseline")


def write(folder: Path, sessions: int) -> None:
    """Write sessions of simulated courses: own level, carry-over, noise, a fall now and then."""
    folder.mkdir()
    for number in range(sessions // ROWS_OF_A_FILE):
        rng = np.random.default_rng(number)
        clients = ROWS_OF_A_FILE // LENGTH
        noise = rng.normal(0, 0.4, (clients, LENGTH)) + rng.normal(5, 0.7, (clients, 1))
        falls = (rng.random((clients, LENGTH)) < 0.03) * 1.5
        scores = np.clip(noise - falls, 1, 7).round(2)
        names = np.char.add(f"p{number:03d}-", np.arange(clients).astype(str))
        frame = pd.DataFrame(
            {
                "client": np.repeat(names, LENGTH),
                "session": np.tile(np.arange(1, LENGTH + 1), clients),
                "rater": "client",
                "total": scores.ravel(),
            }
        )
        frame.to_parquet(folder / f"part-{number:03d}.parquet", index=False)


def measure(folder: Path, step: str) -> dict[str, float]:
    """Do one step in this process; return seconds, those of the processor, and peak megabytes."""
    import alliance as al

    data = al.open_dataset(folder)
    start, processor = time.perf_counter(), time.process_time()
    if step == "open":
        al.open_dataset(folder)
    elif step == "find_ruptures":
        data.find_ruptures("own-mean", folder.with_name("ruptures"))
    elif step == "find_pulses":
        data.find_pulses(folder.with_name("pulses"), clients=2_000)
    else:
        data.chance_baseline("own-mean", draws=99)
    seconds = time.perf_counter() - start
    return {
        "rows": data.rows,
        "clients": data.clients,
        "seconds": round(seconds, 1),
        "processor_seconds": round(time.process_time() - processor, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    """Measure every step at every size and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=float, nargs="+", default=[2e6, 20e6])
    parser.add_argument("--steps", nargs="+", default=STEPS, choices=STEPS)
    parser.add_argument("--to", type=Path, default=Path(__file__).with_suffix(".csv"))
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(Path(options.one[0]), options.one[1])))
        return
    rows = []
    for sessions in map(int, options.sessions):
        with tempfile.TemporaryDirectory() as home:
            folder = Path(home) / "sessions"
            write(folder, sessions)
            for step in options.steps:
                command = [sys.executable, __file__, "--one", str(folder), step]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                rows.append({"step": step, **json.loads(done.stdout.splitlines()[-1])})
                print(rows[-1], flush=True)
    pd.DataFrame(rows).to_csv(options.to, index=False)


if __name__ == "__main__":
    main()
