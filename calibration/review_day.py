"""Measure what the clinic review shows on its day, in clinics that were used for nothing else.

    python calibration/review_day.py

About five minutes of one processor. Writes review_day.csv: what, world, clinics, of, count, share.

    shown on the day      falls of 3 SD (of the clinic's scores) planted in three sessions in a row of
                          clients in therapy: shown as a sudden fall or an open rupture on the first day
    open by the third     the same falls: an open rupture on the day of the third session
    false open ruptures   clients in therapy with an open rupture in clinics without ruptures
    in the outcome band   later scores of an outcome questionnaire inside the 80 % band of ANOTHER
                          clinic, drawn from that clinic's earlier clients
"""

import argparse
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from alliance import simulate
from alliance.clinic import Settings, falls, judge, make_record
from alliance.clinic import now as now_of
from alliance.clinic.outcome import outcomes_of
from alliance.errors import AllianceWarning

HERE = Path(__file__).parent
FIRST_SEED, CLIENTS, DAYS = 77_000, 300, 500
WITHOUT, WITH_OUTCOMES = ("N0", "N0h", "N0s"), ("N0", "R0d", "R0s")
SDS, SESSIONS, BEFORE, FALLS = 3, 3, 5, 4


def made(world: str, seed: int, **options: object) -> simulate.Clinic:
    """Return a simulated clinic."""
    known = simulate.worlds()[world]
    return simulate.clinic(known, clients=CLIENTS, days=DAYS, seed=seed, **options)


def on(sessions: pd.DataFrame, day: str) -> pd.DataFrame:
    """Return who is in therapy on a day, as the review of that day shows it."""
    record = make_record(sessions, Settings(at=day))
    found = judge(record, Settings())
    return now_of(record, found, falls(record, found)).set_index("client")


def planted(world: str, seed: int) -> Iterator[dict]:
    """Yield what is seen of falls planted in a clinic without ruptures, each on its own days."""
    clinic = made(world, seed)
    record = make_record(clinic.sessions, Settings())
    there = record.in_therapy
    fit = there.loc[there["rated"] >= BEFORE + SESSIONS, "client"]
    rng = np.random.default_rng(seed)
    depth = SDS * record.sessions["total"].std()
    lowest = record.sessions["total"].min()
    for client in rng.choice(np.sort(fit), min(FALLS, len(fit)), replace=False):
        rows = clinic.sessions.index[clinic.sessions["client"] == client][-SESSIONS:]
        sessions = clinic.sessions.copy()
        sessions.loc[rows, "total"] = (sessions.loc[rows, "total"] - depth).clip(
            lower=lowest - depth
        )
        first, *_, third = sessions.loc[rows, "date"]
        row = on(sessions, first).loc[client]
        yield {"what": "shown on the day", "of": 1, "count": int(row["fell"] or row["open"])}
        row = on(sessions, third).loc[client]
        yield {"what": "open by the third", "of": 1, "count": int(row["open"])}


def false_ones(world: str, seed: int) -> dict:
    """Return the open ruptures in a clinic without any."""
    clinic = made(world, seed)
    now = on(clinic.sessions, clinic.at)
    return {"what": "false open ruptures", "of": len(now), "count": int(now["open"].sum())}


def banded(world: str, seed: int) -> dict:
    """Return how many later scores of a clinic lie inside the band of another."""
    bands, scores = [], []
    for number in (seed, seed + 500):
        clinic = made(world, number, skipped=True)
        record = make_record(clinic.sessions, Settings())
        bands.append(outcomes_of(record, clinic.outcomes)[0].band)
        scores.append(clinic.outcomes.sort_values(["client", "session"]))
    rows = scores[1].dropna(subset="total")
    start = rows.groupby("client")["total"].transform("first").to_numpy(float)
    nth = rows.groupby("client").cumcount().to_numpy(float) + 1
    ends, later = bands[0].at(start, nth), nth > 1
    total = rows["total"].to_numpy(float)
    inside = (total >= ends[:, 0]) & (total <= ends[:, 2])
    return {
        "what": "in the outcome band",
        "of": int(later.sum()),
        "count": int(inside[later].sum()),
    }


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clinics", type=int, default=5, help="clinics for each line and world")
    clinics = parser.parse_args().clinics
    warnings.simplefilter("ignore", AllianceWarning)
    seeds = range(FIRST_SEED, FIRST_SEED + clinics)
    rows = [{"world": w, "clinics": 1, **banded(w, s)} for w in WITH_OUTCOMES for s in seeds]
    rows += [{"world": w, "clinics": 1, **false_ones(w, s)} for w in WITHOUT for s in seeds]
    for world in WITHOUT:
        for seed in seeds:
            found = list(planted(world, seed))
            rows += [
                {"world": world, "clinics": number < 2, **row} for number, row in enumerate(found)
            ]
    table = pd.DataFrame(rows).groupby(["what", "world"], sort=False, as_index=False).sum()
    table["share"] = table["count"] / table["of"]
    table.to_csv(HERE / "review_day.csv", index=False, float_format="%.3f")
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
