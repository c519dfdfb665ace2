"""Scores to standard scores and back: as they are, or as normal scores under a ceiling."""

from dataclasses import dataclass

import numpy as np

from alliance.errors import AllianceError

CEILING_SHARE = 0.05
CEILING_SKEW = -0.5
MOST_KNOTS = 4_001
KINDS = ("auto", "raw", "normal")


@dataclass(frozen=True, eq=False, kw_only=True)
class StandardScores:
    """How scores are standardised, so that higher is better, with mean 0 and SD 1."""

    # {'raw', 'normal'}: ``raw``: minus mean, over SD. ``normal``: the normal quantile of the
    # score's rank among all scores of all clients, tied scores sharing their mean rank.
    kind: str
    sign: float  # 1 where higher scores are better, -1 where lower ones are
    # Of the pooled scores, in points.
    mean: float
    sd: float
    at_ceiling: float  # Share of scores equal to the best one, 0-1
    # Skewness of the scores, turned so that higher is better; a ceiling makes it negative.
    skew: float
    # Scores (turned) and what they become; empty for ``raw``.
    knots: np.ndarray
    standard: np.ndarray

    def of(self, scores: np.ndarray) -> np.ndarray:
        """Return standard scores; beyond the scores seen, the map goes on straight."""
        if self.kind == "raw":
            return self.sign * (scores - self.mean) / self.sd
        turned = self.sign * scores
        # 0 inside the scores seen.
        beyond = turned - np.clip(turned, self.knots[0], self.knots[-1])
        return np.asarray(np.interp(turned, self.knots, self.standard) + beyond / self.sd)

    def back(self, standard: np.ndarray) -> np.ndarray:
        """Return points; normal scores never lead beyond the scores seen."""
        if self.kind == "raw":
            return self.mean + self.sign * self.sd * standard
        return np.asarray(self.sign * np.interp(standard, self.standard, self.knots))


def standardise(scores: np.ndarray, kind: str, *, higher_is_better: bool) -> StandardScores:
    """Return the map from scores to standard scores.

    `scores`: all scores of all clients. `kind` {'auto', 'raw', 'normal'}: ``auto`` takes normal
    scores if more than `CEILING_SHARE` of the scores are the best one or if their skewness is below
    `CEILING_SKEW`.
    """
    sign = 1.0 if higher_is_better else -1.0
    turned = sign * scores
    mean, sd = float(scores.mean()), float(scores.std())
    if not sd > 1e-9 * max(1.0, abs(mean)):
        raise AllianceError(
            f"All scores are the same ({scores[0]:g}); nothing can be said about ruptures.\n"
            "To fix: check that the right column is taken as the scale."
        )
    at_ceiling = float((turned == turned.max()).mean())
    skew = float((((turned - turned.mean()) / sd) ** 3).mean())
    if kind == "auto":
        limited = at_ceiling > CEILING_SHARE or skew < CEILING_SKEW
        kind = "normal" if limited else "raw"
    knots, standard = _normal_scores(turned) if kind == "normal" else (np.empty(0), np.empty(0))
    return StandardScores(
        kind=kind,
        sign=sign,
        mean=mean,
        sd=sd,
        at_ceiling=at_ceiling,
        skew=skew,
        knots=knots,
        standard=standard,
    )


def _normal_scores(turned: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct scores, at most `MOST_KNOTS`, and their standardised quantiles."""
    from scipy.special import ndtri

    knots, counts = np.unique(turned, return_counts=True)
    # Tied scores share their mean rank.
    mean_rank = np.cumsum(counts) - (counts - 1) / 2
    quantile = ndtri((mean_rank - 0.5) / len(turned))
    centre = np.average(quantile, weights=counts)
    spread = np.sqrt(np.average((quantile - centre) ** 2, weights=counts))
    # A fine scale of thousands of scores needs no knot for each.
    kept = np.unique(np.linspace(0, len(knots) - 1, min(len(knots), MOST_KNOTS)).astype(int))
    return knots[kept], (quantile[kept] - centre) / spread
