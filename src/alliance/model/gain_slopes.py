"""The slopes of a client's log likelihood, compiled: Fisher's identity, moment by moment."""

import numpy as np

from alliance.arrays import Floats
from alliance.model.gain_sets import Pulses
from alliance.model.gain_vectors import Node, Noise, compiled
from alliance.model.parameters import AT, MEAN, WALK_SESSIONS


@compiled
def first_moments(known: Floats, pulses: Pulses, n: int) -> Floats:
    """Return the mean coefficients on S, E, R (depths) and V (closed pulses)."""
    first = np.zeros(4 * n)
    for h in range(len(pulses.first)):
        first[pulses.first[h]] += known[1, h]
        first[pulses.end[h]] += known[1, h]
        first[2 * n + pulses.last[h]] += known[0, h]
    return first


@compiled
def shape_slopes(
    slopes: Floats, node: Node, first: Floats, M: Floats, bends: Floats, delta: float
) -> None:
    """Fill the slopes in gain, tail, lead and remains (Fisher's identity).

    delta:  sum_l V_l' P E[e];  tail: sum_l dE_l' P E[d e];  lead: -sum_f dS_f' P E[d e];
    remains: sum_f dR_f' P E[d e]
    """
    n = len(node.P)
    K, steps = node.gram, node.steps
    signs = np.empty(4 * n)
    for m in range(n):
        # How each family enters the noise: + S, - E, - delta V, - R.
        signs[m], signs[n + m], signs[2 * n + m], signs[3 * n + m] = 1.0, -1.0, -delta, -1.0
    for q in range(n):
        gained = node.FPr[2 * n + q] * first[2 * n + q]
        for j in range(4 * n):
            gained += signs[j] * M[2 * n + q, j] * K[2 * n + q, j]
        slopes[AT.gain] += gained
        for k in range(4):
            before, after = max(q - k, 0), min(q + 1 + k, n)
            led, trailed = first[q] * node.HPr[before], first[n + q] * node.HPr[after]
            kept = first[3 * n + q] * node.HPr[after]
            for j in range(4 * n):
                led += signs[j] * M[q, j] * steps[before, j]
                trailed += signs[j] * M[n + q, j] * steps[after, j]
                kept += signs[j] * M[3 * n + q, j] * steps[after, j]
            slopes[AT.lead] -= bends[0, k] * led
            slopes[AT.tail] += bends[1, k] * trailed
            slopes[AT.remains] += bends[2, k] * kept


@compiled
def depth_slopes(slopes: Floats, known: Floats, theta: Floats) -> None:
    """Fill the slopes in mean and spread of depths, which are N(m, (c m)^2)."""
    m, c = theta[AT.depth], theta[AT.depth_spread]
    for h in range(known.shape[1]):
        chance, depth, square = known[0, h], known[1, h], known[2, h]
        # d/dm of log N(d; m, (c m)^2), summed over the posterior of depths
        slopes[AT.depth] += (square - m * depth) / (c**2 * m**3) - chance / m
        squared = square - 2 * m * depth + m**2 * chance
        slopes[AT.depth_spread] += squared / (c**3 * m**2) - chance / c


@compiled
def noise_moments(
    r: Floats, first: Floats, M: Floats, ends: Floats, delta: float
) -> tuple[Floats, Floats]:
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
            # E[e e'] with e = r + D: r r' + r E[D]' + E[D] r' + E[D D']
            square[i, j] = run + r[i] * r[j] + r[i] * mean[j] + mean[i] * r[j]
    for i in range(n):
        mean[i] += r[i]
    return mean, square


@compiled
def in_covariance(P: Floats, second: Floats) -> Floats:
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
def covariance_slopes(
    slopes: Floats, A: Floats, square: float, node: float, t: Floats, noise: Noise, theta: Floats
) -> None:
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
    a, b, tie = theta[AT.level_sd], theta[AT.growth_sd], theta[AT.level_growth_correlation]
    state, error_sd = theta[AT.carry_over_sd], theta[AT.error_sd]
    slopes[AT.level_sd] = 2 * a * level + tie * b * both
    slopes[AT.growth_sd] = 2 * b * growth + tie * a * both
    slopes[AT.level_growth_correlation] = a * b * both
    slopes[AT.carry_over_sd] = 2 * state * square * carried
    slopes[AT.carry_over] = state**2 * square * lagged / theta[AT.carry_over]
    slopes[AT.error_sd] = 2 * error_sd * square * error
    slopes[AT.volatility] = 2 * node * square * (state**2 * carried + error_sd**2 * error)
    slopes[AT.walk_sd] = 2 * theta[AT.walk_sd] * walk / WALK_SESSIONS
    slopes[AT.settling] = square * (state**2 * carried_settling + error_sd**2 * error_settling)


@compiled
def mean_slopes(
    slopes: Floats, own: Floats, X: Floats, P: Floats, mean: Floats, between: Floats
) -> None:
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
def rate_slopes(
    slopes: Floats, counts: Floats, in_prior: Floats, total: float, pulses: Pulses, theta: Floats
) -> None:
    """Fill the slopes in hazard and share repaired: of sum log rates - log(1 + L1 + L2)."""
    for h in range(len(counts)):
        rate = pulses.rates[h]
        if rate > 0:
            # d/drate of (sum of log rates - log(1 + L1 + L2))
            per_rate = counts[h] / rate - in_prior[h] / total
            slopes[AT.hazard] += per_rate * rate / theta[AT.hazard]
            slopes[AT.repaired] += per_rate * theta[AT.hazard] * (pulses.mends[h] - pulses.lasts[h])
