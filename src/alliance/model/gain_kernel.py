"""The likelihood of each client's scores and its slopes, compiled: ruptures with a lasting gain."""

import math

import numpy as np

from alliance.arrays import Floats, Ints
from alliance.model import gain_sets, gain_slopes, gain_vectors, parameters
from alliance.model.gain_sets import LONGEST, evidence, heard_of, lay_out, prior, pulses_of, weigh
from alliance.model.gain_vectors import VOLATILITY_NODES, VOLATILITY_WEIGHTS, compiled, kept_with
from alliance.model.parameters import AT, MEAN


@compiled
def _client(
    t: Floats,
    settled: Floats,
    y: Floats,
    X: Floats,
    theta: Floats,
    beta: Floats,
    delta: float,
    bends: Floats,
    two: bool,
    with_slopes: bool,
    heard: Floats,
    slopes: Floats,
    chances: Floats,
    own: Floats,
) -> float:
    """Return one client's log likelihood; fill its slopes, chances and own course."""
    n, nodes = len(t), len(VOLATILITY_NODES)
    pulses = pulses_of(t, theta)
    count = len(pulses.first)
    in_prior, counts = np.empty(count), np.zeros(count)
    total = prior(pulses, two, in_prior)
    said = heard_of(pulses, heard)
    noise = gain_vectors.noise_of(t, settled, theta)
    r = gain_vectors.residual(y, X, beta)
    ends = gain_vectors.edges(theta, bends)
    log_likelihood = -np.inf
    part, part_own = np.empty(len(slopes)), np.empty(n)
    known, moments = np.empty((3, count)), np.empty((4 * n, 4 * n))
    for k in range(nodes):
        square = math.exp(2 * theta[AT.volatility] * VOLATILITY_NODES[k])
        node = gain_vectors.node_of(gain_vectors.covariance(noise, theta, square), r, ends)
        told = evidence(pulses, node, theta, delta, said)
        summed = weigh(pulses, node.gram, told, theta, delta, two, with_slopes, known, moments)
        joint = math.log(VOLATILITY_WEIGHTS[k]) + node.log_density + summed
        # Running posterior mean over nodes: what came before keeps the share exp(old - new).
        higher, lower = max(joint, log_likelihood), min(joint, log_likelihood)
        new = higher + math.log1p(math.exp(lower - higher))
        kept, share = math.exp(log_likelihood - new), math.exp(joint - new)
        log_likelihood = new
        if with_slopes:
            part[:], part_own[:] = 0.0, 0.0
            first = gain_slopes.first_moments(known, pulses, n)
            gain_slopes.shape_slopes(part, node, first, moments, bends, delta)
            gain_slopes.depth_slopes(part, known, theta)
            mean, second = gain_slopes.noise_moments(r, first, moments, ends, delta)
            gain_slopes.mean_slopes(part, part_own, X, node.P, mean, noise.between)
            A = gain_slopes.in_covariance(node.P, second)
            gain_slopes.covariance_slopes(part, A, square, VOLATILITY_NODES[k], t, noise, theta)
            _mix(slopes, part, kept, share)
            _mix(own, part_own, kept, share)
            _mix(counts, known[0], kept, share)
    if with_slopes:
        gain_slopes.rate_slopes(slopes, counts, in_prior, total, pulses, theta)
        lay_out(chances, pulses, counts)
    return log_likelihood - math.log(total)


@compiled
def _mix(kept_so_far: Floats, fresh: Floats, kept: float, share: float) -> None:
    for i in range(len(fresh)):
        kept_so_far[i] = kept * kept_so_far[i] + share * fresh[i]


@kept_with(gain_vectors, gain_sets, gain_slopes, parameters)
def study(
    starts: Ints,
    times: Floats,
    settled: Floats,
    scores: Floats,
    design: Floats,
    theta: Floats,
    beta: Floats,
    gains: Floats,
    fade: Floats,
    two: bool,
    with_slopes: bool,
    heard: Floats,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return logs (clients), slopes (clients, `MEAN` + columns), chances and own (sessions).

    See `alliance.model.gain_likelihood.Known`; `settled` are log session numbers about their
    mean, `fade` the shares of tail and lead in the three rows next to a pulse, `heard` what
    reports say of the pulse that begins at a session, by its length (0 without a log).
    """
    clients, columns = len(starts) - 1, design.shape[1]
    logs = np.empty(clients)
    slopes = np.zeros((clients, MEAN + columns))
    chances, own = np.zeros((len(scores), LONGEST + 1)), np.zeros(len(scores))
    bends = gain_vectors.bends_of(fade)
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
            heard[a:b],
            slopes[i],
            chances[a:b],
            own[a:b],
        )
    return logs, slopes, chances, own
