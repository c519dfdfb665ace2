"""What a rupture log says of every pulse: reports as evidence in the gain's likelihood."""

from dataclasses import dataclass

import numpy as np

from alliance.arrays import Bools, Floats, Ints

# A pulse lasts one to five rated sessions; the last column is one that stays open.
KINDS = 6
# Parameters of one source; see `alliance.model.gain_parameters`.
RATES = 4


@dataclass(frozen=True, eq=False, kw_only=True)
class Heard:
    """What one source says, and its slopes in its parameters."""

    # (sessions, 6) and (4, sessions, 6): log chance of the reports if a pulse begins at the
    # session, by its length, against none.
    pulses: Floats
    pulse_slopes: Floats
    # (clients,) and (4, clients): log chance of a client's reports if there is no rupture.
    none: Floats
    none_slopes: Floats


def hear(reported: Floats, starts: Ints, values: Floats) -> Heard:
    """Return what one source says of every pulse.

    `reported` (sessions,): 1 where the source reported a rupture at the session, else 0. `starts`
    (clients + 1,). `values` (4,): sensitivity s, share q of a reported rupture's sessions that are,
    false reports f, and the probability g that one that stays open is reported once more.

    With L the sum over the pulse's sessions of log (q / f) where reported and of
    log ((1 - q) / (1 - f)) where not, a pulse changes the chance of the reports by
    1 - s + s e^L. One that stays open is reported for a time of its own, see `_open`.
    """
    s, q, f, g = values
    r = reported
    here = r * np.log(q / f) + (1 - r) * np.log((1 - q) / (1 - f))
    zero = np.zeros_like(r)
    slopes = np.stack([r / q - (1 - r) / (1 - q), (1 - r) / (1 - f) - r / f, zero])
    closed = np.stack([_by_length(each, starts) for each in (here, *slopes)])
    open_ = _open(here, slopes, starts, g)
    logs = np.concatenate([closed, open_[:, :, None]], axis=2)
    total = np.logaddexp(np.log(1 - s), np.log(s) + logs[0])
    share = np.exp(np.log(s) + logs[0] - total)
    spoken = r * np.log(f) + (1 - r) * np.log(1 - f)
    none = np.zeros((RATES, len(starts) - 1))
    none[2] = -np.add.reduceat(slopes[1], starts[:-1])
    return Heard(
        pulses=total,
        pulse_slopes=np.concatenate([[share / s - (1 - share) / (1 - s)], share * logs[1:]]),
        none=np.add.reduceat(spoken, starts[:-1]),
        none_slopes=none,
    )


def _by_length(values: Floats, starts: Ints) -> Floats:
    """Return sums over the session and up to four more of the same client."""
    summed = np.concatenate([[0.0], values.cumsum()])
    rows = np.arange(len(values))
    last = np.repeat(starts[1:], np.diff(starts))
    ends = [np.minimum(rows + length, last) for length in range(1, KINDS)]
    return np.column_stack([summed[end] - summed[rows] for end in ends])


def _open(here: Floats, slopes: Floats, starts: Ints, g: float) -> Floats:
    """Return the log odds of the reports of a rupture that stays open, and their slopes.

    With o_j the odds of row j, R_j = o_j (1 - g + g R_(j+1)) and R = 1 after the last row: the
    reports stop after each session with probability 1 - g, and so much of the rest counts.
    """
    found = np.concatenate([[here], slopes])
    for back in range(2, int(np.diff(starts).max()) + 1):
        at = starts[1:][np.diff(starts) >= back] - back
        after = found[:, at + 1]
        on = np.logaddexp(np.log(1 - g), np.log(g) + after[0])
        goes = np.exp(np.log(g) + after[0] - on)
        found[0, at] += on
        found[1:, at] += goes * after[1:]
        found[3, at] += goes / g - (1 - goes) / (1 - g)
    return found


def draw_reports(
    reported: Bools, first: int, last: int, values: Floats, rng: np.random.Generator
) -> None:
    """Write what one source reports of a pulse into its reports on a client's rated sessions."""
    s, q, _, g = values
    if rng.random() < s:
        whole = last < len(reported) - 1
        end = last if whole else min(first + rng.geometric(1 - g) - 1, last)
        reported[first : end + 1] = rng.random(end + 1 - first) < q
