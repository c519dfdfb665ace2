"""Make the synthetic session log: `python data/synthetic_study/make_session_log.py [--check]`.

Reads the study's truth from the files beside it, changes none of them, and writes session_log.csv:
what clients, therapists and observers report of the first 60 clients' sessions.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
SEED = 6
CLIENTS, OBSERVED = 60, 12
# Share of truly ruptured sessions that a source reports, and of calm ones that it reports, too.
SEES = {"client": (0.55, 0.03), "therapist": (0.7, 0.07), "observer": (0.9, 0.05)}
ANSWERS = {"client": 0.85, "therapist": 0.9, "observer": 1.0}
KINDS = ("withdrawal", "confrontation")
MARKERS = {
    "withdrawal": ("minimal_answers", "abstract_talk", "over_compliance", "denies_problem"),
    "confrontation": ("rejects_intervention", "complains_about_progress", "defends_self"),
}
TRIGGERS = (
    "missed_cue",
    "interpretation",
    "boundary",
    "cultural_difference",
    "power",
    "expectations",
)
STRATEGIES = ("owns_contribution", "invites_feelings", "clears_up_misunderstanding", "refocuses")
DONE = ("said what was missed", "asked how it felt", "agreed on another task", "named the pattern")
COLUMNS = (
    *("client", "session", "source", "therapist", "tension", "intensity", "resolution_extent"),
    *("withdrawal_extent", "confrontation_extent", "markers", "trigger", "strategies", "done"),
    "supervision",
)


def session_log() -> pd.DataFrame:
    """Return the log: one row for each session and source that answered."""
    truth = pd.read_csv(HERE / "truth.csv", dtype={"client": "str"})
    truth = truth[truth["rater"] == "client"]
    truth = truth[truth["client"].isin(sorted(truth["client"].unique())[:CLIENTS])]
    episodes = pd.read_csv(HERE / "true_episodes.csv", dtype={"client": "str"})
    rng = np.random.default_rng(SEED)
    natures = {
        (row.client, row.episode): {
            "kind": str(rng.choice(KINDS, p=(0.6, 0.4))),
            "trigger": str(rng.choice(TRIGGERS, p=(0.3, 0.2, 0.1, 0.12, 0.08, 0.2))),
            "ends": row.end if row.repaired else 0,
            "depth": row.depth,
        }
        for row in episodes.itertuples()
    }
    observed = sorted(truth["client"].unique())[:OBSERVED]
    rows = [
        reported(row, source, natures.get((row.client, row.episode)), rng)
        for row in truth.itertuples()
        for source in SEES
        if (source != "observer" or row.client in observed) and rng.random() < ANSWERS[source]
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def reported(row, source: str, nature: dict | None, rng: np.random.Generator) -> dict:
    """Return what one source reports of one session."""
    told = dict.fromkeys(COLUMNS, "")
    told |= {"client": row.client, "session": row.session, "source": source}
    told |= {"therapist": row.therapist, "tension": 0}
    hit, false = SEES[source]
    real = row.in_rupture and nature is not None
    if rng.random() >= (hit if real else false):
        return told
    nature = nature if real else {"kind": "withdrawal", "trigger": "other", "ends": 0, "depth": 0.5}
    over = row.session == nature["ends"]
    told["tension"] = 1
    told["intensity"] = level(1 + 1.5 * nature["depth"], rng)
    told["resolution_extent"] = level(4.4 if over else 1.8, rng)
    if source != "client":
        told |= coded(nature, over, rng)
    if source == "therapist":
        told["supervision"] = "yes" if rng.random() < (0.15 if over else 0.4) else "no"
    return told


def level(middle: float, rng: np.random.Generator) -> int:
    """Return a rating from 1 to 5 about a middle."""
    return int(np.clip(np.rint(middle + 0.7 * rng.standard_normal()), 1, 5))


def coded(nature: dict, over: bool, rng: np.random.Generator) -> dict:
    """Return what therapist and observer add: kind, markers, trigger, what was tried."""
    side = nature["kind"]
    other = KINDS[1 - KINDS.index(side)]
    markers = [str(code) for code in rng.choice(MARKERS[side], rng.integers(1, 3), replace=False)]
    if rng.random() < 0.2:
        markers.append(str(rng.choice(MARKERS[other])))
    tried = rng.choice(
        STRATEGIES, rng.integers(1, 3) if over else rng.integers(0, 2), replace=False
    )
    return {
        f"{side}_extent": level(3.5, rng),
        f"{other}_extent": 1,
        "markers": "; ".join(markers),
        "trigger": nature["trigger"],
        "strategies": "; ".join(map(str, tried)),
        "done": str(rng.choice(DONE)) if len(tried) else "",
    }


def main() -> int:
    """Write the file, or with --check say whether it is what would be written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, compare")
    path = HERE / "session_log.csv"
    content = session_log().to_csv(index=False, lineterminator="\n").encode()
    if parser.parse_args().check:
        same = path.is_file() and path.read_bytes() == content
        print("the file is as made" if same else "differs: session_log.csv")
        return 0 if same else 1
    path.write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
