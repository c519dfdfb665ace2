"""One table: what this package does in a second, beside what people would otherwise use.

    python benchmarks/table.py [--clients 200000] [--to benchmarks/table.csv]

All rows are of one run on one computer, so that the ratios can be compared where the seconds cannot.
R's suddengains is timed where R and the package are installed.
"""

import argparse
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from ruptures_engine import (
    DROP,
    ROUNDING,
    TOLERANCE,
    WINDOW,
    as_table,
    courses,
    first,
    numpy_by_client,
    pandas_by_group,
    plain_python,
)
from timing import best_of

import alliance as al
from alliance.course import Courses
from alliance.rules import own_mean, sudden_loss, v_episode
from alliance.ruptures import scan

SUDDEN_GAINS = Path(__file__).with_name("suddengains.R")
COLUMNS = ["task", "way", "seconds", "million_a_second", "times_slower"]


def compiled_loop():
    """Return the plain Python loop, compiled by numba; nothing where it is not installed."""
    try:
        from numba import njit
    except ImportError:
        return None

    @njit
    def loop(scores, numbers, offsets):
        counts = np.zeros(3, dtype=np.int64)
        for one in range(len(offsets) - 1):
            onset, seen, target = -1, False, 0.0
            for row in range(offsets[one], offsets[one + 1]):
                if onset >= 0 and numbers[row] > onset + WINDOW:
                    counts[1 if seen else 2] += 1
                    onset = -1
                if onset >= 0:
                    seen = True
                    if scores[row] >= target - ROUNDING:
                        counts[0] += 1
                        onset = -1
                elif (
                    row > offsets[one]
                    and numbers[row] - numbers[row - 1] == 1
                    and scores[row - 1] - scores[row] >= DROP - ROUNDING
                ):
                    onset, seen, target = numbers[row], False, scores[row - 1] - TOLERANCE
            if onset >= 0:
                counts[1 if seen and numbers[offsets[one + 1] - 1] == onset + WINDOW else 2] += 1
        return counts

    return lambda some: loop(some.scores, some.sessions, some.offsets).tolist()


def searching(clients: int) -> list[dict]:
    """Time one rule, a fall of a point and its return, in every way that is at hand."""
    rule, many = v_episode(window=WINDOW), courses(clients, 12)
    few = first(many, 4_000)
    small, large = as_table(few), as_table(many)
    ways = {
        "alliance, arrays": (lambda: scan(many, rule).counts().sum(axis=0).tolist(), many),
        "alliance, tables in and out": (lambda: len(al.find_ruptures(large, rule).frame), many),
        "numpy, client by client": (lambda: numpy_by_client(few), few),
        "plain Python": (lambda: plain_python(few), few),
        "pandas groupby.apply": (lambda: pandas_by_group(small), few),
    }
    loop = compiled_loop()
    if loop is not None:
        loop(few)
        ways["numba, a loop for this rule alone"] = (lambda: loop(many), many)
    rows = []
    expected = {id(some): scan(some, rule).counts().sum(axis=0).tolist() for some in (few, many)}
    for way, (work, some) in ways.items():
        seconds, found = best_of(work)
        if isinstance(found, list) and found != expected[id(some)]:
            raise SystemExit(f"{way} found {found}, not {expected[id(some)]}")
        rows.append(row("drop and return", way, seconds, len(some.scores)))
    seconds, _ = best_of(lambda: scan(many, own_mean()))
    return [*rows, row("own-mean", "alliance, arrays", seconds, len(many.scores))]


def whole(seed: int = 1) -> list[dict]:
    """Time what a user waits for: chance, the comparison of all rules."""
    study = al.simulate.simulate(al.simulate.worlds()["R0d"], clients=1_000, seed=seed).sessions
    found = al.find_ruptures(study, v_episode())
    some = study[study["client"].isin(study["client"].unique()[:200])]
    tasks = {
        "chance, 999 shuffles, 1,000 clients": (
            lambda: al.chance_baseline(found, draws=999, nulls=["shuffled"]),
            999 * len(study),
        ),
        "chance, 999 draws of both kinds, 1,000 clients": (
            lambda: al.chance_baseline(found, draws=999),
            2 * 999 * len(study),
        ),
        "compare_rules, all rules, 19 draws, 200 clients": (
            lambda: al.compare_rules(some, draws=19),
            2 * 19 * len(some),
        ),
    }
    # The first time is left out: it loads what is compiled.
    return [row(task, "alliance", best_of(work)[0], size) for task, (work, size) in tasks.items()]


def sudden_losses(clients: int = 2_000) -> list[dict]:
    """Time sudden losses here and in R's suddengains, on the same complete courses."""
    rng = np.random.default_rng(3)
    scores = np.round(np.clip(rng.normal(5.3, 0.6, (clients, 12)), 1, 7) * 12) / 12
    numbers, offsets = np.tile(np.arange(1, 13), clients), np.arange(clients + 1) * 12
    many = Courses(scores=scores.ravel(), sessions=numbers, offsets=offsets)
    seconds, _ = best_of(lambda: scan(many, sudden_loss(1.0)))
    rows = [row("sudden losses", "alliance, arrays", seconds, scores.size)]
    if shutil.which("Rscript"):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "wide.csv"
            wide = pd.DataFrame(scores, columns=[f"s{n}" for n in range(1, 13)])
            wide.insert(0, "id", range(clients))
            wide.to_csv(path, index=False)
            done = subprocess.run(
                ["Rscript", SUDDEN_GAINS, path], capture_output=True, text=True, check=False
            )
        if done.returncode == 0:
            timed = float(done.stdout.split()[-1])
            rows.append(row("sudden losses", "R suddengains", timed, scores.size))
    return rows


def row(task: str, way: str, seconds: float, sessions: int) -> dict:
    """Return one line of the table."""
    return {
        "task": task,
        "way": way,
        "seconds": seconds,
        "million_a_second": sessions / seconds / 1e6,
    }


def main() -> None:
    """Run everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=200_000)
    parser.add_argument("--to", type=Path, help="write the table there too")
    options = parser.parse_args()
    table = pd.DataFrame([*searching(options.clients), *sudden_losses(), *whole()])
    fastest = table.groupby("task")["million_a_second"].transform("first")
    table["times_slower"] = fastest / table["million_a_second"]
    table = table[COLUMNS].round({"seconds": 3, "million_a_second": 3, "times_slower": 2})
    print(table.to_string(index=False))
    if options.to:
        table.to_csv(options.to, index=False)


if __name__ == "__main__":
    main()
