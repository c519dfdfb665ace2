"""How often rupture rules flag series in which nothing happened: independent and lag-1 noise.

Writes `false_alarms.csv`: for each rule, noise and number of sessions the percentage of series
with at least one flag, its Monte-Carlo standard error, and the percentage of an independent
simulation made before this package existed (20,000 series, rounded as given).

    python calibration/false_alarms.py --series 20000 --seed 1
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from alliance.course import Courses
from alliance.rules import RepairRule, Rule, RuptureRule, own_mean, stiles_like, tukey, xmr
from alliance.ruptures import scan

SESSIONS = (5, 8, 10, 16, 30)
LAG_ONE = {"independent": 0.0, "lag-1 correlation .4": 0.4}
EARLIER_SERIES = 20_000
EARLIER = {
    "fall of 1 own SD": ("87 97 99 100 100", "80 92 95 99 100"),
    "fall of 1.5 own SD": ("66 84 91 98 100", "56 70 75 87 97"),
    "fall of 2 own SD": ("36 56 65 82 97", "27 37 42 55 73"),
    "fall of 2 own SD of differences": ("2 4 8 22 50", "4 6 10 24 49"),
    "own mean - 1 SD": ("80 95 98 100 100", "80 95 98 100 100"),
    "own mean - 2 SD": ("0 6 12 26 52", "0 5 10 25 50"),
    "XmR limit": ("0.2 0.9 1.0 1.9 3.8", "0.4 2.8 4.5 9.9 21"),
    "Tukey fence": ("22 17 17 17 21", "21 15 16 17 19"),
    "own line - 2 residual SD": ("0 2 6 21 48", "0 2 6 20 46"),
    "running high - 2 own SD": ("62 86 93 99 100", "59 78 85 97 100"),
}


def rules() -> dict[str, Rule]:
    """Return the rules by name, each free to judge every course."""

    def plain(reference: str, unit: str, threshold: float) -> Rule:
        rupture = RuptureRule(reference=reference, unit=unit, threshold=threshold)
        return Rule(name="plain", rupture=rupture, repair=RepairRule(target="before", window=3))

    found = {
        "fall of 1 own SD": plain("previous session", "own sd", 1),
        "fall of 1.5 own SD": plain("previous session", "own sd", 1.5),
        "fall of 2 own SD": plain("previous session", "own sd", 2),
        "fall of 2 own SD of differences": plain("previous session", "own sd of differences", 2),
        "own mean - 1 SD": own_mean(threshold=1),
        "own mean - 2 SD": own_mean(),
        "XmR limit": xmr(),
        "Tukey fence": tukey(),
        "own line - 2 residual SD": stiles_like(),
        "running high - 2 own SD": plain("running high", "own sd", 2),
    }
    return {name: replace(rule, minimum_sessions=2) for name, rule in found.items()}


def noise(series: int, sessions: int, lag_one: float, rng: np.random.Generator) -> Courses:
    """Return stationary normal series with a given lag-1 correlation."""
    scores = rng.standard_normal((series, sessions))
    for t in range(1, sessions):
        scores[:, t] = lag_one * scores[:, t - 1] + np.sqrt(1 - lag_one**2) * scores[:, t]
    return Courses(
        scores=scores.ravel(),
        sessions=np.tile(np.arange(1, sessions + 1), series),
        offsets=np.arange(series + 1) * sessions,
    )


def false_alarms(series: Courses, rule: Rule) -> float:
    """Return the percentage of series with at least one flag."""
    return 100 * float((scan(series, rule).counts().sum(axis=1) > 0).mean())


def standard_error(percentage: float, series: int) -> float:
    """Return the binomial standard error of a percentage, never less than that of one series."""
    share = np.clip(percentage / 100, 1 / series, 1 - 1 / series)
    return 100 * float(np.sqrt(share * (1 - share) / series))


def table(series: int, seed: int) -> pd.DataFrame:
    """Return the table, one row for each rule, noise and number of sessions."""
    rng = np.random.default_rng(seed)
    rows = []
    for column, (name, lag_one) in enumerate(LAG_ONE.items()):
        for place, sessions in enumerate(SESSIONS):
            data = noise(series, sessions, lag_one, rng)
            for rule_name, rule in rules().items():
                ours = false_alarms(data, rule)
                earlier = EARLIER[rule_name][column].split()[place]
                rows.append(
                    {
                        "rule": rule_name,
                        "noise": name,
                        "sessions": sessions,
                        "flagged_percent": ours,
                        "standard_error": standard_error(ours, series),
                        "earlier_percent": float(earlier),
                        "earlier_standard_error": standard_error(float(earlier), EARLIER_SERIES),
                        "earlier_rounded_to": 0.1 if "." in earlier else 1.0,
                        "series": series,
                        "seed": seed,
                    }
                )
    return pd.DataFrame(rows)


def main() -> None:
    """Write the table beside this script."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--series", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--to", type=Path, default=Path(__file__).with_suffix(".csv"))
    options = parser.parse_args()
    table(options.series, options.seed).round(4).to_csv(options.to, index=False)


if __name__ == "__main__":
    main()
