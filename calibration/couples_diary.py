"""What the lowest rung says of real series in which no therapist repairs anything.

    python calibration/couples_diary.py [--orders 12]

The daily contentment of 80 couples (data/couples_diary). Writes couples_diary.csv, one line for
each fit: whose days (women, men, both; both with couples as clusters), their order (as they were,
backwards, or each person's days in random order, by seed) and z, p, estimate (SD) and expected repaired
falls a person. Days in random order hold falls and rises but no gain; backwards a gain is a loss.
"""

import argparse
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from alliance.effects import repair_gain
from alliance.model.gain_assumptions import LEAST
from alliance.study.demo import couples_diary

OUT = Path(__file__).with_name("couples_diary.csv")


def diary() -> pd.DataFrame:
    """Return one row a person and day."""
    days = couples_diary()
    return days.assign(couple=days["client"], client=days["client"] + days["rater"])


def backwards(days: pd.DataFrame) -> pd.DataFrame:
    """Return the days in reverse order."""
    turned = days.assign(session=days["session"].max() + 1 - days["session"])
    return turned.sort_values(["client", "session"])


def shuffled(days: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return each person's scores on the same days, in random order."""
    rng = np.random.default_rng(seed)
    own = days.groupby("client")["contentment"]
    return days.assign(contentment=own.transform(lambda each: rng.permutation(each.to_numpy())))


def series(orders: int) -> Iterator[tuple[str, str, int, pd.DataFrame, dict]]:
    """Yield whose days, their order, the seed, the table and further settings of every fit."""
    days = diary()
    groups = {"women": days[days["rater"] == "woman"], "men": days[days["rater"] == "man"]}
    for who, own in groups.items():
        yield who, "as they were", 0, own, {}
        yield who, "backwards", 0, backwards(own), {}
        for seed in range(orders):
            yield who, "random", seed, shuffled(own, seed), {}
    yield "both", "as they were", 0, days, {}
    yield "both, couples as clusters", "as they were", 0, days, {"cluster": "couple"}


def main() -> None:
    """Fit every series and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, default=12)
    rows = []
    for who, order, seed, days, settings in series(parser.parse_args().orders):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = repair_gain(
                days.assign(rater="client"),
                scale="contentment",
                rungs=[LEAST],
                draws=0,
                workers=1,
                **settings,
            )
        head = found.headline
        told = ["z", "p", "estimate_sd", "low_sd", "high_sd", "repairs_a_client"]
        rows.append({"who": who, "order": order, "seed": seed} | head[told].to_dict())
    table = pd.DataFrame(rows)
    table.to_csv(OUT, index=False, float_format="%.4f")
    print(table.groupby(["who", "order"], sort=False)[["z", "estimate_sd"]].agg(["mean", "max"]))


if __name__ == "__main__":
    main()
