"""The likelihood of a study's scores under a rung of assumptions, and every client's slopes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from alliance.arrays import Bools, Floats, Ints
from alliance.course import Courses
from alliance.errors import AllianceError
from alliance.model.gain_assumptions import Assumptions
from alliance.model.gain_parameters import Space, mean_columns, space
from alliance.model.gain_reports import KINDS, RATES, hear
from alliance.model.parameters import GAIN, MEAN
from alliance.ruptures.threads import in_threads

# So few are done as quickly as another thread is told of them.
CLIENTS_AT_ONCE = 50


@dataclass(frozen=True, eq=False, kw_only=True)
class Design:
    """A study as the likelihood takes it."""

    clients: Ints  # (clients,): which courses these are
    rows: Ints  # (sessions,): where each session stands in the scores of all
    starts: Ints  # (clients + 1,)
    # (sessions,): session numbers; log session numbers about their mean; standardised scores.
    times: Floats
    settled: Floats
    scores: Floats
    columns: Floats  # (sessions, columns): columns of the mean
    doses: Floats  # (clients, moderators): what a client's gain differs with
    # (clients,): therapist, couple or site; every client one of its own where none was told.
    clusters: Ints
    # (sources, sessions): 1 where a source reported a rupture at the session, else 0.
    reports: Floats
    ruptures: int
    space: Space

    def coefficients(self, values: Floats) -> Floats:
        """Return those of the columns of the mean, of parameters on their own scale."""
        return values[MEAN : MEAN + self.columns.shape[1]]

    def mean(self, values: Floats) -> Floats:
        """Return the mean score of every session, at parameters on their own scale."""
        return np.asarray(self.columns @ self.coefficients(values))


@dataclass(frozen=True, eq=False, kw_only=True)
class Traits:
    """What is known of the clients beside their scores; every array has one entry for each course."""

    # What level and growth differ with; what the gain differs with too. Numbers, best about their
    # mean and in their own SD.
    covariates: Mapping[str, Floats] = field(default_factory=dict)
    moderators: Mapping[str, Floats] = field(default_factory=dict)
    cluster: Ints | None = None  # Therapist, couple or site
    # By source, one entry for each session of the courses: 1 where a rupture was reported, else 0.
    reports: Mapping[str, Floats] = field(default_factory=dict)

    def columns(self, clients: Ints, of_row: Ints, logs: Floats) -> dict[str, Floats]:
        """Return level and growth by each covariate and moderator, one entry for each session."""
        found: dict[str, Floats] = {}
        for name, values in {**self.covariates, **self.moderators}.items():
            own = np.asarray(values, float)[clients][of_row]
            found |= {f"level by {name}": own, f"growth by {name}": own * logs}
        return found

    def doses(self, clients: Ints) -> Floats:
        """Return the moderators, shape (clients, moderators)."""
        values = [np.asarray(each, float)[clients] for each in self.moderators.values()]
        return np.column_stack(values) if values else np.empty((len(clients), 0))


def informative(courses: Courses) -> Bools:
    """Return which clients have two or more scores that are not all the same.

    Clients who always give the same answer say nothing about noise, and a model that must hold
    them takes everybody else's noise for ruptures.
    """
    spread = [np.ptp(courses.scores[a:b]) if b > a else 0.0 for a, b in pairwise(courses.offsets)]
    return np.array(spread) > 1e-9


def design(
    courses: Courses, assumptions: Assumptions, reliability: float, traits: Traits | None = None
) -> Design:
    """Return the informative clients of a study, laid out for the likelihood.

    `courses`: scores standardised so that higher is better, mean 0 and SD 1. `reliability`: of one
    session's score, between 0 and 1. Raises AllianceError if no client has scores that differ.
    """
    kept = np.flatnonzero(informative(courses))
    if not len(kept):
        raise AllianceError(
            "No client has two or more scores that differ, so nothing can be "
            "estimated.\nTo fix: check that the right column is taken as the scale."
        )
    starts, rows = np.append(0, courses.lengths[kept].cumsum()), courses.rows_of(kept)
    times = courses.sessions[rows].astype(float)
    logs = np.log(times)
    own = Traits() if traits is None else traits
    beside = own.columns(kept, np.repeat(np.arange(len(kept)), np.diff(starts)), logs)
    return Design(
        clients=kept,
        rows=rows,
        starts=starts,
        times=times,
        settled=logs - logs.mean(),
        scores=courses.scores[rows],
        columns=np.column_stack([_columns(times, starts, assumptions), *beside.values()]),
        doses=own.doses(kept),
        clusters=np.arange(len(kept)) if own.cluster is None else own.cluster[kept],
        reports=np.array([each[rows] for each in own.reports.values()]).reshape(-1, len(rows)),
        ruptures=assumptions.ruptures,
        space=space(
            assumptions,
            reliability,
            covariates=tuple(beside),
            moderators=tuple(f"gain by {name}" for name in own.moderators),
            sources=tuple(own.reports),
        ),
    )


def _columns(times: Floats, starts: Ints, assumptions: Assumptions) -> Floats:
    lengths = np.diff(starts)
    place = np.arange(len(times)) - np.repeat(starts[:-1], lengths)
    place = place / np.repeat(np.maximum(lengths - 1, 1), lengths)
    every = {
        "level": np.ones_like(times),
        "growth": np.log(times),
        "session_10": times / 10,
        "session_10_squared": (times / 10) ** 2,
        "place": place,
        "place_squared": place**2,
        "session_1": times == 1,
        "session_2": times == 2,
        "session_3": times == 3,
    }
    return np.column_stack([every[name] for name in mean_columns(assumptions)]).astype(float)


@dataclass(frozen=True, eq=False, kw_only=True)
class Known:
    """What the likelihood says of a study at some parameters."""

    logs: Floats  # (clients,)
    slopes: Floats  # (clients, parameters): on the free scale
    # (sessions, 6): probability of a rupture that begins at the session and lasts 1-5 rated
    # sessions; the last column: that stays open.
    chances: Floats
    # (sessions,): expected departure of the client's own course from the mean, ruptures and gains
    # apart.
    own: Floats


def known(study: Design, free: Floats, *, ruptures: int = 2, slopes: bool = True) -> Known:
    """Return every client's log likelihood at some parameters, on the free scale.

    `free` (parameters,). `ruptures`: at most so many a client, and never more than the study's
    assumptions allow. `slopes`: if False, only `logs` are right.
    """
    space = study.space
    values = space.natural(free)
    columns = study.columns.shape[1]
    last = len(values) - space.spoken
    heard = [
        hear(said, study.starts, own)
        for said, own in zip(study.reports, values[last:].reshape(-1, RATES), strict=True)
    ]
    said = sum((each.pulses for each in heard), start=np.zeros((len(study.scores), KINDS)))
    gains = values[GAIN] + study.doses @ values[MEAN + columns : last]
    two = min(ruptures, study.ruptures) == 2
    logs, raw, chances, own = _in_parts(study, said, values, gains, two, slopes)
    raw = np.column_stack([raw, raw[:, [GAIN]] * study.doses])
    for each in heard:
        # Fisher's identity: the expected slope in the chance of the reports, given everything.
        per_row = (each.pulse_slopes * chances).sum(axis=2)
        expected = np.add.reduceat(per_row, study.starts[:-1], axis=1)
        logs, raw = logs + each.none, np.column_stack([raw, (each.none_slopes + expected).T])
    return Known(logs=logs, slopes=raw * space.turn(values), chances=chances, own=own)


def _in_parts(
    study: Design, said: Floats, values: Floats, gains: Floats, two: bool, slopes: bool
) -> list[Floats]:
    """Return what the kernel says of all clients: many are taken in threads, some in each."""
    # Compiled at the first call (and kept on disk), so that importing alliance stays quick.
    from alliance.model import gain_kernel

    def one(part: slice) -> tuple[Floats, Floats, Floats, Floats]:
        starts = study.starts[part.start : part.stop + 1]
        rows = slice(starts[0], starts[-1])
        return gain_kernel.study(
            starts - starts[0],
            study.times[rows],
            study.settled[rows],
            study.scores[rows],
            study.columns[rows],
            values[:GAIN],
            study.coefficients(values),
            gains[part],
            study.space.fade,
            two,
            slopes,
            said[rows],
        )

    # Parts of equal work, which grows with the cube of a length: the longest may stand together.
    work, number = np.cumsum(np.diff(study.starts) ** 3.0), -(-len(gains) // CLIENTS_AT_ONCE)
    cuts = np.searchsorted(work, work[-1] * np.arange(1, number) / number)
    parts = [slice(a, b) for a, b in pairwise([0, *cuts.tolist(), len(gains)])]
    told = in_threads(one, parts, workers=1 if len(parts) == 1 else None)
    return [np.concatenate(values) for values in zip(*told, strict=True)]


def by_row(starts: Ints, chances: Floats) -> tuple[Floats, Floats]:
    """Turn chances by first row and length into those of lying in a rupture, and of one ended."""
    within, ended = np.zeros((2, len(chances)))
    lengths = np.diff(starts)
    for length in np.unique(lengths):
        rows = starts[:-1][lengths == length][:, None] + np.arange(length)
        begun = chances[rows].cumsum(axis=1)
        for after in range(1, chances.shape[1]):
            over = np.zeros(rows.shape)
            # What began `after` rows ago and lasted as long is over here.
            over[:, after:] = begun[:, :-after, after - 1]
            within[rows] += begun[:, :, after - 1] - over
            ended[rows] += over
        within[rows] += begun[:, :, -1]
    return within, ended
