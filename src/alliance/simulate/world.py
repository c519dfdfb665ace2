"""What is true of a simulated study: every quantity that the data are drawn from, and the named worlds."""

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


def worlds() -> Mapping[str, World]:
    """Return the named worlds of the calibration study.

    Returns
    -------
    mapping of str to World
        ``N0`` noise only; ``N0d`` with informative drop-out; ``N0h`` client-specific
        volatility; ``N0r`` with a random walk; ``N0w``, ``N0s`` with the ceilings of WAI-SR
        and SRS (drop-out, volatility); ``R0d`` ruptures and repairs, no gain, drop-out;
        ``R0g`` gradual recovery; ``R0w``, ``R0s`` ceilings; ``R0L`` the trait, ``R0S`` a
        client quality, ``R0T`` the therapist's skill drives repair and the level or the
        slope; ``rare`` and ``shallow`` ruptures; ``A3d``, ``A5w``, ``A5s`` a lasting gain
        of 0.3, 0.5 and 0.5 SD for each repair. And worlds without a gain that differ from
        ``R0d`` in one mechanism and are named for it, or (``steps``, ``late-rise``) from
        ``N0d``: what an analysis must not take for a gain.

    Notes
    -----
    A capital first letter says what is true: N no ruptures, R ruptures whose repair leaves
    nothing behind, A a lasting gain. In N and R worlds every "gain" found is a false one.

    Measured in 12 studies of 200 clients each (seeds 100 to 111; means over studies, lowest
    and highest world):

    ===============================  ==========  ==========  ==========
    marginal                         gaussian    wai         srs
    ===============================  ==========  ==========  ==========
    rated sessions a client          10.7-11.7   10.7-11.5   10.7-11.5
    intraclass correlation           .64-.73     .60-.72     .59-.69
    lag-1 of person-centred scores   .14-.25     .11-.21     .12-.21
    dropped out                      21-33 %     23-33 %     23-33 %
    clients with a true rupture (1)  49 %        49 %        49 %
    episodes repaired in time (1)    46-48 %     47 %        47 %
    mean of totals                   3.9-4.1     4.1-4.2     35.9-36.6
    skewness                         -.1-.1      -.8--.7     -1.1--1.0
    totals at the ceiling            none        3-7 %       11-15 %
    ===============================  ==========  ==========  ==========

    (1) in R and A worlds; 23 % in ``rare``. The share of clients with a rupture stands for
    the 46 % reported of prolonged exposure (McLaughlin et al., 2014).

    References
    ----------
    McLaughlin, A. A., Keller, S. M., Feeny, N. C., Youngstrom, E. A., & Zoellner, L. A.
    (2014). Patterns of therapeutic alliance: Rupture-repair episodes in prolonged exposure
    for posttraumatic stress disorder. Journal of Consulting and Clinical Psychology, 82,
    112-121. https://doi.org/10.1037/a0034696

    Examples
    --------
    >>> from alliance import simulate
    >>> simulate.worlds()["A3d"].gain
    0.3
    """
    return _WORLDS


def _stated() -> Mapping[str, World]:
    told = stated("simulate/worlds.toml")
    made = {}
    for name, own in told["worlds"].items():
        changes = [*(told["groups"][group] for group in own.pop("like", ())), own]
        values = {key: value for each in changes for key, value in each.items()}
        bands = {key: tuple(value) for key, value in values.items() if isinstance(value, list)}
        made[name] = World(name=name, **{**values, **bands})
    return MappingProxyType(made)


_WORLDS = _stated()
