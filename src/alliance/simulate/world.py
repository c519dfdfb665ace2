"""What is true of a simulated study: every quantity that the data are drawn from."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from typing import Any

from alliance.errors import AllianceError, join_names

SCALES = ("gaussian", "wai", "srs")
_SHARES = (
    "therapist_icc",
    "reliability",
    "repair_probability",
    "persistence",
    "unanswered_items",
    "rater_agreement",
    "rupture_seen",
    "log_sensitivity",
    "log_false_repaired",
    "therapist_log_sensitivity",
    "observer_log_sensitivity",
    "hazard",
    "log_false_rate",
    "step_hazard",
    "constant_clients",
)
_NOT_NEGATIVE = (
    "trait_sd",
    "slope_sd",
    "state_sd",
    "walk_sd",
    "volatility_sd",
    "planned_log_sd",
    "item_spread",
    "symptom_start_sd",
    "symptom_noise_sd",
)
_POSITIVE = ("unit", "points_per_latent", "planned_median", "clients_per_therapist")
_RANGES = ("autocorrelation", "missing_sessions", "depth", "planned_range")


@dataclass(frozen=True, kw_only=True)
class World:
    """The truth behind a simulated study.

    The latent alliance of client i at session t is, in points of an item from 1 to 5,

        trait + (growth + own slope) * log(t) + state - dip + gain + walk

    (and what bends growth or lifts sessions, where a world has it), and a score is that level
    plus measurement error, on the scale named. "SD" below means `unit` points: the pooled
    standard deviation of scores that depth, gain and the coefficients are expressed in.

    Parameters
    ----------
    scale : {"gaussian", "wai", "srs"}
        ``gaussian``: 12 unrounded, unlimited items, total = mean. ``wai``: 12 items rounded
        and held within 1-5 (the WAI-SR's form), total = mean. ``srs``: 4 lines rounded to
        0.1 and held within 0-10 (the SRS's form), total = sum.
    level : float
        Mean score of an item at the first session, in the scale's own item points.
    points_per_latent : float
        Item points for one latent point; 1 except where a scale is wider than 1 to 5.
    unit : float
        Latent points that make one SD.
    item_spread : float
        Item means lie evenly within plus or minus this many item points.
    trait_sd : float
        SD of clients' lasting levels (therapists' share included), latent points.
    therapist_icc : float
        Share of the trait's variance that lies between therapists, 0-1.
    clients_per_therapist : float
        Mean number of clients a therapist sees.
    growth : float
        Mean rise for one unit of log(session), latent points.
    slope_sd : float
        SD of clients' own departures from `growth`, latent points.
    state_sd : float
        SD of the passing state (a stationary first-order autoregression), latent points.
    autocorrelation : (float, float)
        Each client's lag-1 autocorrelation is drawn evenly between these two, 0-1.
    plateau_session : int
        Session at which growth ends; 0 for never.
    u_shape, late_rise : float
        How far everybody lies lower in the middle of the course, and how much everybody rises
        over its last third, SD.
    early_rise : float
        How far everybody lies higher at session 2; gone by session 4, SD.
    step, step_hazard : float
        Lasting steps of the level that have nothing to do with ruptures, SD, and the chance of
        one at a session, 0-1.
    tail : float
        Length of a tail of the state towards low levels, towards high ones if negative: log-SD
        of a mirrored log-normal; 0 for a normal state.
    settling : float
        How fast state and error settle: they go with session / 4 to the power of minus this.
    walk_sd : float
        SD of a step of an added random walk, latent points a session.
    volatility_sd : float
        SD, between clients, of the logarithm of a factor on state and error; 0 for equal
        volatility. The mean of the squared factor is 1.
    volatility_trait_r : float
        Correlation of that logarithm with the trait, -1 to 1.
    reliability : float
        Error variance of a total is 1 - reliability times `unit` squared, 0-1.
    planned_median, planned_log_sd : float
        Planned number of sessions: lognormal with this median and log-SD.
    planned_range : (int, int)
        Planned numbers are held within these limits.
    missing_sessions : (float, float)
        Each client's share of sessions without questionnaire is drawn evenly in between.
    rated_every : int
        Only every so many sessions, from the first on, have a questionnaire; 1 for all.
    constant_clients : float
        Share of clients who give the same answers every time, 0-1.
    unanswered_items : float
        Chance that a single item is left unanswered, 0-1.
    hazard : float
        Chance that a rupture begins at a session, given none is under way, 0-1.
    first_rupture : int
        First session at which a rupture can begin.
    depth : (float, float)
        Depth of a rupture is drawn evenly in between, SD.
    durations : tuple of float
        Chances that the dip lasts 1, 2, 3 ... sessions; they add up to 1.
    onset_sessions : int
        Sessions over which a rupture deepens in equal steps before the first session of its
        full depth; 0 for a sudden fall. They come on top of the duration.
    repair_probability : float
        Chance that the dip, once over, is repaired, 0-1.
    recovery_sessions : int
        Sessions over which a repaired dip fades in equal steps; 0 for a sudden recovery.
    persistence : float
        Share of its depth that an unrepaired rupture keeps until therapy ends, 0-1.
    honeymoon : float
        How far the two sessions before a rupture lie higher, SD.
    overshoot : float
        How far the sessions after a repair lie passingly higher, SD.
    overshoot_sessions : int
        How many sessions that lift lasts.
    gain : float
        Lasting rise after each repair, from the first session after the dip, SD.
    first_dropout : int
        Number of sessions that everybody attends at least.
    dropout_logit : float
        Logit of the chance of leaving after a session.
    dropout_level, dropout_unrepaired, dropout_rupture : float
        What is added to that logit for each SD of the latent level above what is expected
        at that session, while a rupture stays unrepaired, and during the dip.
    trait_repair, trait_hazard : float
        For one SD of trait: added to the logit of repair; to the log of the hazard.
    quality_repair, quality_slope : float
        For one SD of an unseen client quality: added to the logit of repair; to the slope
        (latent points for one unit of log(session)).
    skill_repair, skill_slope, skill_hazard : float
        For one SD of the therapist's skill: added to the logit of repair; to the slope
        (latent points for one unit of log(session)); to the log of the hazard.
    site_repair, site_slope : float
        Difference between two sites, of half of the therapists each: in the logit of repair; in
        the slope.
    symptom_start, symptom_start_sd : float
        Mean and SD of symptoms at the first session, points of a 0-27 total, higher worse.
    symptom_change : float
        Change for one unit of log(session), points.
    symptom_link : float
        Points for each SD of the latent alliance above what is expected at that session.
    symptom_repair : float
        Points for each completed repair, beyond the link.
    symptom_noise_sd : float
        SD of what the other terms leave, points.
    log_sensitivity : float
        Chance that a true rupture stands in the client's rupture log, 0-1.
    log_false_rate : float
        Chance that a quiet session is reported as a rupture, 0-1 for each session and source.
    log_false_repaired : float
        Chance that a false report is marked repaired, 0-1.
    therapist_log_sensitivity, observer_log_sensitivity : float
        Chance that a true rupture stands in the log of the therapist, of an observer, 0-1; 0 if
        they keep none. Given what is true, the sources report independently of each other.
    second_rater : bool
        Whether the therapist fills in the questionnaire, too.
    rater_shift : float
        Therapists' level minus clients', latent points.
    rater_agreement : float
        Correlation of the two raters' traits, slopes and states, 0-1.
    rupture_seen : float
        Share of a client's dip and gain that shows in the therapist's scores, 0-1.
    name : str
        What to call the world; two worlds that differ only in it are equal.

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
        misfits = [
            f"{name} must be a finite number, not {getattr(self, name)}"
            for name in (entry.name for entry in fields(self))
            if isinstance(getattr(self, name), float) and not math.isfinite(getattr(self, name))
        ]
        for name in _SHARES:
            if not 0 <= getattr(self, name) <= 1:
                misfits.append(f"{name} must lie between 0 and 1, not {getattr(self, name)}")
        for name in _NOT_NEGATIVE:
            if getattr(self, name) < 0:
                misfits.append(f"{name} must not be negative, not {getattr(self, name)}")
        for name in _POSITIVE:
            if not getattr(self, name) > 0:
                misfits.append(f"{name} must be above 0, not {getattr(self, name)}")
        for name in _RANGES:
            low, high = getattr(self, name)
            if not 0 <= low <= high:
                misfits.append(f"{name} must run from a lower to a higher value, not {low}, {high}")
        return misfits

    def _choice_misfits(self) -> list[str]:
        misfits = []
        if self.scale not in SCALES:
            misfits.append(f"scale must be one of {join_names(SCALES)}, not '{self.scale}'")
        if not math.isclose(sum(self.durations), 1) or min(self.durations) < 0:
            misfits.append(f"durations must be chances that add up to 1, not {self.durations}")
        if self.autocorrelation[1] >= 1:
            misfits.append("autocorrelation must stay below 1")
        if self.missing_sessions[1] >= 1:
            misfits.append("missing_sessions must stay below 1")
        if self.planned_range[0] < 1 or self.first_rupture < 1:
            misfits.append("planned_range and first_rupture start at 1")
        if self.onset_sessions < 0 or self.recovery_sessions < 0:
            misfits.append("onset_sessions and recovery_sessions start at 0")
        if self.plateau_session < 0 or self.overshoot_sessions < 0 or self.rated_every < 1:
            misfits.append(
                "plateau_session and overshoot_sessions start at 0, rated_every starts at 1"
            )
        if not -1 <= self.volatility_trait_r <= 1:
            misfits.append("volatility_trait_r must lie between -1 and 1")
        return misfits

    def but(self, **changes: Any) -> World:
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
