"""Sudden falls: what a score shows on its day, before a detector can be sure."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.clinic.judge import Judged
from alliance.clinic.record import Record, last_rows
from alliance.effects import wilson_interval

ONE_IN = 20
MIN_CHANGES = 30
WEEK = 7


@dataclass(frozen=True, eq=False, kw_only=True)
class Falls:
    """The clinic's changes from session to session, and the sudden falls among them.

    `frame` has one row for each rated session, as in `Judged.frame`: client, session, change (points
    from the rated session before; NaN at the first), below (points below the own level), fell (the
    fall is sudden), back (by the next rated session half of the fall was made up; missing where there
    is none or nothing fell). A fall of `limit` points or more is sudden; NaN where there are too few
    changes. `falls` are earlier sudden falls with a later rating, `came_back` those that came back by
    it.
    """

    frame: pd.DataFrame
    limit: float
    falls: int
    came_back: int

    @property
    def share(self) -> tuple[float, float, float]:
        """Share of sudden falls that come back by the next session, with its 95 % interval."""
        low, high = wilson_interval(self.came_back, self.falls)
        share = self.came_back / self.falls if self.falls else np.nan
        return share, float(low), float(high)

    def latest(self, record: Record) -> pd.DataFrame:
        """Return each client's last row, with ``fell`` only if it is of the last seven days."""
        last = last_rows(self.frame)
        if record.at:
            dates = last_rows(record.rated)["date"]
            days = (pd.to_datetime(record.at) - pd.to_datetime(dates)).dt.days
            last = last.assign(fell=last["fell"] & days.reindex(last.index).lt(WEEK))
        return last


def falls(record: Record, judged: Judged) -> Falls:
    """Find the sudden falls of a clinic.

    Parameters
    ----------
    record : Record
    judged : Judged

    Notes
    -----
    A fall is sudden if at most 1 in 20 of this clinic's changes from one rated session to the next
    are as large for the worse, or if the score lies as far below the client's own level as at most
    1 in 20 do. Nothing is said where fewer than 30 changes are known.
    """
    frame, sign = judged.frame, record.sign
    turned = sign * frame["score"]
    by_client = turned.groupby(frame["client"], sort=False)
    drop, nxt = -by_client.diff(), by_client.shift(-1)
    # Twice seen: against the session before, and against the client's own level.
    below = sign * (frame["expected"] - frame["score"])
    few = drop.notna().sum() < MIN_CHANGES
    # Nothing reaches a limit that is not known.
    limit, deep = (np.nan, np.nan) if few else (_limit(drop), _limit(below))
    fell = ((drop >= limit) | (below >= deep)) & (drop > 0)
    # Half of what was lost since the session before, or since the own level if that is more.
    lost = pd.concat([drop, below], axis=1).max(axis=1)
    back = (nxt - turned >= lost / 2).astype("boolean").where(fell & nxt.notna())
    table = frame[["client", "session"]]
    return Falls(
        frame=table.assign(change=-sign * drop, below=below, fell=fell, back=back),
        limit=limit,
        falls=int(back.notna().sum()),
        came_back=int(back.fillna(False).sum()),
    )


def _limit(values: pd.Series) -> float:
    """Return the size that 1 in 20 reach; never so small that a tenth of a point would do."""
    known = values.dropna()
    if known.empty:
        return float("inf")
    return float(max(np.quantile(known, 1 - 1 / ONE_IN), 1e-9))
