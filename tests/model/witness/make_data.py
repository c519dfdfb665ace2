"""Write courses.csv: 60 clients, 6 to 16 sessions of which some are missing; normal scores."""

from pathlib import Path

import numpy as np
import pandas as pd


def main() -> None:
    rng = np.random.default_rng(20)
    rows = []
    for client in range(60):
        planned = rng.integers(6, 17)
        time = np.flatnonzero(rng.random(planned) < 0.85) + 1
        level, bend = rng.normal(0, 0.7), rng.normal(0, 0.25)
        state = np.zeros(planned + 1)
        state[0] = rng.normal()
        for t in range(1, planned + 1):
            state[t] = 0.6 * state[t - 1] + 0.8 * rng.normal()
        score = (
            level
            + (0.2 + bend) * np.log(time)
            + 0.5 * state[time]
            + 0.3 * rng.normal(size=len(time))
        )
        rows.append(pd.DataFrame({"client": client, "session": time, "score": score.round(4)}))
    pd.concat(rows).to_csv(Path(__file__).parent / "courses.csv", index=False)


if __name__ == "__main__":
    main()
