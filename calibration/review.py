"""Measure the clinic review on simulated clinics: who comes first, and the flags expected in noise.

    python calibration/review.py

About twelve minutes of one processor. Writes two tables:

review_first_ten.csv  world, clients (who came to the clinic), order, clinics, in_therapy, open
                      (clients in therapy whose last session lay in a true rupture), first_ten (how
                      many of these stand among the first ten), as_many (how many stand among as
                      many first places as there are open ruptures)
review_noise.csv      world, detector, clinics, quantity, found and expected: counts summed over clinics
                      without ruptures, beside the numbers the pages print
"""

import argparse
import warnings
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from alliance import simulate
from alliance.clinic import Settings, falls, judge, make_record
from alliance.clinic import now as now_of
from alliance.clinic.counting import FOUND, OPEN_NOW, count
from alliance.clinic.review_noise import expect
from alliance.errors import AllianceWarning

HERE = Path(__file__).parent
FIRST_SEED = 9_000
WITH, WITHOUT = ("R0d", "R0w", "R0s", "rare"), ("N0", "N0h", "N0s")
DETECTORS = ("pulse", "own-past")
DRAWS = 3


def found_in(made: simulate.Clinic, settings: Settings) -> tuple:
    """Return the record of a clinic and what was found in it."""
    record = make_record(made.sessions, settings)
    return record, judge(record, settings)


def orders(made: simulate.Clinic) -> dict[str, pd.Series]:
    """Return for each order whether the first, second ... client has an open rupture."""
    record, found = found_in(made, Settings())
    now = now_of(record, found, falls(record, found)).merge(made.truth, on="client")
    # Sudden falls of the week are shown before the open ruptures; they are not what is measured here.
    now = now.sort_values(["open", "probability", "depth"], ascending=False, kind="stable")
    lowest = now.sort_values("score", kind="stable")
    return {"by the review": now["open_now"], "by lowest score": lowest["open_now"]}


def ordered(world: str, clients: int, clinics: int) -> Iterator[dict]:
    """Yield one row for each clinic with ruptures and each order."""
    for seed in range(FIRST_SEED, FIRST_SEED + clinics):
        made = simulate.clinic(simulate.worlds()[world], clients=clients, seed=seed)
        for order, is_open in orders(made).items():
            yield {
                "world": world,
                "clients": clients,
                "order": order,
                "clinics": 1,
                "in_therapy": len(is_open),
                "open": int(is_open.sum()),
                "first_ten": int(is_open.head(10).sum()),
                "as_many": int(is_open.head(int(is_open.sum())).sum()),
            }


def noise(world: str, detector: str, clinics: int, clients: int) -> Iterator[dict]:
    """Yield one row for each clinic without ruptures and each quantity."""
    names = {"open now": OPEN_NOW, "found in the period": f"{FOUND}, this"}
    for seed in range(FIRST_SEED, FIRST_SEED + clinics):
        made = simulate.clinic(simulate.worlds()[world], clients=clients, seed=seed)
        record, found = found_in(made, Settings(detector=detector))
        counts = count(record, found)
        expected = expect(record, found, draws=DRAWS, seed=seed)
        for quantity, name in names.items():
            yield {
                "world": world,
                "detector": detector,
                "clinics": 1,
                "quantity": quantity,
                "found": int(counts[name]),
                "expected": expected.of(name)[0],
            }


def summed(rows: list[dict], key: list[str]) -> pd.DataFrame:
    """Return the rows summed over clinics."""
    return pd.DataFrame(rows).groupby(key, sort=False, as_index=False).sum()


def add_sizes(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how many clinics of each size are simulated."""
    parser.add_argument("--large", type=int, default=10, help="clinics of 2,000 clients")
    parser.add_argument("--small", type=int, default=40, help="clinics of 600 clients")


def sizes(options: argparse.Namespace) -> dict[int, int]:
    """Return the number of clinics by their number of clients."""
    return {600: options.small, 2_000: options.large}


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_sizes(parser)
    parser.add_argument("--quiet", type=int, default=6, help="clinics of 300 without ruptures")
    options = parser.parse_args()
    warnings.simplefilter("ignore", AllianceWarning)
    rows = [
        row
        for clients, clinics in sizes(options).items()
        for world in WITH
        for row in ordered(world, clients, clinics)
    ]
    table = summed(rows, ["world", "clients", "order"])
    table.to_csv(HERE / "review_first_ten.csv", index=False)
    print(table.to_string(index=False), flush=True)
    rows = [
        row
        for world in WITHOUT
        for detector in DETECTORS
        for row in noise(world, detector, options.quiet, 300)
    ]
    table = summed(rows, ["world", "detector", "quantity"])
    table.to_csv(HERE / "review_noise.csv", index=False, float_format="%.2f")
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
