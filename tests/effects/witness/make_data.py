"""Remakes sessions.csv: the sessions that enter P1 in a small simulated study, with predictors.

python make_data.py        (in this folder)
"""

import numpy as np
import pandas as pd

from alliance.effects import Scores, designs, find_exposure
from alliance.simulate import simulate, worlds


def main() -> None:
    sheet = simulate(worlds()["A3d"], clients=60, seed=11).sheets[0]
    lengths = np.bincount(sheet.client, minlength=60)
    scores = Scores(
        sessions=sheet.session,
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        total=sheet.total,
    )
    told = find_exposure(scores.series(scores.total), designs()["P1"].rule)
    ever = (told.counts > 0)[sheet.client]
    log_session = np.log(sheet.session)
    frame = pd.DataFrame(
        {
            "client": sheet.client,
            "score": sheet.total,
            "repairs": told.repairs,
            "log_session": log_session,
            "repaired_log": ever[:, 0] * log_session,
            "unrepaired_log": ever[:, 1] * log_session,
        }
    )
    frame[told.role == 0].to_csv("sessions.csv", index=False, float_format="%.10g")


if __name__ == "__main__":
    main()
