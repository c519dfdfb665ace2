"""Histories: what became of each course of therapy, and how many clients are left at each step."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.results import Result
from alliance.ruptures.following import REPAIRED
from alliance.ruptures.found import Ruptures

KINDS = ("uninterrupted", "repaired", "unrepaired", "mixed", "open", "not judged")


@dataclass(frozen=True, eq=False, kw_only=True)
class Histories(Result):
    """One row for each course of therapy: a client in the eyes of one rater.

    Parameters
    ----------
    frame : DataFrame
        client, rater; sessions (rated), first, last (session numbers, missing where none was
        rated); ruptures, repaired, unrepaired, open; followed (rated sessions after the end of
        the first repaired rupture, 0 if none was repaired); kind; reason (why not judged).
    found : Ruptures
        What the histories were made from.
    """

    found: Ruptures

    def flow(self) -> pd.DataFrame:
        """Return how many courses are left at each step.

        Returns
        -------
        DataFrame
            rater, step, courses and share (of those judged; missing before that step). The
            last four steps split those with a rupture.
        """
        frame = self.frame
        kinds = frame["kind"].value_counts().reindex(KINDS, fill_value=0)
        judged = len(frame) - kinds["not judged"]
        counts = {
            "clients": len(frame),
            "rated": int((frame["sessions"] > 0).sum()),
            "judged": judged,
            "without rupture": kinds["uninterrupted"],
            "with rupture": judged - kinds["uninterrupted"],
            "all repaired": kinds["repaired"],
            "all unrepaired": kinds["unrepaired"],
            "some repaired, some not": kinds["mixed"],
            "only open": kinds["open"],
        }
        steps = pd.DataFrame({"rater": self.found.rater, "step": list(counts)}, dtype="str")
        table = steps.assign(courses=list(counts.values()))
        # Shares of those judged only: who could not be judged has no history.
        share = table["courses"] / judged if judged else table["courses"] * np.nan
        table["share"] = share.where(~table["step"].isin(["clients", "rated"]))
        return table

    def kinds(self) -> pd.DataFrame:
        """Return for each kind of course how many there are, and means of sessions and ruptures."""
        frame = self.frame.assign(kind=pd.Categorical(self.frame["kind"], KINDS))
        grouped = frame.groupby(["rater", "kind"], observed=False)
        table = pd.DataFrame(
            {
                "courses": grouped.size(),
                "sessions": grouped["sessions"].mean(),
                "last": grouped["last"].mean().astype(float),
                "ruptures": grouped["ruptures"].mean(),
                "followed": grouped["followed"].mean(),
            }
        )
        return table.reset_index().astype({"kind": "str"})

    def table_rows(self) -> pd.DataFrame:
        """Return the flow of courses, which is the table for a paper."""
        return self.flow()

    def preface(self) -> str:
        """Return that cases are counted, where a client has several."""
        return self.found.preface()

    def facts(self) -> Mapping[str, object]:
        """Return how many courses are left at each step."""
        n = self.flow().set_index("step")["courses"].to_dict()
        share = n["with rupture"] / n["judged"] if n["judged"] else np.nan
        return {"n": n, "share": share}


def histories(found: Ruptures) -> Histories:
    """Say for each course of therapy what became of it.

    Parameters
    ----------
    found : Ruptures
        From `alliance.find_ruptures`.

    Returns
    -------
    Histories

    Raises
    ------
    AllianceError
        If `found` is something else.

    Notes
    -----
    A course is *uninterrupted* if no rupture was found, *repaired* if all that were settled
    were repaired, *unrepaired* if none was, *mixed* if some were, and *open* if its ruptures
    were still under way when the record ended. A course that no session of could be judged is
    *not judged*, never uninterrupted. Open ruptures beside settled ones do not change the kind.

    The kind is known only when therapy is over. To compare outcomes between kinds is to compare
    long courses with short ones, and courses chosen for ending well with those chosen for ending
    badly; see `alliance.effects.repair_gain`.

    Examples
    --------
    >>> import pandas as pd
    >>> from alliance import find_ruptures, rules
    >>> sessions = pd.DataFrame({
    ...     "client": ["a"] * 4 + ["b"] * 4, "session": [1, 2, 3, 4] * 2, "rater": "client",
    ...     "total": [6, 4.5, 6, 6, 6, 6, 6, 4.5],
    ... })
    >>> found = find_ruptures(sessions, rules.v_episode())
    >>> histories(found).frame[["client", "repaired", "open", "kind"]]
      client  repaired  open      kind
    0      a         1     0  repaired
    1      b         0     1      open
    """
    courses = Ruptures.expected(found).clients
    counts = ["ruptures", "repaired", "unrepaired", "open"]
    frame = courses[["client", "rater", "sessions", "first", "last", *counts]].assign(
        followed=_followed(found), kind=_kinds(courses), reason=courses["reason"]
    )
    return Histories(frame=frame, found=found)


def _kinds(courses: pd.DataFrame) -> pd.Series:
    repaired, unrepaired = courses["repaired"] > 0, courses["unrepaired"] > 0
    # The first that holds: an open rupture beside settled ones does not change the kind.
    kinds = {
        "not judged": ~courses["judged"],
        "mixed": repaired & unrepaired,
        "unrepaired": unrepaired,
        "repaired": repaired,
        "open": courses["open"] > 0,
    }
    kind = np.select(list(kinds.values()), list(kinds), "uninterrupted")
    return pd.Series(kind, index=courses.index, dtype="str")


def _followed(found: Ruptures) -> np.ndarray:
    """Count each course's rated sessions after the end of its first repaired rupture."""
    ends = found.scan.end[found.scan.outcome == REPAIRED]
    owners = found.scan.course[found.scan.outcome == REPAIRED]
    owners, first = np.unique(owners, return_index=True)
    followed = np.zeros(found.courses.count, dtype=np.int64)
    # Ruptures are sorted by course and onset, and without overlap their ends rise too.
    first_end = np.minimum.reduceat(ends, first) if len(first) else ends
    followed[owners] = found.courses.offsets[owners + 1] - 1 - first_end
    return followed
