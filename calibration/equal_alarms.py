"""Compare statistics that rules look at where each raises equally many false alarms.

    python calibration/equal_alarms.py [--studies 10] [--clients 200]

Writes calibration/equal_alarms.csv: for each statistic the limit (in pooled SD) at which it flags one
course in ten of simulated therapies without ruptures (world N0d), and the share of true ruptures it then
finds in the same therapies with ruptures (world R0d).
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from alliance import model, simulate

FIRST_SEED = 900
FLAGGED = 0.10
# A statistic says, for each rated session of one course, how far it lies below what it is held against.
Statistic = Callable[[np.ndarray], np.ndarray]


def weighted_mean(scores: np.ndarray, weight: float) -> np.ndarray:
    """Return the exponentially weighted mean, m(t) = weight y(t) + (1 - weight) m(t - 1)."""
    means = scores.copy()
    for place in range(1, len(scores)):
        means[place] = weight * scores[place] + (1 - weight) * means[place - 1]
    return means


def before(values: np.ndarray) -> np.ndarray:
    """Return what was known one rated session earlier; nothing before the first."""
    return np.concatenate([[np.nan], values[:-1]])


def past_mean(scores: np.ndarray) -> np.ndarray:
    return before(np.cumsum(scores) / np.arange(1, len(scores) + 1))


STATISTICS: dict[str, Statistic] = {
    "below the score before": lambda y: before(y) - y,
    "below the highest so far": lambda y: before(np.maximum.accumulate(y)) - y,
    "below the mean so far": lambda y: past_mean(y) - y,
    "below the own mean of all sessions": lambda y: y.mean() - y,
    "below an exponentially weighted mean, weight .2": lambda y: before(weighted_mean(y, 0.2)) - y,
    "below an exponentially weighted mean, weight .4": lambda y: before(weighted_mean(y, 0.4)) - y,
    "weighted mean (.4) below the mean so far": lambda y: past_mean(y) - weighted_mean(y, 0.4),
}


def judged(study: simulate.Study, fitted: model.PulseModel) -> pd.DataFrame:
    """Return client, session and every statistic, in pooled SD; and the probability of a pulse."""
    unit = study.world.unit
    parts = []
    for client, rows in study.sessions.groupby("client", sort=False):
        rated = rows.dropna(subset="total").sort_values("session")
        scores = rated["total"].to_numpy(float) / unit
        values = {name: statistic(scores) for name, statistic in STATISTICS.items()}
        parts.append(pd.DataFrame({"client": client, "session": rated["session"], **values}))
    found = model.find_pulses(study.sessions, fitted).frame[["client", "session", "probability"]]
    frame = pd.concat(parts, ignore_index=True).merge(found, on=["client", "session"], how="left")
    return frame.rename(columns={"probability": "probability of the pulse detector"})


def limit(frame: pd.DataFrame, name: str) -> float:
    """Return the limit that one course in ten reaches somewhere."""
    return float(frame.groupby("client")[name].max().quantile(1 - FLAGGED))


def found(frame: pd.DataFrame, episodes: pd.DataFrame, name: str, at: float) -> pd.Series:
    """Return for each true rupture with a rated session whether one of these was flagged."""
    pairs = episodes.merge(frame[["client", "session", name]], on="client")
    inside = pairs["session"].between(pairs["onset"], pairs["end"])
    rated = pairs[inside & pairs[name].notna()]
    return (rated[name] > at).groupby([rated["client"], rated["episode"]]).any()


def measure(clients: int, seed: int) -> pd.DataFrame:
    """Return the limit and the share found of each statistic in one pair of studies."""
    worlds = simulate.worlds()
    quiet = simulate.simulate(worlds["N0d"], clients=clients, seed=seed)
    ruptured = simulate.simulate(worlds["R0d"], clients=clients, seed=seed)
    # One and the same detector judges both: the one that was fitted to the study with ruptures.
    fitted = model.fit_pulses(ruptured.sessions)
    without, with_ruptures = judged(quiet, fitted), judged(ruptured, fitted)
    rows = []
    for name in without.columns.drop(["client", "session"]):
        at = limit(without, name)
        share = found(with_ruptures, ruptured.episodes, name, at).mean()
        rows.append({"statistic": name, "limit": at, "found": share})
    return pd.DataFrame(rows).assign(seed=seed)


def main() -> None:
    """Run all studies and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=10)
    parser.add_argument("--clients", type=int, default=200)
    options = parser.parse_args()
    seeds = range(FIRST_SEED, FIRST_SEED + options.studies)
    measured = pd.concat(measure(options.clients, seed) for seed in seeds)
    by = measured.groupby("statistic", sort=False)
    table = by[["limit", "found"]].mean()
    table["standard_error"] = by["found"].std() / np.sqrt(options.studies)
    table["studies"], table["clients"] = options.studies, options.clients
    path = Path(__file__).with_suffix(".csv")
    table.sort_values("found", ascending=False).to_csv(path, float_format="%.4f")
    print(table.round(3).to_string())


if __name__ == "__main__":
    main()
