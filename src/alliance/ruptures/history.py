"""Histories: what became of each course of therapy, and how many clients are left at each step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from alliance.errors import AllianceError
from alliance.results.notebook import in_html
from alliance.ruptures.found import Ruptures
from alliance.tables import SESSIONS, tidy

if TYPE_CHECKING:
    from alliance.results import PublicationTable

KINDS = ("uninterrupted", "repaired", "unrepaired", "mixed", "open", "not judged")
_STEPS = (
    "clients",
    "rated",
    "judged",
    "without rupture",
    "with rupture",
    "all repaired",
    "all unrepaired",
    "some repaired, some not",
    "only open",
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Histories:
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

    frame: pd.DataFrame
    found: Ruptures

    def flow(self) -> pd.DataFrame:
        """Return how many courses are left at each step.

        Returns
        -------
        DataFrame
            rater, step, courses and share (of those judged; missing before that step). The
            last four steps split those with a rupture.
        """
        parts = [_flow(part, rater) for rater, part in self.frame.groupby("rater", sort=True)]
        if not parts:
            return pd.DataFrame(columns=["rater", "step", "courses", "share"])
        return pd.concat(parts, ignore_index=True)

    def summary(self) -> pd.DataFrame:
        """Return for each rater and kind the courses, and means of sessions and ruptures."""
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

    def text(self) -> str:
        """Return what became of the clients, in sentences for a paper."""
        flow = self.flow()
        if flow.empty:
            return "There were no courses of therapy."
        return " ".join(
            _told(rater, part.set_index("step")["courses"])
            for rater, part in flow.groupby("rater", sort=True)
        )

    def to_table(self, *, number: int | None = None) -> PublicationTable:
        """Return the flow of courses as a table for a paper; see `alliance.results`."""
        from alliance import results

        flow = self.flow()
        who = [results.words("Rater", flow["rater"])] if flow["rater"].nunique() > 1 else []
        share = results.percents("% of those judged", flow["share"])
        cells = ["" if cell == results.DASH else cell for cell in share.cells]
        return results.PublicationTable(
            number=number,
            title="What Became of the Courses of Therapy",
            columns=(
                *who,
                results.words("Step", flow["step"].str.capitalize()),
                results.counts("n", flow["courses"]),
                replace(share, cells=tuple(cells)),
            ),
            general="The last four rows split the courses with a rupture; a course that no "
            f"session of could be judged is counted in no row below Judged. {self.found.text_of_rule()}",
        )

    def _repr_html_(self) -> str:
        return in_html(self.flow(), self.text())


def histories(sessions: pd.DataFrame, found: Ruptures) -> Histories:
    """Say for each course of therapy what became of it.

    Parameters
    ----------
    sessions : DataFrame
        The sessions table that `found` comes from.
    found : Ruptures
        From `alliance.find_ruptures`.

    Returns
    -------
    Histories

    Raises
    ------
    AllianceError
        If `found` is of other clients or raters than the table.

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
    >>> histories(sessions, found).frame[["client", "repaired", "open", "kind"]]
      client  repaired  open      kind
    0      a         1     0  repaired
    1      b         0     1      open
    """
    if not isinstance(found, Ruptures):
        raise AllianceError("found must be what find_ruptures() returned.")
    _check_same(tidy(sessions, SESSIONS, sort=False), found)
    courses = found.clients
    frame = courses[["client", "rater", "sessions", "first", "last"]].copy()
    for name in ("ruptures", "repaired", "unrepaired", "open"):
        frame[name] = courses[name].astype("int64")
    frame["followed"] = _followed(courses, found)
    frame["kind"] = _kinds(courses)
    frame["reason"] = courses["reason"]
    return Histories(frame=frame.reset_index(drop=True), found=found)


def _check_same(sessions: pd.DataFrame, found: Ruptures) -> None:
    if found.instrument is not None and "instrument" in sessions:
        sessions = sessions[sessions["instrument"] == found.instrument]
    here = set(zip(sessions["client"], sessions["rater"], strict=True))
    there = set(zip(found.clients["client"], found.clients["rater"], strict=True))
    if here != there:
        client, rater = sorted(here ^ there)[0]
        where = "sessions" if (client, rater) in here else "ruptures"
        raise AllianceError(
            f"The ruptures were not found in these sessions: client {client}, rater {rater}, is "
            f"only among the {where}.\nTo fix: pass the table that find_ruptures() was given."
        )


def _kinds(courses: pd.DataFrame) -> pd.Series:
    kind = pd.Series("uninterrupted", index=courses.index, dtype="str")
    repaired, unrepaired = courses["repaired"] > 0, courses["unrepaired"] > 0
    kind[courses["open"] > 0] = "open"
    kind[repaired] = "repaired"
    kind[unrepaired] = "unrepaired"
    kind[repaired & unrepaired] = "mixed"
    kind[~courses["judged"].astype(bool)] = "not judged"
    return kind


def _followed(courses: pd.DataFrame, found: Ruptures) -> pd.Series:
    """Count each course's rated sessions after the end of its first repaired rupture."""
    repaired = found.frame[found.frame["outcome"] == "repaired"]
    first = repaired.groupby(["client", "rater"])["end"].min().rename("end").reset_index()
    rated = found.flags[["client", "rater", "session"]].merge(first, on=["client", "rater"])
    after = rated[rated["session"] > rated["end"]].groupby(["client", "rater"]).size()
    keys = pd.MultiIndex.from_frame(courses[["client", "rater"]])
    return pd.Series(after.reindex(keys, fill_value=0).to_numpy(), index=courses.index)


def _flow(part: pd.DataFrame, rater: str) -> pd.DataFrame:
    kinds = part["kind"].value_counts().reindex(KINDS, fill_value=0)
    judged = len(part) - kinds["not judged"]
    counts = (
        len(part),
        int((part["sessions"] > 0).sum()),
        judged,
        kinds["uninterrupted"],
        judged - kinds["uninterrupted"],
        kinds["repaired"],
        kinds["unrepaired"],
        kinds["mixed"],
        kinds["open"],
    )
    table = pd.DataFrame({"step": pd.array(_STEPS, "str"), "courses": counts})
    table.insert(0, "rater", pd.array([rater] * len(table), "str"))
    share = table["courses"] / judged if judged else table["courses"] * float("nan")
    table["share"] = share.where(table.index >= _STEPS.index("judged"))
    return table


def _told(rater: str, count: pd.Series) -> str:
    judged = count["judged"]
    share = f" ({100 * count['with rupture'] / judged:.0f}%)" if judged else ""
    return (
        f"Of {count['clients']} clients rated by {rater}, {count['rated']} had a score and "
        f"{judged} could be judged; {count['with rupture']} of these{share} had a rupture: all "
        f"repaired in {count['all repaired']}, none in {count['all unrepaired']}, some in "
        f"{count['some repaired, some not']}, still open in {count['only open']}."
    )
