"""Time the search for ruptures against the same rule in pandas, plain Python and numpy by client.

    python benchmarks/ruptures_engine.py [--clients 200000] [--sessions 12]

The rule: a fall of a point from the session before, repaired at the level before less a quarter
of a point within three sessions. All contenders must find the same ruptures. The slow ones get
the first clients only; what counts is sessions a second, and the ratios of one run.
"""

import argparse
import time
import tracemalloc

import numpy as np
import pandas as pd
from timing import ROUNDS, best_of

from alliance.course import Courses
from alliance.rules import gumz_like, own_mean, v_episode
from alliance.ruptures import find_ruptures, scan

DROP, TOLERANCE, WINDOW, ROUNDING = 1.0, 0.25, 3, 1e-9


def courses(clients: int, sessions: int, seed: int = 1) -> Courses:
    """Return synthetic item means in twelfths, with one session in eight missed."""
    rng = np.random.default_rng(seed)
    numbers = np.tile(np.arange(1, sessions + 1), clients)
    rated = rng.random(len(numbers)) > 0.125
    scores = rng.standard_normal(len(numbers))
    scores = np.round(np.clip(5.3 + 0.6 * scores, 1, 7) * 12) / 12
    counts = rated.reshape(clients, sessions).sum(axis=1)
    return Courses(
        scores=scores[rated],
        sessions=numbers[rated],
        offsets=np.concatenate([[0], np.cumsum(counts)]),
    )


def first(series: Courses, clients: int) -> Courses:
    """Return the first clients."""
    stop = series.offsets[clients]
    return Courses(
        scores=series.scores[:stop],
        sessions=series.sessions[:stop],
        offsets=series.offsets[: clients + 1],
    )


def plain_python(series: Courses) -> list[int]:
    """Return repaired, unrepaired and open ruptures, one session after the other."""
    counts = [0, 0, 0]
    scores, numbers = series.scores.tolist(), series.sessions.tolist()
    offsets = series.offsets.tolist()
    for start, stop in zip(offsets, offsets[1:], strict=False):
        onset, seen, target = None, False, 0.0
        for row in range(start, stop):
            if onset is not None and numbers[row] > onset + WINDOW:
                counts[1 if seen else 2] += 1
                onset = None
            if onset is not None:
                seen = True
                if scores[row] >= target - ROUNDING:
                    counts[0] += 1
                    onset = None
            elif (
                row > start
                and numbers[row] - numbers[row - 1] == 1
                and scores[row - 1] - scores[row] >= DROP - ROUNDING
            ):
                onset, seen, target = numbers[row], False, scores[row - 1] - TOLERANCE
        if onset is not None:
            counts[1 if seen and numbers[stop - 1] == onset + WINDOW else 2] += 1
    return counts


def one_client(scores: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Return one client's repaired, unrepaired and open ruptures with numpy."""
    counts = np.zeros(3, dtype=int)
    fell = (scores[:-1] - scores[1:] >= DROP - ROUNDING) & (np.diff(numbers) == 1)
    free = -1
    for onset in np.flatnonzero(fell) + 1:
        if onset <= free:
            continue
        last = np.searchsorted(numbers, numbers[onset] + WINDOW, side="right")
        back = scores[onset + 1 : last] >= scores[onset - 1] - TOLERANCE - ROUNDING
        if back.any():
            free = onset + 1 + back.argmax()
            counts[0] += 1
        else:
            free = last - 1
            over = numbers[-1] >= numbers[onset] + WINDOW and last > onset + 1
            counts[1 if over else 2] += 1
    return counts


def numpy_by_client(series: Courses) -> list[int]:
    """Return the counts with numpy, one client after the other."""
    counts = np.zeros(3, dtype=int)
    for start, stop in zip(series.offsets, series.offsets[1:], strict=False):
        counts += one_client(series.scores[start:stop], series.sessions[start:stop])
    return counts.tolist()


def as_table(series: Courses) -> pd.DataFrame:
    """Return the sessions table of the series."""
    names = np.char.zfill(series.owner.astype(str), 7)
    return pd.DataFrame(
        {"client": names, "session": series.sessions, "rater": "client", "total": series.scores}
    )


def pandas_by_group(table: pd.DataFrame) -> list[int]:
    """Return the counts with pandas' groupby and apply."""

    def course(group: pd.DataFrame) -> pd.Series:
        return pd.Series(one_client(group["total"].to_numpy(), group["session"].to_numpy()))

    columns = table.groupby("client")[["session", "total"]]
    return columns.apply(course).sum().tolist()


def memory_of(work) -> float:
    """Return the most memory that a piece of work held at a time, in megabytes."""
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 1e6


def per_core(work, sessions: int) -> float:
    """Return sessions per second of processor time, which other programs hardly disturb."""
    start = time.process_time()
    work()
    return sessions / (time.process_time() - start)


def shuffles(count: int, clients: int = 1000, sessions: int = 20, batch: int = 37) -> float:
    """Return the seconds for the rule on shuffled copies of a data set, a batch at a time."""
    rng = np.random.default_rng(2)
    scores = np.round((5.3 + 0.6 * rng.standard_normal((clients, sessions))) * 12) / 12
    start = time.perf_counter()
    for done in range(0, count, batch):
        copies = min(batch, count - done)
        shuffled = rng.permuted(np.broadcast_to(scores, (copies, *scores.shape)), axis=2)
        series = Courses(
            scores=shuffled.ravel(),
            sessions=np.tile(np.arange(sessions), copies * clients),
            offsets=np.arange(copies * clients + 1) * sessions,
        )
        pool = np.repeat(np.arange(copies), clients)
        scan(series, v_episode(window=WINDOW), pool=pool).counts()
    return time.perf_counter() - start


def main() -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=200_000)
    parser.add_argument("--sessions", type=int, default=12)
    parser.add_argument("--slow-clients", type=int, default=4_000)
    parser.add_argument("--shuffles", type=int, default=999)
    options = parser.parse_args()
    rule = v_episode(window=WINDOW)
    series = courses(options.clients, options.sessions)
    few = first(series, min(options.slow_clients, options.clients))
    times = {"engine": best_of(lambda: scan(series, rule))}
    times["engine, one thread"] = best_of(lambda: scan(series, rule, workers=1))
    expected = scan(few, rule).counts().sum(axis=0).tolist()
    counts = times["engine"][1].counts()[: few.count].sum(axis=0).tolist()
    if counts != expected:
        raise SystemExit(f"on large data the engine found {counts}, by blocks {expected}")
    rates = {name: len(series.scores) / seconds for name, (seconds, _) in times.items()}
    table = as_table(few)
    slow = {
        "numpy, client by client": lambda: numpy_by_client(few),
        "plain Python loop": lambda: plain_python(few),
        "pandas groupby.apply": lambda: pandas_by_group(table),
    }
    for name, work in slow.items():
        seconds, counts = best_of(work)
        if counts != expected:
            raise SystemExit(f"{name} found {counts}, the engine {expected}")
        rates[name] = len(few.scores) / seconds
    table = as_table(first(series, min(100_000, options.clients)))
    seconds, _ = best_of(lambda: find_ruptures(table, rule))
    rates["find_ruptures, tables in and out"] = len(table) / seconds
    for other in (own_mean(), gumz_like(1)):
        seconds, _ = best_of(lambda other=other: scan(series, other))
        rates[f"engine, rule {other.name}"] = len(series.scores) / seconds
    print(f"{options.clients:,} clients, {len(series.scores):,} rated sessions; best of {ROUNDS}")
    for name, rate in rates.items():
        ratio = rates["engine"] / rate
        print(f"{name:34} {rate / 1e6:8.3f} million sessions/s   engine is {ratio:8.1f} x")
    core = per_core(lambda: scan(series, rule, workers=1), len(series.scores))
    print(f"engine, by processor time {core / 1e6:.1f} million sessions/s on each core")
    for clients in (options.clients // 4, options.clients):
        some = first(series, clients)
        held = memory_of(lambda some=some: scan(some, rule))
        print(f"memory of the search: {clients:,} clients {held:,.0f} MB")
    seconds = shuffles(options.shuffles)
    print(f"{options.shuffles} shuffles of 1,000 clients x 20 sessions: {seconds:.1f} s")


if __name__ == "__main__":
    main()
