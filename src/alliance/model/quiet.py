"""A study's courses without their ruptures: the course model fitted with them, drawn without."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.util import find_spec
from typing import Self

import numpy as np
from scipy.special import ndtri

from alliance.arrays import Floats, Ints
from alliance.course import Courses
from alliance.errors import AllianceError
from alliance.model.drawing import correlated
from alliance.model.gain_assumptions import LEAST
from alliance.model.gain_fit import Point, climb, covariance, fit_without
from alliance.model.gain_likelihood import Design, Known, by_row, design, informative, known
from alliance.model.gain_parameters import RELIABILITY
from alliance.model.parameters import STAYS, WALK_SESSIONS
from alliance.model.scores import StandardScores, standardise

MOST_CLIENTS = 200
# Work of the likelihood grows with the square of a course's length.
MOST_WORK = 120_000
# The same where nothing is compiled, as in a browser.
MOST_WORK_PLAIN = 3_000
LONGEST_COURSE = 150
SKEW_STEP, MOST_SKEW = 0.1, 0.8
# Ruptures fitted to a tail hide it: only a new fit says whether so little lost is won back.
LEEWAY = 10.0
NEARLY = 0.05
# Beyond this slope a long tail goes on straight, so that no score is beyond its reach.
FLATTEST = 0.2
CELLS = 4096
REACH = 8.0


def unskewed(u: Floats, skew: float) -> tuple[Floats, Floats]:
    """Return z with u = (1 - exp(-skew z)) / skew, and log dz/du (Tukey's g; a tail down if > 0)."""
    if skew == 0:
        return u, np.zeros_like(u)
    rest = np.maximum(1 - skew * u, FLATTEST)
    beyond = np.maximum(FLATTEST - (1 - skew * u), 0.0)
    return -np.log(rest) / skew + beyond / (FLATTEST * skew), -np.log(rest)


def skewed(z: Floats, skew: float) -> Floats:
    """Return the inverse of `unskewed`."""
    if skew == 0:
        return z
    bend = -np.log(FLATTEST) / skew
    near = np.minimum(z, bend) if skew > 0 else np.maximum(z, bend)
    return np.asarray((1 - np.exp(-skew * near)) / skew + FLATTEST * (z - near))


@dataclass(frozen=True, eq=False, kw_only=True)
class QuietModel:
    """The course model of a study, fitted with ruptures and with noise that may have a long tail."""

    courses: Courses  # All of the study's
    # Courses of two or more scores that differ; the others say nothing about noise, and are drawn
    # as they are.
    varying: Ints
    study: Design  # The clients fitted, scores as the model takes them: freed of the tail
    fitted: Point
    # Of the noise: Tukey's g, and the SD it is counted in.
    skew: float
    noise_sd: float
    scale: StandardScores

    @property
    def parameters(self) -> dict[str, float]:
        """The parameters by name, in pooled SD where they have a unit, with the skew."""
        return self.study.space.named(self.fitted.free) | {"skew": self.skew}

    def likely(self, rng: np.random.Generator) -> Floats:
        """Return parameters as likely as the data make them."""
        return self.study.space.natural(self._likely(1, rng)[0])

    def _likely(self, number: int, rng: np.random.Generator) -> Floats:
        spread = covariance(self.study, self.fitted)
        root = np.linalg.cholesky(spread + 1e-12 * np.eye(len(spread)))
        free = self.fitted.free + rng.standard_normal((number, len(spread))) @ root.T
        return np.asarray(np.clip(free, self.study.space.low, self.study.space.high))

    def laid_out(self) -> Design:
        """Return all courses that vary, as the likelihood takes them."""
        whole = _laid_out(self.courses, self.scale, self.varying)
        centre = np.log(self.study.times[0]) - self.study.settled[0]
        return replace(whole, settled=np.log(whole.times) - centre)

    def points(self, latent: Floats) -> Floats:
        """Return points, as coarse and as limited as the study's own scores."""
        if self._steps is None:
            return self.scale.back(latent)
        cell = ((latent + REACH) * (CELLS / (2 * REACH))).astype(np.intp)
        return self._steps.take(cell, mode="clip")

    @cached_property
    def _steps(self) -> Floats | None:
        """Which of the study's scores each of `CELLS` cells stands for; None if they have no steps."""
        values, counts = np.unique(self.courses.scores, return_counts=True)
        if self.scale.kind == "raw" and len(values) > len(self.courses.scores) / 2:
            return None
        centres = (np.arange(CELLS) + 0.5) / CELLS * 2 * REACH - REACH
        if self.scale.kind == "raw":
            bounds = self.scale.of((values[1:] + values[:-1]) / 2)
        else:
            # Shares below each score, on the scale of the normal scores at its middle.
            middle = ndtri((counts.cumsum() - counts / 2) / counts.sum())
            bounds = np.interp(
                ndtri(counts.cumsum()[:-1] / counts.sum()), middle, self.scale.of(values)
            )
        return np.asarray(values[np.searchsorted(bounds, centres)])

    def rupture_chances(self) -> tuple[Floats, Floats]:
        """Return for every session the chance to lie in a rupture, and that one begins there.

        They are 0 for courses that are not `varying`.
        """
        whole = self.laid_out()
        told = known(whole, self.fitted.free)
        for _ in range(2 if self.skew else 0):
            own = _own_courses(whole, self.fitted.free, told.own)
            told = known(replace(whole, scores=_freed(whole, own, self)[0]), self.fitted.free)
        return self._by_session(whole, told)

    def likely_chances(self, number: int, rng: np.random.Generator) -> list[tuple[Floats, Floats]]:
        """Return the same for the clients fitted, at parameters as likely as the data make them."""
        frees = self._likely(number, rng)
        return [self._by_session(self.study, known(self.study, free)) for free in frees]

    def _by_session(self, study: Design, told: Known) -> tuple[Floats, Floats]:
        within, begins = np.zeros((2, len(self.courses.scores)))
        within[study.rows] = by_row(study.starts, told.chances)[0]
        begins[study.rows] = told.chances.sum(axis=1)
        return within, begins


def fit_quiet(courses: Courses) -> QuietModel:
    """Fit the course model with its ruptures, so that they do not count as noise.

    `courses`: scores turned so that up is good. Of many clients every k-th by length is fitted.
    Raises AllianceError if no client has two scores that differ.

    Growth that bends, own level and growth, a random walk, fluctuation that carries over, error,
    both settling, own volatility, at most two ruptures. A tail of the noise and ruptures look
    alike in its far end alone: scores are freed of a tail about each client's own course,
    z = -log(1 - g u) / g with u in noise SDs, and g is raised while log density plus
    log Jacobian rises.
    """
    scale = _scaled(courses)
    varying = _varying(courses, scale)
    study = _laid_out(courses, scale, _some(courses, varying))
    fitted = fit_without(study, close=NEARLY)
    named = study.space.named(fitted.free)
    model = QuietModel(
        courses=courses,
        varying=varying,
        study=study,
        fitted=fitted,
        skew=0.0,
        noise_sd=float(np.hypot(named["carry_over_sd"], named["error_sd"])),
        scale=scale,
    )
    return _with_skew(model)


def _scaled(courses: Courses) -> StandardScores:
    try:
        return standardise(courses.scores, "auto", higher_is_better=True)
    except AllianceError as error:
        raise AllianceError(f"{str(error).splitlines()[0]} {_NO_MODEL}") from None


_NO_MODEL = "No model can be fitted to them.\nTo fix: ask for nulls=['shuffled'] only."


def _varying(courses: Courses, scale: StandardScores) -> Ints:
    varying = informative(_standardised(courses, scale))
    found = np.flatnonzero(varying & (courses.lengths <= LONGEST_COURSE))
    if not len(found):
        raise AllianceError(f"No client has two scores that differ. {_NO_MODEL}")
    return found


def _some(courses: Courses, varying: Ints) -> Ints:
    """Return every k-th of the courses by length, as many as can be fitted quickly."""
    order = varying[np.argsort(courses.lengths[varying], kind="stable")]
    work = float((courses.lengths[order].astype(float) ** 2).sum())
    most = MOST_WORK if find_spec("numba") else MOST_WORK_PLAIN
    # Every k-th by length: as many as can be fitted quickly, long and short ones alike.
    every = max(-(-len(order) // MOST_CLIENTS), int(np.ceil(work / most)))
    return order[:: min(every, max(1, len(order) // 2))]


def _standardised(courses: Courses, scale: StandardScores) -> Courses:
    # Growth goes with log session, so days numbered from 0 are moved to begin at 1.
    sessions = courses.sessions + max(0, 1 - courses.sessions.min())
    return replace(courses, sessions=sessions, scores=scale.of(courses.scores))


def _laid_out(courses: Courses, scale: StandardScores, members: Ints) -> Design:
    """Lay out some of the courses that vary; rows are counted in all courses."""
    study = design(_standardised(courses, scale).take(members), LEAST, RELIABILITY)
    return replace(study, rows=courses.rows_of(members))


def _own_courses(study: Design, free: Floats, own: Floats) -> Floats:
    """Return every client's own course, ruptures apart, in standard scores."""
    return study.mean(study.space.natural(free)) + own


def _freed(study: Design, own: Floats, model: QuietModel) -> tuple[Floats, float]:
    """Return the scores freed of the noise's tail, and the log Jacobian."""
    z, jacobian = unskewed((study.scores - own) / model.noise_sd, model.skew)
    return own + model.noise_sd * z, float(jacobian.sum())


def _with_skew(model: QuietModel) -> QuietModel:
    """Raise the skew, down or up, while the density rises."""
    raw, best, density = model.study, model, model.fitted.density
    own = _own_courses(raw, model.fitted.free, model.fitted.known.own)
    for side in (SKEW_STEP, -SKEW_STEP):
        scores, jacobian = _freed(raw, own, replace(model, skew=side))
        tried = known(replace(raw, scores=scores), model.fitted.free, slopes=False).logs.sum()
        # A first look without fitting again: most studies have no tail on this side.
        if tried + jacobian < model.fitted.known.logs.sum() - LEEWAY:
            continue
        while abs(best.skew) < MOST_SKEW:
            there, found = _refitted(raw, replace(best, skew=best.skew + side))
            if found <= density:
                break
            best, density = there, found
        if best.skew:
            break
    return best


def _refitted(raw: Design, model: QuietModel) -> tuple[QuietModel, float]:
    """Fit again with the skew of the model; the own courses, freed of the tail, move with it."""
    fitted, jacobian = model.fitted, 0.0
    for _ in range(2):
        own = _own_courses(raw, fitted.free, fitted.known.own)
        scores, jacobian = _freed(raw, own, model)
        study = replace(raw, scores=scores)
        fitted = climb(study, fitted.free, raw.space.gains, ruptures=2, close=NEARLY)
    return replace(model, study=study, fitted=fitted), fitted.density + jacobian


@dataclass(frozen=True, eq=False, kw_only=True)
class QuietSampler:
    """Draws scores without ruptures at a study's sessions.

    Rows are sorted by place in the course, longest courses first. `counts` has the number of
    courses at each place, `passed` the sessions since the row before.
    """

    model: QuietModel
    study: Design
    rows: Ints
    counts: Ints
    passed: Floats

    @classmethod
    def of(cls, model: QuietModel) -> Self:
        """Lay out the courses that vary."""
        study = model.laid_out()
        begins, lengths = study.starts[:-1], np.diff(study.starts)
        place = np.arange(len(study.rows)) - np.repeat(begins, lengths)
        rank = np.empty(len(lengths), dtype=np.int64)
        # Longest first: the courses that reach a place are the first ones there.
        rank[np.argsort(-lengths, kind="stable")] = np.arange(len(lengths))
        order = np.lexsort((np.repeat(rank, lengths), place))
        passed = np.diff(study.times, prepend=1.0)
        passed[begins] = study.times[begins] - 1
        return cls(
            model=model,
            study=replace(
                study,
                times=study.times[order],
                settled=study.settled[order],
                columns=study.columns[order],
            ),
            rows=study.rows[order],
            counts=np.bincount(place),
            passed=passed[order],
        )

    def draw(self, values: Floats, rngs: Sequence[np.random.Generator]) -> Floats:
        """Return scores of all sessions, shape (studies, sessions); one generator for each."""
        from alliance.model.quiet_kernel import departures

        named = dict(zip(self.study.space.names, values.tolist(), strict=True))
        scores = np.tile(self.model.courses.scores, (len(rngs), 1))
        mean, shares = self.study.mean(values), self._shares(named)
        sd, sds = self.model.noise_sd, (named["carry_over_sd"], named["error_sd"])
        own, noise = np.empty((2, len(mean)))
        # One study at a time: what is worked on stays in a core's own cache.
        for rng, drawn in zip(rngs, scores, strict=True):
            normal = rng.standard_normal((3, len(mean)))
            persons = self._persons(named, rng.standard_normal((3, self.counts[0])))
            departures(normal, persons, self.counts, shares, sds, own, noise)
            latent = mean + own + sd * skewed(noise / sd, self.model.skew)
            if self.model.skew:
                latent -= self._falls(named, rng)
            drawn[self.rows] = self.model.points(latent)
        return scores

    def _shares(self, named: dict[str, float]) -> Floats:
        """Return what is the same in all draws, as `departures` takes it."""
        kept = named["carry_over"] ** self.passed
        fresh = np.sqrt(1 - kept**2)
        # The first session of a course has all of its fluctuation anew.
        kept[: self.counts[0]], fresh[: self.counts[0]] = 0.0, 1.0
        step = named["walk_sd"] / np.sqrt(WALK_SESSIONS) * np.sqrt(self.passed)
        settled = np.exp(named["settling"] * self.study.settled)
        return np.array([step, kept, fresh, np.log(self.study.times), settled])

    def _persons(self, named: dict[str, float], normal: Floats) -> Floats:
        bend = correlated(normal[0], normal[1], named["level_growth_correlation"])
        loud = np.exp(named["volatility"] * np.abs(normal[2]))
        return np.array([named["level_sd"] * normal[0], named["growth_sd"] * bend, loud])

    def _falls(self, named: dict[str, float], rng: np.random.Generator) -> Floats:
        """Return falls of one session: in noise with a tail nothing tells them from its far end."""
        chance, normal = rng.random(len(self.rows)), rng.standard_normal(len(self.rows))
        # A rupture that is over at the next session.
        passing = named["hazard"] * named["repaired"] * (1 - STAYS)
        begun = np.arange(len(self.rows)) >= self.counts[0]
        depth = named["depth"] * (1 + named["depth_spread"] * normal)
        return np.where(begun & (chance < passing), depth, 0.0)
