"""Variance components of repeated questionnaires: clients, sessions, items and what they share."""

from dataclasses import asdict, dataclass

import numpy as np

_LEAST_RESIDUAL = 1e-7
# The order in which the likelihood takes them; the variance of items follows from these.
_FREE = ("client", "session", "client_session", "client_item", "session_item", "residual")


@dataclass(frozen=True, kw_only=True)
class VarianceComponents:
    """Variances of one answer to one item, in squared answer points, none below 0.

    Parameters
    ----------
    client, session, item : float
        Differences between clients, between session numbers (a trend all share) and items.
    client_session : float
        Changes of a client from session to session that all items share: the signal in
        within-person change.
    client_item, session_item : float
    residual : float
        Everything else, the three-way interaction included.
    """

    client: float
    session: float
    item: float
    client_session: float
    client_item: float
    session_item: float
    residual: float

    def as_dict(self) -> dict[str, float]:
        """Return the components by name."""
        return asdict(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class _Stratum:
    # Cross products of the columns [1, y, ...], overall and summed by client and by session.
    seen: np.ndarray
    overall: np.ndarray
    by_client: np.ndarray
    by_session: np.ndarray
    copies: int
    constant_is_fixed: bool


def variance_components(
    answers: np.ndarray, client: np.ndarray, session: np.ndarray
) -> VarianceComponents:
    """Estimate the components of a crossed client x session x item design by REML.

    Parameters
    ----------
    answers : array, shape (forms, items)
        Keyed answers without missing ones; two items or more.
    client, session : int array, shape (forms,)
        Codes 0, 1, 2 ...; each pair occurs once, not every pair must occur.

    Returns
    -------
    VarianceComponents

    Notes
    -----
    All seven components are random, the grand mean is fixed: the model that
    ``lme4::lmer(y ~ 1 + (1|id) + (1|time) + (1|items) + (1|id:time) + (1|id:items) +
    (1|items:time))`` fits. As every form used is complete, the likelihood falls into two
    independent strata, form means and contrasts among the items of a form, each with only
    clients and sessions crossed; both are evaluated exactly, with matrices no larger than
    clients x sessions. In balanced data without negative estimates this is also the analysis
    of variance.

    Clients may have different numbers of sessions and missed ones; the estimates are consistent
    if what is missing does not depend on the answers that are missing.

    References
    ----------
    Patterson & Thompson (1971), Biometrika, 58, 545-554, doi:10.1093/biomet/58.3.545.
    Brennan (2001), Generalizability theory, Springer, doi:10.1007/978-1-4757-3456-0.

    Examples
    --------
    Put in: clients 1, changes 0.25, residual 1.

    >>> rng = np.random.default_rng(1)
    >>> client, session = np.divmod(np.arange(2000), 10)
    >>> answers = rng.normal(size=(200, 1))[client] + rng.normal(0, 0.5, (2000, 1))
    >>> found = variance_components(answers + rng.normal(size=(2000, 4)), client, session)
    >>> [round(value, 2) for value in (found.client, found.client_session, found.residual)]
    [0.82, 0.26, 0.99]
    """
    from scipy.optimize import minimize

    scale = float(answers.var())
    centred = (answers - answers.mean()) / np.sqrt(scale)
    items = answers.shape[1]
    means, contrasts = _strata(centred, client, session)

    def deviance(values: np.ndarray) -> tuple[float, np.ndarray]:
        shared, specific = values[:3], values[3:]
        one, slope_one, _ = _stratum_deviance(items * shared + specific, means)
        two, slope_two, _ = _stratum_deviance(specific, contrasts)
        return one + two, np.concatenate([items * slope_one, slope_one + slope_two])

    bounds = [(0.0, None)] * 5 + [(_LEAST_RESIDUAL, None)]
    options = {"maxiter": 2000, "maxfun": 5000, "ftol": 1e-14, "gtol": 1e-7, "maxcor": 20}
    found = minimize(
        deviance,
        _start(centred),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options=options,
    )
    constant = _stratum_deviance(found.x[3:], contrasts)[2]
    estimates = dict(zip(_FREE, (scale * found.x).tolist(), strict=True))
    return VarianceComponents(**estimates, item=float(scale * constant))


def _start(centred: np.ndarray) -> np.ndarray:
    # Far enough inside the bounds for every component to be able to move either way.
    between = float(centred.mean(axis=1).var())
    within = max(1 - between, 0.05)
    return np.array([between / 2, between / 20, between / 3, within / 5, within / 50, within / 2])


def _strata(
    centred: np.ndarray, client: np.ndarray, session: np.ndarray
) -> tuple[_Stratum, _Stratum]:
    items = centred.shape[1]
    mean = centred.mean(axis=1, keepdims=True)
    # Multiplied by the root of the number of items, means have the units of one answer.
    means = _stratum(np.sqrt(items) * mean, client, session, copies=1, constant_is_fixed=True)
    contrasts = _stratum(centred - mean, client, session, copies=items - 1, constant_is_fixed=False)
    return means, contrasts


def _stratum(
    values: np.ndarray,
    client: np.ndarray,
    session: np.ndarray,
    *,
    copies: int,
    constant_is_fixed: bool,
) -> _Stratum:
    columns = np.column_stack([np.ones(len(values)), values])
    by_client = np.zeros((client.max() + 1, columns.shape[1]))
    by_session = np.zeros((session.max() + 1, columns.shape[1]))
    seen = np.zeros((len(by_client), len(by_session)))
    np.add.at(by_client, client, columns)
    np.add.at(by_session, session, columns)
    seen[client, session] = 1.0
    return _Stratum(
        seen=seen,
        overall=columns.T @ columns,
        by_client=by_client,
        by_session=by_session,
        copies=copies,
        constant_is_fixed=constant_is_fixed,
    )


def _stratum_deviance(variances: np.ndarray, stratum: _Stratum) -> tuple[float, np.ndarray, float]:
    """Return -2 log restricted likelihood, its slope, and the variance of the constant.

    The covariance is W = c I + a ZZ' (clients) + b SS' (sessions), plus d 11' for a random
    constant. The best d has a closed form, and a fixed constant is the limit of a very large d.
    """
    c, forms = variances[2], stratum.overall[0, 0]
    products, client, session, log_size = _weigh(variances, stratum)
    information, cross = products[0, 0], products[0, 1:]
    squares, crossed = np.trace(products[1:, 1:]), cross @ cross
    if stratum.constant_is_fixed:
        removed, log_constant, constant = 1 / information, np.log(information), np.inf
    else:
        growth = max(1.0, crossed / (information * stratum.copies))
        removed, log_constant = (1 - 1 / growth) / information, np.log(growth)
        constant = (growth - 1) / information

    traces, explained = np.empty(3), np.empty(3)
    for place, (sums, trace) in enumerate((client, session)):
        one, rest = sums[:, 0], sums[:, 1:]
        traces[place] = trace - removed * one @ one
        explained[place] = ((rest - removed * np.outer(one, cross)) ** 2).sum()
    # The three slopes times their variances add up to what W as a whole explains.
    whole = squares - 2 * removed * crossed + removed**2 * information * crossed
    traces[2] = (forms - removed * information - traces[:2] @ variances[:2]) / c
    explained[2] = (whole - explained[:2] @ variances[:2]) / c
    deviance = stratum.copies * (log_size + log_constant) + squares - removed * crossed
    return deviance, stratum.copies * traces - explained, constant


def _weigh(
    variances: np.ndarray, stratum: _Stratum
) -> tuple[np.ndarray, tuple[np.ndarray, float], tuple[np.ndarray, float], float]:
    """Return the columns' products under the inverse of W, and W's log determinant.

    With X the columns: X'W^-1 X; then for clients (Z) and for sessions (S) the pair Z'W^-1 X and
    the trace of Z'W^-1 Z. W is inverted by Woodbury's formula, over clients, then sessions.
    """
    a, b, c = variances
    seen = stratum.seen
    spread = c + a * stratum.by_client[:, 0]
    weight = (a / spread)[:, None]
    inner = (np.diag(stratum.by_session[:, 0]) - seen.T @ (weight * seen)) / c
    by_session = (stratum.by_session - seen.T @ (weight * stratum.by_client)) / c
    overall = (stratum.overall - stratum.by_client.T @ (weight * stratum.by_client)) / c
    grown = np.eye(seen.shape[1]) + b * inner
    middle = b * np.linalg.inv(grown)
    shrunk = middle @ by_session
    weighted = seen / spread[:, None]

    client_sums = stratum.by_client / spread[:, None] - weighted @ shrunk
    client_trace = (stratum.by_client[:, 0] / spread).sum() - ((weighted @ middle) * weighted).sum()
    session_sums = by_session - inner @ shrunk
    session_trace = np.trace(inner) - ((inner @ middle) * inner).sum()
    log_size = (stratum.overall[0, 0] - len(seen)) * np.log(c) + np.log(spread).sum()
    return (
        overall - by_session.T @ shrunk,
        (client_sums, client_trace),
        (session_sums, session_trace),
        log_size + np.linalg.slogdet(grown)[1],
    )
