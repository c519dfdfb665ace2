"""Every set of at most two pulses weighed for each course and volatility node, compiled."""

import math

import numpy as np

from alliance.arrays import Floats, Ints
from alliance.model import gain_sets, gain_vectors, parameters, pulse_kernel
from alliance.model.gain_vectors import VOLATILITY_NODES, compiled, exponential, kept_with
from alliance.model.parameters import AT, MEAN
from alliance.model.pulse_kernel import Course, Node, between, course_of, node_of, pulled, single


@compiled
def _add_pairs(
    course: Course, node: Node, theta: Floats, sums: Floats, top: float, total: float
) -> tuple[float, float]:
    """Add the pairs of pulses to the sums; all weights stand times exp(-top).

    With hold h and pull p of each of the two and ``t = u'Pv`` between them, their mean depths solve
    ``[h t; t h'] d = [p; p']``; the Bayes factor of the pair is
    ``exp((p d + p' d' - 2 m^2 / T) / 2) / (T sqrt(h h' - t^2))``, T the variance of depths.
    """
    pulses, corner = course.pulses, course.forms.corner
    u, v, p, h = course.forms.told[2], course.forms.told[3], node.told[0], node.told[1]
    n, count = len(course.r), len(pulses.first)
    x, y, z = node.shrink
    T = (theta[AT.depth_spread] * theta[AT.depth]) ** 2
    over, lost, rates = 1 / node.square, theta[AT.depth] ** 2 / T, pulses.rates
    # One array for each step: loops of few arrays are done for four pulses at once.
    other, one, inverse, weight = np.empty((4, count))
    for i in range(count):
        # One rated session, at least, lies between two ruptures.
        begin = pulses.begin[min(pulses.last[i] + 2, n)]
        if begin == count:
            continue
        edge = corner[pulses.last[i] + 1] - corner[pulses.first[i]]
        for j in range(begin, count):
            other[j] = edge[pulses.last[j] + 1] - edge[pulses.first[j]]
        up, on, pull, hold = x * u[i] + y * v[i], y * u[i] + z * v[i], p[i], h[i]
        for j in range(begin, count):
            other[j] = (other[j] - u[j] * up - v[j] * on) * over
            inverse[j] = 1 / (hold * h[j] - other[j] * other[j])
        for j in range(begin, count):
            tie = other[j]
            one[j] = (pull * h[j] - p[j] * tie) * inverse[j]
            other[j] = (p[j] * hold - pull * tie) * inverse[j]
        for j in range(begin, count):
            weight[j] = 0.5 * (pull * one[j] + p[j] * other[j]) - lost
        highest = top
        for j in range(begin, count):
            highest = max(highest, weight[j])
        if highest > top:
            # So that no weight overflows.
            shrink = math.exp(top - highest)
            top, total = highest, total * shrink
            sums *= shrink
        scale = rates[i] / T
        for j in range(begin, count):
            weight[j] = exponential(weight[j] - top) * np.sqrt(inverse[j]) * scale * rates[j]
        for j in range(begin, count):
            sums[0, j] += weight[j]
            sums[1, j] += weight[j] * other[j]
        both, deep = 0.0, 0.0
        for j in range(begin, count):
            both += weight[j]
            deep += weight[j] * one[j]
        total += both
        sums[0, i] += both
        sums[1, i] += deep
    return top, total


@compiled
def _judged(t: Floats, y: Floats, theta: Floats, found: Floats) -> float:
    """Fill rupture, repaired and expected of every session; return the chance of any rupture."""
    course = course_of(t, y, theta)
    pulses, told = course.pulses, course.forms.told
    n, count = len(t), len(pulses.first)
    none, so_far = 0.0, -np.inf
    chance, own = np.zeros(count), np.zeros(2)
    for k in range(len(VOLATILITY_NODES)):
        node = node_of(course, theta, k)
        top, bayes = single(course, node, theta)
        sums = np.empty((2, count))
        total = math.exp(-top)
        for h in range(count):
            sums[0, h] = pulses.rates[h] * bayes[h]
            sums[1, h] = sums[0, h] * node.told[0, h] / node.told[1, h]
            total += sums[0, h]
        top, total = _add_pairs(course, node, theta, sums, top, total)
        level, growth = pulled(course, node, told[2, count], told[3, count])
        for h in range(count):
            u, v = pulled(course, node, told[2, h], told[3, h])
            level += sums[1, h] / total * u
            growth += sums[1, h] / total * v
        # Running mean over nodes: what came before keeps the share exp(old - new).
        joint = node.log_density + top + math.log(total)
        higher, lower = max(joint, so_far), min(joint, so_far)
        new = higher + math.log1p(math.exp(lower - higher))
        kept, share = math.exp(so_far - new), math.exp(joint - new)
        so_far = new
        none = kept * none + share * math.exp(-top) / total
        own[0], own[1] = kept * own[0] + share * level, kept * own[1] + share * growth
        for h in range(count):
            chance[h] = kept * chance[h] + share * sums[0, h] / total
    found[:2] = 0.0
    for h in range(count):
        for i in range(pulses.first[h], pulses.last[h] + 1):
            found[0, i] += chance[h]
            if pulses.last[h] < n - 1:
                found[1, i] += chance[h]
    a, b, c = between(theta)
    for i in range(n):
        # Mean course plus the client's own departure from it, ruptures taken out.
        found[2, i] = theta[MEAN] + a * own[0] + b * own[1]
        found[2, i] += course.logs[i] * (theta[MEAN + 1] + b * own[0] + c * own[1])
    return 1 - none


@kept_with(gain_vectors, gain_sets, pulse_kernel, parameters)
def judge(
    starts: Ints,
    lengths: Ints,
    times: Floats,
    scores: Floats,
    theta: Floats,
    whole: bool,
    found: Floats,
) -> None:
    """Fill rupture, repaired and expected of the sessions of some courses, (4, sessions).

    If not `whole`, of the last session of each only. The fourth row takes, at the last session,
    the chance of any rupture in the course.
    """
    for i in range(len(starts)):
        a, n = starts[i], lengths[i]
        own = np.empty((3, n))
        found[3, a + n - 1] = _judged(times[a : a + n], scores[a : a + n], theta, own)
        for k in range(3):
            for j in range(0 if whole else n - 1, n):
                found[k, a + j] = own[k, j]
