"""What of the courses the fitted pulse model does not give, so that its probabilities are off."""

import numpy as np
import pandas as pd

from alliance.arrays import Floats
from alliance.course import Courses
from alliance.model.drawing import draw_courses
from alliance.model.fitting import NAMES, PULSE, pulse_design, representative
from alliance.model.gain_likelihood import informative, known
from alliance.model.parameters import SPREAD_OF_DEPTH, STAYS, Parameters

# What the detector takes to be 0, by the name of the engine's parameter: check, what it says of the
# courses, the estimate beyond which it does not hold, and so many SDs of it below and above 0. (A
# lift after a repair does not make a session too sure; where ratings are sparse, onsets lean down.)
SWITCHES = {
    "tail": ("recovery", "how quickly scores recover after a rupture", 0.2, (np.inf, 2.25)),
    "lead": ("onset", "how suddenly ruptures begin", 0.15, (3.5, 2.5)),
    "session_1": ("first session", "the level at the first session", 0.1, (3.5, 3.5)),
    "session_10": ("growth", "how the level grows over sessions", 0.1, (3.5, 3.5)),
}
# An estimate less known than this, as with hardly any rupture, says nothing.
LEAST_KNOWN = 0.3
WIDER = PULSE.but(growth="bent", edges="onward")
# Clients' noise this uneven is not what the three nodes of volatility stand for.
UNEVEN = 0.35
DRAWS = 40
# The noise's tail is longer than the model's by so much, and by so many SDs of the draws.
LONG_TAIL, FAR = 0.5, 2.5
Row = tuple[str, str, float, float, float, bool]
COLUMNS = ["check", "meaning", "observed", "expected", "sd", "holds"]


def checks(courses: Courses, theta: Parameters, reliability: float) -> pd.DataFrame:
    """Return one row for each check: what was found, what the model expects, whether it holds.

    Columns: ``check``, ``meaning``, ``observed``, ``expected``, ``sd`` (of what was found, if the
    model is right; NaN where it is not known) and ``holds``. No rows if too few scores differ.
    """
    chosen = representative(courses)
    if informative(chosen).sum() < 2:
        return pd.DataFrame(columns=COLUMNS)
    uneven = ("evenness", "how much clients differ in the size of their fluctuations")
    rows = [
        *_switched_off(chosen, theta, reliability),
        (*uneven, theta.volatility, 0.0, np.nan, theta.volatility < UNEVEN),
        _tail(chosen, theta),
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _switched_off(courses: Courses, theta: Parameters, reliability: float) -> list[Row]:
    """Return a row for each of `SWITCHES`, by a score test.

    With s the clients' slopes in what is held at 0, less their regression on the slopes N in what was
    fitted: z = sum s / sqrt(sum s^2), and one step of scoring leads to sum s / sum s^2 (Rao, 1948).
    """
    study = pulse_design(courses, WIDER, reliability)
    space, free = study.space, study.space.at(study.space.centre, vars(theta))
    at = [space.names.index(name) for name in NAMES]
    slopes = known(study, free).slopes
    own, prior = slopes[:, at], space.sd[at] ** -2
    info = own.T @ own + np.diag(prior)
    # At the highest posterior density the slopes sum to the pull of the prior.
    left = own.sum(axis=0) - prior * (free - space.centre)[at]
    rows = []
    for name, (check, meaning, least, (below, above)) in SWITCHES.items():
        along = slopes[:, space.names.index(name)]
        shares = np.linalg.solve(info, own.T @ along)
        square = ((along - own @ shares) ** 2).sum()
        # Where nobody was rated at the first session it says nothing.
        sd = 1 / np.sqrt(square) if square > 0 else np.inf
        z = (along.sum() - shares @ left) * sd if square > 0 else 0.0
        out = sd < LEAST_KNOWN and abs(z * sd) > least and not -below < z < above
        rows.append((check, meaning, z * sd if square > 0 else 0.0, 0.0, sd, bool(not out)))
    return rows


def _tail(courses: Courses, theta: Parameters) -> Row:
    """Compare the tail of the scores about each client's median with that of courses drawn."""
    groups = list(_by_length(courses))
    # A check is no experiment: the same courses always give the same verdict.
    rng = np.random.default_rng(0)
    observed = float(_skewness([scores[None] for _, scores in groups])[0])
    drawn = [
        _drawn(np.tile(times, (DRAWS, 1)), theta, rng).reshape(DRAWS, *times.shape)
        for times, _ in groups
    ]
    skewness = _skewness(drawn)
    expected, sd = float(skewness.mean()), float(skewness.std(ddof=1))
    longer = expected - observed
    holds = longer < LONG_TAIL or longer < FAR * sd
    return "tail", "the tail of the noise", observed, expected, sd, bool(holds)


def _by_length(courses: Courses) -> list[tuple[Floats, Floats]]:
    """Return session numbers and scores, shape (clients, length), for each length."""
    found = []
    for length in np.unique(courses.lengths[courses.lengths > 1]):
        rows = courses.offsets[:-1][courses.lengths == length][:, None] + np.arange(length)
        found.append((courses.sessions[rows].astype(float), courses.scores[rows]))
    return found


def _drawn(times: Floats, theta: Parameters, rng: np.random.Generator) -> Floats:
    """Draw courses with ruptures: begun at random, over with 1 - `STAYS` a session, or never."""
    scores = draw_courses(times, theta, rng)
    within, mends = np.zeros((2, len(times)), dtype=bool)
    depth = np.zeros(len(times))
    begins, ends, will = rng.random((3, *times.shape))
    deep = theta.depth * (1 + SPREAD_OF_DEPTH * rng.standard_normal(times.shape))
    for row in range(1, times.shape[1]):
        passed = times[:, row] - times[:, row - 1]
        over = within & mends & (ends[:, row] > STAYS**passed)
        new = ~within & (begins[:, row] < 1 - (1 - min(theta.hazard, 0.99)) ** passed)
        mends = np.where(new, will[:, row] < theta.repaired, mends)
        depth = np.where(new, deep[:, row], depth)
        within = (within & ~over) | new
        scores[:, row] -= depth * within
    return scores


def _skewness(scores: list[Floats]) -> Floats:
    """Return the mean cube of scores about each client's median, in their SD, of each study.

    `scores`: of clients of one length, (studies, clients, length).
    """
    about = [each - np.median(each, axis=2, keepdims=True) for each in scores]
    flat = np.concatenate([each.reshape(len(each), -1) for each in about], axis=1)
    cubes: Floats = ((flat / flat.std(axis=1, keepdims=True)) ** 3).mean(axis=1)
    return cubes
