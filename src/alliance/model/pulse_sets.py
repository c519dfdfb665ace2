"""Every set of at most two pulses weighed for each client and volatility node, compiled."""

from __future__ import annotations

import math

import numpy as np

from alliance.model.gain_vectors import Array, Ints, compiled


def _sum_sets(
    precision: Array,
    pull: Array,
    hold: Array,
    log_bayes: Array,
    prior: Array,
    spans: Ints,
    depth: float,
    stiffness: float,
) -> tuple[Array, Array, Array]:
    """Return the log of the weights of all sets, none included, and what holds each pulse.

    `log_total` has the shape (clients, nodes); `chance`, the share of the sets that hold a pulse,
    and `deep`, the same times its mean depth there, (clients, nodes, pulses). `spans` are first and
    last session of each pulse, and whether it is closed.
    """
    clients, nodes, count = pull.shape
    log_total = np.empty((clients, nodes))
    chance, deep = np.zeros((2, clients, nodes, count))
    for i in range(clients):
        # Where a course is shorter than its batch, pulses in the padding have no rate.
        live = np.flatnonzero(prior[i] > 0)
        for k in range(nodes):
            sums, told = np.zeros((2, len(live))), np.empty((4, len(live)))
            told[0], told[1] = prior[i][live], pull[i, k][live]
            told[2], told[3] = hold[i, k][live], log_bayes[i, k][live]
            top = max(0.0, told[3].max())
            total = math.exp(-top)
            for x in range(len(live)):
                sums[0, x] = told[0, x] * math.exp(told[3, x] - top)
                sums[1, x] = sums[0, x] * told[1, x] / told[2, x]
                total += sums[0, x]
            corner = _corners(precision[i, k])
            top, total = _add_pairs(
                sums, top, total, corner, told, spans[:, live], depth, stiffness
            )
            for x in range(len(live)):
                chance[i, k, live[x]] = sums[0, x] / total
                deep[i, k, live[x]] = sums[1, x] / total
            log_total[i, k] = top + math.log(total)
    return log_total, chance, deep


@compiled
def _add_pairs(
    sums: Array,
    top: float,
    total: float,
    corner: Array,
    told: Array,
    spans: Ints,
    depth: float,
    stiffness: float,
) -> tuple[float, float]:
    """Add the pairs of pulses to the sums; all weights stand times exp(-top).

    With the evidence ``h = u'Pu + s`` and ``p`` of each of the two and ``t = u'Pv`` between them,
    their mean depths solve ``[h t; t h'] d = [p; p']``; the Bayes factor of the pair is
    ``exp((p d + p' d') / 2 - m^2 s) s / sqrt(h h' - t^2)``, with s the stiffness and m the depth.
    """
    first, last, closed = spans
    rate, p, h = told[0], told[1], told[2]
    count, lost = len(first), depth * depth * stiffness
    one, two, root, fit = np.empty((4, count))
    for x in range(count):
        # One rated session, at least, lies between two ruptures.
        begin = np.searchsorted(first, last[x] + 2)
        if not closed[x] or begin == count:
            continue
        edge = corner[last[x]] - corner[first[x] - 1]
        highest = -np.inf
        for y in range(begin, count):
            tie = edge[last[y]] - edge[first[y] - 1]
            inverse = 1 / (h[x] * h[y] - tie * tie)
            one[y] = (p[x] * h[y] - p[y] * tie) * inverse
            two[y] = (p[y] * h[x] - p[x] * tie) * inverse
            root[y] = math.sqrt(inverse)
            fit[y] = 0.5 * (p[x] * one[y] + p[y] * two[y]) - lost
            highest = max(highest, fit[y])
        if highest > top:
            # So that no weight overflows.
            shrink = math.exp(top - highest)
            top, total = highest, total * shrink
            sums *= shrink
        scale = stiffness * rate[x]
        for y in range(begin, count):
            weight = math.exp(fit[y] - top) * root[y] * scale * rate[y]
            total += weight
            sums[0, x] += weight
            sums[0, y] += weight
            sums[1, x] += weight * one[y]
            sums[1, y] += weight * two[y]
    return top, total


@compiled
def _corners(square: Array) -> Array:
    """Return the sums of a matrix up to two sessions: four look-ups give ``u'Pv`` of two pulses."""
    n = len(square)
    corner = np.empty((n, n))
    for i in range(n):
        along = 0.0
        for j in range(n):
            along += square[i, j]
            corner[i, j] = along + (corner[i - 1, j] if i else 0.0)
    return corner


sum_sets = compiled(_sum_sets, kept=True)
