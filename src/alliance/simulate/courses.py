"""Courses of therapy: the latent alliance, ruptures and drop-out of many clients."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alliance.arrays import Bools, Floats, Ints
from alliance.model.drawing import autoregression, correlated, grown
from alliance.simulate import shapes
from alliance.simulate.world import World

QUIET, RUPTURE, RECOVERING, UNREPAIRED = range(4)
STATES = ("none", "rupture", "recovering", "unrepaired")


@dataclass(frozen=True, eq=False, kw_only=True)
class Persons:
    """Who the clients are; every array has one entry for each client.

    `trait` (lasting level around 0) and `slope` (rise for one unit of log session) are in latent
    points; `phi` is the lag-1 autocorrelation of the state, `volatility` a factor on state and
    error, `planned` a number of sessions; `hazard` and `repair` are chances of a rupture at a
    session and of its repair, `missing` the share of sessions without questionnaire.
    """

    therapist: Ints
    trait: Floats
    slope: Floats
    phi: Floats
    volatility: Floats
    planned: Ints
    hazard: Floats
    repair: Floats
    missing: Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class Courses:
    """What truly happened; arrays are clients x sessions unless said otherwise.

    `attended` (one for each client) counts sessions; what lies beyond did not take place. In latent
    points: `calm` is the level without dip and gain (trait, growth, state, walk), `dip` what
    ruptures take away, `gain` what repairs add, `lift` by how much sessions around ruptures are
    passingly higher. `phase` is an index into `STATES`, `episode` the number of the rupture under
    way from 1, `depth` its depth in SD (0 for none), `repairs` those completed before or at the
    session.
    """

    attended: Ints
    calm: Floats
    dip: Floats
    gain: Floats
    phase: NDArray[np.int8]
    episode: NDArray[np.int8]
    repairs: NDArray[np.int8]
    depth: Floats
    lift: Floats

    @property
    def latent(self) -> Floats:
        """The latent alliance around the world's level, latent points."""
        return self.calm - self.dip + self.gain + self.lift

    @property
    def in_rupture(self) -> Bools:
        """Which sessions lie in a dip or in a rupture that stays, clients x sessions."""
        return np.isin(self.phase, (RUPTURE, UNREPAIRED))

    @property
    def took_place(self) -> Bools:
        """Which sessions the client attended, clients x sessions."""
        return np.arange(self.phase.shape[1]) < self.attended[:, None]


def draw_persons(world: World, clients: int, rng: np.random.Generator) -> Persons:
    """Draw the clients of a study and their therapists."""
    therapists = max(1, round(clients / world.clients_per_therapist))
    therapist = rng.permutation(np.arange(clients) % therapists)
    skill, warmth = rng.standard_normal((2, therapists))[:, therapist]
    own, quality, bend, restless = rng.standard_normal((4, clients))
    # The variance of the trait is shared out; its sum stays as set.
    share = world.therapist_icc
    trait_z = np.sqrt(share) * warmth + np.sqrt(1 - share) * own
    slope = world.growth + world.slope_sd * bend
    slope += world.quality_slope * quality + world.skill_slope * skill
    # Two sites, half a unit above and below what is common to both.
    site = therapist % 2 - 0.5
    slope += world.site_slope * site
    repair_logit = world.trait_repair * trait_z + world.quality_repair * quality
    repair_logit += world.skill_repair * skill + world.site_repair * site
    hazard_log = world.trait_hazard * trait_z + world.skill_hazard * skill
    return Persons(
        therapist=therapist,
        trait=world.trait_sd * trait_z,
        slope=slope,
        phi=rng.uniform(*world.autocorrelation, clients),
        volatility=_volatility(world, trait_z, restless),
        planned=_planned(world, rng.standard_normal(clients)),
        hazard=np.minimum(world.hazard * np.exp(hazard_log), 1),
        repair=_shifted(world.repair_probability, repair_logit),
        missing=rng.uniform(*world.missing_sessions, clients),
    )


def _volatility(world: World, trait_z: Floats, own: Floats) -> Floats:
    spread = world.volatility_sd
    # exp(s z - s^2): the mean of its square is 1, so pooled variances stay as set.
    return np.exp(spread * correlated(trait_z, own, world.volatility_trait_r) - spread**2)


def _planned(world: World, normal: Floats) -> Ints:
    length = np.rint(world.planned_median * np.exp(world.planned_log_sd * normal))
    return np.clip(length, *world.planned_range).astype(np.int64)


def _shifted(share: float, logit: Floats) -> Floats:
    """Return the share moved by `logit`; shares of 0 and 1 stay what they are."""
    if share in (0, 1):
        return np.full(logit.shape, float(share))
    return np.asarray(1 / (1 + np.exp(-(np.log(share / (1 - share)) + logit))))


def calm_levels(world: World, persons: Persons, rng: np.random.Generator) -> Floats:
    """Draw the latent level without ruptures: trait, growth, passing state and walk."""
    longest = int(persons.planned.max())
    # The passing state: s_t = phi s_(t-1) + sqrt(1 - phi^2) e_t, so its variance stays 1.
    kept = np.broadcast_to(persons.phi[:, None], (len(persons.phi), longest))
    state = autoregression(rng.standard_normal(kept.shape), kept)
    state = shapes.with_tail(state, world.tail)
    state = state * (world.state_sd * persons.volatility[:, None])
    state = state * shapes.settling(world, np.arange(1, longest + 1))
    calm = grown(persons.trait, persons.slope, shapes.growing_sessions(world, longest), state)
    calm += world.unit * shapes.bends(world, persons.planned, longest)
    if world.step:
        calm += world.unit * shapes.steps(world, calm.shape, rng)
    if world.walk_sd:
        steps = rng.standard_normal(calm.shape)
        steps[:, 0] = 0
        calm += world.walk_sd * np.cumsum(steps, axis=1)
    return calm


def expected_levels(world: World, persons: Persons, longest: int) -> Floats:
    """Return the mean course: growth and bends of everybody, clients x sessions, latent points."""
    straight = world.growth * np.log(shapes.growing_sessions(world, longest))
    return np.asarray(straight + world.unit * shapes.bends(world, persons.planned, longest))


def draw_courses(world: World, persons: Persons, rng: np.random.Generator) -> Courses:
    """Let therapy take its course: ruptures begin, are repaired or stay; clients leave.

    All random numbers are drawn before the first session, so that two worlds that differ
    only in depth, repair or gain meet the same chances from the same seed.
    """
    calm = calm_levels(world, persons, rng)
    clients, longest = calm.shape
    # All chances at once: another setting of the world meets the same ones.
    begins, deep, lasts, mends, leaves = rng.random((5, clients, longest))
    low, high = world.depth
    depths = low + (high - low) * deep
    # The k-th duration is that of k sessions.
    lengths = 1 + np.searchsorted(np.cumsum(world.durations)[:-1], lasts, side="right")
    lengths = lengths + world.onset_sessions
    mended = mends < persons.repair[:, None]
    begins = begins < persons.hazard[:, None]
    expected = expected_levels(world, persons, longest)

    attended, present = persons.planned.copy(), np.ones(clients, dtype=bool)
    dip, gain, depth = np.zeros((3, clients, longest))
    phase, episode, repairs = np.zeros((3, clients, longest), dtype=np.int8)
    now = _Now(clients)
    for t in range(longest):
        if t + 1 >= world.first_rupture:
            now.begin(begins[:, t], depths[:, t], lengths[:, t], mended[:, t])
        # Depths are in SD of scores, courses in latent points.
        dip[:, t] = world.unit * now.depth * _share_of_depth(world, now)
        gain[:, t] = world.unit * world.gain * now.repairs
        depth[:, t], phase[:, t], repairs[:, t] = now.depth, now.phase, now.repairs
        episode[:, t] = np.where(now.phase == QUIET, 0, now.episode)
        if t + 1 >= world.first_dropout:
            deviation = (calm[:, t] - dip[:, t] + gain[:, t] - expected[:, t]) / world.unit
            # Chances were drawn for everybody; only who is still there can leave.
            gone = present & (leaves[:, t] < _leaving(world, deviation, now.phase))
            # Who leaves has attended this session.
            attended[gone] = np.minimum(attended[gone], t + 1)
            present &= ~gone
        now.move_on(world.recovery_sessions)
    return Courses(
        attended=attended,
        calm=calm,
        dip=dip,
        gain=gain,
        phase=phase,
        episode=episode,
        repairs=repairs,
        depth=np.where(phase == QUIET, 0, depth),
        lift=world.unit * shapes.lifts(world, (phase == RUPTURE) | (phase == UNREPAIRED), repairs),
    )


class _Now:
    """Where every client stands at the present session; arrays have one entry for each."""

    def __init__(self, clients: int):
        self.phase, self.episode, self.repairs = np.zeros((3, clients), dtype=np.int64)
        # Sessions of the dip or recovery still to come, and those spent in it.
        self.left, self.spent = np.zeros((2, clients), dtype=np.int64)
        self.depth = np.zeros(clients)
        self.will_mend = np.zeros(clients, dtype=bool)
        self.may_begin = np.ones(clients, dtype=bool)

    def begin(self, chance: Bools, depth: Floats, length: Ints, mended: Bools) -> None:
        """Let ruptures begin where chance says so and none is under way."""
        onset = chance & self.may_begin & (self.phase == QUIET)
        self.phase[onset] = RUPTURE
        self.episode += onset
        self.depth = np.where(onset, depth, self.depth)
        self.left = np.where(onset, length, self.left)
        self.spent = np.where(onset, 0, self.spent)
        self.will_mend = np.where(onset, mended, self.will_mend)

    def move_on(self, recovery_sessions: int) -> None:
        """Go to the next session: dips end, are repaired or stay, recoveries end."""
        self.left, self.spent = self.left - 1, self.spent + 1
        over = self.left <= 0
        ends = over & (self.phase == RUPTURE)
        recovered = over & (self.phase == RECOVERING)
        # A repair counts from the session after the dip on.
        self.repairs = self.repairs + (ends & self.will_mend)
        mended = RECOVERING if recovery_sessions else QUIET
        after = np.where(self.will_mend, mended, UNREPAIRED)
        self.phase = np.where(ends, after, np.where(recovered, QUIET, self.phase))
        self.left = np.where(ends, recovery_sessions, self.left)
        # The session after a dip is never the onset of the next: two dips are two episodes.
        self.may_begin = ~ends


def _share_of_depth(world: World, now: _Now) -> Floats:
    share = np.zeros(now.phase.shape)
    deepening = now.phase == RUPTURE
    steps = np.minimum(now.spent[deepening], world.onset_sessions) + 1
    share[deepening] = steps / (world.onset_sessions + 1)
    share[now.phase == UNREPAIRED] = world.persistence
    # The way up is a straight line over the sessions of recovery.
    fading = now.phase == RECOVERING
    share[fading] = now.left[fading] / (world.recovery_sessions + 1)
    return share


def _leaving(world: World, deviation: Floats, phase: Ints) -> Floats:
    logit = world.dropout_logit + world.dropout_level * deviation
    logit += world.dropout_unrepaired * (phase == UNREPAIRED)
    logit += world.dropout_rupture * (phase == RUPTURE)
    return 1 / (1 + np.exp(-logit))
