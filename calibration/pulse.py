"""Measure the pulse detector on simulated truth, beside simpler scores and every preset rule.

    python calibration/pulse.py [--studies 12] [--bins 48] [--clients 200] [--only-bins]

Writes three tables, each with means over studies and standard errors:

pulse_sessions.csv   world, detector, average_precision and the share of rupture sessions found
                     at 2 % false sessions; sessions of one episode count up to the fifth
pulse_episodes.csv   world, detector, clients: episodes per client, false ones per client, share
                     of true episodes found, share of found ones that are true
pulse_bins.csv       world, bin of the posterior: share of sessions truly in a rupture, over more
                     studies (``--bins``); once more of those whose result does not warn
                     (``unwarned``), which stand in ``studies``
"""

import argparse
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from alliance import rules, simulate
from alliance.cluster import on_cluster, spread
from alliance.errors import AllianceError, AllianceWarning
from alliance.model import PulseScan, find_pulses, fit_pulses
from alliance.ruptures import find_ruptures

HERE = Path(__file__).parent
KEY = ["client", "rater", "session"]
FIRST_SEED = 10_000
EDGES = (0.0, 0.05, 0.2, 0.5, 0.8, 0.95, 1.0)
FALSE_SHARE = 0.02
NAMED = ("N0", "N0d", "N0h", "N0r", "N0w", "N0s", "R0d", "R0g", "R0w", "R0s", "rare", "shallow")
PRESETS_IN = ("N0", "N0h", "N0s", "R0d", "R0w", "R0s", "rare", "shallow")
# Worlds of which only the bins are measured.
FOR_BINS = (
    "R0L",
    "R0S",
    "R0T",
    "always-recovering",
    "slow-recovery",
    "slow-onset",
    "honeymoon",
    "early-rise",
    "u-shaped",
    "plateau",
    "settling",
    "skewed",
    "walking",
    "constant",
    "sparse",
    "clustered",
    "two-sites",
    "passing-lift",
)
BINNED_IN_MORE = ("pulse scan", "pulse scan, unwarned")
SMALL = (20, 50, 100)
BORROWED = 5


def worlds() -> dict[str, simulate.World]:
    """Return the worlds measured: the named ones, unequal volatility and low reliability."""
    named = simulate.worlds()
    return {name: named[name] for name in NAMED} | {
        "R0d volatile": named["R0d"].but(volatility_sd=0.35),
        "R0d reliability .8": named["R0d"].but(reliability=0.8),
    }


def with_truth(study: simulate.Study) -> pd.DataFrame:
    """Return the rated sessions with their score and truth, sorted by client and session."""
    truth = study.truth.loc[study.truth["rated"], [*KEY, "in_rupture", "episode"]]
    sessions = study.sessions[[*KEY, "total"]].merge(truth, on=KEY, validate="1:1")
    return sessions.sort_values(KEY, ignore_index=True)


def up_to_the_fifth(sessions: pd.DataFrame) -> np.ndarray:
    """Return which sessions count: quiet ones, and the first five of each episode."""
    inside = sessions["in_rupture"]
    order = sessions[inside].groupby(["client", "episode"]).cumcount()
    counts = pd.Series(True, index=sessions.index)
    counts[order.index] = order < 5
    return counts.to_numpy()


def average_precision(score: np.ndarray, truth: np.ndarray) -> float:
    """Return the area under precision against recall; tied sessions are flagged together."""
    order = np.argsort(-score, kind="stable")
    score, truth = score[order], truth[order]
    step = np.append(score[1:] != score[:-1], True)
    hits, flagged = np.cumsum(truth)[step], np.flatnonzero(step) + 1
    return float((np.diff(hits, prepend=0) * hits / flagged).sum() / truth.sum())


def found_at(score: np.ndarray, truth: np.ndarray, false_share: float) -> float:
    """Return the share of rupture sessions above the limit that `false_share` of others pass."""
    limit = np.quantile(score[~truth], 1 - false_share, method="higher")
    return float((score[truth] > limit).mean())


def simple_scores(sessions: pd.DataFrame) -> dict[str, pd.Series]:
    """Return session scores that need no model; higher means more like a rupture."""
    score = sessions["total"]
    courses = score.groupby(sessions["client"])
    mean, size = courses.transform("mean"), courses.transform("size")
    step = -courses.diff()
    moving = step.abs().groupby(sessions["client"]).transform("mean")
    others = (mean * size - score) / (size - 1)
    past = (courses.cumsum() - score) / courses.cumcount()
    line, spread = own_lines(sessions)
    spread_of_others = others_sd(score - mean, size, sessions["client"])
    return {
        "drop from session to session": step,
        "own mean - score": mean - score,
        "own past mean - score": past - score,
        "drop from running high": courses.cummax() - score,
        "XmR statistic": (mean - score) / moving,
        "own-trend residual in own SD": (line - score) / spread,
        "leave-one-out z": (others - score) / spread_of_others,
    }


def own_lines(sessions: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return each client's least-squares line over session, and the SD around it."""
    by = sessions["client"]
    time = sessions["session"] - sessions["session"].groupby(by).transform("mean")
    score = sessions["total"] - sessions["total"].groupby(by).transform("mean")
    slope = (time * score).groupby(by).transform("sum") / (time**2).groupby(by).transform("sum")
    rest = score - slope * time
    spread = np.sqrt((rest**2).groupby(by).transform("sum") / (rest.groupby(by).transform("size")))
    return sessions["total"] - rest, spread


def others_sd(centred: pd.Series, size: pd.Series, by: pd.Series) -> pd.Series:
    """Return the SD of a client's other sessions, drawn to that within all clients."""
    squares = (centred**2).groupby(by).transform("sum")
    others = (squares - centred**2 * size / (size - 1)).clip(lower=0)
    pooled = (centred**2).sum() / (1 - 1 / size).sum()
    # The variance within all clients counts like BORROWED more sessions.
    return np.sqrt((others + BORROWED * pooled) / (size - 2 + BORROWED))


def preset_scores(study: simulate.Study) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield for each preset rule its flags, with how far below its reference each session is."""
    for name, rule in rules.presets().items():
        if name.startswith("srs-") and study.world.scale != "srs":
            continue
        if name == "v-episode" and study.world.metric != "mean":
            continue
        try:
            flags = find_ruptures(study.sessions, rule).flags
        except AllianceError:
            continue
        below = (flags["reference"] - flags["score"]) / flags["unit"]
        low = flags["state"].isin(["onset", "in rupture"])
        if below.isna().all():
            below = low.astype(float)
        yield name, flags[KEY].assign(graded=below, low=low)


def episode_measures(sessions: pd.DataFrame, low: np.ndarray) -> dict[str, float]:
    """Return counts of runs of low sessions against true episodes."""
    client = sessions["client"].to_numpy()
    begins = low & ~np.append(False, low[:-1] & (client[1:] == client[:-1]))
    run = np.cumsum(begins)
    true_runs = sessions.loc[low, "in_rupture"].groupby(run[low]).any()
    inside = sessions["in_rupture"].to_numpy()
    episodes = pd.Series(low[inside]).groupby(
        [client[inside], sessions.loc[inside, "episode"].to_numpy()]
    )
    clients = sessions["client"].nunique()
    return {
        "found_per_client": len(true_runs) / clients,
        "false_per_client": float((~true_runs).sum()) / clients,
        "true_found": episodes.any().mean() if inside.any() else np.nan,
        "found_true": true_runs.mean() if len(true_runs) else np.nan,
    }


def session_measures(sessions: pd.DataFrame, score: np.ndarray) -> dict[str, float]:
    """Return average precision, and rupture sessions found at 2 % false ones."""
    counts = up_to_the_fifth(sessions)
    truth = sessions["in_rupture"].to_numpy()[counts]
    score = np.nan_to_num(np.asarray(score, float)[counts], nan=-1e9, posinf=1e9, neginf=-1e9)
    return {
        "average_precision": average_precision(score, truth),
        "found_at_2_percent": found_at(score, truth, FALSE_SHARE),
    }


def pulse_probabilities(study: simulate.Study) -> dict[str, PulseScan]:
    """Scan with scores chosen automatically, the other kind, and prospectively."""
    reliability = study.world.reliability
    fitted = fit_pulses(study.sessions, reliability=reliability)
    other = {"raw": "normal", "normal": "raw"}[fitted.raters[0].scores.kind]
    return {
        "pulse scan": find_pulses(study.sessions, fitted),
        "pulse scan, prospective": find_pulses(study.sessions, fitted, prospective=True),
        f"pulse scan, {other} scores": find_pulses(
            study.sessions, reliability=reliability, scores=other
        ),
    }


def measure(name: str, world: simulate.World, clients: int, seed: int) -> Iterator[dict]:
    """Yield the rows of one simulated study."""
    study = simulate.simulate(world, clients=clients, seed=seed)
    sessions = with_truth(study)
    about = {"world": name, "clients": clients, "seed": seed}
    has_ruptures = bool(sessions["in_rupture"].any())
    scans = pulse_probabilities(study)
    for detector, found in scans.items():
        aligned = sessions[KEY].merge(found.frame, on=KEY, how="left", validate="1:1")
        probability = aligned["probability"].fillna(0).to_numpy()
        yield from _sessions_row(about, detector, sessions, probability, has_ruptures)
        for threshold in (0.5, 0.3):
            low = episode_measures(sessions, probability > threshold)
            yield about | {"table": "episodes", "detector": f"{detector} > {threshold}"} | low
        if detector == "pulse scan":
            chosen = probability > found.fdr(0.2).threshold
            low = episode_measures(sessions, chosen)
            yield about | {"table": "episodes", "detector": "pulse scan, FDR .2"} | low
        if detector not in BINNED_IN_MORE:
            yield from _bins(about, detector, sessions["in_rupture"].to_numpy(), probability)
    for detector, score in simple_scores(sessions).items():
        yield from _sessions_row(about, detector, sessions, score, has_ruptures)
    for rule, flags in preset_scores(study) if name in PRESETS_IN else ():
        aligned = sessions[KEY].merge(flags, on=KEY, how="left", validate="1:1")
        low = aligned["low"].eq(True).to_numpy()
        yield from _sessions_row(about, f"preset {rule}", sessions, aligned["graded"], has_ruptures)
        measures = episode_measures(sessions, low)
        yield about | {"table": "episodes", "detector": f"preset {rule}"} | measures


def _sessions_row(about: dict, detector: str, sessions, score, has_ruptures: bool):
    if has_ruptures:
        row = about | {"table": "sessions", "detector": detector}
        yield row | session_measures(sessions, score)


def _bins(about: dict, detector: str, truth: np.ndarray, probability: np.ndarray):
    which = np.digitize(probability, EDGES[1:-1])
    for number in range(len(EDGES) - 1):
        here = which == number
        yield about | {
            "table": "bins",
            "detector": detector,
            "from": EDGES[number],
            "to": EDGES[number + 1],
            "sessions": int(here.sum()),
            "predicted": probability[here].sum(),
            "true": int(truth[here].sum()),
        }


def measure_bins(name: str, world: simulate.World, clients: int, seed: int) -> list[dict]:
    """Return the bins of one simulated study, twice where its result does not warn."""
    study = simulate.simulate(world, clients=clients, seed=seed)
    found = find_pulses(study.sessions, reliability=world.reliability)
    aligned = with_truth(study).merge(found.frame[[*KEY, "probability"]], on=KEY, validate="1:1")
    truth, probability = aligned["in_rupture"].to_numpy(), aligned["probability"].fillna(0)
    about = {"world": name, "clients": clients, "seed": seed}
    detectors = BINNED_IN_MORE[: 1 if found.model.doubts else 2]
    return [
        row
        for detector in detectors
        for row in _bins(about, detector, truth, probability.to_numpy())
    ]


def measure_small(name: str, world: simulate.World, clients: int, seed: int) -> Iterator[dict]:
    """Yield what the detector finds in a small study."""
    study = simulate.simulate(world, clients=clients, seed=seed)
    sessions = with_truth(study)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AllianceWarning)
        found = find_pulses(study.sessions)
    aligned = sessions[KEY].merge(found.frame, on=KEY, how="left", validate="1:1")
    probability = aligned["probability"].fillna(0).to_numpy()
    about = {"world": name, "clients": clients, "seed": seed}
    yield from _sessions_row(about, "pulse scan", sessions, probability, sessions.in_rupture.any())
    low = episode_measures(sessions, probability > 0.5)
    yield about | {"table": "episodes", "detector": "pulse scan > 0.5"} | low


def averaged(rows: pd.DataFrame, measures: list[str]) -> pd.DataFrame:
    """Return the mean and the standard error of each measure over studies."""
    by = rows.groupby(["world", "detector", "clients"], sort=False)
    tables = [by.size().rename("studies")]
    for name in measures:
        tables += [by[name].mean().rename(name), by[name].sem().rename(f"{name}_se")]
    return pd.concat(tables, axis=1).reset_index()


def binned(rows: pd.DataFrame) -> pd.DataFrame:
    """Return predicted and true shares by bin; the standard error is over studies."""
    found = []
    for key, part in rows.groupby(["world", "detector", "from", "to"], sort=False):
        sessions, true = part["sessions"].sum(), part["true"].sum()
        if not sessions:
            continue
        # Standard error of a ratio of sums, studies being independent.
        rest = part["true"] - true / sessions * part["sessions"]
        error = rest.std() * np.sqrt(len(part)) / sessions
        shares = part["predicted"].sum() / sessions, true / sessions
        found.append((*key, len(part), sessions, *shares, error))
    columns = ["world", "detector", "from", "to", "studies"]
    columns += ["sessions", "predicted", "true", "true_se"]
    return pd.DataFrame(found, columns=columns)


def binned_worlds(clients: int, studies: int) -> pd.DataFrame:
    """Return the bins of every world over so many studies each."""
    rows = []
    seeds = range(FIRST_SEED, FIRST_SEED + studies)
    for name, world in (worlds() | {name: simulate.worlds()[name] for name in FOR_BINS}).items():
        with on_cluster():
            for each in spread(partial(measure_bins, name, world, clients), seeds, label=name):
                rows += each
        print(f"bins of {name} done", flush=True)
    return binned(pd.DataFrame(rows))


def other_tables(clients: int, studies: int) -> dict[str, pd.DataFrame]:
    """Return the tables of sessions and episodes, and bins of what is not binned in more studies."""
    rows = []
    for name, world in worlds().items():
        for seed in range(FIRST_SEED, FIRST_SEED + studies):
            rows += measure(name, world, clients, seed)
        print(f"{name} done", flush=True)
    for name in ("N0", "R0d"):
        for few in SMALL:
            for seed in range(FIRST_SEED, FIRST_SEED + 2 * studies):
                rows += measure_small(name, worlds()[name], few, seed)
    parts = dict(list(pd.DataFrame(rows).groupby("table")))
    return {
        "sessions": averaged(parts["sessions"], ["average_precision", "found_at_2_percent"]),
        "episodes": averaged(
            parts["episodes"], ["found_per_client", "false_per_client", "true_found", "found_true"]
        ),
        "bins": binned(parts["bins"]),
    }


def main() -> None:
    """Run all worlds and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=12)
    parser.add_argument("--bins", type=int, default=48, help="studies for the bins")
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument(
        "--only-bins", action="store_true", help="leave the other tables as they are"
    )
    asked = parser.parse_args()
    if asked.only_bins:
        before = pd.read_csv(HERE / "pulse_bins.csv")
        tables = {"bins": before[~before["detector"].isin(BINNED_IN_MORE)]}
    else:
        tables = other_tables(asked.clients, asked.studies)
    tables["bins"] = pd.concat([binned_worlds(asked.clients, asked.bins), tables["bins"]])
    for name, found in tables.items():
        found.to_csv(HERE / f"pulse_{name}.csv", index=False, float_format="%.4f")


if __name__ == "__main__":
    main()
