"""The rupture log as evidence: which rated sessions each source reported as a rupture."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance.course import Courses
from alliance.errors import AllianceError
from alliance.log.check import tidy_log
from alliance.tables import as_text


def reports_of(log: pd.DataFrame, chosen: Courses) -> dict[str, NDArray[np.float64]]:
    """Return by source 1 for each used session at which it reported a rupture, else 0.

    Raises AllianceError if the log cannot be used, or holds no report of these clients.
    """
    tidy = tidy_log(log.assign(client=as_text(log["client"])))
    tidy = tidy[tidy["tension"] > 0]
    owner = pd.Index(chosen.clients).get_indexer(tidy["client"])
    found: dict[str, NDArray[np.float64]] = {}
    for source, rows in tidy.assign(owner=owner)[owner >= 0].groupby("source", sort=True):
        reported = np.zeros(len(chosen.scores))
        for client, session in zip(rows["owner"], rows["session"], strict=True):
            begin, end = chosen.offsets[client], chosen.offsets[client + 1]
            row = begin + np.searchsorted(chosen.sessions[begin:end], session)
            # A report at a session that was not rated says nothing of another that was.
            if row < end and chosen.sessions[row] == session:
                reported[row] = 1.0
        found[str(source)] = reported
    if not found:
        raise AllianceError(
            "The rupture log holds no report of a client whose scores are used.\n"
            "To fix: check that both tables name the clients alike."
        )
    return found
