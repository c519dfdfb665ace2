"""Measure the clinic review on simulated clinics: who comes first, and the flags expected in noise.

    python calibration/review.py [--clinics 4] [--clients 1500] [--quiet 300]

Writes two tables:

review_first_ten.csv  world, order, clinics, in_therapy, open (clients whose last session lay in a
                      true rupture), first_ten (how many of these stand among the first ten)
review_noise.csv      world, detector, clinics, quantity, found and expected: counts summed over clinics
                      without ruptures, beside the numbers the pages print
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from alliance import simulate
from alliance.errors import AllianceWarning
from alliance.review import Review, review
from alliance.review.counting import FOUND, OPEN_NOW

HERE = Path(__file__).parent
FIRST_SEED = 9_000
WITH, WITHOUT = ("R0d", "R0w", "R0s"), ("N0", "N0h", "N0s")
DETECTORS = ("pulse", "own-past")


def first_ten(made: simulate.Clinic, found: Review) -> dict[str, int]:
    """Return how many truly open ruptures stand among the first ten, by each order."""
    now = found.frame.merge(made.truth, on="client")
    last = found.found.frame.drop_duplicates("client", keep="last")[["client", "score"]]
    lowest = now.merge(last, on="client").sort_values("score", kind="stable")
    return {
        "by the review": int(now["open_now"].head(10).sum()),
        "by lowest score": int(lowest["open_now"].head(10).sum()),
    }


def ordered(world: str, clinics: int, clients: int) -> Iterator[dict]:
    """Yield one row for each clinic with ruptures and each order."""
    for seed in range(FIRST_SEED, FIRST_SEED + clinics):
        made = simulate.clinic(simulate.worlds()[world], clients=clients, rng=seed)
        found = review(made.sessions, draws=1)
        counts = {"in_therapy": len(found.frame), "open": int(made.truth["open_now"].sum())}
        for order, count in first_ten(made, found).items():
            yield {"world": world, "order": order, "clinics": 1, **counts, "first_ten": count}


def noise(world: str, detector: str, clinics: int, clients: int) -> Iterator[dict]:
    """Yield one row for each clinic without ruptures and each quantity."""
    for seed in range(FIRST_SEED, FIRST_SEED + clinics):
        made = simulate.clinic(simulate.worlds()[world], clients=clients, rng=seed)
        found = review(made.sessions, detector=detector, draws=4)
        counts = found.periods.frame.set_index("quantity")["this"]
        numbers = {
            "open now": (found.open_now, found.noise.of(OPEN_NOW)[0]),
            "found in the period": (counts[FOUND], found.noise.of(f"{FOUND}, this")[0]),
        }
        key = {"world": world, "detector": detector, "clinics": 1}
        for quantity, (count, expected) in numbers.items():
            yield {**key, "quantity": quantity, "found": int(count), "expected": expected}


def summed(rows: list[dict], key: list[str]) -> pd.DataFrame:
    """Return the rows summed over clinics."""
    return pd.DataFrame(rows).groupby(key, sort=False, as_index=False).sum()


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clinics", type=int, default=4)
    parser.add_argument("--clients", type=int, default=1_500, help="of clinics with ruptures")
    parser.add_argument("--quiet", type=int, default=300, help="clients of clinics without")
    options = parser.parse_args()
    warnings.simplefilter("ignore", AllianceWarning)
    rows = [row for world in WITH for row in ordered(world, options.clinics, options.clients)]
    table = summed(rows, ["world", "order"])
    table.to_csv(HERE / "review_first_ten.csv", index=False)
    print(table.to_string(index=False), flush=True)
    rows = [
        row
        for world in WITHOUT
        for detector in DETECTORS
        for row in noise(world, detector, 2 * options.clinics, options.quiet)
    ]
    table = summed(rows, ["world", "detector", "quantity"])
    table.to_csv(HERE / "review_noise.csv", index=False, float_format="%.2f")
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
