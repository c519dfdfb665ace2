"""Small made-up studies, from seeds: what make_reference.R fits, and the test fits again.

python make_data.py FOLDER      writes one csv for each study, for R to read
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

# kind: fixed effects, random effects of each client, whether clients are in therapists.
KINDS = {
    "level": ("total ~ session", "1", False),
    "level, little spread": ("total ~ session", "1", False),
    "slope": ("total ~ session", "1 + session", False),
    "slope, little spread": ("total ~ session", "1 + session", False),
    "groups": ("total ~ session * repaired", "1 + session", False),
    "therapists": ("total ~ session", "1", True),
    "therapists and slope": ("total ~ session", "1 + session", True),
}
PER_KIND = 11
STUDIES = [(kind, number) for kind in KINDS for number in range(1, PER_KIND + 1)]


def study(kind: str, number: int) -> pd.DataFrame:
    """Return a study of 8 to 24 clients with 3 to 9 sessions each, some of them missed."""
    # RandomState, because its streams are promised never to change between versions.
    rng = np.random.RandomState(1000 * list(KINDS).index(kind) + number)
    clients = rng.randint(8, 25) + (8 if KINDS[kind][2] else 0)
    little = "little" in kind
    level = rng.normal(0, 0.1 if little else 0.6, clients)
    slope = rng.normal(0, 0.0 if kind == "level" else 0.01 if little else 0.08, clients)
    therapist = rng.randint(0, max(3, clients // 5), clients)
    warmth = rng.normal(0, 0.3, clients)
    repaired = rng.randint(0, 2, clients)
    rows = []
    for client in range(clients):
        for session in range(1, rng.randint(4, 10)):
            noise = rng.normal(0, 0.35)
            missed = rng.uniform() < 0.15
            score = 4 + level[client] + (0.05 + slope[client]) * session + noise
            score += warmth[therapist[client]] if KINDS[kind][2] else 0
            if not missed or session < 3:
                names = f"c{client:02d}", f"t{therapist[client]}"
                rows.append((*names, session, repaired[client], round(score, 2)))
    return pd.DataFrame(rows, columns=["client", "therapist", "session", "repaired", "total"])


def main() -> None:
    """Write every study into the folder named on the command line."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for kind, number in STUDIES:
        study(kind, number).to_csv(folder / f"{kind}_{number}.csv", index=False)


if __name__ == "__main__":
    main()
