"""What a rupture log says of every pulse: reports as evidence in the gain's likelihood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alliance.model.fitting import LOGIT, Prior
from alliance.model.parameters import STAYS

Array = NDArray[np.float64]
# A pulse lasts one to five rated sessions; the last column is one that stays open.
KINDS = 6


def report_priors(source: str) -> dict[str, Prior]:
    """Return the parameters of one source, with weak priors.

    The chance that a rupture is reported at all, that a session of a reported one is, and that a
    session outside any rupture is.
    """
    return {
        f"{source}: sensitivity": Prior(link=LOGIT, centre=0.5, sd=1.0, step=1.0),
        f"{source}: sessions reported": Prior(link=LOGIT, centre=0.8, sd=0.7, step=1.0),
        f"{source}: false reports": Prior(link=LOGIT, centre=0.02, sd=1.0, step=1.0),
    }


@dataclass(frozen=True, eq=False, kw_only=True)
class Heard:
    """What one source says, and its slopes in the three parameters."""

    # (sessions, 6) and (3, sessions, 6): log chance of the reports if a pulse begins at the
    # session, by its length, against none.
    pulses: Array
    pulse_slopes: Array
    # (clients,) and (3, clients): log chance of a client's reports if there is no rupture.
    none: Array
    none_slopes: Array


def hear(reported: Array, starts: NDArray[np.int64], values: Array) -> Heard:
    """Return what one source says of every pulse.

    `reported` (sessions,): 1 where the source reported a rupture at the session, else 0. `starts`
    (clients + 1,). `values` (3,): sensitivity s, share q of a reported rupture's sessions that are,
    false reports f.

    With L the sum over the pulse's sessions of log (q / f) where reported and of
    log ((1 - q) / (1 - f)) where not, a pulse changes the chance of the reports by
    1 - s + s e^L. One that stays open hurts, and is reported, for a time of its own that goes
    on with probability `STAYS`.
    """
    s, q, f = values
    r = reported
    here = r * np.log(q / f) + (1 - r) * np.log((1 - q) / (1 - f))
    by_q, by_f = r / q - (1 - r) / (1 - q), (1 - r) / (1 - f) - r / f
    summed, in_q, in_f = (_by_length(each, starts) for each in (here, by_q, by_f))
    likely = np.exp(summed)
    stays = STAYS ** np.arange(KINDS - 1) * np.append(np.full(KINDS - 2, 1 - STAYS), 1.0)
    odds, odds_q, odds_f = (
        np.column_stack([each, each @ stays]) for each in (likely, likely * in_q, likely * in_f)
    )
    total = 1 - s + s * odds
    spoken = r * np.log(f) + (1 - r) * np.log(1 - f)
    zero = np.zeros(len(starts) - 1)
    return Heard(
        pulses=np.log(total),
        pulse_slopes=np.stack([odds - 1, s * odds_q, s * odds_f]) / total,
        none=np.add.reduceat(spoken, starts[:-1]),
        none_slopes=np.stack([zero, zero, -np.add.reduceat(by_f, starts[:-1])]),
    )


def _by_length(values: Array, starts: NDArray[np.int64]) -> Array:
    """Return sums over the session and up to four more of the same client."""
    summed = np.concatenate([[0.0], values.cumsum()])
    rows = np.arange(len(values))
    last = np.repeat(starts[1:], np.diff(starts))
    ends = [np.minimum(rows + length, last) for length in range(1, KINDS)]
    return np.column_stack([summed[end] - summed[rows] for end in ends])


def draw_reports(
    reported: NDArray[np.bool_], first: int, last: int, values: Array, rng: np.random.Generator
) -> None:
    """Write what one source reports of a pulse into its reports on a client's rated sessions."""
    s, q, _ = values
    if rng.random() < s:
        # What stays open is reported while it hurts.
        whole = last < len(reported) - 1
        end = last if whole else min(first + rng.geometric(1 - STAYS) - 1, last)
        reported[first : end + 1] = rng.random(end + 1 - first) < q
