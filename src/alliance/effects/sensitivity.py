"""The gain under every combination of the switches that matter, judged as a whole."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any, Unpack

import numpy as np
import pandas as pd

from alliance.arrays import Floats
from alliance.checks import check_integer
from alliance.cluster import spread
from alliance.course import Choice, Courses, courses
from alliance.effects.observed_difference import without_gain
from alliance.effects.repair import fit_rung
from alliance.model.gain_assumptions import LEAST
from alliance.model.gain_ladder import GainFit
from alliance.model.gain_studies import Law, law_of
from alliance.model.scores import standardise
from alliance.results import Result

SWITCHES = {
    "growth": ("bent", "straight"),
    "edges": ("either", "onward"),
    "drift": (True, False),
    "ruptures": (2, 1),
    "min_sessions": (2, 4),
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Sensitivity(Result):
    """The estimate under every combination of switches, from the lowest to the highest.

    Parameters
    ----------
    frame : DataFrame
        One row a specification: the switches (``growth``, ``edges`` of ruptures, ``drift`` of
        level and noise, most ``ruptures`` a client, ``min_sessions`` of a client), ``estimate``,
        ``low`` and ``high`` in pooled SD, ``z``, ``p``, of each fit alone: for what it says
        with clients' own growth left free as well see `alliance.repair_gain`.
    median_z : float
    joint_p : float
        Share of studies like this one without a gain whose median z over the same specifications
        is as high, the study counted as one; NaN if none were simulated.
    draws : int
    scale, rater : str
    """

    median_z: float
    joint_p: float
    draws: int
    scale: str
    rater: str

    def facts(self) -> Mapping[str, object]:
        """Return the range of the estimates and how many are significant."""
        frame = self.frame
        return {
            "count": len(frame),
            "lowest": frame["estimate"].min(),
            "median": frame["estimate"].median(),
            "highest": frame["estimate"].max(),
            "significant": int(((frame["p"] < 0.05) & (frame["z"] > 0)).sum()),
        }


def sensitivity(
    sessions: pd.DataFrame | Courses,
    *,
    draws: int = 0,
    seed: int | np.random.Generator = 0,
    workers: int | None = None,
    **choice: Unpack[Choice],
) -> Sensitivity:
    """Estimate the gain under every combination of the switches that matter.

    Parameters
    ----------
    sessions : DataFrame or Courses
    draws : int
        Studies like this one without a gain that the curve is compared with as a whole; each
        takes as long as the curve itself.
    seed : int or Generator
    workers : int, optional
        Processes; all cores if not given.
    **choice
        Which scores, as in `alliance.courses`.

    Returns
    -------
    Sensitivity

    Notes
    -----
    Specifications of one study are not independent answers, and some of them are known to be
    wrong where growth bends or a lift passes: a count of significant ones proves nothing. The
    joint p asks how often a study without any gain shows such a curve (Simonsohn et al., 2020).

    References
    ----------
    Simonsohn, U., Simmons, J. P., & Nelson, L. D. (2020). Specification curve analysis. Nature
    Human Behaviour, 4, 1208-1214. https://doi.org/10.1038/s41562-020-0912-z
    """
    check_integer(draws, "draws")
    chosen = courses(sessions, **choice)
    chosen.require_numbers_from_one()
    frame = pd.DataFrame([_row(chosen, each) for each in _specifications()])
    median = float(frame["z"].median())
    medians = _null_medians(chosen, draws, seed, workers)
    as_high = np.count_nonzero(medians >= median)
    return Sensitivity(
        frame=frame.sort_values("estimate", ignore_index=True),
        median_z=median,
        joint_p=(1 + as_high) / (1 + draws) if draws else float("nan"),
        draws=draws,
        scale=chosen.scale,
        rater=chosen.rater,
    )


def _specifications() -> Iterator[dict[str, Any]]:
    """Yield every combination of the switches."""
    for values in product(*SWITCHES.values()):
        yield dict(zip(SWITCHES, values, strict=True))


def _fit(chosen: Courses, switches: dict[str, Any], confidence: float | None = 0.95) -> GainFit:
    rung = LEAST.but(
        growth=switches["growth"],
        edges=switches["edges"],
        walk=switches["drift"],
        settling=switches["drift"],
        ruptures=switches["ruptures"],
        min_repairs=0.0,
    )
    long_enough = chosen.take(chosen.lengths >= switches["min_sessions"])
    return fit_rung(long_enough, rung, confidence=confidence)[0]


def _row(chosen: Courses, switches: dict[str, Any]) -> dict[str, Any]:
    fit = _fit(chosen, switches)
    numbers = {"estimate": fit.gain, "low": fit.low, "high": fit.high, "z": fit.z, "p": fit.p}
    return {**switches, **numbers}


def _null_medians(
    chosen: Courses, draws: int, seed: int | np.random.Generator, workers: int | None
) -> Floats:
    """Return the median z over all specifications of studies drawn without a gain."""
    if not draws:
        return np.empty(0)
    fit, _ = fit_rung(chosen, LEAST, confidence=None)
    seeds = np.random.default_rng(seed).integers(2**63, size=draws)
    median = partial(_median_of_draw, chosen, fit, law_of(fit))
    done = spread(median, seeds.tolist(), workers=workers, label="studies without a gain")
    return np.array(list(done))


def _median_of_draw(chosen: Courses, fit: GainFit, law: Law, seed: int) -> float:
    scale = standardise(chosen.points, "auto", higher_is_better=chosen.sign > 0)
    study = without_gain(chosen, fit, law, scale, np.random.default_rng(seed))
    return float(np.median([_fit(study, each, None).z for each in _specifications()]))
