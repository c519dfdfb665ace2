"""Studies like yours: drawn from the fitted model on the study's own sessions, and fitted again.

The parameters of a study are known to within their standard errors only, and power hangs on them: on
how often ruptures come, how deep they are, how many are repaired. So every two studies are drawn with
parameters of their own, normal about the estimates with their covariance. A share of such studies is
an average over what the parameters may be; how alike two with the same parameters are tells how far
the power at the true ones may lie from it.
"""

from dataclasses import dataclass, replace

import numpy as np

from alliance.arrays import Bools, Floats, Ints
from alliance.model.drawing import correlated
from alliance.model.gain_ladder import GainFit, fit_design
from alliance.model.gain_likelihood import Design
from alliance.model.gain_reports import RATES, draw_reports
from alliance.model.gain_verdict import verdict
from alliance.model.parameters import GAIN
from alliance.model.scores import StandardScores, standardise


@dataclass(frozen=True, eq=False, kw_only=True)
class StudiesLikeYours:
    """How the rung judges studies with this study's clients, sessions and fitted courses."""

    gains: Floats  # (worlds,): the gains that were put in, in pooled SD; the first is 0
    # (worlds, draws): signed root and estimate of each study.
    z: Floats
    estimates: Floats
    # (worlds, draws): studies answered, with a two-sided p below .05, in that direction.
    stronger: Bools
    weaker: Bools

    @property
    def worth(self) -> Floats:
        """Return how many studies with known parameters each share is worth (worlds,).

        n / (1 + n r): r, how far two studies with the same parameters are stronger together, is
        (2 / pi) arcsin of the correlation of their z, exact where half of them are. Without a gain
        z is spread about 0 whatever the parameters, and r is 0.
        """
        draws = self.z.shape[1]
        with_gain = self.z[1, : draws // 2 * 2].reshape(-1, 2)
        # One study has no pair, and pairs that are all the same tell nothing.
        shared = 0.0
        if with_gain.size and np.ptp(with_gain) > 0:
            shared = (with_gain - with_gain.mean()).prod(axis=1).mean() / with_gain.var()
        alike = 2 / np.pi * np.arcsin(np.clip(shared, 0.0, 1.0))
        worth: Floats = draws / (1 + draws * np.array([0.0, alike]))
        return worth


def studies_like(
    found: GainFit,
    *,
    gain: float = 0.3,
    draws: int = 199,
    seed: int | np.random.Generator = 0,
    scores: StandardScores | None = None,
    workers: int | None = 1,
) -> StudiesLikeYours:
    """Draw studies without and with a gain from a fit, and put them through the same rung.

    `found`: everything but the gain is drawn about its estimates, anew for every two studies.
    `gain`: put into the second half of the studies, in pooled SD. `draws`: studies without and as
    many with the gain.
    `scores`: how the study's points became standard scores: the drawn scores go back to points,
    whose limits then hold, and are standardised as the study's were. Without it they stay as drawn.
    `workers`: processes; None for all cores. Their number changes no result.

    Drop-out is that of the study: who is rated when stays as it is.
    """
    from joblib import Parallel, delayed

    gains = np.array([0.0, gain])
    rng = np.random.default_rng(seed)
    seeds = rng.integers(2**63, size=(len(gains), draws))
    plausible = _plausible(found, (draws + 1) // 2, rng)
    tasks = [
        (put_in, int(own), plausible[number // 2])
        for put_in, row in zip(gains, seeds, strict=True)
        for number, own in enumerate(row)
    ]
    # Large arrays handed over as files would be read-only, and the likelihood compiled anew for them.
    answers = Parallel(n_jobs=workers or -1, max_nbytes=None)(
        delayed(_one_study)(found, *task, scores) for task in tasks
    )
    told = np.array(answers).reshape(len(gains), draws, 3)
    return StudiesLikeYours(
        gains=gains,
        z=told[..., 0],
        estimates=told[..., 1],
        stronger=told[..., 2] > 0,
        weaker=told[..., 2] < 0,
    )


def _plausible(found: GainFit, count: int, rng: np.random.Generator) -> Floats:
    """Return parameters drawn about the estimates, on the free scale, shape (count, parameters)."""
    space, fitted = found.study.space, found.fitted
    spread = found.covariance[np.ix_(fitted.moved, fitted.moved)]
    drawn = np.tile(fitted.free, (count, 1))
    apart = rng.standard_normal((count, len(spread)))
    drawn[:, fitted.moved] += apart @ np.linalg.cholesky(spread).T
    return np.clip(drawn, space.low, space.high)


def _one_study(
    found: GainFit, gain: float, seed: int, free: Floats, scores: StandardScores | None
) -> tuple[float, float, float]:
    """Return z, estimate and claim of one study drawn with these parameters."""
    law = law_at(found.study, free)
    study = draw_study(found.study, law, gain, np.random.default_rng(seed))
    if scores is not None:
        points = scores.back(study.scores)
        drawn = standardise(points, scores.kind, higher_is_better=scores.sign > 0).of(points)
        study = replace(study, scores=drawn)
    start = np.where(found.study.space.gains, 0.0, free)
    again = fit_design(study, found.assumptions, start=start)
    return again.z, again.gain, float(verdict(again).claim)


@dataclass(frozen=True, eq=False, kw_only=True)
class Law:
    """What scores are drawn from: the parameters, and each client's chances of every set of pulses."""

    values: Floats  # The parameters
    # For every client: first and last rows, shape (sets, 2), of at most two pulses (-1: none), and
    # the cumulative chances of the sets.
    sets: tuple[tuple[Ints, Ints, Floats], ...]


def law_of(found: GainFit) -> Law:
    """Return the law of the study's scores, everything taken from its fit without a gain."""
    return law_at(found.study, found.without.free)


def law_at(study: Design, free: Floats) -> Law:
    """Return the law of a study's scores at some parameters, on the free scale."""
    values = study.space.natural(free)
    spans = zip(study.starts[:-1], study.starts[1:], strict=True)
    two = study.ruptures == 2
    sets = tuple(_sets(study.times[a:b], values[:GAIN], two=two) for a, b in spans)
    return Law(values=values, sets=sets)


def _sets(times: Floats, theta: Floats, *, two: bool) -> tuple[Ints, Ints, Floats]:
    """Return first and last rows of every set of pulses, and the cumulative chances."""
    from alliance.model.gain_sets import pulses_in

    pulses = pulses_in(times, theta)
    first, last, rates = pulses.first, pulses.last, pulses.rates
    one, other = np.empty((2, 0), dtype=np.int64)
    if two:
        # Every two pulses with a rated session between them.
        one, other = np.nonzero(first[None, :] > last[:, None] + 1)
    none = np.full(len(first) + 1, -1)
    firsts = np.column_stack([np.append(none[:1], first), none])
    lasts = np.column_stack([np.append(none[:1], last), none])
    firsts = np.concatenate([firsts, np.column_stack([first[one], first[other]])])
    lasts = np.concatenate([lasts, np.column_stack([last[one], last[other]])])
    weights = np.concatenate([[1.0], rates, rates[one] * rates[other]])
    return firsts, lasts, weights.cumsum() / weights.sum()


def draw_study(study: Design, law: Law, gain: float | Floats, rng: np.random.Generator) -> Design:
    """Return the study with scores, and reports, drawn from the model at its own sessions.

    `gain` (clients,).
    """
    gains = np.broadcast_to(gain, len(study.clients))
    named = dict(zip(study.space.names, law.values.tolist(), strict=True))
    spoken = law.values[len(law.values) - study.space.spoken :].reshape(-1, RATES)
    reports = rng.random(study.reports.shape) < spoken[:, [2]] if len(spoken) else study.reports > 0
    drawn = study.mean(law.values)
    for number, (a, b) in enumerate(zip(study.starts[:-1], study.starts[1:], strict=True)):
        noise = _noise(study.times[a:b], study.settled[a:b], named, rng)
        drawn[a:b] += noise
        firsts, lasts, chances = law.sets[number]
        # One set of pulses for each client, with its prior chance.
        chosen = np.searchsorted(chances, rng.random(), side="right")
        depths = named["depth"] * (1 + named["depth_spread"] * rng.standard_normal(2))
        for first, last, depth in zip(firsts[chosen], lasts[chosen], depths, strict=True):
            if first >= 0:
                drawn[a:b] -= depth * _shape(first, last, b - a, named, study.space.fade)
                drawn[a:b][last + 1 :] += gains[number]
            for source, values in enumerate(spoken):
                if first >= 0:
                    draw_reports(reports[source, a:b], first, last, values, rng)
    return replace(study, scores=drawn, reports=reports.astype(float))


def _noise(
    times: Floats, settled: Floats, named: dict[str, float], rng: np.random.Generator
) -> Floats:
    """Return a client's own level, growth and walk, with fluctuation and error."""
    own = rng.standard_normal(2)
    level = named["level_sd"] * own[0]
    growth = named["growth_sd"] * correlated(own[0], own[1], named["level_growth_correlation"])
    passed = np.diff(times, prepend=times[0])
    state, steps, error = rng.standard_normal((3, len(times)))
    for j in range(1, len(times)):
        carried = named["carry_over"] ** passed[j]
        # Stationary: the variance stays 1 over gaps of any length.
        state[j] = carried * state[j - 1] + np.sqrt(1 - carried**2) * state[j]
    first = np.sqrt(times[0] - 1) if times[0] > 1 else 0.0
    spans = np.append(first, np.sqrt(passed[1:]))
    walk = named["walk_sd"] / np.sqrt(10) * np.cumsum(steps * spans)
    loud = np.exp(named["volatility"] * abs(rng.standard_normal()) + named["settling"] * settled)
    noise = named["carry_over_sd"] * state + named["error_sd"] * error
    drawn: Floats = level + growth * np.log(times) + walk + loud * noise
    return drawn


def _shape(first: int, last: int, length: int, named: dict[str, float], fade: Floats) -> Floats:
    """Return the share of a rupture's depth in every row, onset and recovery included."""
    u = np.zeros(length)
    u[first : last + 1] = 1.0
    if last == length - 1:
        halves = 1 - 0.5 ** np.minimum(np.arange(length - first), 4)
        # What is left after four rows does not count any more, as in the likelihood.
        halves[4:] = 1.0
        u[first:] -= (1 - named["remains"]) * halves
    for away, share in enumerate(fade, start=1):
        if first - away >= 0:
            u[first - away] += named["lead"] * share
        if last + away < length:
            u[last + away] += named["tail"] * share
    return u
