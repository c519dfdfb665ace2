"""The ruptures a course can hold, compiled: none, every single one, every two, weighed."""

import math
from typing import NamedTuple

import numpy as np

from alliance.arrays import Floats
from alliance.model.gain_vectors import Node, compiled
from alliance.model.parameters import AT, STAYS

LONGEST = 5
# A pair of pulses this far (log) below the likeliest single one adds less than 1e-9.
NEGLIGIBLE = -22.0
OVERFLOWING = 500.0


class Pulses(NamedTuple):
    """Every pulse of a course, by first row; `begin[f]` is where those of row f stand.

    `end` is the place among the 4 n vectors of what the pulse's start is diminished by.

    `mends` and `lasts` are the shares of one unit of hazard that fall on it, repaired or not.
    """

    first: np.ndarray
    last: np.ndarray
    end: np.ndarray
    begin: np.ndarray
    mends: np.ndarray
    lasts: np.ndarray
    rates: np.ndarray


def pulses_in(t: Floats, theta: Floats) -> Pulses:
    """Return every pulse and its prior rate.

    A rupture can begin at any session, rated or missed, after the last rated one before it; if
    it will be repaired it goes on to each next session with probability `STAYS`.
    """
    n = len(t)
    count = 0
    for f in range(1, n):
        count += max(min(LONGEST, n - 1 - f), 0) + 1
    first, last = np.empty(count, np.int64), np.empty(count, np.int64)
    end = np.empty(count, np.int64)
    mends, lasts, rates = np.zeros(count), np.zeros(count), np.zeros(count)
    begin = np.empty(n + 3, np.int64)
    begin[0] = 0
    begin[n], begin[n + 1], begin[n + 2] = count, count, count
    h = 0
    for f in range(1, n):
        begin[f] = h
        since = t[f] - t[f - 1]
        # Beginnings at each session since the last rating that still last here: 1 + q + q^2 + ...
        begun = (1 - STAYS**since) / (1 - STAYS)
        for stop in range(f, min(f + LONGEST, n - 1)):
            first[h], last[h], end[h] = f, stop, n + stop
            ends = 1 - STAYS ** (t[stop + 1] - t[stop])
            mends[h] = begun * STAYS ** (t[stop] - t[f]) * ends
            h += 1
        first[h], last[h], end[h] = f, n - 1, 3 * n + f
        mends[h], lasts[h] = begun * STAYS ** (t[n - 1] - t[f]), since
        h += 1
    for h in range(count):
        rates[h] = theta[AT.hazard] * (
            theta[AT.repaired] * mends[h] + (1 - theta[AT.repaired]) * lasts[h]
        )
    return Pulses(first, last, end, begin, mends, lasts, rates)


pulses_of = compiled(pulses_in)


@compiled
def prior(pulses: Pulses, two: bool, in_rate: Floats) -> float:
    """Return 1 + L1 + L2, L2 summed over pairs a rated row apart; fill its slope in each rate."""
    n = len(pulses.begin) - 3
    count = len(pulses.rates)
    after, before = np.zeros(n + 3), np.zeros(n + 3)
    for h in range(count):
        after[pulses.first[h]] += pulses.rates[h]
    for f in range(n - 1, -1, -1):
        after[f] += after[f + 1]
    total: float = 1.0 + after[0]
    for h in range(count):
        in_rate[h] = 1.0
        if two:
            # One rated session without a rupture lies between two pulses.
            follows = pulses.last[h] + 2
            total += pulses.rates[h] * after[follows]
            in_rate[h] += after[follows]
            before[follows] += pulses.rates[h]
    for f in range(1, n):
        before[f] += before[f - 1]
    for h in range(count):
        in_rate[h] += before[pulses.first[h]]
    return total


@compiled
def heard_of(pulses: Pulses, heard: Floats) -> Floats:
    """Return what the reports say of every pulse, from its first row and length."""
    n, found = len(heard), np.empty(len(pulses.first))
    for h in range(len(pulses.first)):
        f, last = pulses.first[h], pulses.last[h]
        found[h] = heard[f, LONGEST if last == n - 1 else last - f]
    return found


@compiled
def evidence(pulses: Pulses, node: Node, theta: Floats, delta: float, heard: Floats) -> Floats:
    """Return pull, hold and shift of every pulse, and the log of its Bayes factor x sqrt(hold T).

    With T = (spread m)^2 the variance of depths, pull = m / T - u' P r + delta u' P v,
    hold = u' P u + 1 / T, shift = heard + delta v' P r - delta^2 v' P v / 2:

        log BF = shift + (pull^2 / hold - log(hold T) - m^2 / T) / 2

    The mean depth given the pulse is pull / hold, its variance 1 / hold.
    """
    count, n = len(pulses.first), len(node.P)
    m, T = theta[AT.depth], (theta[AT.depth_spread] * theta[AT.depth]) ** 2
    told = np.empty((4, count))
    K, FPr = node.gram, node.FPr
    for h in range(count):
        s, e, v = pulses.first[h], pulses.end[h], 2 * n + pulses.last[h]
        pull = m / T - FPr[s] + FPr[e] + delta * (K[s, v] - K[e, v])
        hold = K[s, s] - 2 * K[s, e] + K[e, e] + 1 / T
        shift = heard[h] + (delta * FPr[v] - 0.5 * delta**2 * K[v, v])
        told[0, h], told[1, h], told[2, h] = pull, hold, shift
        told[3, h] = shift + 0.5 * (pull**2 / hold - m**2 / T)
    return told


@compiled
def weigh(
    pulses: Pulses,
    K: Floats,
    told: Floats,
    theta: Floats,
    delta: float,
    two: bool,
    with_slopes: bool,
    known: Floats,
    moments: Floats,
) -> float:
    """Weigh no rupture, every single one and every pair; return the log of their summed weight.

    Fill `known`: the probability of each pulse, and that times the means of its depth and
    squared depth; and the second moments of the coefficients on S, E, V and R.
    """
    count = len(pulses.first)
    m, T = theta[AT.depth], (theta[AT.depth_spread] * theta[AT.depth]) ** 2
    top = 0.0
    for h in range(count):
        top = max(top, told[3, h])
    while True:
        known[:] = 0.0
        moments[:] = 0.0
        total = math.exp(-top)
        for h in range(count):
            weight = pulses.rates[h] * math.exp(told[3, h] - top) / math.sqrt(told[1, h] * T)
            mean = told[0, h] / told[1, h]
            known[0, h] = weight
            known[1, h] = weight * mean
            known[2, h] = weight * (mean**2 + 1 / told[1, h])
            total += weight
        highest = top
        if two:
            given = (m, T, delta, top)
            added, highest = _pairs(pulses, K, told, given, with_slopes, known, moments)
            total += added
        # A pair may fit far better than any single pulse: then begin again from its height.
        if highest - top < OVERFLOWING:
            break
        top = highest
    if with_slopes:
        _gather(known, moments, pulses, total)
    return top + math.log(total)


@compiled
def _solve(
    one: int, begin: int, pulses: Pulses, K: Floats, told: Floats, delta: float, pair: Floats
) -> None:
    """Fill mean depths, inverse determinant, tie and exponent of one pulse with each later one.

    The second pulse pulls on the first through u1' P u2 (tie) and the first one's gain stands
    under the second: two equations for the mean depths D1 and D2, with determinant
    hold1 hold2 - tie^2. The covariance of the two depths is -tie over the determinant.
    """
    n = len(K) // 4
    s1, e1, v1 = pulses.first[one], pulses.end[one], 2 * n + pulses.last[one]
    hold1 = told[1, one]
    for other in range(begin, len(pulses.first)):
        s2, e2, v2 = pulses.first[other], pulses.end[other], 2 * n + pulses.last[other]
        tie = (K[s1, s2] - K[e1, s2]) - (K[s1, e2] - K[e1, e2])
        pull1 = told[0, one] + delta * (K[s1, v2] - K[e1, v2])
        pull2 = told[0, other] + delta * (K[v1, s2] - K[v1, e2])
        # Cramer's rule for the two mean depths.
        inverse = 1 / (hold1 * told[1, other] - tie**2)
        D1 = (pull1 * told[1, other] - pull2 * tie) * inverse
        D2 = (pull2 * hold1 - pull1 * tie) * inverse
        exponent = told[2, other] - delta**2 * K[v1, v2] + 0.5 * (pull1 * D1 + pull2 * D2)
        pair[0, other], pair[1, other], pair[2, other] = D1, D2, inverse
        pair[3, other], pair[4, other] = tie, exponent


@compiled
def _pairs(
    pulses: Pulses,
    K: Floats,
    told: Floats,
    given: tuple[float, float, float, float],
    with_slopes: bool,
    known: Floats,
    moments: Floats,
) -> tuple[float, float]:
    """Add every pair of pulses a rated row apart; return its summed weight and highest exponent."""
    n, count = len(K) // 4, len(pulses.first)
    m, T, delta, top = given
    total, highest = 0.0, top
    along_u, along_v, pair = np.empty(4 * n), np.empty(4 * n), np.empty((5, count))
    for one in range(count):
        s1, e1, v1 = pulses.first[one], pulses.end[one], 2 * n + pulses.last[one]
        begin = pulses.begin[pulses.last[one] + 2]
        if begin == count:
            continue
        hold1 = told[1, one]
        _solve(one, begin, pulses, K, told, delta, pair)
        for j in range(4 * n):
            along_u[j], along_v[j] = 0.0, 0.0
        # What does not depend on the second pulse is added up once.
        fixed = told[2, one] - m**2 / T - top
        weights, depths, squares = 0.0, 0.0, 0.0
        for other in range(begin, count):
            exponent = pair[4, other] + fixed
            if exponent < NEGLIGIBLE:
                continue
            highest = max(highest, exponent + top)
            D1, D2, inverse = pair[0, other], pair[1, other], pair[2, other]
            rate = pulses.rates[one] * pulses.rates[other]
            weight = rate * math.exp(exponent) * math.sqrt(inverse) / T
            total += weight
            if with_slopes:
                s2, e2, v2 = pulses.first[other], pulses.end[other], 2 * n + pulses.last[other]
                # E[d1 d2] = D1 D2 + cov(d1, d2)
                crossed = weight * (D1 * D2 - pair[3, other] * inverse)
                along_u[s2] += crossed
                along_u[e2] += crossed
                along_u[v2] += weight * D1
                along_v[s2] += weight * D2
                along_v[e2] += weight * D2
                along_v[v2] += weight
                weights += weight
                depths += weight * D1
                squares += weight * (D1**2 + told[1, other] * inverse)
                known[0, other] += weight
                known[1, other] += weight * D2
                known[2, other] += weight * (D2**2 + hold1 * inverse)
        if with_slopes:
            known[0, one] += weights
            known[1, one] += depths
            known[2, one] += squares
            for j in range(4 * n):
                moments[s1, j] += along_u[j]
                moments[e1, j] += along_u[j]
                moments[v1, j] += along_v[j]
    return total, highest


@compiled
def _gather(known: Floats, moments: Floats, pulses: Pulses, total: float) -> None:
    """Share out to 1, make the moments of pairs symmetric, add those of a pulse with itself."""
    n, count = len(moments) // 4, len(pulses.first)
    for i in range(4 * n):
        for j in range(i + 1):
            both = (moments[i, j] + moments[j, i]) / total
            moments[i, j], moments[j, i] = both, both
    for h in range(count):
        s, e, v = pulses.first[h], pulses.end[h], 2 * n + pulses.last[h]
        for kind in range(3):
            known[kind, h] /= total
        weight, depth, square = known[0, h], known[1, h], known[2, h]
        moments[s, s] += square
        moments[e, e] += square
        moments[s, e] += square
        moments[e, s] += square
        moments[s, v] += depth
        moments[v, s] += depth
        moments[e, v] += depth
        moments[v, e] += depth
        moments[v, v] += weight


@compiled
def lay_out(chances: Floats, pulses: Pulses, counts: Floats) -> None:
    """Add the probability of every pulse, by first row and by length; last column: open."""
    n = len(chances)
    for h in range(len(counts)):
        f, last = pulses.first[h], pulses.last[h]
        chances[f, LONGEST if last == n - 1 else last - f] += counts[h]
