"""What a fitted gain lets one say: alone, or with clients' own growth left free as well."""

from dataclasses import dataclass, replace

import numpy as np

from alliance.arrays import Floats
from alliance.model.gain_fit import ROUGHLY, quantile
from alliance.model.gain_ladder import MANY_CLIENTS, GainFit, fit_design
from alliance.model.gain_parameters import FREE_GROWTH_SD, Space


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What may be said of the gain, at the level that it was asked for."""

    # Signed root and two-sided p; interval in pooled SD, NaN where the fit has none.
    z: float
    p: float
    low: float
    high: float
    repairs: float  # Expected repaired ruptures a client
    answered: bool  # Whether they are enough for an answer
    level: float  # Two-sided

    @property
    def claim(self) -> int:
        """1 for stronger, -1 for weaker, 0 for neither or no answer."""
        return int(np.sign(self.z)) if self.answered and self.p < self.level else 0


def verdict(found: GainFit, confidence: float = 0.95) -> Verdict:
    """Return what a fit lets one say, at the level of intervals with this confidence.

    A claim on the rung that has a gate must hold with clients' own growth left free as well if there
    are many clients or it is of a weaker alliance: growth tied to repair is mistaken for a gain, and
    ruptures of another shape, or noise with a long tail, for a loss. Then z is the one nearer to 0,
    0 where the two point apart, p goes with it, and the interval holds both.
    """
    alone = Verdict(
        z=found.z,
        p=found.p,
        low=found.low,
        high=found.high,
        repairs=found.repairs,
        answered=found.answered,
        level=1 - confidence,
    )
    gated = found.assumptions.min_repairs > 0 and found.assumptions.own_growth == "shrunken"
    if not (alone.claim and gated and (found.clients >= MANY_CLIENTS or found.z < 0)):
        return alone
    other = with_free_growth(found)
    z = min(found.z, other.z, key=abs) if found.z * other.z > 0 else 0.0
    low, high = _straight_interval(other, confidence)
    return replace(
        alone,
        z=z,
        p=max(found.p, other.p) if z else 1.0,
        low=float(np.minimum(found.low, low)),
        high=float(np.maximum(found.high, high)),
        repairs=min(found.repairs, other.repairs),
        answered=other.answered,
    )


def with_free_growth(found: GainFit) -> GainFit:
    """Fit the same study with clients' own growth free; z is right to about .01."""
    free = found.study.space.held("growth_sd", FREE_GROWTH_SD)
    return fit_design(
        replace(found.study, space=free),
        found.assumptions.but(own_growth="free"),
        start=_in_the_middle(found, free),
        close=ROUGHLY,
    )


def _in_the_middle(found: GainFit, space: Space) -> Floats:
    """Return where to start from: clients as far apart in the middle of their courses as before.

    Growth is by log session. Growth e more about the middle m of a course, e (log t - m), lowers
    the level at the first session by m e.
    """
    study = found.study
    values = space.named(found.without.free)
    logs = np.add.reduceat(np.log(study.times), study.starts[:-1])
    middle = float(np.mean(logs / np.diff(study.starts)))
    level, growth = values["level_sd"], values["growth_sd"]
    more = max(FREE_GROWTH_SD**2 - growth**2, 0.0)
    wider = np.sqrt(level**2 + middle**2 * more)
    shared = values["level_growth_correlation"] * level * growth - middle * more
    changed = {
        "level_sd": wider,
        "growth_sd": FREE_GROWTH_SD,
        "level_growth_correlation": shared / (wider * FREE_GROWTH_SD),
    }
    return np.clip(space.at(found.without.free, changed), space.low, space.high)


def _straight_interval(found: GainFit, confidence: float) -> tuple[float, float]:
    """Return the interval of a root that falls with the gain in a straight line.

    The line runs through the estimate and the root at no gain or, where both are next to nothing,
    by the standard error.
    """
    error = found.gain / found.z if abs(found.z) > 0.5 else found.standard_error
    half = quantile(found.study, confidence) * error
    return found.gain - half, found.gain + half
