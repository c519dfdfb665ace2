"""The noise of a course and its vectors, compiled: every bilinear form as a difference of sums.

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
"""

import hashlib
import math
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np

from alliance.arrays import Floats
from alliance.model.parameters import AT, STAYS, WALK_SESSIONS

try:
    from numba import njit
except ImportError:  # In a browser there is none: the same lines run as plain Python, slowly.
    njit = None  # type: ignore[assignment]

# Three-point Gauss rule for the absolute value of a standard normal number.
VOLATILITY_NODES = np.array([0.2694842630110794, 1.1996092953898530, 2.5452684464369693])
VOLATILITY_WEIGHTS = np.array([0.5032907008989734, 0.4473665328953806, 0.0493427662056459])
Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile a function with numba when it is first called.

    Divisions are not checked. Sums are taken in the order written: faster arithmetic would give
    other last digits when freshly compiled than when read from disk.
    """
    if njit is None:
        return function
    # Nobody calls the inner parts but each other: without wrappers they compile sooner.
    alone: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return cast("Function", njit(error_model="numpy", **alone)(function))


def kept_with(*modules: ModuleType) -> Callable[[Function], Function]:
    """Compile a function that is called from Python; threads can run beside it.

    It is kept on disk under a name of its file's and these modules' content, all that it calls:
    numba by itself would only see that its own file has changed.
    """

    def compile_to_keep(function: Function) -> Function:
        if njit is None:
            return function
        texts = [Path(str(module.__file__)).read_bytes() for module in modules]
        function.__qualname__ += f"_{hashlib.sha256(b''.join(texts)).hexdigest()[:16]}"
        return cast("Function", njit(cache=True, nogil=True, error_model="numpy")(function))

    return compile_to_keep


@compiled
def _series(x: float) -> float:
    """Return exp(x) for x up to 0; what lies below exp(-700) is exp(-700).

    math.exp is called for one number at a time; these steps the compiler takes for four at once,
    and the sum over pairs of pulses is mostly this.
    """
    x = max(x, -700.0)
    # x = k log 2 + r, with the logarithm in two parts so that r keeps its digits. Beside so large a
    # number k is rounded, and stands in the last bits.
    lifted = x * 1.4426950408889634 + 6755399441055744.0
    k = lifted - 6755399441055744.0
    r = x - k * 6.93147180369123816490e-01 - k * 1.90821492927058770002e-10
    p = 1 / 6227020800
    p = p * r + 1 / 479001600
    p = p * r + 1 / 39916800
    p = p * r + 1 / 3628800
    p = p * r + 1 / 362880
    p = p * r + 1 / 40320
    p = p * r + 1 / 5040
    p = p * r + 1 / 720
    p = p * r + 1 / 120
    p = p * r + 1 / 24
    p = p * r + 1 / 6
    p = p * r + 1 / 2
    p = (p * r + 1) * r + 1
    return p * np.int64((np.float64(lifted).view(np.int64) + 1023) << 52).view(np.float64)


exponential: Callable[[float], float] = math.exp if njit is None else _series


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
def noise_of(t: Floats, settled: Floats, theta: Floats) -> Noise:
    """Return the covariances of a course, at volatility 1 those of fluctuation and error."""
    n = len(t)
    level, growth = theta[AT.level_sd] ** 2, theta[AT.growth_sd] ** 2
    tie = theta[AT.level_growth_correlation] * theta[AT.level_sd] * theta[AT.growth_sd]
    # The walk's SD is told for ten sessions; its variance adds up session by session.
    step = theta[AT.walk_sd] ** 2 / WALK_SESSIONS
    # carry^(gap) as exp(gap log carry): a power for every pair of sessions is slower.
    log_carry = math.log(theta[AT.carry_over])
    logs, loud = np.empty(n), np.empty(n)
    between, carried, error = np.empty((n, n)), np.empty((n, n)), np.empty(n)
    for i in range(n):
        logs[i] = math.log(t[i])
        loud[i] = math.exp(theta[AT.settling] * settled[i])
        error[i] = loud[i] ** 2
        for j in range(i + 1):
            x, z = logs[i], logs[j]
            between[i, j] = level + tie * (x + z) + growth * x * z + step * (t[j] - 1)
            carried[i, j] = loud[i] * loud[j] * math.exp(log_carry * (t[i] - t[j]))
            between[j, i], carried[j, i] = between[i, j], carried[i, j]
    return Noise(logs, settled, between, carried, error)


@compiled
def covariance(noise: Noise, theta: Floats, square: float) -> Floats:
    """Return V = Z G Z' + walk + square (fluctuation + error)."""
    n = len(noise.error)
    V = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            V[i, j] = (
                noise.between[i, j] + square * theta[AT.carry_over_sd] ** 2 * noise.carried[i, j]
            )
        V[i, i] += square * theta[AT.error_sd] ** 2 * noise.error[i]
    return V


@compiled
def residual(y: Floats, X: Floats, beta: Floats) -> Floats:
    """Return r = y - X beta."""
    r = y.copy()
    for j in range(len(r)):
        for c in range(len(beta)):
            r[j] -= beta[c] * X[j, c]
    return r


@compiled
def inverted(V: Floats) -> float:
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
def bends_of(fade: Floats) -> Floats:
    """Return the slopes of S_f, E_l and R_l in lead, tail and remains, on the same steps."""
    bends = np.zeros((3, 4))
    for k in range(3):
        for edge in range(2):
            bends[edge, k] -= fade[k]
            bends[edge, k + 1] += fade[k]
        bends[2, k] = -(STAYS ** (k + 1))
    bends[2, 3] = -(STAYS**3)
    return bends


@compiled
def edges(theta: Floats, bends: Floats) -> Floats:
    """Return S_f on the steps H_f, H_(f-1), ..., and E_l, R_l on H_(l+1), H_(l+2), ..."""
    ends = np.zeros((3, 4))
    ends[0, 0], ends[1, 0] = 1.0, 1.0
    for k in range(4):
        ends[0, k] += theta[AT.lead] * bends[0, k]
        ends[1, k] += theta[AT.tail] * bends[1, k]
        ends[2, k] += (theta[AT.remains] - 1) * bends[2, k]
    return ends


@compiled
def node_of(V: Floats, r: Floats, ends: Floats) -> Node:
    """Return precision, Gram matrix of the families, and log density without ruptures."""
    n = len(r)
    log_det = inverted(V)
    # Row and column n stay 0: a step that begins after the last session is no step.
    C, HPr, FPr = np.zeros((n + 1, n + 1)), np.zeros(n + 1), np.zeros(4 * n)
    distance = 0.0
    # Two-way cumulative sums from the end: C[s, s'] = H_s' P H_s'.
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
    # log N(r; 0, V)
    quiet = -0.5 * (log_det + distance + n * math.log(2 * math.pi))
    return Node(V, HPr, FPr, steps, gram, quiet)
