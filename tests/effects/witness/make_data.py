"""Remakes sessions.csv: the used sessions of a small simulated study, with their predictors.

python make_data.py        (in this folder)

The file that is stored holds 20 sessions more, from before sessions that follow an unrepaired fall
were set aside; reference.csv belongs to it. So after this run make_reference.R as well.
"""

import numpy as np
import pandas as pd

from alliance.course import courses
from alliance.effects import FOUND, find_exposure
from alliance.simulate import simulate, worlds


def main(path="sessions.csv") -> None:
    chosen = courses(simulate(worlds()["A3d"], clients=60, seed=11).sessions)
    exposed = find_exposure(chosen, FOUND.rule)
    ever = (exposed.counts > 0)[chosen.owner]
    log_session = np.log(chosen.sessions)
    frame = pd.DataFrame(
        {
            "client": chosen.owner,
            "score": chosen.scores,
            "repairs": exposed.repairs,
            "log_session": log_session,
            "repaired_log": ever[:, 0] * log_session,
            "unrepaired_log": ever[:, 1] * log_session,
        }
    )
    frame[exposed.role == 0].to_csv(path, index=False, float_format="%.10g")


if __name__ == "__main__":
    main()
