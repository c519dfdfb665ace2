"""What is true of a simulated study: every quantity that the data are drawn from."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Self

from alliance.errors import AllianceError, join_names
from alliance.files import stated

SCALES = ("gaussian", "wai", "srs")
# Each parameter's meaning and the kind of values it takes.
PARAMETERS: Mapping[str, Mapping[str, str]] = MappingProxyType(stated("simulate/world.toml"))
_KINDS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "share": (lambda value: 0 <= value <= 1, "must lie between 0 and 1, not {0}"),
    "not negative": (lambda value: value >= 0, "must not be negative, not {0}"),
    "above 0": (lambda value: value > 0, "must be above 0, not {0}"),
    "from 1": (lambda value: value >= 1, "must be 1 or more, not {0}"),
    "correlation": (lambda value: -1 <= value <= 1, "must lie between -1 and 1, not {0}"),
    "band": (
        lambda value: len(value) == 2 and 0 <= value[0] <= value[1],
        "must run from a lower to a higher value, not {0}",
    ),
}


@dataclass(frozen=True, kw_only=True)
class World:
    """The truth behind a simulated study.

    The latent alliance of client i at session t is, in points of an item from 1 to 5,

        trait + (growth + own slope) * log(t) + state - dip + gain + walk

    (and what bends growth or lifts sessions, where a world has it), and a score is that level
    plus measurement error, on the scale named. "SD" below means `unit` points: the pooled
    standard deviation of scores that depth, gain and the coefficients are expressed in.

    Every parameter has a default; `parameters()` lists them with their meanings.

    Raises
    ------
    AllianceError
        If a value is outside its range; the message lists every one.

    Notes
    -----
    The defaults are the ordinary world with ruptures, repairs and no gain, on the
    unlimited scale. They are assumptions chosen to give published base rates (about half of
    the clients with a rupture), not estimates from one study.

    Examples
    --------
    >>> from alliance.simulate import World
    >>> World(hazard=0.02).hazard
    0.02
    >>> World(scale="wai", level=4.1).but(gain=0.5).gain
    0.5
    """

    scale: str = "gaussian"
    level: float = 3.8
    points_per_latent: float = 1.0
    unit: float = 0.65
    item_spread: float = 0.0
    trait_sd: float = 0.55
    therapist_icc: float = 0.08
    clients_per_therapist: float = 8.0
    growth: float = 0.12
    slope_sd: float = 0.08
    state_sd: float = 0.28
    autocorrelation: tuple[float, float] = (0.2, 0.5)
    plateau_session: int = 0
    u_shape: float = 0.0
    late_rise: float = 0.0
    early_rise: float = 0.0
    step: float = 0.0
    step_hazard: float = 0.02
    tail: float = 0.0
    settling: float = 0.0
    walk_sd: float = 0.0
    volatility_sd: float = 0.0
    volatility_trait_r: float = -0.5
    reliability: float = 0.90
    planned_median: float = 14.0
    planned_log_sd: float = 0.55
    planned_range: tuple[int, int] = (4, 40)
    missing_sessions: tuple[float, float] = (0.10, 0.25)
    rated_every: int = 1
    constant_clients: float = 0.0
    unanswered_items: float = 0.0
    hazard: float = 0.06
    first_rupture: int = 3
    depth: tuple[float, float] = (0.75, 2.0)
    durations: tuple[float, ...] = (0.45, 0.30, 0.15, 0.10)
    onset_sessions: int = 0
    repair_probability: float = 0.6
    recovery_sessions: int = 0
    persistence: float = 0.8
    honeymoon: float = 0.0
    overshoot: float = 0.0
    overshoot_sessions: int = 2
    gain: float = 0.0
    first_dropout: int = 4
    dropout_logit: float = -3.9
    dropout_level: float = -0.5
    dropout_unrepaired: float = 1.2
    dropout_rupture: float = 0.5
    trait_repair: float = 0.0
    trait_hazard: float = 0.0
    quality_repair: float = 0.0
    quality_slope: float = 0.0
    skill_repair: float = 0.0
    skill_slope: float = 0.0
    skill_hazard: float = 0.0
    site_repair: float = 0.0
    site_slope: float = 0.0
    symptom_start: float = 16.0
    symptom_start_sd: float = 4.5
    symptom_change: float = -2.5
    symptom_link: float = -1.0
    symptom_repair: float = 0.0
    symptom_noise_sd: float = 2.0
    log_sensitivity: float = 0.7
    log_false_rate: float = 0.009
    log_false_repaired: float = 0.6
    therapist_log_sensitivity: float = 0.0
    observer_log_sensitivity: float = 0.0
    second_rater: bool = False
    rater_shift: float = -0.2
    rater_agreement: float = 0.4
    rupture_seen: float = 0.5
    name: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        misfits = [*self._range_misfits(), *self._choice_misfits()]
        if misfits:
            lines = "\n".join(f"  - {misfit}" for misfit in misfits)
            raise AllianceError(f"This world cannot be:\n{lines}")

    def _range_misfits(self) -> list[str]:
        misfits = []
        for name, entry in PARAMETERS.items():
            value = getattr(self, name)
            if isinstance(value, float) and not math.isfinite(value):
                misfits.append(f"{name} must be a finite number, not {value}")
            elif "values" in entry:
                fits, otherwise = _KINDS[entry["values"]]
                misfits += [] if fits(value) else [f"{name} {otherwise.format(value)}"]
        return misfits

    def _choice_misfits(self) -> list[str]:
        fits = {
            f"scale must be one of {join_names(SCALES)}, not '{self.scale}'": self.scale in SCALES,
            f"durations must be chances that add up to 1, not {self.durations}": (
                math.isclose(sum(self.durations), 1) and min(self.durations) >= 0
            ),
            "autocorrelation must stay below 1": max(self.autocorrelation, default=0) < 1,
            "missing_sessions must stay below 1": max(self.missing_sessions, default=0) < 1,
            "planned_range starts at 1": min(self.planned_range, default=1) >= 1,
        }
        return [misfit for misfit, fit in fits.items() if not fit]

    def but(self, **changes: Any) -> Self:
        """Return a copy with the parameters named in `changes` replaced."""
        unknown = [name for name in changes if name not in self.__dataclass_fields__]
        if unknown:
            raise AllianceError(f"A world has no parameter {join_names(unknown)}.")
        return replace(self, **changes)

    @property
    def metric(self) -> str:
        """``"sum"`` for the SRS, ``"mean"`` otherwise."""
        return "sum" if self.scale == "srs" else "mean"

    @property
    def score_points_per_sd(self) -> float:
        """Points of the total that one SD of depth or gain comes to, ceilings aside."""
        return self.unit * self.points_per_latent * (4 if self.scale == "srs" else 1)


# What a parameter means is said once, for `help(World)` as for the list of parameters.
World.__doc__ = f"{World.__doc__}\n    Parameters\n    ----------\n" + "\n".join(
    f"    {name}\n        {entry['meaning']}" for name, entry in PARAMETERS.items()
)
