"""Reliability of repeated ratings: of a client's change, and of differences between clients."""

import math
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from alliance.errors import AllianceError
from alliance.reliability.components import VarianceComponents, variance_components
from alliance.reliability.internal_consistency import as_items
from alliance.results import Result


@dataclass(frozen=True, eq=False, kw_only=True)
class WithinPersonReliability(Result):
    """What repeated ratings can tell of change within, and of differences between, clients.

    Attributes
    ----------
    frame : DataFrame
        One row for each component: ``component``, ``variance`` (squared answer points),
        ``share`` of their sum.
    r_c : float
        Reliability of change: of a client's score in a session around the client's own level.
    r_1r : float
        Reliability of one session's score, from a session drawn at random, as a measure of the
        client's level.
    r_kr : float
        The same for the mean over `sessions_averaged` sessions drawn at random.
    r_kf : float
        The same for the mean over that many sessions if all clients are compared in the very
        same sessions.
    sessions_averaged : float
    items, forms, incomplete, clients, sessions : int
        Items; complete forms used; forms set aside as incomplete; clients and distinct session
        numbers among the forms used.
    note : str
        Why the coefficients are undefined or doubtful; empty otherwise.
    """

    r_c: float
    r_1r: float
    r_kr: float
    r_kf: float
    sessions_averaged: float
    items: int
    forms: int
    incomplete: int
    clients: int
    sessions: int
    note: str = ""

    def table_rows(self) -> pd.DataFrame:
        """Return the four coefficients, with what each is about."""
        about = {
            "R_C": (self.r_c, "change of a client between sessions"),
            "R_1R": (self.r_1r, "level of a client, from one session"),
            "R_KR": (self.r_kr, "level of a client, from the mean over sessions"),
            "R_KF": (self.r_kf, "the same, all clients in the same sessions"),
        }
        rows = [(name, value, text) for name, (value, text) in about.items()]
        return pd.DataFrame(rows, columns=["coefficient", "value", "reliability of"])


def within_person_reliability(
    items: pd.DataFrame | np.ndarray,
    client: ArrayLike,
    session: ArrayLike,
    *,
    sessions_averaged: float | None = None,
) -> WithinPersonReliability:
    """Return the within- and between-person reliability of repeated ratings.

    Parameters
    ----------
    items : DataFrame or array, shape (forms, items)
        Keyed answers; NaN where unanswered. Forms with a missing answer are set aside.
    client, session : sequence, shape (forms,)
        Whose form it is and from which session; each pair once.
    sessions_averaged : float, optional
        Number of sessions averaged in ``r_kr`` and ``r_kf``. By default the harmonic mean of
        the clients' numbers of sessions: error of a mean goes with 1 / number.

    Returns
    -------
    WithinPersonReliability
        Coefficients are NaN, and ``note`` says why, where they cannot be told.

    Raises
    ------
    AllianceError
        If lengths differ or a client has two forms for a session.

    Notes
    -----
    With variances V of client (C), session (S), item and residual (E), k items and n sessions::

        r_c  = V(CS) / (V(CS) + V(E)/k)
        r_1r = (V(C) + V(CI)/k) / (V(C) + V(CI)/k + V(S) + V(CS) + V(E)/k)
        r_kr = the same with V(S), V(CS) and V(E)/k divided by n
        r_kf = (V(C) + V(CI)/k) / (V(C) + V(CI)/k + V(E)/(nk))

    estimated by REML (`variance_components`), so that clients may have different numbers of
    sessions. It makes sense where session numbers mean the same for all clients (the fifth
    session of each). All items weigh the same; if they reflect change unequally, ``r_c`` is
    a lower bound. Changes shared by all items for a passing reason (a bad day) count as change.

    References
    ----------
    Cranford, Shrout, Iida, Rafaeli, Yip & Bolger (2006), Personality and Social Psychology
    Bulletin, 32, 917-929, doi:10.1177/0146167206287721. Shrout & Lane (2012), Psychometrics,
    in Mehl & Conner (eds), Handbook of research methods for studying daily life, 302-320.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> client, session = np.divmod(np.arange(1000), 10)
    >>> level, change = rng.normal(0, 0.8, 100), rng.normal(0, 0.5, 1000)
    >>> noise = rng.normal(0, 0.7, (1000, 4))
    >>> items = 5 + level[client][:, None] + change[:, None] + noise
    >>> found = within_person_reliability(items, client, session)
    >>> round(found.r_c, 2), round(0.25 / (0.25 + 0.49 / 4), 2)
    (0.68, 0.67)
    """
    answers = as_items(items)
    clients, sessions = np.asarray(client), np.asarray(session)
    _check_keys(answers, clients, sessions)
    complete = ~np.isnan(answers).any(axis=1)
    used = answers[complete]
    who, clients = pd.factorize(clients[complete])
    when, sessions = pd.factorize(sessions[complete], sort=True)
    counts = {
        "items": answers.shape[1],
        "forms": len(used),
        "incomplete": int((~complete).sum()),
        "clients": len(clients),
        "sessions": len(sessions),
    }
    if sessions_averaged is None:
        # Error of a mean goes with 1 / number, so it is the harmonic mean that counts.
        sessions_averaged = float(1 / pd.Series(1 / np.bincount(who)).mean())
    elif not sessions_averaged >= 1:
        raise AllianceError(f"sessions_averaged must be 1 or more, not {sessions_averaged}.")
    note = _undefined(used, who, when)
    parts = dict.fromkeys((part.name for part in fields(VarianceComponents)), math.nan)
    if not note:
        parts = variance_components(used, who, when).as_dict()
        note = "" if parts["client_session"] > 0 else "no change beyond chance within clients"
    values: dict[str, Any] = {**_coefficients(parts, answers.shape[1], sessions_averaged), **counts}
    return WithinPersonReliability(
        frame=_frame(parts), sessions_averaged=sessions_averaged, note=note, **values
    )


def _check_keys(answers: np.ndarray, clients: np.ndarray, sessions: np.ndarray) -> None:
    if not len(answers) == len(clients) == len(sessions):
        raise AllianceError(
            f"items, client and session must have the same length, "
            f"not {len(answers)}, {len(clients)} and {len(sessions)}."
        )
    keys = pd.DataFrame({"client": clients, "session": sessions})
    if keys.isna().any(axis=None):
        raise AllianceError("Every form needs a client and a session.")
    if keys.duplicated().any():
        example = keys[keys.duplicated()].iloc[0]
        raise AllianceError(
            f"Client {example['client']} has two forms for session {example['session']}.\n"
            "To fix: give the forms of one rater, and of one moment where there are two (on the "
            "command line --when), so that there is one for each session."
        )


def _undefined(answers: np.ndarray, who: np.ndarray, when: np.ndarray) -> str:
    if answers.shape[1] < 2:
        return "fewer than 2 items"
    if len(set(who)) < 2 or len(set(when)) < 2:
        return "fewer than 2 clients or 2 sessions with complete forms"
    if len(answers) - _crossed_effects(who, when) < 1:
        return "too few clients with two sessions in common to tell change from error"
    slack = 1e-9 * max(1.0, np.abs(answers).max())
    if (np.ptp(answers, axis=1) <= slack).all():
        return "each form has the same answer to all items"
    first = answers[np.unique(who, return_index=True)[1]]
    if (np.abs(answers - first[who]) <= slack).all():
        return "every client gave the same answers at every session"
    return ""


def _crossed_effects(who: np.ndarray, when: np.ndarray) -> int:
    # Client and session effects that can be told apart: one less for each block of clients and
    # sessions that hang together.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    clients, sessions = who.max() + 1, when.max() + 1
    size = clients + sessions
    links = coo_array((np.ones(len(who)), (who, when + clients)), shape=(size, size))
    blocks, _ = connected_components(links, directed=False)
    return int(size - blocks)


def _frame(parts: dict[str, float]) -> pd.DataFrame:
    frame = pd.DataFrame({"component": list(parts), "variance": list(parts.values())})
    return frame.assign(share=frame["variance"] / frame["variance"].sum(skipna=False))


def _coefficients(parts: dict[str, float], items: int, sessions: float) -> dict[str, float]:
    level = parts["client"] + parts["client_item"] / items
    change, error = parts["client_session"], parts["residual"] / items
    passing = parts["session"] + change + error
    return {
        "r_c": change / (change + error),
        "r_1r": level / (level + passing),
        "r_kr": level / (level + passing / sessions),
        "r_kf": level / (level + error / sessions),
    }
