"""Time the scoring of many WAI-SR sessions against reading their CSV, in the same run.

    python benchmarks/scoring.py [--sessions 1000000]

Prints seconds, the ratio of scoring to reading, the plain-pandas alternative that a user would
write, and the peak memory of the process.
"""

import resource
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from timing import ROUNDS, asked_for, best_of

import alliance as al

SCALES = {"task": (1, 2, 10, 12), "bond": (3, 5, 7, 9), "goal": (4, 6, 8, 11)}


def make_export(path: Path, sessions: int, seed: int = 1) -> None:
    """Write a synthetic long export: ten sessions a client, one answer in 500 missing."""
    rng = np.random.default_rng(seed)
    answers = rng.integers(1, 6, (sessions, 12)).astype(float)
    answers[rng.random(answers.shape) < 0.002] = np.nan
    frame = pd.DataFrame(answers, columns=[f"item_{item}" for item in range(1, 13)]).astype("Int64")
    clients = np.char.zfill((np.arange(sessions) // 10).astype(str), 7)
    frame.insert(0, "client", clients)
    frame.insert(1, "session", np.arange(sessions) % 10 + 1)
    frame.insert(2, "rater", "client")
    frame.insert(3, "instrument", "wai-sr")
    frame.to_csv(path, index=False)


def by_hand(responses: pd.DataFrame) -> pd.DataFrame:
    """Score as a user would with pandas: means by scale where all answers are there."""
    scores = {
        scale: responses[[f"item_{item}" for item in items]].mean(axis=1, skipna=False)
        for scale, items in SCALES.items()
    }
    items = responses[[f"item_{item}" for item in range(1, 13)]]
    return responses.assign(**scores, total=items.mean(axis=1).where(items.count(axis=1) >= 10))


def main() -> None:
    """Run the comparison and print it."""
    sessions = asked_for(__doc__, "sessions", 1_000_000)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.csv"
        make_export(path, sessions)
        text = {"client": "str"}
        reading, responses = best_of(lambda: pd.read_csv(path, dtype=text))
        peak_reading = peak()
        scoring, scored = best_of(lambda: al.score(responses))
        peak_scoring = peak()
        pandas_way, other = best_of(lambda: by_hand(responses))
        whole, _ = best_of(lambda: al.read(path, instrument="wai-sr"), rounds=1)
    for scale in SCALES:
        np.testing.assert_allclose(scored[scale], other[scale])
    print(f"{sessions:,} WAI-SR sessions, best of {ROUNDS} rounds")
    print(
        f"read the CSV (pandas.read_csv)     {reading:6.2f} s   peak memory {peak_reading:,.0f} MB"
    )
    print(
        f"score them (alliance.score)        {scoring:6.2f} s   peak memory {peak_scoring:,.0f} MB"
    )
    print(f"the same scores in plain pandas    {pandas_way:6.2f} s   (no checks, no reasons)")
    print(f"read and check (alliance.read)     {whole:6.2f} s")
    print(
        f"scoring / reading = {scoring / reading:.2f};  scoring / plain pandas = {scoring / pandas_way:.2f}"
    )


def peak() -> float:
    """Return the peak memory of this process so far, in megabytes."""
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes / (1024**2 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
