"""The log likelihood of courses with at most one rupture each, and its slopes, compiled for fitting.

With the posterior weights w of nodes and q of pulses at a node, d the mean depth of a pulse there
and h its hold, the slope in anything that moves the covariance V with inverse P by dV is

    sum_k w (r'P dV P r - tr(P dV)) / 2 + sum_ku q (d u'P dV P r + (d^2 + 1/h) u'P dV P u / 2).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from alliance.model import gain_sets, gain_vectors, pulse_kernel
from alliance.model.courses import Courses
from alliance.model.gain_vectors import (
    CARRY_OVER,
    CARRY_OVER_SD,
    CORRELATION,
    DEPTH,
    DEPTH_SPREAD,
    ERROR_SD,
    GROWTH_SD,
    HAZARD,
    LEVEL_SD,
    REPAIRED,
    VOLATILITY_NODES,
    Array,
    Ints,
    compiled,
    kept_with,
)
from alliance.model.pulse_kernel import (
    Course,
    Forms,
    Node,
    course_of,
    forms_of,
    node_of,
    pulled,
    single,
)


class Seen(NamedTuple):
    """A course at one node, beside what it says of one rupture at most."""

    node: Node
    bayes: np.ndarray  # Of every pulse, times exp(-top)
    none: float  # Weight of no rupture, exp(-L) for a summed rate L, times exp(-top)
    summed: float
    joint: float


@compiled
def _see(course: Course, theta: Array, k: int, total: float) -> Seen:
    """Weigh no rupture, exp(-L), against every single one; these share the rest by their rates."""
    node = node_of(course, theta, k)
    top, bayes = single(course, node, theta)
    summed = 0.0
    for h in range(len(bayes)):
        summed += bayes[h] * course.pulses.rates[h]
    none = math.exp(-total - top)
    mixed = none - math.expm1(-total) / total * summed
    return Seen(node, bayes, none, summed, node.log_density + math.log(mixed) + top)


@compiled
def _weights(course: Course, seen: Seen, total: float, share: float) -> Array:
    """Return what every pulse weighs, q, with q d and q (d^2 + 1/h) / 2; last for r: w, w/2, w/2.

    `share`: the node's posterior weight w.
    """
    told, count = seen.node.told, len(seen.bayes)
    found = np.empty((3, count + 1))
    rest = -math.expm1(-total) / total
    each = share * rest / (seen.none + rest * seen.summed)
    for h in range(count):
        d = told[0, h] / told[1, h]
        found[0, h] = each * seen.bayes[h] * course.pulses.rates[h]
        found[1, h] = found[0, h] * d
        found[2, h] = 0.5 * found[0, h] * (d * d + 1 / told[1, h])
    # r'P dV P r stands in the last column, and half of it counts.
    found[0, count], found[1, count], found[2, count] = share, 0.0, 0.5 * share
    return found


@compiled
def _in_noise(course: Course, node: Node, Q: Forms, trace: float, weights: Array) -> float:
    """Return the slope at a node in a part dW of W, times s; Q = Wi dW Wi, `trace` tr(Wi dW).

    With a* = S Z'Wi a, a'P dW P b = (a'Qb - a'QZ b* - a*'Z'Qb + a*'Z'QZ b*) / s^2.
    """
    x, y, z = node.shrink
    a, b, c = Q.own
    given, told = course.forms.told, Q.told
    count = told.shape[1] - 1
    u, v = given[2, count], given[3, count]
    r_up, r_on = x * u + y * v, y * u + z * v
    # Z'Q (r - Z r*)
    r_one, r_two = told[2, count] - a * r_up - b * r_on, told[3, count] - b * r_up - c * r_on
    slope: float = 0.0
    for h in range(count + 1):
        up, on = x * given[2, h] + y * given[3, h], y * given[2, h] + z * given[3, h]
        with_r = told[1, h] - told[2, h] * r_up - told[3, h] * r_on - up * r_one - on * r_two
        one, two = told[2, h] - 0.5 * (a * up + b * on), told[3, h] - 0.5 * (b * up + c * on)
        with_itself = told[0, h] - 2 * (up * one + on * two)
        slope += weights[1, h] * with_r + weights[2, h] * with_itself
    # s tr(P dW) = tr(Wi dW) - tr(S Z'QZ)
    lost = trace - (x * a + 2 * y * b + z * c)
    slope -= 0.5 * node.square * weights[0, count] * lost
    return slope / node.square


@compiled
def _in_means(
    course: Course, node: Node, theta: Array, weights: Array, slopes: Array, within: Array
) -> None:
    """Add the slopes in level, growth and depth; add to `within` those in the three numbers of G."""
    given, count = course.forms.told, weights.shape[1] - 1
    r_up, r_on = pulled(course, node, given[2, count], given[3, count])
    m, T = theta[DEPTH], (theta[DEPTH_SPREAD] * theta[DEPTH]) ** 2
    share = weights[0, count]
    slopes[0] += share * r_up
    slopes[1] += share * r_on
    for h in range(count + 1):
        up, on = pulled(course, node, given[2, h], given[3, h])
        flat, square = weights[1, h], weights[2, h]
        slopes[0] += flat * up
        slopes[1] += flat * on
        within[0] += flat * up * r_up + square * up * up
        within[1] += flat * (up * r_on + on * r_up) + 2 * square * up * on
        within[2] += flat * on * r_on + square * on * on
        if h < count:
            slopes[9] += ((2 * square - flat * m) / T - weights[0, h]) / m
    # tr(P Z dG Z'), with Z'PZ = (I - Z'Wi Z S) Z'Wi Z / s
    a, b, c = course.forms.own
    one, two = pulled(course, node, a, b)
    _, four = pulled(course, node, b, c)
    within[0] -= 0.5 * share * one
    within[1] -= share * two
    within[2] -= 0.5 * share * four


@compiled
def _in_rates(
    course: Course, seen: Seen, theta: Array, total: float, share: float, slopes: Array
) -> None:
    """Add the slopes in hazard and share repaired, by those in every pulse's prior rate."""
    rest, none = -math.expm1(-total) / total, math.exp(-total)
    mixed = seen.none + rest * seen.summed
    # In L, through exp(-L) and through the share of one rupture.
    fixed = (rest - none) / total * seen.summed + seen.none
    pulses, repaired = course.pulses, theta[REPAIRED]
    for h in range(len(seen.bayes)):
        slope = share * (rest * seen.bayes[h] - fixed) / mixed
        mends, lasts = pulses.mends[h], pulses.lasts[h]
        slopes[10] += slope * (repaired * mends + (1 - repaired) * lasts)
        slopes[11] += slope * theta[HAZARD] * (mends - lasts)


@compiled
def _parts_of_noise(t: Array, course: Course) -> tuple[Forms, Forms, float, float]:
    """Return the forms of Wi dW Wi and tr(Wi dW) for dW = I, and for correlation times distance."""
    n, Wi = len(t), course.inverse
    apart, traces = np.empty((n, n)), np.zeros(2)
    for i in range(n):
        traces[0] += Wi[i, i]
        for j in range(n):
            apart[i, j] = abs(t[i] - t[j]) * course.carried[i, j]
            traces[1] += Wi[i, j] * apart[i, j]
    error = forms_of(np.dot(Wi, Wi), course.logs, course.r, course.pulses)
    carry = forms_of(np.dot(np.dot(Wi, apart), Wi), course.logs, course.r, course.pulses)
    return error, carry, traces[0], traces[1]


@compiled
def _client(t: Array, y: Array, theta: Array, slopes: Array) -> float:
    """Return a course's log likelihood; add its slopes, in the order of `Parameters`."""
    course = course_of(t, y, theta)
    error, carry, error_trace, carry_trace = _parts_of_noise(t, course)
    total = course.pulses.rates.sum()
    nodes = [_see(course, theta, k, total) for k in range(len(VOLATILITY_NODES))]
    top = max(nodes[0].joint, max(nodes[1].joint, nodes[2].joint))
    summed = 0.0
    for seen in nodes:
        summed += math.exp(seen.joint - top)
    logs = top + math.log(summed)
    in_all, in_error, in_carry, within = 0.0, 0.0, 0.0, np.zeros(3)
    for k in range(len(nodes)):
        seen = nodes[k]
        share = math.exp(seen.joint - logs)
        weights = _weights(course, seen, total, share)
        _in_means(course, seen.node, theta, weights, slopes, within)
        _in_rates(course, seen, theta, total, share, slopes)
        scaled = _in_noise(course, seen.node, course.forms, float(len(t)), weights)
        # s = exp(2 volatility z), and V holds s W.
        slopes[8] += 2 * VOLATILITY_NODES[k] * scaled
        in_all += scaled
        in_error += _in_noise(course, seen.node, error, error_trace, weights)
        in_carry += _in_noise(course, seen.node, carry, carry_trace, weights)
    level, growth, tie = theta[LEVEL_SD], theta[GROWTH_SD], theta[CORRELATION]
    slopes[2] += 2 * level * within[0] + tie * growth * within[1]
    slopes[3] += 2 * growth * within[2] + tie * level * within[1]
    slopes[4] += level * growth * within[1]
    passing, kept = theta[CARRY_OVER_SD], theta[CARRY_OVER]
    # W = sigma^2 A + tau^2 I
    slopes[5] += 2 / passing * (in_all - theta[ERROR_SD] ** 2 * in_error)
    slopes[6] += passing**2 / kept * in_carry
    slopes[7] += 2 * theta[ERROR_SD] * in_error
    return logs


@kept_with(gain_vectors, gain_sets, pulse_kernel)
def likelihood(
    starts: Ints, lengths: Ints, times: Array, scores: Array, theta: Array
) -> tuple[Array, Array]:
    """Return each course's log likelihood, and the slopes of their sum as `Parameters` stand."""
    logs, slopes = np.empty(len(starts)), np.zeros(12)
    for i in range(len(starts)):
        a, b = starts[i], starts[i] + lengths[i]
        logs[i] = _client(times[a:b], scores[a:b], theta, slopes)
    return logs, slopes


def log_likelihood(courses: Courses, theta: Array) -> tuple[Array, Array]:
    """Return each course's log likelihood, and the slopes of their sum in the order of `Parameters`."""
    return likelihood(courses.starts, courses.lengths, courses.times, courses.scores, theta)
