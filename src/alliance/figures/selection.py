"""What one picture shows: the scores chosen once, what was found in them, where each course stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from alliance.arrays import Ints
from alliance.course import Choice, Courses, courses
from alliance.errors import AllianceError, join_names, suggest
from alliance.model import PulseScan
from alliance.tables import SESSIONS, tidy

OUTCOMES = ("open", "unrepaired", "repaired")
POSTERIOR = ("client", "rater", "session", "posterior")
_MAX_NUMBERS = 10_000


@dataclass(frozen=True, eq=False, kw_only=True)
class Findings:
    """What a rule or the pulse detector found, in the one form in which it is drawn.

    `flags` holds ``reference``, ``limit`` and ``flagged`` of each session; `posterior` the
    probability of rupture, of the detector only; `choice` the scale, rater and questionnaire
    that were searched.
    """

    episodes: pd.DataFrame
    flags: pd.DataFrame
    posterior: pd.DataFrame | None = None
    choice: Mapping[str, str]


NOT_SEARCHED = Findings(
    episodes=pd.DataFrame(columns=["client", "onset", "outcome"]),
    flags=pd.DataFrame(columns=["client", "session", "reference", "limit", "flagged"]),
    choice={},
)


def findings_of(found: Any) -> Findings:
    """Return what `find_ruptures` or `find_pulses` found in the form in which it is drawn."""
    if found is None:
        return NOT_SEARCHED
    if isinstance(found, PulseScan):
        return _of_detector(found)
    choice = {"scale": found.scale, "rater": found.rater, "instrument": found.instrument}
    choice = {name: value for name, value in choice.items() if value}
    return Findings(episodes=found.frame, flags=found.flags, choice=choice)


def _of_detector(found: PulseScan) -> Findings:
    sessions = found.frame.rename(columns={"probability": "posterior", "expected": "reference"})
    likely = sessions["posterior"].gt(found.threshold).astype("boolean")
    flagged = likely.mask(sessions["posterior"].isna())
    raters = sessions["rater"].unique()
    return Findings(
        episodes=found.episodes,
        # The detector has a threshold for probabilities, and none for scores.
        flags=sessions.assign(flagged=flagged, limit=float("nan")),
        posterior=sessions[list(POSTERIOR)],
        choice={"scale": found.model.scale, **({"rater": raters[0]} if len(raters) == 1 else {})},
    )


def scores_to_draw(sessions: pd.DataFrame | Courses, findings: Findings, choice: Choice) -> Courses:
    """Choose the scores asked for, by default those searched; an error if there are none, or others."""
    searched = dict(findings.choice)
    if isinstance(sessions, pd.DataFrame) and "instrument" not in sessions.columns:
        searched.pop("instrument", None)
    for name, value in choice.items():
        key = getattr(value, "called", value)
        if value is not None and searched.get(name, key) != key:
            raise AllianceError(
                f"The ruptures were found with {name}='{searched[name]}', not '{key}'.\n"
                f"To fix: leave {name} out, or look for ruptures with {name}='{key}'."
            )
    given = {name: value for name, value in choice.items() if value is not None}
    chosen = courses(sessions, **{**searched, **given})  # type: ignore[arg-type]
    if chosen.table.empty:
        raise AllianceError("There is nothing to draw: the sessions table is empty.")
    return chosen


def known_clients(chosen: Courses, clients: Iterable[object]) -> list[str]:
    """Return the names of clients as text; an unknown one is an error."""
    names = [str(client) for client in clients]
    if not names:
        raise AllianceError("There is nothing to draw: choose at least one client.")
    known = set(chosen.clients)
    for name in names:
        if name not in known:
            raise AllianceError(
                f"There is no client '{name}' in the sessions.{suggest(name, sorted(known))}\n"
                "To fix: use the identifier as it stands in the column client; "
                "identifiers are text ('007' is not '7')."
            )
    return names


def worth_showing(chosen: Courses, findings: Findings) -> str:
    """Return the client with the deepest rupture found, or the first if there is none."""
    if findings.episodes.empty:
        return str(chosen.table["client"].iloc[0])
    return str(findings.episodes.loc[findings.episodes["depth"].idxmax(), "client"])


def standings(clients: Iterable[str], findings: Findings) -> pd.DataFrame:
    """Return where each course stands, by client.

    ``standing`` is the outcome that needs most attention (open, unrepaired, repaired), none or not
    judged, and empty without a search; ``depth`` that of the deepest fall with this outcome.
    """
    table = pd.DataFrame(index=pd.Index(list(clients), name="client"))
    if findings is NOT_SEARCHED:
        return table.assign(standing="", depth=0.0)
    judged = findings.flags["flagged"].notna().groupby(findings.flags["client"]).any()
    judged = judged.reindex(table.index, fill_value=False)
    episodes = findings.episodes
    worst = (
        episodes[["client"]]
        .assign(
            standing=episodes["outcome"],
            depth=(episodes["before"] - episodes["lowest"]).abs().astype(float),
            rank=episodes["outcome"].map(OUTCOMES.index),
        )
        .sort_values(["rank", "depth"], ascending=[True, False])
        .drop_duplicates("client")
        .set_index("client")[["standing", "depth"]]
    )
    table = table.join(worst)
    without = judged.map({True: "none", False: "not judged"})
    return table.assign(
        standing=table["standing"].fillna(without), depth=table["depth"].fillna(0.0)
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class Course:
    """One rater's ratings of one client's sessions, and what was found in them.

    `scores` by session number, NaN where a form was not scored; `missed` are the session numbers
    without a form of this rater; `flags` by session and `episodes` are empty, and so is `standing`,
    without a search.
    """

    client: str
    rater: str
    scores: pd.Series
    missed: Ints
    flags: pd.DataFrame
    episodes: pd.DataFrame
    standing: str

    @property
    def rated(self) -> pd.Series:
        """The scores that are there."""
        return self.scores.dropna()

    @property
    def unrated(self) -> Ints:
        """Session numbers without a score: no form, or a form that was not scored."""
        return np.union1d(self.missed, self.scores.index[self.scores.isna()])


def courses_of(
    chosen: Courses,
    sessions: pd.DataFrame | Courses,
    findings: Findings,
    standing: pd.Series,
) -> list[Course]:
    """Return clients' courses, in the order of `standing`; `sessions` tells where a form is missing."""
    every = chosen.table if isinstance(sessions, Courses) else tidy(sessions, SESSIONS, sort=False)
    near = every[every["client"].isin(standing.index)]
    spans = near.groupby("client")["session"].agg(["min", "max"])
    episodes = findings.episodes.sort_values("onset", ignore_index=True)
    made = []
    for client, outcome in standing.items():
        scores = scores_of(chosen, client)
        numbers = _every_number(client, *spans.loc[client])
        course = Course(
            client=client,
            rater=chosen.rater,
            scores=scores,
            missed=np.setdiff1d(numbers, scores.index),
            flags=_flags(findings.flags, client),
            episodes=episodes[episodes["client"].eq(client)],
            standing=outcome,
        )
        made.append(course)
    return made


def scores_of(chosen: Courses, client: str) -> pd.Series:
    """Return the scores of a client in points by session number, ascending; there must be one."""
    rows = chosen.table[chosen.table["client"].eq(client)]
    scores = rows.set_index("session")[chosen.scale].astype(float).sort_index()
    if scores.isna().all():
        raise AllianceError(
            f"There is nothing to draw: '{chosen.rater}' gave this client no {chosen.scale} score."
        )
    # A second case numbers its sessions anew: one axis cannot hold both.
    if scores.index.has_duplicates:
        raise AllianceError(
            f"Client '{client}' has several cases.\nTo fix: choose the rows of one case."
        )
    return scores


def posterior_of(posterior: pd.DataFrame, course: Course) -> pd.Series:
    """Return the posterior probability of rupture by session of a course, 0 to 1."""
    require_columns(posterior, POSTERIOR, "posterior")
    here = posterior["client"].eq(course.client) & posterior["rater"].eq(course.rater)
    values = posterior[here].set_index("session")["posterior"].dropna().astype(float).sort_index()
    if not values.between(0, 1).all():
        raise AllianceError("The posterior must lie between 0 and 1: it is a probability.")
    return values


def require_columns(frame: pd.DataFrame, columns: Iterable[str], what: str) -> None:
    """Raise an error if a table that is to be drawn lacks columns."""
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise AllianceError(
            f"The {what} lacks {join_names(missing)}.\nTo fix: give a table with the columns "
            f"{join_names(columns)}."
        )


def _every_number(client: str, first: int, last: int) -> Ints:
    # A date taken for a session number would make an axis of millions of sessions.
    if last - first > _MAX_NUMBERS:
        raise AllianceError(
            f"The session numbers of client '{client}' run from {first} to {last}.\n"
            "To fix: number the sessions 1, 2, 3 ...; a date is not a session number."
        )
    return np.arange(first, last + 1)


def _flags(flags: pd.DataFrame, client: str) -> pd.DataFrame:
    flags = flags[flags["client"].eq(client)]
    flags = flags.set_index("session")[["reference", "limit", "flagged"]].sort_index()
    # What was not judged is not flagged.
    flags["flagged"] = flags["flagged"].astype("boolean").fillna(False)
    return flags.astype({"reference": float, "limit": float, "flagged": bool})
