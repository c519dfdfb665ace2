"""Moments: the handful of numbers by which two sessions tables can be called alike."""

from dataclasses import asdict, dataclass
from typing import Unpack

import numpy as np
import pandas as pd

from alliance.arrays import Floats
from alliance.course import Choice, Courses, courses
from alliance.errors import AllianceError

MIN_CLIENTS, MIN_FOR_VOLATILITY = 10, 5


@dataclass(frozen=True, kw_only=True)
class Moments:
    """What a sessions table looks like from afar; scores in the table's own points.

    Parameters
    ----------
    clients : int
        Clients with a score.
    rated : float
        Mean number of scores a client.
    last_mean, last_sd : float
        Mean and SD of the clients' last session numbers.
    missing : float
        Share of sessions up to the last that have no score.
    mean, sd, skewness : float
        Of all scores.
    level : float
        Mean score at session 1, by the common growth.
    growth : float
        Common rise for one unit of log(session), within clients.
    trait_sd, slope_sd, state_sd : float
        SDs of lasting level, own growth and passing state.
    volatility : float
        Variance, between clients, of the log variance of scores around the client's mean
        (clients with five scores or more); NaN if there are fewer than two.
    therapist_icc : float
        Share of the variance of clients' means that lies between therapists; NaN without
        therapists.
    icc : float
        Share of all variance that lies between clients (one-way analysis of variance).
    lag1 : float
        Correlation of successive scores around the client's mean; NaN if none varies.
    """

    clients: int
    rated: float
    last_mean: float
    last_sd: float
    missing: float
    mean: float
    sd: float
    skewness: float
    level: float
    growth: float
    trait_sd: float
    slope_sd: float
    state_sd: float
    volatility: float
    therapist_icc: float
    icc: float
    lag1: float

    def summary(self) -> pd.Series:
        """Return the moments as one named column of numbers."""
        return pd.Series(asdict(self), dtype=float)


def moments(
    sessions: pd.DataFrame | Courses,
    *,
    reliability: float = 0.9,
    autocorrelation: float = 0.35,
    **choice: Unpack[Choice],
) -> Moments:
    """Compute the moments of a sessions table.

    Parameters
    ----------
    sessions : DataFrame or Courses
        A sessions table.
    reliability : float
        Share of the variance of scores that is not measurement error, 0-1.
    autocorrelation : float
        Lag-1 autocorrelation of the passing state, 0 to below 1. Reliability and
        autocorrelation divide the variance within clients into own growth, passing state
        and error, which series of ten scores cannot do by themselves.
    **choice
        Which scores are meant, see `alliance.courses`.

    Returns
    -------
    Moments

    Raises
    ------
    AllianceError
        If the scores cannot be chosen, or fewer than 10 clients have one.

    Notes
    -----
    The variances of slope and state come from least squares, held at 0 or above, on half
    the squared difference of two residuals of a client around the common growth: its mean is
    error + state * (1 - autocorrelation**|s - t|) + slope * (log s - log t)**2 / 2. The
    trait has the rest of the variance. Ruptures are not told apart: they count as state and
    trait.

    Examples
    --------
    >>> from alliance import simulate
    >>> study = simulate.simulate(simulate.worlds()["N0"], clients=500, seed=1)
    >>> round(simulate.moments(study.sessions).level, 1)
    3.8
    """
    table = _scored(courses(sessions, **choice))
    client, names = pd.factorize(table["client"])
    session, score = table["session"].to_numpy(), table["score"].to_numpy()
    last = np.zeros(len(names))
    np.maximum.at(last, client, session)
    counts = np.bincount(client)
    log_session = np.log(session)
    # The slope within clients; 0 where nobody has two sessions.
    time = _centred(client, log_session)
    growth = time @ score / (time @ time) if (time @ time) > 0 else 0.0
    residual = score - growth * log_session
    level = (np.bincount(client, residual) / counts).mean()
    # Series of ten scores cannot tell error from passing state: reliability has to be given.
    error = (1 - reliability) * score.var()
    trait, slope, state = _components(client, session, residual - level, error, autocorrelation)
    icc, lag1, volatility = _within_moments(client, score)
    found = dict(
        rated=len(score) / len(names),
        last_mean=last.mean(),
        last_sd=last.std(),
        missing=1 - len(score) / last.sum(),
        mean=score.mean(),
        sd=score.std(),
        skewness=pd.Series(score).skew(),
        level=level,
        growth=growth,
        trait_sd=trait**0.5,
        slope_sd=slope**0.5,
        state_sd=state**0.5,
        volatility=volatility,
        therapist_icc=_therapist_icc(table, client, score),
        icc=icc,
        lag1=lag1,
    )
    return Moments(clients=len(names), **{name: float(value) for name, value in found.items()})


def _scored(chosen: Courses) -> pd.DataFrame:
    """Return client, session, score as given and therapist of the sessions numbered from 1."""
    rated = chosen.table[chosen.table[chosen.scale].notna()]
    therapist = rated.get("therapist", pd.Series(np.nan, index=rated.index))
    table = chosen.frame.assign(therapist=therapist.to_numpy())
    table = table[table["session"] >= 1].reset_index(drop=True)
    if table["client"].nunique() < MIN_CLIENTS:
        raise AllianceError(
            f"Moments need {MIN_CLIENTS} clients or more with a score, "
            f"not {table['client'].nunique()}."
        )
    return table


def _centred(client: Floats, values: Floats) -> Floats:
    return np.asarray(values - (np.bincount(client, values) / np.bincount(client))[client])


def _components(
    client: Floats, session: Floats, residual: Floats, error: float, autocorrelation: float
) -> Floats:
    """Return the variances of trait, slope and state."""
    from scipy.optimize import nnls

    longest = session.max()
    held = np.full((client.max() + 1, longest), np.nan)
    held[client, session - 1] = residual
    logs = np.log(np.arange(1, longest + 1))
    design, target = [np.zeros((1, 2))], [np.zeros(1)]
    for lag in range(1, longest):
        early, late = slice(0, longest - lag), slice(lag, longest)
        # Half squared differences are free of the lasting level: a variogram over lags.
        squares = (held[:, early] - held[:, late]) ** 2 / 2
        pairs = np.isfinite(squares).sum(axis=0)
        seen = pairs > 0
        weight = np.sqrt(pairs[seen])
        bend = ((logs[early] - logs[late]) ** 2 / 2)[seen]
        state = np.full(len(bend), 1 - autocorrelation**lag)
        design.append(np.column_stack([bend, state]) * weight[:, None])
        target.append((np.nansum(squares, axis=0)[seen] / pairs[seen] - error) * weight)
    slope, state = nnls(np.vstack(design), np.concatenate(target))[0]
    rest = (residual**2).mean() - error - state - slope * (np.log(session) ** 2).mean()
    return np.array([max(rest, 0), slope, state])


def _within_moments(client: Floats, score: Floats) -> tuple[float, float, float]:
    counts = np.bincount(client)
    within = _centred(client, score)
    squares = np.bincount(client, within**2)
    means = np.bincount(client, score) / counts
    between = (counts * (means - score.mean()) ** 2).sum() / (len(counts) - 1)
    inside = squares.sum() / max(len(score) - len(counts), 1)
    # The mean number of scores for unequal groups, n0 of the one-way analysis of variance.
    size = (len(score) - (counts**2).sum() / len(score)) / (len(counts) - 1)
    spread = (between - inside) / size
    next_one = client[1:] == client[:-1]
    lag1 = _correlation(within[1:][next_one], within[:-1][next_one])
    often = (counts >= MIN_FOR_VOLATILITY) & (squares > 0)
    logs = np.log(squares[often] / (counts[often] - 1))
    return spread / (spread + inside), lag1, logs.var() if often.sum() > 1 else np.nan


def _correlation(one: Floats, other: Floats) -> float:
    varies = len(one) > 1 and one.std() > 0 and other.std() > 0
    return float(np.corrcoef(one, other)[0, 1]) if varies else np.nan


def _therapist_icc(table: pd.DataFrame, client: Floats, score: Floats) -> float:
    if table["therapist"].isna().all():
        return np.nan
    first = table.groupby(client)["therapist"].first()
    therapist = pd.factorize(first)[0]
    means = np.bincount(client, score) / np.bincount(client)
    known = therapist >= 0
    if therapist.max() < 1 or known.sum() <= therapist.max() + 1:
        return np.nan
    icc, _, _ = _within_moments(therapist[known], means[known])
    return icc
