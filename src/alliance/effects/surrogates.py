"""Studies with ruptures but no gain, as the fitted model makes them at the observed sessions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from alliance.effects.gains import Scores, two_sided
from alliance.effects.material import Material
from alliance.errors import AllianceError
from alliance.model import Parameters, RaterModel, fit_pulses
from alliance.model.parameters import SPREAD_OF_DEPTH
from alliance.model.pulses import STAYS

CELLS_AT_ONCE = 400_000
FEWEST = 19


class Judged(Protocol):
    """What a statistic says of each study: arrays with one entry for each, NaN where nothing."""

    estimate: NDArray[np.float64]
    standard_error: NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class SurrogateNull:
    """What the same test finds where repair leaves nothing behind.

    Parameters
    ----------
    estimates : ndarray of float, shape (surrogates,)
        Points; NaN where a surrogate study gave no answer.
    t : ndarray of float, shape (surrogates,)
    estimate, standard_error : float
        Of the study itself.
    model : RaterModel
        The model the surrogates were drawn from.
    """

    estimates: NDArray[np.float64]
    t: NDArray[np.float64]
    estimate: float
    standard_error: float
    model: RaterModel

    @property
    def count(self) -> int:
        """Surrogates that could be tested."""
        return int(np.isfinite(self.t).sum())

    @property
    def corrected(self) -> float:
        """The estimate less what the same test finds on average without a gain, points."""
        return self.estimate - float(np.nanmean(self.estimates))

    @property
    def z(self) -> float:
        """The study's t, in standard deviations from the mean t of the surrogates."""
        t = self.estimate / self.standard_error
        return (t - float(np.nanmean(self.t))) / float(np.nanstd(self.t, ddof=1))

    @property
    def p(self) -> float:
        """Two-sided p of the study's t among those of the surrogates."""
        count = self.count
        return float(two_sided(self.z / np.sqrt(1 + 1 / count), count - 1))

    def interval(self, confidence: float) -> tuple[float, float]:
        """Return the ends of an interval of the estimate less what is found without a gain.

        It leaves out 0 exactly if `p` is below 1 - `confidence`; points.
        """
        from scipy.special import stdtrit

        count = self.count
        spread = float(np.nanstd(self.t, ddof=1)) * np.sqrt(1 + 1 / count) * self.standard_error
        middle = self.estimate - float(np.nanmean(self.t)) * self.standard_error
        reach = float(stdtrit(count - 1, (1 + confidence) / 2)) * spread
        return middle - reach, middle + reach


def surrogate_null(
    material: Material,
    statistic: Callable[[Scores], Judged],
    found: Judged,
    *,
    surrogates: int,
    rng: np.random.Generator | int,
    reliability: float = 0.9,
) -> SurrogateNull:
    """Judge studies that are like this one but for a gain by the same statistic.

    Parameters
    ----------
    material : Material
    statistic : callable
        Finds ruptures in `Scores` of one or many studies, by a rule, and returns an estimate
        (points, positive for the better) and its standard error for each study.
    found : Judged
        What the statistic said of the study itself.
    surrogates : int
        How many studies, 19 or more.
    rng : numpy Generator or int
    reliability : float
        Of one session's score, for the model; see `alliance.model.fit_pulses`.

    Raises
    ------
    AllianceError
        If there are too few surrogates or clients.

    Notes
    -----
    The model of the pulse detector is fitted: own level and growth, fluctuation that carries
    over, error, client-specific volatility, ruptures with their depth, hazard and share of
    repair, and no gain. Surrogate studies have the observed sessions of each client, so that
    gaps, lengths and missing sessions stay as they are, and under a ceiling the observed
    distribution of scores. The model is fitted with the data as they are: a true gain is taken
    for passing change in part, which makes the test a little conservative. Drop-out that
    depends on the alliance is not part of the model.
    """
    if surrogates < FEWEST:
        raise AllianceError(f"Give {FEWEST} surrogates or more (199 is usual), not {surrogates}.")
    model = null_model(material, reliability=reliability)
    rng = np.random.default_rng(rng)
    studies = draw_studies(material, model, surrogates, rng=rng)
    return judge(studies, statistic, found, model)


def null_model(material: Material, *, reliability: float = 0.9) -> RaterModel:
    """Fit the model with ruptures and repairs, but no gain, that surrogates are drawn from."""
    return fit_pulses(
        material.frame.assign(rater=material.rater),
        scale="score",
        reliability=reliability,
        higher_is_better=material.sign > 0,
    ).raters[0]


def judge(
    studies: Iterable[Scores],
    statistic: Callable[[Scores], Judged],
    found: Judged,
    model: RaterModel,
) -> SurrogateNull:
    """Judge what a statistic said of a study by what it says of surrogate studies.

    Parameters
    ----------
    studies : iterable of Scores
        From `draw_studies`; several statistics may be judged by the same ones.
    statistic, found
        As in `surrogate_null`.
    model : RaterModel
        The model the studies were drawn from.
    """
    drawn = [statistic(part) for part in studies]
    estimates = np.concatenate([part.estimate for part in drawn])
    return SurrogateNull(
        estimates=estimates,
        t=estimates / np.concatenate([part.standard_error for part in drawn]),
        estimate=float(found.estimate[0]),
        standard_error=float(found.standard_error[0]),
        model=model,
    )


def draw_studies(
    material: Material, model: RaterModel, count: int, *, rng: np.random.Generator
) -> Iterator[Scores]:
    """Yield surrogate studies, several at a time.

    Parameters
    ----------
    material : Material
        Whose sessions the surrogates have.
    model : RaterModel
    count : int
        How many studies.
    rng : numpy Generator
    """
    observed = material.scores
    grid = (len(observed.offsets) - 1) * int(observed.sessions.max(initial=1))
    at_once = max(1, CELLS_AT_ONCE // max(grid, 1))
    for start in range(0, count, at_once):
        number = min(at_once, count - start)
        many = _repeated(observed, number)
        level, error = _standard(many, model.parameters, rng)
        if observed.parts is None:
            error_sd = model.parameters.error_sd
            standard = level + error_sd * error * rng.standard_normal(len(level))
            yield replace(many, total=_points(standard, observed.total, model))
        else:
            parts = _parts(observed, model, level, error, rng)
            total = np.average(parts, axis=1, weights=observed.sizes)
            yield replace(many, total=total, parts=parts, sizes=observed.sizes)


def _repeated(observed: Scores, number: int) -> Scores:
    """Return the sessions of a study several times over."""
    courses, rows = len(observed.offsets) - 1, len(observed.sessions)
    ends = observed.offsets[1:] + rows * np.arange(number)[:, None]
    return Scores(
        sessions=np.tile(observed.sessions, number),
        offsets=np.concatenate([[0], ends.ravel()]),
        total=np.zeros(rows * number),
        study=np.repeat(np.arange(number), courses),
    )


def _standard(many: Scores, theta: Parameters, rng: np.random.Generator) -> tuple[NDArray, NDArray]:
    """Draw true standard scores, and the factor on the error of each."""
    lengths = np.diff(many.offsets)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    own, bend, restless = rng.standard_normal((3, len(lengths)))
    r = theta.level_growth_correlation
    bend = r * own + np.sqrt(1 - r**2) * bend
    factor = np.exp(theta.volatility * np.abs(restless))
    growth = theta.growth + theta.growth_sd * bend
    level = theta.level + theta.level_sd * own[owner] + growth[owner] * np.log(many.sessions)
    level = level + theta.carry_over_sd * factor[owner] * _carried(many, theta.carry_over, rng)
    return level - _dips(many, theta, rng)[owner, many.sessions - 1], factor[owner]


def _carried(many: Scores, carry_over: float, rng: np.random.Generator) -> NDArray:
    """Draw fluctuation of SD 1 that carries over, in time and not in rows."""
    value = rng.standard_normal(len(many.sessions))
    lengths = np.diff(many.offsets)
    for place in range(1, int(lengths.max(initial=0))):
        row = many.offsets[:-1][lengths > place] + place
        kept = carry_over ** (many.sessions[row] - many.sessions[row - 1])
        value[row] = kept * value[row - 1] + np.sqrt(1 - kept**2) * value[row]
    return value


def _dips(many: Scores, theta: Parameters, rng: np.random.Generator) -> NDArray:
    """Draw what ruptures take away at every session, rated or not, courses x sessions."""
    lengths = np.diff(many.offsets)
    last = np.where(lengths > 0, many.sessions[np.maximum(many.offsets[1:] - 1, 0)], 0)
    shape = (len(lengths), int(last.max(initial=1)))
    begins, mends, stays = rng.random((3, *shape), dtype=np.float32)
    depths = theta.depth * (1 + SPREAD_OF_DEPTH * rng.standard_normal(shape, dtype=np.float32))
    dips = np.zeros(shape)
    inside = np.zeros(len(lengths), dtype=bool)
    passes, depth = inside.copy(), np.zeros(len(lengths))
    for t in range(1, shape[1]):
        inside &= ~(passes & (stays[:, t] >= STAYS))
        onset = ~inside & (begins[:, t] < theta.hazard)
        passes = np.where(onset, mends[:, t] < theta.repaired, passes)
        depth = np.where(onset, np.maximum(depths[:, t], 0), depth)
        inside |= onset
        dips[:, t] = depth * inside
    return dips


def _parts(
    observed: Scores, model: RaterModel, level: NDArray, factor: NDArray, rng: np.random.Generator
) -> NDArray:
    """Draw the parts: the same true score, errors of more variance the fewer the items."""
    count = observed.parts.shape[1]
    sizes = np.array(observed.sizes or (1,) * count)
    columns = []
    for part, fewer in zip(observed.parts.T, sizes.sum() / sizes, strict=True):
        error = np.sqrt(fewer) * model.parameters.error_sd * factor
        standard = level + error * rng.standard_normal(len(level))
        spread = np.sqrt(1 + (fewer - 1) * model.parameters.error_sd**2)
        columns.append(_points(standard, part, model, spread))
    return np.column_stack(columns)


def _points(
    standard: NDArray, observed: NDArray, model: RaterModel, spread: float = 1.0
) -> NDArray[np.float64]:
    """Return points, turned so that higher is better.

    Where the model takes normal scores, the observed scores in the order of the standard ones:
    a ceiling keeps its share, and scores stay the numbers that can occur.
    """
    if model.scores.kind == "raw":
        return observed.mean() + model.scores.sd * standard
    from scipy.special import ndtri

    scores, counts = np.unique(observed, return_counts=True)
    upto = np.cumsum(counts)
    rank = ndtri((upto - counts / 2) / upto[-1])
    centre = np.average(rank, weights=counts)
    scale = np.sqrt(np.average((rank - centre) ** 2, weights=counts))
    limits = (ndtri(upto[:-1] / upto[-1]) - centre) / scale
    return scores[np.searchsorted(limits, standard / spread)]
