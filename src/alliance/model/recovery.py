"""How quickly ruptures recover, which the pulse detector takes to be at once."""

from __future__ import annotations

from dataclasses import asdict, replace
from importlib.util import find_spec

import numpy as np
import pandas as pd

from alliance.model.courses import Courses
from alliance.model.fitting import representative
from alliance.model.gain_assumptions import Assumptions
from alliance.model.gain_fit import climb, fit_without
from alliance.model.gain_likelihood import design, informative
from alliance.model.gain_parameters import space
from alliance.model.parameters import Parameters

# The engine of the gain, its switches set to the pulse detector's model.
PULSE = Assumptions(growth="straight", edges="none", walk=False, settling=False)
# So many tell a dozen parameters well enough; time grows with them.
MOST_CLIENTS = 600
NEARLY = 0.05
# A share of the depth that is left at the next session, and the root of its likelihood ratio.
SLOW_TAIL, SLOW_ROOT = 0.25, 2.0


def recovery_check(courses: Courses, theta: Parameters, reliability: float) -> pd.DataFrame:
    """Return a row of `predictive_checks`: the share of a rupture's depth left when it is over.

    The detector takes recovery to be sudden; where it takes sessions, those look like the rupture.
    """
    chosen = representative(courses, MOST_CLIENTS)
    if not find_spec("numba") or informative(chosen).sum() < 2:
        return pd.DataFrame()
    study = design(chosen, PULSE, reliability)
    known = asdict(theta)
    start = [
        link.free(known[name]) if name in known else centre
        for name, link, centre in zip(
            study.space.names, study.space.links, study.space.centre, strict=True
        )
    ]
    sudden = fit_without(study, np.array(start, float))
    bent = space(PULSE.but(edges="onward"), reliability).held("lead", 0.0)
    slow = climb(replace(study, space=bent), sudden.free, bent.gains, ruptures=2, close=NEARLY)
    tail = float(slow.free[bent.names.index("tail")])
    root = float(np.sqrt(2 * max(slow.density - sudden.density, 0.0)))
    return pd.DataFrame(
        {
            "check": ["recovery"],
            "meaning": "how quickly scores recover after a rupture",
            "observed": tail,
            "expected": 0.0,
            "sd": tail / root if root else np.nan,
            "holds": tail < SLOW_TAIL or root < SLOW_ROOT,
        }
    )
