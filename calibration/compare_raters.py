"""What lagged regressions of two raters find where neither follows the other.

    python calibration/compare_raters.py          writes compare_raters.csv beside this file

Synthetic dyads in three worlds without any lagged effect of one rater on the other. Both raters'
scores carry over from session to session (autoregression of .5) about a level of their own. In
"unrelated" they change independently of each other; in "same changes" their changes at one
session correlate .5; in "same state" both rate one state that carries over, each with an error
of a third of its variance. By world and length: the mean estimate and the share of studies whose
95 % interval leaves 0 out, for following with and without the follower's own score before; the
mean of the coefficient of that own score (true: .5); and the share of studies in which the
comparison with random pairs gives p of .05 and less (at 10 sessions only).
"""

from pathlib import Path

import numpy as np
import pandas as pd

from alliance import compare_raters
from alliance.compare.rater_pairs import RaterPairs, lagged
from alliance.effects import fit_within

CLIENTS, STUDIES, TESTED, DRAWS = 60, 300, 60, 39
TESTED_AT = 10  # sessions; putting random pairs together takes time
CARRY = 0.5
WORLDS = {"unrelated": 0.0, "same changes": 0.5, "same state": 1.0}
ERROR = np.sqrt(1 / (1 - CARRY**2) / 3)


def study(sessions: int, shared: float, rng: np.random.Generator) -> RaterPairs:
    """Return dyads whose scores carry over and whose changes correlate `shared`."""
    noise = rng.standard_normal((2, CLIENTS, sessions + 20))
    noise[1] = shared * noise[0] + np.sqrt(1 - shared**2) * noise[1]
    scores = np.zeros_like(noise)
    for at in range(1, noise.shape[2]):
        scores[..., at] = CARRY * scores[..., at - 1] + noise[..., at]
    scores = scores[..., 20:]
    if shared == 1:
        scores = scores + ERROR * rng.standard_normal(scores.shape)
    scores = scores + rng.standard_normal((2, CLIENTS, 1))
    return RaterPairs(
        clients=np.arange(CLIENTS).astype(str),
        numbers=np.arange(1, sessions + 1),
        first=scores[0],
        second=scores[1],
    )


def fitted(made: RaterPairs, own: bool) -> tuple[float, bool, float]:
    """Return the estimate, whether its interval leaves 0 out, and the own score's coefficient."""
    from scipy import stats

    outcome, predictors, client = lagged(made.second, made.first, made.numbers, own)
    fit = fit_within(outcome, predictors, client, np.arange(CLIENTS))
    t = abs(fit.estimate / fit.standard_error)
    return fit.estimate, t > stats.t.ppf(0.975, fit.df), fit.coefficients[-1]


def long(made: RaterPairs) -> pd.DataFrame:
    """Return dyads as a sessions table."""
    rows = [
        {"client": client, "session": session, "rater": rater, "total": table[number, at]}
        for rater, table in (("client", made.first), ("therapist", made.second))
        for number, client in enumerate(made.clients)
        for at, session in enumerate(made.numbers)
    ]
    return pd.DataFrame(rows)


def cell(world: str, sessions: int) -> dict:
    """Return what is found in one world at one length."""
    rng = np.random.default_rng([sessions, list(WORLDS).index(world)])
    made = [study(sessions, WORLDS[world], rng) for _ in range(STUDIES)]
    plain = np.array([fitted(each, own=False) for each in made])
    own = np.array([fitted(each, own=True) for each in made])
    beats = {"second_follows": np.nan, "profile": np.nan}
    if sessions == TESTED_AT:
        views = [compare_raters(long(each), draws=DRAWS, seed=rng) for each in made[:TESTED]]
        p = pd.concat([each.frame.set_index("measure")["p"] for each in views], axis=1)
        beats = p.loc[list(beats)].le(0.05).mean(axis=1)
    return {
        "world": world,
        "sessions": sessions,
        "follows": plain[:, 0].mean(),
        "follows_rejects": plain[:, 1].mean(),
        "follows_beats_strangers": beats["second_follows"],
        "own_lag_follows": own[:, 0].mean(),
        "own_lag_follows_rejects": own[:, 1].mean(),
        "own_score_before": own[:, 2].mean(),
        "profile_beats_strangers": beats["profile"],
    }


if __name__ == "__main__":
    rows = [cell(world, sessions) for world in WORLDS for sessions in (6, 10, 15, 30)]
    table = pd.DataFrame(rows).round(3)
    table.to_csv(Path(__file__).with_suffix(".csv"), index=False, lineterminator="\n")
