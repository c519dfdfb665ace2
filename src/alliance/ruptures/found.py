"""The result of a search for ruptures: episodes, flags, clients, and the settings used."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import pandas as pd

from alliance.course import Courses
from alliance.errors import AllianceError
from alliance.results import Result
from alliance.rules import Rule
from alliance.ruptures.engine import Pools, Scan, scan
from alliance.ruptures.following import OUTCOMES
from alliance.ruptures.frames import cases_said, client_frame, flag_frame
from alliance.ruptures.why import explain


@dataclass(frozen=True, eq=False, kw_only=True)
class Ruptures(Result):
    """Ruptures found in one rater's scores, and what became of each.

    Parameters
    ----------
    frame : DataFrame
        Episodes, one row each, as in `alliance.tables.EPISODES`, and: ``overshoot``, the score at
        the repair less that before, turned so that better is positive (only where repaired);
        ``unit``, the size of the rule's unit in points; ``before_session``, the session that the
        fall is measured from, where it is one.
    courses : Courses
        The scores searched.
    rule : Rule
    scan : Scan
        What the engine found, as arrays.
    prospective, overlapping : bool
    pools : mapping, optional
        What the rule needs from all clients together, if it was given and not taken from `courses`.
    """

    courses: Courses
    rule: Rule
    scan: Scan
    prospective: bool = False
    overlapping: bool = False
    pools: Pools | None = None

    @classmethod
    def expected(cls, found: object) -> Self:
        """Return what a search found; raise AllianceError for anything else."""
        if not isinstance(found, cls):
            raise AllianceError(
                f"find_ruptures() returns what is needed here, not {type(found).__name__}.\n"
                "To fix: found = alliance.find_ruptures(sessions, rule), and give it found."
            )
        return found

    @property
    def scale(self) -> str:
        """Column of the sessions table."""
        return self.courses.scale

    @property
    def rater(self) -> str:
        """Whose scores were searched."""
        return self.courses.rater

    @property
    def instrument(self) -> str:
        """Key of the questionnaire; empty where it is not known."""
        return self.courses.instrument

    @property
    def higher_is_better(self) -> bool:
        """Is a fall of the score for the worse?"""
        return self.courses.sign == 1

    @property
    def searched_with(self) -> Rule:
        """The rule for scores turned so that a fall is for the worse."""
        return self.rule if self.higher_is_better else self.rule.mirrored()

    def again(self, courses: Courses, **options: Any) -> Scan:
        """Search other courses as these were, with more options of `scan`."""
        return scan(
            courses,
            self.searched_with,
            prospective=self.prospective,
            overlapping=self.overlapping,
            **options,
        )

    @cached_property
    def flags(self) -> pd.DataFrame:
        """What was found at each rated session, one row each.

        ``flagged`` (missing where it could not be judged), ``state`` (one of `STATES`),
        ``reference``, ``limit`` and ``unit`` of the rule at that session, ``reference_session``.
        """
        at = self.scan.sessions
        # Searched again, session by session, only when somebody asks: most never do.
        if at is None:
            at = self.again(self.courses, pools=self.pools, each_session=True).sessions
        return pd.DataFrame() if at is None else flag_frame(at, self.courses)

    @cached_property
    def clients(self) -> pd.DataFrame:
        """What was found in each course: rated ``sessions``, ``first``, ``last``, ``judged``, the
        ``reason`` if not, ``judged_sessions``, ``flagged`` ones, ``ruptures`` and what became of
        them.
        """
        return client_frame(self.scan, self.courses, self.rule, self.prospective)

    @property
    def sessions(self) -> pd.DataFrame:
        """The sessions used: client, session, rater and score."""
        frame = self.courses.frame
        frame.insert(2, "rater", pd.Series(self.rater, index=frame.index, dtype="str"))
        return frame

    @property
    def row(self) -> dict[str, Any]:
        """The counts by name: prevalence of clients judged, repair rate without open."""
        found = self.scan
        counts = found.counts()
        judged = int(np.count_nonzero(found.judged))
        ruptured = int(np.count_nonzero(counts.sum(axis=1)))
        fates = dict(zip(OUTCOMES, counts.sum(axis=0).tolist(), strict=True))
        settled = fates["repaired"] + fates["unrepaired"]
        return {
            "rater": self.rater,
            "clients": self.courses.count,
            "judged": judged,
            "not_judged": self.courses.count - judged,
            "sessions": len(self.courses.scores),
            "judged_sessions": int(found.judged.sum()),
            "flagged": int(found.flagged.sum()),
            "with_rupture": ruptured,
            "prevalence": ruptured / judged if judged else np.nan,
            "ruptures": int(counts.sum()),
            **fates,
            "repair_rate": fates["repaired"] / settled if settled else np.nan,
        }

    def table_rows(self) -> pd.DataFrame:
        """Return the counts in one row."""
        return pd.DataFrame([self.row])

    def preface(self) -> str:
        """Return that cases are counted, where a client has several."""
        return cases_said(self.clients)

    def facts(self) -> Mapping[str, object]:
        """Return the counts, what came in, and why clients were not judged."""
        came_in = self.courses.counts.get("rows", len(self.courses.scores))
        reasons = self.clients.loc[~self.clients["judged"], "reason"].value_counts().to_dict()
        return {"n": self.row, "came_in": came_in, "reasons": reasons}

    def why(
        self, client: str | None = None, session: int | None = None, rater: str | None = None
    ) -> str:
        """Explain in words and numbers why a session was flagged, was not, or was not judged.

        Parameters
        ----------
        client : str, optional
            By default the one with the deepest rupture, or the first if there is none.
        session : int, optional
            By default the onset of the client's deepest rupture, or the first rated session.
        rater : str, optional
            Whose scores; only those searched are known.

        Raises
        ------
        AllianceError
            If there is no such client or rater, or the client has several cases.
        """
        if not len(self.courses.scores):
            return "There were no sessions to judge."
        if client is None or session is None:
            client, session = self._deepest(client)
        return explain(self, client, session, rater)

    def _deepest(self, client: str | None) -> tuple[str, int]:
        """Return the onset of the deepest rupture, or the first rated session."""
        episodes, rated = self.frame, self.flags
        if client is not None:
            rated = rated[rated["client"] == str(client)]
            episodes = episodes[episodes["client"] == str(client)]
        if rated.empty:
            return str(client), 0
        if episodes.empty:
            row = rated.iloc[0]
            return str(row["client"]), int(row["session"])
        row = episodes.loc[episodes["depth"].idxmax()]
        return str(row["client"]), int(row["onset"])
