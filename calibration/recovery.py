"""Put a gain, its moderators, tail, lead and a log into studies, and see what comes back.

    python calibration/recovery.py [--studies 40] [--settings "scores" "scores and a log" ...]

Writes recovery.csv: for each setting and parameter the value put in, the studies, and over them
mean and SD of the estimates, mean standard error (on the free scale: log odds for the rates of a
log), and covered: studies whose 95 % interval holds the value (profile for the gain; estimate and
standard error on the free scale for the others). Scores and reports are drawn from the model itself
at the sessions of simulated studies of 200 clients, so that the truth of each parameter is known.

A setting that holds fewer studies than asked for gets the missing ones, from the seeds that follow.
"""

import argparse
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from gain_likelihood import courses_of
from growing import Growing

from alliance import simulate
from alliance.cluster import on_cluster, spread
from alliance.model.gain_assumptions import LEAST, NO_PASSING_LIFT, Assumptions
from alliance.model.gain_fit import covariance, fit_moderated
from alliance.model.gain_ladder import fit_design
from alliance.model.gain_likelihood import Design, Traits, design
from alliance.model.gain_studies import draw_study, law_at
from alliance.model.parameters import GAIN

OUT = Path(__file__).with_name("recovery.csv")
FIRST_SEED = 120_000
CLIENTS, AT_ONCE, REACH = 200, 10, 1.959964
# In pooled SD; what is not named stays at the centre of its prior.
PUT_IN = {
    "gain": 0.3,
    "gain by moderator": 0.15,
    "gain by arm": -0.2,
    "tail": 0.3,
    "lead": 0.2,
    "hazard": 0.05,
    "growth": 0.1,
}
TOLD = {
    "client: sensitivity": 0.7,
    "client: sessions reported": 0.85,
    "client: false reports": 0.01,
    "client: open ones go on": 0.8,
}
SETTINGS = {
    "scores": (LEAST, False),
    "scores and a log": (LEAST, True),
    "scores, no passing lift": (NO_PASSING_LIFT, False),
}


def laid_out(rung: Assumptions, log: bool, seed: int) -> Design:
    """Return the sessions of a simulated study with a moderator and two arms."""
    courses, _, said = courses_of(simulate.worlds()["R0d"], CLIENTS, seed)
    rng = np.random.default_rng(seed)
    count = len(courses.lengths)
    traits = Traits(
        moderators={"moderator": rng.standard_normal(count), "arm": np.arange(count) % 2 - 0.5},
        reports=said.reports if log else {},
    )
    return design(courses, rung, 0.9, traits)


def recovered(rung: Assumptions, log: bool, seed: int) -> pd.DataFrame:
    """Return one row for each parameter put in: its estimate, standard error, and whether held."""
    study = laid_out(rung, log, seed)
    space, truth = study.space, PUT_IN | (TOLD if log else {})
    free = space.centre.copy()
    for name, value in truth.items():
        at = space.names.index(name)
        free[at] = space.links[at].free(value)
    gains = study.doses @ free[space.gains][1:] + truth["gain"]
    drawn = draw_study(study, law_at(study, free), gains, np.random.default_rng(seed))
    fit = fit_design(drawn, rung, confidence=0.95)
    moderated = fit_moderated(drawn, fit.fitted)
    errors = np.sqrt(np.diag(covariance(drawn, moderated)))
    rows = []
    for name, value in truth.items():
        at = space.names.index(name)
        inside = abs(moderated.free[at] - free[at]) < REACH * fit.clustered * errors[at]
        own, error = space.natural(moderated.free)[at], fit.clustered * errors[at]
        if at == GAIN:
            inside, own, error = fit.low < value < fit.high, fit.gain, fit.standard_error
        rows.append((name, value, own, error, inside))
    return pd.DataFrame(rows, columns=["parameter", "put_in", "estimate", "error", "inside"])


def summed(setting: str, rows: pd.DataFrame) -> list[dict]:
    """Return one line for each parameter over studies."""
    return [
        {
            "setting": setting,
            "parameter": name,
            "put_in": value,
            "studies": len(own),
            "covered": int(own["inside"].sum()),
            "estimate": own["estimate"].mean(),
            "estimate_sd": own["estimate"].std(ddof=1),
            "standard_error": own["error"].mean(),
        }
        for (name, value), own in rows.groupby(["parameter", "put_in"], sort=False)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=40)
    parser.add_argument("--settings", nargs="*", default=list(SETTINGS))
    asked = parser.parse_args()
    table = Growing(OUT, ["setting", "parameter"])
    for setting in asked.settings:
        one = partial(recovered, *SETTINGS[setting])
        for first in range(table.studies(setting, "gain"), asked.studies, AT_ONCE):
            seeds = range(FIRST_SEED + first, FIRST_SEED + min(first + AT_ONCE, asked.studies))
            with on_cluster():
                found = pd.concat(spread(one, seeds, label=setting))
            table.add(summed(setting, found))
    print(table.frame().round(3).to_string(index=False))


if __name__ == "__main__":
    main()
