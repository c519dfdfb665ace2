"""From a rupture log, one row for each reported session, to ruptures with a start and an end."""

import numpy as np
import pandas as pd

from alliance.course.choosing import rows_of
from alliance.log.check import NOT_STATED, RESOLVED_FROM, tidy_log


def reports(
    log: pd.DataFrame, sessions: pd.DataFrame, *, resolved_from: float = RESOLVED_FROM
) -> pd.DataFrame:
    """Join reported sessions into ruptures.

    Parameters
    ----------
    log : DataFrame
        client, session, and if known source (one only), tension (above 0: the session lay in a
        rupture; without the column every row is one) and resolution (see `tidy_log`). Without
        `resolution` nothing counts as repaired.
    sessions : DataFrame
        client and session of the rated sessions.
    resolved_from : float
        Where the resolution is an extent from 1 to 5, the least that counts as resolved.

    Returns
    -------
    DataFrame
        client, onset, end (last session reported as a rupture), repaired; sorted.

    Raises
    ------
    AllianceError
        If several sources reported, or the log cannot be used.

    Notes
    -----
    Reported sessions belong to one rupture until it is resolved or until a rated session without
    a report lies between them. A resolution in a session without tension ends the rupture at
    the session before.

    Examples
    --------
    >>> log = pd.DataFrame({
    ...     "client": "a", "session": [4, 5, 9], "tension": 1, "resolution": [0, 1, 0]
    ... })
    >>> rated = pd.DataFrame({"client": "a", "session": range(1, 13)})
    >>> reports(log, rated).values.tolist()
    [['a', 4, 5, True], ['a', 9, 9, False]]
    """
    log = tidy_log(log, resolved_from=resolved_from)
    of_one_source(log[log["source"] != NOT_STATED])
    # A rated session without a report ends a rupture; one that was not rated does not.
    rated = {
        client: np.sort(numbers.to_numpy())
        for client, numbers in sessions.groupby("client")["session"]
    }
    found = [
        (client, *report)
        for client, rows in log.groupby("client", sort=True)
        for report in _of_client(rows, rated.get(client, np.empty(0)))
    ]
    columns = ["client", "onset", "end", "repaired"]
    types = {"client": "str", "onset": "int64", "end": "int64", "repaired": "bool"}
    return pd.DataFrame(found, columns=columns).astype(types)


def of_one_source(log: pd.DataFrame, source: str | None = None) -> pd.DataFrame:
    """Return the rows of a tidy log that one source reported.

    Raises
    ------
    AllianceError
        If there are several and none is named, or the one named is not there.
    """
    example = (
        "log[log['{0}'] == '{1}'] in Python, --{0} {1} at the command line (--from-source with "
        "alliance log --against)"
    )
    return rows_of(log, "source", source, table="rupture log", example=example)


def _of_client(rows: pd.DataFrame, rated: np.ndarray) -> list[tuple[int, int, bool]]:
    """Return onset, end and whether repaired of one client's reported ruptures."""
    number = rows["session"].tolist()
    tense = (rows["tension"] > 0).tolist()
    resolved = rows["resolved"].fillna(False).astype(bool).tolist()
    found: list[tuple[int, int, bool]] = []
    under_way = False
    for session, hurts, mends in zip(number, tense, resolved, strict=True):
        # Rated sessions strictly between the last report and this one were without rupture.
        if under_way:
            unreported = np.searchsorted(rated, session) - np.searchsorted(
                rated, found[-1][1], side="right"
            )
            under_way = unreported == 0
        if hurts and under_way:
            found[-1] = (found[-1][0], session, mends)
        elif hurts:
            found.append((session, session, mends))
        elif mends and under_way:
            found[-1] = (*found[-1][:2], True)
        under_way = (hurts or under_way) and not mends
    return found
