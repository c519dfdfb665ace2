"""The bound: how much a study's scores can tell of the gain, whatever analyses them.

    python calibration/bounds.py [--copies 4]

Writes bounds.csv: one row for each ``change`` of a study of 200 clients in the world A3d, with
the standard error of the gain (SD) that the information in its scores allows with everything else
learned, and the power for .3 SD (two-sided 5 %, normal). The study's sessions are those of one
simulated study, its parameters those fitted to it on the lowest rung; scores are drawn from that
model with the gain, so nothing is lost to a wrong model. The information is
sum psi^2 / copies, psi the clients' slopes in the gain less their regression on all other slopes
(with the priors' precision), at the true parameters.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtr

from alliance import simulate
from alliance.course import Courses, courses
from alliance.effects.repair import fit_rung
from alliance.model.gain_assumptions import LEAST, NO_PASSING_LIFT, STRAIGHT_GROWTH, Assumptions
from alliance.model.gain_likelihood import Design, Traits, design, known
from alliance.model.gain_parameters import GAIN_SD
from alliance.model.gain_studies import draw_study, law_at
from alliance.model.parameters import GAIN

CLIENTS, GAIN_PUT_IN, SEED = 200, 0.3, 60_000
RELIABILITY = 0.9
# Sensitivity, sessions reported, false reports, open ones reported once more.
LOG = (0.7, 0.9, 0.009, 0.8)
EDGES = ("tail", "lead")
BENDS = ("session_10", "session_10_squared", "place", "place_squared", "session_1", "session_2")
BENDS += ("session_3",)
RUPTURES = ("hazard", "repaired", "depth", "remains")
NOISE = ("carry_over_sd", "carry_over", "error_sd", "volatility", "walk_sd", "settling")


def as_scores(times: list[np.ndarray]) -> Courses:
    """Return courses with other sessions; their scores are drawn later."""
    offsets = np.cumsum([0, *map(len, times)])
    # Scores only have to differ here, so that nobody is left out.
    return Courses(scores=np.arange(offsets[-1]), sessions=np.concatenate(times), offsets=offsets)


def longer(study: Design, factor: float) -> Courses:
    """Return courses whose sessions are so many times as many."""
    found = []
    for a, b in zip(study.starts[:-1], study.starts[1:], strict=True):
        count = max(2, round(factor * (b - a)))
        gaps = np.resize(np.diff(study.times[a:b], prepend=study.times[a] - 1), count)
        found.append(study.times[a] - 1 + np.cumsum(gaps))
    return as_scores(found)


def standard_error(
    study: Design, named: dict[str, float], learned: Callable[[str], bool], copies: int
) -> float:
    """Return the standard error of the gain that the information in the scores allows."""
    values = np.array([named[name] for name in study.space.names])
    free = np.array(
        [float(link.free(value)) for link, value in zip(study.space.links, values, strict=True)]
    )
    law, gain = law_at(study, free), named["gain"]
    rngs = np.random.default_rng(SEED).spawn(copies)
    slopes = np.concatenate([known(draw_study(study, law, gain, g), free).slopes for g in rngs])
    kept = study.space.estimated & np.array([learned(name) for name in study.space.names])
    precision = np.diag(study.space.sd[kept] ** -2)
    information = slopes[:, kept].T @ slopes[:, kept] / copies + precision
    at = int(kept[:GAIN].sum())
    # The prior of the gain itself is no information in the scores.
    return float((1 / np.linalg.inv(information)[at, at] - GAIN_SD**-2) ** -0.5)


def changes(study: Design, named: dict[str, float]) -> dict[str, tuple]:
    """Return each change with its rung, courses, parameters, who is learned, and sources of a log."""
    own = as_scores(np.split(study.times, study.starts[1:-1]))

    def everything(_: str) -> bool:
        return True

    def but(*known_ones: str) -> Callable[[str], bool]:
        return lambda name: name not in known_ones

    def made(
        rung: Assumptions = LEAST, held: tuple = own, learned=everything, log=(), **other: float
    ) -> tuple:
        return rung, held, named | other, learned, log

    half = named["error_sd"] / np.sqrt(2)
    return {
        "as it is": made(),
        "no passing lift": made(NO_PASSING_LIFT),
        "straight growth": made(STRAIGHT_GROWTH),
        "tail and lead known": made(learned=but(*EDGES)),
        "bends of growth known": made(learned=but(*BENDS)),
        "noise known (items as repeated measures at best)": made(learned=but(*NOISE)),
        "rates and depth of ruptures known": made(learned=but(*RUPTURES)),
        "everything else known": made(learned=lambda name: name == "gain"),
        "half of the error's variance": made(error_sd=half),
        "half as many sessions": made(held=longer(study, 0.5)),
        "one and a half as many sessions": made(held=longer(study, 1.5)),
        "twice as many sessions": made(held=longer(study, 2.0)),
        "half as many ruptures": made(hazard=named["hazard"] / 2),
        "twice as many ruptures": made(hazard=named["hazard"] * 2),
        "a log: 70 %, one report in five false": made(log=LOG),
        "a log: every rupture, none false": made(log=(0.999, 0.99, 1e-4, 0.99)),
        "two logs of that kind (both raters)": made(log=LOG * 2),
    }


def main() -> None:
    """Compute every bound and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--copies", type=int, default=4, help="studies drawn for each row")
    options = parser.parse_args()
    world = simulate.worlds()["A3d"]
    chosen = courses(simulate.simulate(world, CLIENTS, SEED).sessions)
    fit, points = fit_rung(chosen, LEAST, confidence=None)
    unit = world.score_points_per_sd / points
    named = fit.parameters | {"gain": GAIN_PUT_IN * unit, "tail": 0.0, "lead": 0.0}
    rows = []
    for change, (rung, held, values, learned, log) in changes(fit.study, named).items():
        names = [f"log {number}" for number in range(len(log) // len(LOG))]
        quiet = {name: np.zeros(len(held.scores)) for name in names}
        study = design(held, rung, RELIABILITY, Traits(reports=quiet))
        rates = dict(zip(study.space.names[len(study.space.names) - len(log) :], log, strict=True))
        error = standard_error(study, values | rates, learned, options.copies) / unit
        power = float(ndtr(GAIN_PUT_IN / error - 1.96))
        sessions = len(held.scores) / held.count
        rows.append(
            {"change": change, "sessions": sessions, "standard_error": error, "power": power}
        )
        print(rows[-1], flush=True)
    pd.DataFrame(rows).round(3).to_csv(Path(__file__).with_name("bounds.csv"), index=False)


if __name__ == "__main__":
    main()
