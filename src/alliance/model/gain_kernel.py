"""The likelihood of each client's scores and its slopes, compiled: ruptures with a lasting gain.

Every vector of the model is a sum of steps ``H_s(j) = 1 for rows j >= s``, so every bilinear form
under a precision P is a difference of ``C[s, s'] = H_s' P H_s'``, the two-way cumulative sum of P
from the end. Four families of n vectors each are built from them (n rated sessions):

    S_f  the start of a rupture at row f: H_f, smeared by the lead of its onset,
    E_l  its end after row l: H_(l+1), smeared by the tail of its recovery,
    V_l  the rows after its end, where the gain stands: H_(l+1),
    R_f  what an unrepaired rupture gives back: (1 - remains) of its depth, half of that in the
         row after f, a quarter in the next ...

A pulse that is repaired runs from f to l: it has the shape u = S_f - E_l and the gain v = V_l.
One that stays open has the shape u = S_f - R_f and no gain. With depths d, the noise is

    e = y - X beta + sum_h d_h u_h - delta sum_h v_h,    e ~ N(0, V_k) at volatility node k,

and a set of pulses has prior weight proportional to the product of its rates, none 1.

One file on purpose: a compiled function is kept until its own file changes, so everything that it
calls must stand here.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

(
    LEVEL_SD,
    GROWTH_SD,
    CORRELATION,
    CARRY_OVER_SD,
    CARRY_OVER,
    ERROR_SD,
    VOLATILITY,
    WALK_SD,
    SETTLING,
    DEPTH,
    DEPTH_SPREAD,
    HAZARD,
    REPAIRED,
    TAIL,
    LEAD,
    REMAINS,
    GAIN,
    MEAN,
) = range(18)
LONGEST = 5
STAYS = 0.5
WALK_SESSIONS = 10.0
# A pair of pulses this far (log) below the likeliest single one adds less than 1e-9.
NEGLIGIBLE = -22.0
OVERFLOWING = 500.0
# Three-point Gauss rule for the absolute value of a standard normal number.
NODES = np.array([0.2694842630110794, 1.1996092953898530, 2.5452684464369693])
WEIGHTS = np.array([0.5032907008989734, 0.4473665328953806, 0.0493427662056459])


compiled = njit(cache=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz", "arcp"})


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


class Noise(NamedTuple):
    """Covariances of a course: Z G Z' + walk; at volatility 1 fluctuation (SD 1) and error (SD 1).

    `logs` are log session numbers, `settled` those about the study's mean.
    """

    logs: np.ndarray
    settled: np.ndarray
    between: np.ndarray
    carried: np.ndarray
    error: np.ndarray


class Node(NamedTuple):
    """The Gaussian part at one volatility node, with r = y - X beta.

    `steps[s]` is H_s' P F, every step against the 4 n vectors F of the families S, E, V, R; `gram`
    is F' P F.
    """

    P: np.ndarray
    HPr: np.ndarray
    FPr: np.ndarray
    steps: np.ndarray
    gram: np.ndarray
    log_density: float


@compiled
def study(starts, times, settled, scores, design, theta, beta, gains, fade, two, with_slopes):
    """Return each client's log likelihood, its slopes and what is known of the ruptures.

    Parameters
    ----------
    starts : array of int, shape (clients + 1,)
    times, settled, scores : array, shape (sessions,)
        Session numbers; log session numbers about their mean (for noise that settles); scores.
    design : array, shape (sessions, columns)
        Columns of the mean.
    theta, beta, gains : array
        Parameters up to `REMAINS` in the order above; coefficients of the mean; clients' gains.
    fade : array, shape (3,)
        Shares of tail and lead in the three rows next to a pulse.
    two : bool
        At most two ruptures a client, or one.
    with_slopes : bool

    Returns
    -------
    logs : array, shape (clients,)
    slopes : array, shape (clients, `MEAN` + columns)
    chances : array, shape (sessions, `LONGEST` + 1)
        Probability of the pulse by its first row and its length less 1; last column: open.
    own : array, shape (sessions,)
        Expected departure of the client's own course from the mean, ruptures and gains apart.
    """
    clients, columns = len(starts) - 1, design.shape[1]
    logs = np.empty(clients)
    slopes = np.zeros((clients, MEAN + columns))
    chances, own = np.zeros((len(scores), LONGEST + 1)), np.zeros(len(scores))
    bends = _bends(fade)
    for i in range(clients):
        a, b = starts[i], starts[i + 1]
        logs[i] = _client(
            times[a:b],
            settled[a:b],
            scores[a:b],
            design[a:b],
            theta,
            beta,
            gains[i],
            bends,
            two,
            with_slopes,
            slopes[i],
            chances[a:b],
            own[a:b],
        )
    return logs, slopes, chances, own


@compiled
def _client(t, settled, y, X, theta, beta, delta, bends, two, with_slopes, slopes, chances, own):
    """Return one client's log likelihood; fill its slopes, chances and own course."""
    n, nodes = len(t), len(NODES)
    pulses = pulses_of(t, theta)
    count = len(pulses.first)
    in_prior, counts = np.empty(count), np.zeros(count)
    total = _prior(pulses, two, in_prior)
    noise = _noise(t, settled, theta)
    r = _residual(y, X, beta)
    ends = _ends(theta, bends)
    log_likelihood = -np.inf
    part, part_own = np.empty(len(slopes)), np.empty(n)
    known, moments = np.empty((3, count)), np.empty((4 * n, 4 * n))
    for k in range(nodes):
        square = math.exp(2 * theta[VOLATILITY] * NODES[k])
        node = _node(_covariance(noise, theta, square), r, ends)
        told = _evidence(pulses, node, theta, delta)
        summed = _weigh(pulses, node.gram, told, theta, delta, two, with_slopes, known, moments)
        joint = math.log(WEIGHTS[k]) + node.log_density + summed
        # Running posterior mean over nodes: what came before keeps the share exp(old - new).
        higher, lower = max(joint, log_likelihood), min(joint, log_likelihood)
        new = higher + math.log1p(math.exp(lower - higher))
        kept, share = math.exp(log_likelihood - new), math.exp(joint - new)
        log_likelihood = new
        if with_slopes:
            part[:], part_own[:] = 0.0, 0.0
            first = _first_moments(known, pulses, n)
            _shape_slopes(part, node, first, moments, bends, delta)
            _depth_slopes(part, known, theta)
            mean, second = _noise_moments(r, first, moments, ends, delta)
            _mean_slopes(part, part_own, X, node.P, mean, noise.between)
            A = _in_covariance(node.P, second)
            _covariance_slopes(part, A, square, NODES[k], t, noise, theta)
            _mix(slopes, part, kept, share)
            _mix(own, part_own, kept, share)
            _mix(counts, known[0], kept, share)
    if with_slopes:
        _rate_slopes(slopes, counts, in_prior, total, pulses, theta)
        _lay_out(chances, pulses, counts)
    return log_likelihood - math.log(total)


@compiled
def _mix(kept_so_far, fresh, kept, share):
    for i in range(len(fresh)):
        kept_so_far[i] = kept * kept_so_far[i] + share * fresh[i]


@compiled
def pulses_of(t, theta):
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
        rates[h] = theta[HAZARD] * (theta[REPAIRED] * mends[h] + (1 - theta[REPAIRED]) * lasts[h])
    return Pulses(first, last, end, begin, mends, lasts, rates)


@compiled
def _prior(pulses, two, in_rate):
    """Return 1 + L1 + L2, L2 summed over pairs a rated row apart; fill its slope in each rate."""
    n = len(pulses.begin) - 3
    count = len(pulses.rates)
    after, before = np.zeros(n + 3), np.zeros(n + 3)
    for h in range(count):
        after[pulses.first[h]] += pulses.rates[h]
    for f in range(n - 1, -1, -1):
        after[f] += after[f + 1]
    total = 1.0 + after[0]
    for h in range(count):
        in_rate[h] = 1.0
        if two:
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
def _noise(t, settled, theta):
    """Return the covariances of a course, at volatility 1 those of fluctuation and error."""
    n = len(t)
    level, growth = theta[LEVEL_SD] ** 2, theta[GROWTH_SD] ** 2
    tie = theta[CORRELATION] * theta[LEVEL_SD] * theta[GROWTH_SD]
    step = theta[WALK_SD] ** 2 / WALK_SESSIONS
    log_carry = math.log(theta[CARRY_OVER])
    logs, loud = np.empty(n), np.empty(n)
    between, carried, error = np.empty((n, n)), np.empty((n, n)), np.empty(n)
    for i in range(n):
        logs[i] = math.log(t[i])
        loud[i] = math.exp(theta[SETTLING] * settled[i])
        error[i] = loud[i] ** 2
        for j in range(i + 1):
            x, z = logs[i], logs[j]
            between[i, j] = level + tie * (x + z) + growth * x * z + step * (t[j] - 1)
            carried[i, j] = loud[i] * loud[j] * math.exp(log_carry * (t[i] - t[j]))
            between[j, i], carried[j, i] = between[i, j], carried[i, j]
    return Noise(logs, settled, between, carried, error)


@compiled
def _covariance(noise, theta, square):
    """Return V = Z G Z' + walk + square (fluctuation + error)."""
    n = len(noise.error)
    V = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            V[i, j] = noise.between[i, j] + square * theta[CARRY_OVER_SD] ** 2 * noise.carried[i, j]
        V[i, i] += square * theta[ERROR_SD] ** 2 * noise.error[i]
    return V


@compiled
def _residual(y, X, beta):
    r = y.copy()
    for j in range(len(r)):
        for c in range(len(beta)):
            r[j] -= beta[c] * X[j, c]
    return r


@compiled
def _inverse(V):
    """Turn a covariance into its inverse in place (Gauss-Jordan); return its log determinant."""
    n = len(V)
    log_det = 0.0
    for k in range(n):
        pivot = V[k, k]
        log_det += math.log(pivot)
        V[k, k] = 1.0
        for j in range(n):
            V[k, j] /= pivot
        for i in range(n):
            if i != k:
                factor = V[i, k]
                V[i, k] = 0.0
                for j in range(n):
                    V[i, j] -= factor * V[k, j]
    return log_det


@compiled
def _ends(theta, bends):
    """Return S_f on the steps H_f, H_(f-1), ..., and E_l, R_l on H_(l+1), H_(l+2), ..."""
    ends = np.zeros((3, 4))
    ends[0, 0], ends[1, 0] = 1.0, 1.0
    for k in range(4):
        ends[0, k] += theta[LEAD] * bends[0, k]
        ends[1, k] += theta[TAIL] * bends[1, k]
        ends[2, k] += (theta[REMAINS] - 1) * bends[2, k]
    return ends


@compiled
def _node(V, r, ends):
    """Return precision, Gram matrix of the families, and log density without ruptures."""
    n = len(r)
    log_det = _inverse(V)
    C, HPr, FPr = np.zeros((n + 1, n + 1)), np.zeros(n + 1), np.zeros(4 * n)
    distance = 0.0
    for i in range(n - 1, -1, -1):
        row, pulled = 0.0, 0.0
        for j in range(n - 1, -1, -1):
            row += V[i, j]
            pulled += V[i, j] * r[j]
            C[i, j] = C[i + 1, j] + row
        distance += pulled * r[i]
        HPr[i] = HPr[i + 1] + pulled
    steps, gram = np.zeros((n + 1, 4 * n)), np.zeros((4 * n, 4 * n))
    for s in range(n):
        for k in range(4):
            for m in range(n):
                steps[s, m] += ends[0, k] * C[s, max(m - k, 0)]
            for m in range(n - 1 - k):
                steps[s, n + m] += ends[1, k] * C[s, m + 1 + k]
                steps[s, 3 * n + m] += ends[2, k] * C[s, m + 1 + k]
        for m in range(n):
            steps[s, 2 * n + m] = C[s, m + 1]
    for m in range(n):
        for k in range(4):
            before, after = max(m - k, 0), min(m + 1 + k, n)
            FPr[m] += ends[0, k] * HPr[before]
            FPr[n + m] += ends[1, k] * HPr[after]
            FPr[3 * n + m] += ends[2, k] * HPr[after]
            for j in range(4 * n):
                gram[m, j] += ends[0, k] * steps[before, j]
            for j in range(4 * n):
                gram[n + m, j] += ends[1, k] * steps[after, j]
                gram[3 * n + m, j] += ends[2, k] * steps[after, j]
        FPr[2 * n + m] = HPr[m + 1]
        for j in range(4 * n):
            gram[2 * n + m, j] = steps[m + 1, j]
    quiet = -0.5 * (log_det + distance + n * math.log(2 * math.pi))
    return Node(V, HPr, FPr, steps, gram, quiet)


@compiled
def _evidence(pulses, node, theta, delta):
    """Return pull, hold and shift of every pulse, and the log of its Bayes factor x sqrt(hold T).

    With T = (spread m)^2 the variance of depths, pull = m / T - u' P r + delta u' P v,
    hold = u' P u + 1 / T, shift = delta v' P r - delta^2 v' P v / 2:

        log BF = shift + (pull^2 / hold - log(hold T) - m^2 / T) / 2

    The mean depth given the pulse is pull / hold, its variance 1 / hold.
    """
    count, n = len(pulses.first), len(node.P)
    m, T = theta[DEPTH], (theta[DEPTH_SPREAD] * theta[DEPTH]) ** 2
    told = np.empty((4, count))
    K, FPr = node.gram, node.FPr
    for h in range(count):
        s, e, v = pulses.first[h], pulses.end[h], 2 * n + pulses.last[h]
        pull = m / T - FPr[s] + FPr[e] + delta * (K[s, v] - K[e, v])
        hold = K[s, s] - 2 * K[s, e] + K[e, e] + 1 / T
        shift = delta * FPr[v] - 0.5 * delta**2 * K[v, v]
        told[0, h], told[1, h], told[2, h] = pull, hold, shift
        told[3, h] = shift + 0.5 * (pull**2 / hold - m**2 / T)
    return told


@compiled
def _weigh(pulses, K, told, theta, delta, two, with_slopes, known, moments):
    """Weigh no rupture, every single one and every pair; return the log of their summed weight.

    Fill `known`: the probability of each pulse, and that times the means of its depth and
    squared depth; and the second moments of the coefficients on S, E, V and R.
    """
    count = len(pulses.first)
    m, T = theta[DEPTH], (theta[DEPTH_SPREAD] * theta[DEPTH]) ** 2
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
        if highest - top < OVERFLOWING:
            break
        top = highest
    if with_slopes:
        _gather(known, moments, pulses, total)
    return top + math.log(total)


@compiled
def _pairs(pulses, K, told, given, with_slopes, known, moments):
    """Add every pair of pulses a rated row apart; return its summed weight and highest exponent.

    The second pulse pulls on the first through u1' P u2 (tie) and the first one's gain stands
    under the second: two equations for the mean depths D1 and D2, with determinant
    hold1 hold2 - tie^2. The covariance of the two depths is -tie over the determinant.
    """
    n, count = len(K) // 4, len(pulses.first)
    m, T, delta, top = given
    total, highest = 0.0, top
    u1, along_u, along_v = np.empty(4 * n), np.empty(4 * n), np.empty(4 * n)
    pair = np.empty((5, count))
    for one in range(count):
        s1, e1, v1 = pulses.first[one], pulses.end[one], 2 * n + pulses.last[one]
        begin = pulses.begin[pulses.last[one] + 2]
        if begin == count:
            continue
        for j in range(4 * n):
            u1[j] = K[s1, j] - K[e1, j]
            along_u[j], along_v[j] = 0.0, 0.0
        hold1 = told[1, one]
        for other in range(begin, count):
            s2, e2, v2 = pulses.first[other], pulses.end[other], 2 * n + pulses.last[other]
            tie = u1[s2] - u1[e2]
            pull1 = told[0, one] + delta * u1[v2]
            pull2 = told[0, other] + delta * (K[v1, s2] - K[v1, e2])
            inverse = 1 / (hold1 * told[1, other] - tie**2)
            D1 = (pull1 * told[1, other] - pull2 * tie) * inverse
            D2 = (pull2 * hold1 - pull1 * tie) * inverse
            exponent = told[2, other] - delta**2 * K[v1, v2] + 0.5 * (pull1 * D1 + pull2 * D2)
            pair[0, other], pair[1, other], pair[2, other] = D1, D2, inverse
            pair[3, other], pair[4, other] = tie, exponent
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
def _gather(known, moments, pulses, total):
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
def _first_moments(known, pulses, n):
    """Return the mean coefficients on S, E, R (depths) and V (closed pulses)."""
    first = np.zeros(4 * n)
    for h in range(len(pulses.first)):
        first[pulses.first[h]] += known[1, h]
        first[pulses.end[h]] += known[1, h]
        first[2 * n + pulses.last[h]] += known[0, h]
    return first


@compiled
def _shape_slopes(slopes, node, first, M, bends, delta):
    """Fill the slopes in gain, tail, lead and remains (Fisher's identity).

    delta:  sum_l V_l' P E[e];  tail: sum_l dE_l' P E[d e];  lead: -sum_f dS_f' P E[d e];
    remains: sum_f dR_f' P E[d e]
    """
    n = len(node.P)
    K, steps = node.gram, node.steps
    signs = np.empty(4 * n)
    for m in range(n):
        signs[m], signs[n + m], signs[2 * n + m], signs[3 * n + m] = 1.0, -1.0, -delta, -1.0
    for q in range(n):
        gained = node.FPr[2 * n + q] * first[2 * n + q]
        for j in range(4 * n):
            gained += signs[j] * M[2 * n + q, j] * K[2 * n + q, j]
        slopes[GAIN] += gained
        for k in range(4):
            before, after = max(q - k, 0), min(q + 1 + k, n)
            led, trailed = first[q] * node.HPr[before], first[n + q] * node.HPr[after]
            kept = first[3 * n + q] * node.HPr[after]
            for j in range(4 * n):
                led += signs[j] * M[q, j] * steps[before, j]
                trailed += signs[j] * M[n + q, j] * steps[after, j]
                kept += signs[j] * M[3 * n + q, j] * steps[after, j]
            slopes[LEAD] -= bends[0, k] * led
            slopes[TAIL] += bends[1, k] * trailed
            slopes[REMAINS] += bends[2, k] * kept


@compiled
def _depth_slopes(slopes, known, theta):
    """Fill the slopes in mean and spread of depths, which are N(m, (c m)^2)."""
    m, c = theta[DEPTH], theta[DEPTH_SPREAD]
    for h in range(known.shape[1]):
        chance, depth, square = known[0, h], known[1, h], known[2, h]
        slopes[DEPTH] += (square - m * depth) / (c**2 * m**3) - chance / m
        squared = square - 2 * m * depth + m**2 * chance
        slopes[DEPTH_SPREAD] += squared / (c**3 * m**2) - chance / c


@compiled
def _noise_moments(r, first, M, ends, delta):
    """Return E[e] and E[e e']: the coefficients on steps, summed up row by row."""
    n = len(r)
    half, square = np.zeros((n + 1, 4 * n)), np.zeros((n, n + 4))
    mean = np.zeros(n + 1)
    for q in range(n):
        for k in range(4):
            before, after = max(q - k, 0), min(q + 1 + k, n)
            mean[before] += ends[0, k] * first[q]
            mean[after] -= ends[1, k] * first[n + q] + ends[2, k] * first[3 * n + q]
            for j in range(4 * n):
                half[before, j] += ends[0, k] * M[q, j]
            for j in range(4 * n):
                half[after, j] -= ends[1, k] * M[n + q, j] + ends[2, k] * M[3 * n + q, j]
        mean[q + 1] -= delta * first[2 * n + q]
        for j in range(4 * n):
            half[q + 1, j] -= delta * M[2 * n + q, j]
    for i in range(n):
        for k in range(4):
            for q in range(n):
                square[i, max(q - k, 0)] += ends[0, k] * half[i, q]
            for q in range(n - 1 - k):
                square[i, q + 1 + k] -= ends[1, k] * half[i, n + q]
                square[i, q + 1 + k] -= ends[2, k] * half[i, 3 * n + q]
        for q in range(n):
            square[i, q + 1] -= delta * half[i, 2 * n + q]
    for i in range(1, n):
        mean[i] += mean[i - 1]
        for j in range(n):
            square[i, j] += square[i - 1, j]
    for i in range(n):
        run = 0.0
        for j in range(n):
            run += square[i, j]
            square[i, j] = run + r[i] * r[j] + r[i] * mean[j] + mean[i] * r[j]
    for i in range(n):
        mean[i] += r[i]
    return mean, square


@compiled
def _in_covariance(P, second):
    """Return A = (P E[e e'] P - P) / 2, the slope in the covariance."""
    n = len(P)
    half, A = np.zeros((n, n)), np.zeros((n, n))
    for i in range(n):
        for m in range(n):
            for j in range(n):
                half[i, j] += P[i, m] * second[m, j]
    for i in range(n):
        for m in range(n):
            for j in range(n):
                A[i, j] += half[i, m] * P[m, j]
        for j in range(n):
            A[i, j] = 0.5 * (A[i, j] - P[i, j])
    return A


@compiled
def _covariance_slopes(slopes, A, square, node, t, noise, theta):
    """Fill the slopes in the covariance: sums of A times its derivatives."""
    n = len(t)
    level, both, growth, walk = 0.0, 0.0, 0.0, 0.0
    carried, lagged, error, carried_settling, error_settling = 0.0, 0.0, 0.0, 0.0, 0.0
    logs, settled = noise.logs, noise.settled
    for i in range(n):
        for j in range(n):
            a = A[i, j]
            level += a
            both += a * (logs[i] + logs[j])
            growth += a * logs[i] * logs[j]
            walk += a * (min(t[i], t[j]) - 1)
            kept = a * noise.carried[i, j]
            carried += kept
            lagged += kept * abs(t[i] - t[j])
            carried_settling += kept * (settled[i] + settled[j])
        error += A[i, i] * noise.error[i]
        error_settling += 2 * A[i, i] * noise.error[i] * settled[i]
    a, b, tie = theta[LEVEL_SD], theta[GROWTH_SD], theta[CORRELATION]
    state, error_sd = theta[CARRY_OVER_SD], theta[ERROR_SD]
    slopes[LEVEL_SD] = 2 * a * level + tie * b * both
    slopes[GROWTH_SD] = 2 * b * growth + tie * a * both
    slopes[CORRELATION] = a * b * both
    slopes[CARRY_OVER_SD] = 2 * state * square * carried
    slopes[CARRY_OVER] = state**2 * square * lagged / theta[CARRY_OVER]
    slopes[ERROR_SD] = 2 * error_sd * square * error
    slopes[VOLATILITY] = 2 * node * square * (state**2 * carried + error_sd**2 * error)
    slopes[WALK_SD] = 2 * theta[WALK_SD] * walk / WALK_SESSIONS
    slopes[SETTLING] = square * (state**2 * carried_settling + error_sd**2 * error_settling)


@compiled
def _mean_slopes(slopes, own, X, P, mean, between):
    """Fill X' P E[e], and the expected own course (Z G Z' + walk) P E[e]."""
    n = len(P)
    for i in range(n):
        pulled = 0.0
        for j in range(n):
            pulled += P[i, j] * mean[j]
        for c in range(X.shape[1]):
            slopes[MEAN + c] += X[i, c] * pulled
        for j in range(n):
            own[j] += between[j, i] * pulled


@compiled
def _rate_slopes(slopes, counts, in_prior, total, pulses, theta):
    """Fill the slopes in hazard and share repaired: of sum log rates - log(1 + L1 + L2)."""
    for h in range(len(counts)):
        rate = pulses.rates[h]
        if rate > 0:
            per_rate = counts[h] / rate - in_prior[h] / total
            slopes[HAZARD] += per_rate * rate / theta[HAZARD]
            slopes[REPAIRED] += per_rate * theta[HAZARD] * (pulses.mends[h] - pulses.lasts[h])


@compiled
def _lay_out(chances, pulses, counts):
    n = len(chances)
    for h in range(len(counts)):
        f, last = pulses.first[h], pulses.last[h]
        chances[f, LONGEST if last == n - 1 else last - f] += counts[h]


@compiled
def _bends(fade):
    """Return the slopes of S_f, E_l and R_l in lead, tail and remains, on the same steps."""
    bends = np.zeros((3, 4))
    for k in range(3):
        for edge in range(2):
            bends[edge, k] -= fade[k]
            bends[edge, k + 1] += fade[k]
        bends[2, k] = -(STAYS ** (k + 1))
    bends[2, 3] = -(STAYS**3)
    return bends
