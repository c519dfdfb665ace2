"""The pulse detector's model of a course, compiled: what the scores say of every single pulse.

With Z = (1, log session) and W the covariance of walk, fluctuation and error, a course without
ruptures has at volatility node k the covariance ``V_k = Z G Z' + s_k W``. (The engine of the gain,
which fits the parameters, leaves the walk the same at every node; with it inside, W is inverted
once.) For any two vectors

    a' V_k^-1 b = (a'Wi b - (a'Wi Z) S (Z'Wi b)) / s,   Wi = W^-1,
    S = G (s I + Z'Wi Z G)^-1                              (Woodbury),

so that all that is asked at a node are a few numbers for each pulse. The shape of a pulse is 1 at
the sessions it covers.
"""

import math
from typing import NamedTuple

import numpy as np

from alliance.arrays import Floats
from alliance.model.gain_sets import Pulses, pulses_of
from alliance.model.gain_vectors import (
    VOLATILITY_NODES,
    VOLATILITY_WEIGHTS,
    compiled,
    covariance,
    exponential,
    inverted,
    noise_of,
)
from alliance.model.parameters import AT, MEAN, SETTLED_AT, SPREAD_OF_DEPTH, Parameters


def as_array(theta: Parameters) -> Floats:
    """Return the parameters as the compiled parts take them."""
    # What the detector does not have is 0.
    values = {**vars(theta), "depth_spread": SPREAD_OF_DEPTH}
    return np.array([values.get(name, 0.0) for name in (*AT._fields, "level", "growth")])


class Forms(NamedTuple):
    """The bilinear forms of a symmetric matrix Q that the nodes ask for.

    `told`: in the column of each pulse of shape u, and in the last with u = r: u'Qu, u'Qr, u'Q1
    and u'Q log t. `own`: 1'Q1, 1'Q log t and log t'Q log t. `corner`: sums of Q over its first rows
    and columns.
    """

    told: np.ndarray
    own: np.ndarray
    corner: np.ndarray


class Course(NamedTuple):
    """A course before it is asked at a node: residual r, log determinant of W, and what that says."""

    logs: np.ndarray
    r: np.ndarray
    log_det: float
    pulses: Pulses
    forms: Forms


class Node(NamedTuple):
    """A course at one volatility node.

    `shrink`: S, as its three numbers. `told`: of each pulse pull ``m / T - u'Pr``, hold
    ``u'Pu + 1 / T`` and log Bayes factor without ``-log(hold T) / 2``; T the variance of depths.
    `log_density`: of the scores without ruptures, with the log weight of the node.
    """

    square: float
    shrink: tuple[float, float, float]
    told: np.ndarray
    log_density: float


@compiled
def _fluctuation(t: Floats, theta: Floats) -> tuple[Floats, float]:
    """Return the inverse of W, walk and fluctuation and error, and its log determinant."""
    n = len(t)
    settled, quiet = np.empty(n), theta.copy()
    for i in range(n):
        settled[i] = math.log(t[i] / SETTLED_AT)
    # Level and growth are the nodes' own: of what does not fluctuate the walk alone stays.
    quiet[AT.level_sd] = quiet[AT.growth_sd] = 0.0
    inverse = covariance(noise_of(t, settled, quiet), theta, 1.0)
    return inverse, inverted(inverse)


@compiled
def forms_of(Q: Floats, logs: Floats, r: Floats, pulses: Pulses) -> Forms:
    """Return the bilinear forms of a symmetric matrix, by cumulative sums of its rows."""
    n, count = len(r), len(pulses.first)
    corner, along = np.zeros((n + 1, n + 1)), np.zeros((3, n + 1))
    told, own = np.zeros((4, count + 1)), np.zeros(3)
    for i in range(n):
        row, pulled, grown = 0.0, 0.0, 0.0
        for j in range(n):
            row += Q[i, j]
            pulled += Q[i, j] * r[j]
            grown += Q[i, j] * logs[j]
            corner[i + 1, j + 1] = corner[i, j + 1] + row
        along[0, i + 1] = along[0, i] + pulled
        along[1, i + 1] = along[1, i] + row
        along[2, i + 1] = along[2, i] + grown
        told[0, count] += r[i] * pulled
        told[2, count] += pulled
        told[3, count] += logs[i] * pulled
        own[0] += row
        own[1] += grown
        own[2] += logs[i] * grown
    told[1, count] = told[0, count]
    for h in range(count):
        f, e = pulses.first[h], pulses.last[h] + 1
        told[0, h] = corner[e, e] - 2 * corner[f, e] + corner[f, f]
        for k in range(3):
            told[k + 1, h] = along[k, e] - along[k, f]
    return Forms(told, own, corner)


@compiled
def course_of(t: Floats, y: Floats, theta: Floats) -> Course:
    """Return a course with all that does not change from node to node."""
    inverse, log_det = _fluctuation(t, theta)
    logs, r = np.empty(len(t)), np.empty(len(t))
    for i in range(len(t)):
        logs[i] = math.log(t[i])
        r[i] = y[i] - theta[MEAN] - theta[MEAN + 1] * logs[i]
    pulses = pulses_of(t, theta)
    forms = forms_of(inverse, logs, r, pulses)
    return Course(logs, r, log_det, pulses, forms)


@compiled
def between(theta: Floats) -> tuple[float, float, float]:
    """Return the three numbers of G."""
    tie = theta[AT.level_growth_correlation] * theta[AT.level_sd] * theta[AT.growth_sd]
    return theta[AT.level_sd] ** 2, tie, theta[AT.growth_sd] ** 2


@compiled
def node_of(course: Course, theta: Floats, k: int) -> Node:
    """Return a course at a volatility node."""
    n, count = len(course.r), len(course.pulses.first)
    square = math.exp(2 * theta[AT.volatility] * VOLATILITY_NODES[k])
    level, tie, growth = between(theta)
    a, b, c = course.forms.own
    # s I + Z'Wi Z G, a 2 x 2 matrix
    one, two = square + a * level + b * tie, a * tie + b * growth
    three, four = b * level + c * tie, square + b * tie + c * growth
    det = one * four - two * three
    x = (level * four - tie * three) / det
    y = (tie * one - level * two) / det
    z = (growth * one - tie * two) / det
    m, T = theta[AT.depth], (theta[AT.depth_spread] * theta[AT.depth]) ** 2
    of_r, told = course.forms.told[:, count], np.empty((3, count))
    # S Z'Wi r
    up, on = x * of_r[2] + y * of_r[3], y * of_r[2] + z * of_r[3]
    given = course.forms.told
    for h in range(count):
        u, v = given[2, h], given[3, h]
        pull = m / T - (given[1, h] - u * up - v * on) / square
        hold = (given[0, h] - u * u * x - 2 * u * v * y - v * v * z) / square + 1 / T
        told[0, h], told[1, h] = pull, hold
        told[2, h] = 0.5 * (pull * pull / hold - m * m / T)
    distance = (of_r[0] - of_r[2] * up - of_r[3] * on) / square
    log_det = (n - 2) * math.log(square) + course.log_det + math.log(det)
    quiet = -0.5 * (log_det + distance + n * math.log(2 * math.pi))
    return Node(square, (x, y, z), told, quiet + math.log(VOLATILITY_WEIGHTS[k]))


@compiled
def pulled(course: Course, node: Node, u: float, v: float) -> tuple[float, float]:
    """Return Z' P a for a vector with Z'Wi a = (u, v): (I - Z'Wi Z S) (u, v) / s."""
    x, y, z = node.shrink
    a, b, c = course.forms.own
    up, on = x * u + y * v, y * u + z * v
    return (u - a * up - b * on) / node.square, (v - b * up - c * on) / node.square


@compiled
def single(course: Course, node: Node, theta: Floats) -> tuple[float, Floats]:
    """Return the Bayes factor of every pulse times exp(-top), and top, at least 0."""
    told = node.told
    T = (theta[AT.depth_spread] * theta[AT.depth]) ** 2
    top, bayes = 0.0, np.empty(told.shape[1])
    for h in range(len(bayes)):
        top = max(top, told[2, h])
    for h in range(len(bayes)):
        bayes[h] = exponential(told[2, h] - top) / math.sqrt(told[1, h] * T)
    return top, bayes
