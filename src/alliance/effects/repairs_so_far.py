"""Repairs so far: for every session how many repairs came before, for analyses of one's own."""

import pandas as pd

from alliance.course import Courses
from alliance.effects.conventional import outcome_courses, therapies_of
from alliance.ruptures import Ruptures


def repairs_so_far(
    sessions: pd.DataFrame | Courses,
    found: Ruptures,
    *,
    outcome: str | None = None,
) -> pd.DataFrame:
    """Return the rated sessions with the number of repairs completed before each.

    Parameters
    ----------
    sessions : DataFrame
        A sessions table with the outcome; sessions are numbered from 1.
    found : Ruptures
        From `find_ruptures`, of the same clients.
    outcome : str, optional
        Column with the outcome; the scale in which ruptures were found if not given.

    Returns
    -------
    DataFrame
        The rows with an outcome of clients in whom ruptures could be looked for, sorted by client
        and session, and the column ``repairs_so_far``.

    Raises
    ------
    AllianceError
        If a column is unknown, or sessions are not numbered from 1.

    Notes
    -----
    Made to be handed to a program of one's own, such as ``pingouin.rm_corr`` or a mixed model. What
    such analyses are worth is said by `conventional_analyses`.

    Examples
    --------
    >>> from alliance import rules
    >>> from alliance.ruptures import find_ruptures
    >>> scores = [5.5, 5.6, 5.5, 4.2, 5.4, 5.6, 5.7]
    >>> sessions = pd.DataFrame(
    ...     {"client": "007", "session": range(1, 8), "rater": "client", "total": scores}
    ... )
    >>> found = find_ruptures(sessions, rules.own_mean())
    >>> repairs_so_far(sessions, found)["repairs_so_far"].tolist()
    [0, 0, 0, 0, 0, 1, 1]
    """
    chosen = outcome_courses(sessions, found, outcome=outcome)
    therapies = therapies_of(chosen, found)
    rated = chosen.table[chosen.table[chosen.scale].notna()].reset_index(drop=True)
    rated = rated.assign(repairs_so_far=therapies.repairs_before.astype(int))
    return rated[therapies.rows_of(therapies.judged)].reset_index(drop=True)
