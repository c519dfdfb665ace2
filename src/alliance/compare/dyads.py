"""Two raters of the same sessions side by side, and dyads put together from strangers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.errors import AllianceError, join_names, suggest
from alliance.tables import SESSIONS, scale_columns, tidy


@dataclass(frozen=True, eq=False, kw_only=True)
class Dyads:
    """Scores of two raters, clients x sessions; NaN where one did not rate.

    Parameters
    ----------
    clients : ndarray of str, shape (clients,)
    numbers : ndarray of int, shape (sessions,)
        Session numbers, without gaps from the first to the last.
    first, second : ndarray of float, shape (clients, sessions)
    """

    clients: np.ndarray
    numbers: np.ndarray
    first: np.ndarray
    second: np.ndarray

    def strangers(self, rng: np.random.Generator) -> Dyads:
        """Return every client's first ratings with another client's second ratings."""
        count = len(self.clients)
        order = rng.permutation(count)
        # A turn of a random order: nobody keeps the own partner.
        partner = np.empty(count, dtype=np.int64)
        partner[order] = np.roll(order, 1)
        return Dyads(
            clients=self.clients,
            numbers=self.numbers,
            first=self.first,
            second=self.second[partner],
        )


def dyads(
    sessions: pd.DataFrame,
    *,
    scale: str,
    first: str,
    second: str,
    instrument: str | None = None,
) -> Dyads:
    """Return the clients with a session that both rated.

    Raises
    ------
    AllianceError
        If scale or raters are unknown, several questionnaires are in the table, or fewer than
        three clients have a session rated by both.
    """
    sessions = tidy(sessions, SESSIONS)
    if scale not in sessions.columns:
        raise AllianceError(
            f"The sessions table has no scale '{scale}'.{suggest(scale, scale_columns(sessions))}"
        )
    raters = sorted(sessions["rater"].unique())
    for rater in (first, second):
        if rater not in raters:
            raise AllianceError(
                f"No session was rated by '{rater}'.{suggest(rater, raters)} "
                f"Raters: {join_names(raters)}."
            )
    sessions = _of_one_instrument(sessions, instrument)
    sessions = sessions[sessions[scale].notna()]
    wide = sessions.pivot(index=["client", "session"], columns="rater", values=scale)
    both = wide.reindex(columns=[first, second]).dropna(how="any")
    clients = np.array(sorted(both.index.get_level_values("client").unique()), dtype=object)
    if len(clients) < 3:
        raise AllianceError(
            f"Only {len(clients)} clients have a session that {first} and {second} both rated; "
            "3 are needed."
        )
    known = wide[wide.index.get_level_values("client").isin(clients)]
    session = known.index.get_level_values("session")
    numbers = np.arange(session.min(), session.max() + 1)
    tables = {
        rater: known[rater].unstack("session").reindex(index=clients, columns=numbers)
        for rater in (first, second)
    }
    return Dyads(
        clients=clients,
        numbers=numbers,
        first=tables[first].to_numpy(float),
        second=tables[second].to_numpy(float),
    )


def _of_one_instrument(sessions: pd.DataFrame, instrument: str | None) -> pd.DataFrame:
    if "instrument" not in sessions.columns:
        return sessions
    there = sorted(sessions["instrument"].dropna().unique())
    if instrument is None and len(there) > 1:
        raise AllianceError(
            f"The table holds several questionnaires: {join_names(there)}.\n"
            f"To fix: name one, e.g. instrument='{there[0]}'."
        )
    if instrument is not None and instrument not in there:
        raise AllianceError(f"There is no '{instrument}' in the table; it has {join_names(there)}.")
    return sessions if instrument is None else sessions[sessions["instrument"] == instrument]


def profile_correlations(pair: Dyads, fewest: int) -> np.ndarray:
    """Return each client's correlation of the two raters over sessions both rated.

    NaN with fewer than `fewest` such sessions, or where one rater always said the same.

    Examples
    --------
    >>> rows = np.array([[1.0, 2, 3, 4]])
    >>> pair = Dyads(clients=np.array(["a"]), numbers=np.arange(4), first=rows, second=-rows)
    >>> profile_correlations(pair, 4).round(6).tolist()
    [-1.0]
    """
    shared = ~np.isnan(pair.first) & ~np.isnan(pair.second)
    one, other = _centred(pair.first, shared), _centred(pair.second, shared)
    spread = np.sqrt((one**2).sum(1) * (other**2).sum(1))
    usable = (shared.sum(1) >= fewest) & (spread > 1e-9)
    return np.divide((one * other).sum(1), spread, out=np.full(len(spread), np.nan), where=usable)


def _centred(table: np.ndarray, shared: np.ndarray) -> np.ndarray:
    """Return the deviations from each client's mean over the shared sessions, 0 elsewhere."""
    inside = np.where(shared, table, 0.0)
    mean = inside.sum(1) / np.maximum(shared.sum(1), 1)
    return np.where(shared, inside - mean[:, None], 0.0)


def lagged(outcome: np.ndarray, leader: np.ndarray, numbers: np.ndarray, own: bool = False):
    """Return the rows of a lagged regression: outcome, predictors, client.

    Parameters
    ----------
    outcome, leader : ndarray, shape (clients, sessions)
    numbers : ndarray of int, shape (sessions,)
    own : bool
        With the outcome's own score one session before as a last predictor.

    Returns
    -------
    outcome : ndarray, shape (rows,)
    predictors : ndarray, shape (rows, 2 or 3)
        The leader's score one session before, log session number (and the own lag).
    client : ndarray of int, shape (rows,)
    """
    now, before = outcome[:, 1:], leader[:, :-1]
    use = ~np.isnan(now) & ~np.isnan(before)
    if own:
        use &= ~np.isnan(outcome[:, :-1])
    client, at = np.nonzero(use)
    growth = np.log(np.maximum(numbers[1:], 1))
    columns = [before[use], growth[at], *([outcome[:, :-1][use]] if own else [])]
    return now[use], np.column_stack(columns), client
