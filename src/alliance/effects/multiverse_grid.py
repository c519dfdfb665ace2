"""Many specifications on one or many studies at once: one detection serves all that share it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from alliance.effects.exposure import USED, Exposure, find_exposure
from alliance.effects.gains import Scores, all_but_one, estimate_gain, two_sided
from alliance.effects.multiverse_choices import Specification
from alliance.model.scores import standardise


@dataclass(frozen=True, eq=False, kw_only=True)
class Estimates:
    """What every specification finds in every study; arrays are studies x specifications.

    Parameters
    ----------
    estimate, standard_error : ndarray of float
        For each repair, in points of the scale, or in SD for normal scores. NaN where refused.
    df : ndarray of float
    exposed : ndarray of float
        Clients with used sessions both before and after a repair.
    used : ndarray of float
        Sessions used; with halves the mean of both directions.
    """

    estimate: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    df: NDArray[np.float64]
    exposed: NDArray[np.float64]
    used: NDArray[np.float64]

    @property
    def answered(self) -> NDArray[np.bool_]:
        """Whether there is an estimate."""
        return np.isfinite(self.estimate)

    @property
    def t(self) -> NDArray[np.float64]:
        """Estimates in standard errors."""
        return self.estimate / self.standard_error

    @property
    def p(self) -> NDArray[np.float64]:
        """Two-sided p of no gain, of each specification by itself."""
        return two_sided(self.t, self.df)


def stacked(parts: Sequence[Estimates]) -> Estimates:
    """Return the studies of several parts one after the other."""
    names = [part.name for part in fields(Estimates)]
    return Estimates(**{n: np.concatenate([getattr(part, n) for part in parts]) for n in names})


def estimate_all(scores: Scores, specifications: Sequence[Specification]) -> Estimates:
    """Estimate the gain by every specification in every study.

    Parameters
    ----------
    scores : Scores
        Of one or many studies.
    specifications : sequence of Specification

    Returns
    -------
    Estimates

    Notes
    -----
    Specifications are taken by sample (fewest sessions, kind of scores) and then by detection
    (criterion, threshold, return, window, halves), so that each sample is prepared and each
    detection is run once, for all studies together.
    """
    shape = (int(scores.studies.max(initial=0)) + 1, len(specifications))
    found = {part.name: np.full(shape, np.nan) for part in fields(Estimates)}
    for (minimum, kind), members in _groups(specifications, range(shape[1]), _sample).items():
        sample = _prepared(scores, minimum, kind)
        for (rule, halves), alike in _groups(specifications, members, _detection).items():
            exposures = _exposures(sample, rule, halves)
            for place in alike:
                for name, column in _one(sample, specifications[place], exposures).items():
                    found[name][:, place] = column
    return Estimates(**found)


def _sample(one: Specification) -> tuple:
    return one.minimum_sessions, one.scores


def _detection(one: Specification) -> tuple:
    return one.rule(), one.halves


def _groups(specifications, members, key) -> dict[tuple, list[int]]:
    groups: dict[tuple, list[int]] = {}
    for place in members:
        groups.setdefault(key(specifications[place]), []).append(place)
    return groups


def _prepared(scores: Scores, minimum: int, kind: str) -> Scores:
    """Leave short courses empty, and turn the others' scores into normal ones if asked for."""
    lengths = np.diff(scores.offsets)
    rows = np.repeat(lengths >= minimum, lengths)
    kept = Scores(
        sessions=scores.sessions[rows],
        offsets=np.concatenate([[0], np.cumsum(np.where(lengths >= minimum, lengths, 0))]),
        total=scores.total[rows],
        parts=None if scores.parts is None else scores.parts[rows],
        sizes=scores.sizes,
        study=scores.study,
    )
    if kind == "raw" or not len(kept.total):
        return kept
    study = np.repeat(kept.studies, np.diff(kept.offsets))
    parts = kept.parts
    if parts is not None:
        parts = np.column_stack([_normal(part, study) for part in parts.T])
    return replace(kept, total=_normal(kept.total, study), parts=parts)


def _normal(scores: NDArray, study: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return normal quantiles of the ranks within each study; rows of a study lie together."""
    starts = np.flatnonzero(np.diff(study)) + 1
    parts = [part for part in np.split(scores, starts) if len(part)]
    return np.concatenate(
        [standardise(part, "normal", higher_is_better=True).of(part) for part in parts]
    )


def _exposures(sample: Scores, rule, halves: bool) -> tuple[Exposure, ...]:
    sources = all_but_one(sample) if halves else [sample.total]
    return tuple(
        find_exposure(sample.series(source), rule, pool=sample.study) for source in sources
    )


def _one(sample: Scores, one: Specification, exposures: tuple[Exposure, ...]) -> dict[str, NDArray]:
    if one.flanks == "kept":
        exposures = tuple(replace(told, role=np.full_like(told.role, USED)) for told in exposures)
    studies = int(sample.studies.max(initial=0)) + 1
    study = np.repeat(sample.studies, np.diff(sample.offsets))
    used = [np.bincount(study[told.role == USED], minlength=studies) for told in exposures]
    if not np.any(used):
        refused = {"exposed": np.zeros(studies), "used": np.zeros(studies)}
        return refused | {n: np.full(studies, np.nan) for n in ("estimate", "standard_error", "df")}
    gains = estimate_gain(sample, one.design(), exposures)
    return {
        "estimate": gains.estimate,
        "standard_error": gains.standard_error,
        "df": gains.df,
        "exposed": gains.exposed,
        "used": np.mean(used, axis=0),
    }
