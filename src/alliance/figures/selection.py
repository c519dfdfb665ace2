"""What one picture shows: chosen from the tables, checked, and named with its unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.errors import AllianceError, join_names, suggest
from alliance.tables import SESSIONS, scale_columns, tidy

OUTCOMES = ("open", "unrepaired", "repaired")
_COURSE = ["client", "rater"]
_MOST_NUMBERS = 10_000
POSTERIOR = ("client", "rater", "session", "posterior")


@dataclass(frozen=True, eq=False, kw_only=True)
class Course:
    """One rater's ratings of one client's sessions, and what was found in them.

    Parameters
    ----------
    client, rater : str
    scores : Series
        Scores by session number, ascending; NaN where a form was not scored.
    missed : array of int
        Session numbers of this client's therapy without a form of this rater.
    flags : DataFrame or None
        ``reference``, ``limit`` and ``flagged`` by session; None without a search.
    episodes : DataFrame or None
        The ruptures found, in order of onset; None without a search.
    standing : str
        The outcome that needs most attention: open, unrepaired, repaired, none or not judged;
        empty without a search.
    """

    client: str
    rater: str
    scores: pd.Series
    missed: np.ndarray
    flags: pd.DataFrame | None = None
    episodes: pd.DataFrame | None = None
    standing: str = ""

    @property
    def rated(self) -> pd.Series:
        """The scores that are there."""
        return self.scores.dropna()

    @property
    def unrated(self) -> np.ndarray:
        """Session numbers without a score: no form, or a form that was not scored."""
        return np.union1d(self.missed, self.scores.index[self.scores.isna()])


def scale_to_draw(found, scale: str | None) -> str:
    """Return the scale asked for, by default the one in which ruptures were looked for."""
    searched = getattr(found, "scale", None)
    if scale is not None and searched is not None and scale != searched:
        raise AllianceError(
            f"The ruptures were found in the scale '{searched}', not in '{scale}'.\n"
            f"To fix: leave the scale out, or look for ruptures in '{scale}'."
        )
    return scale or searched or "total"


def scored_sessions(sessions: pd.DataFrame, scale: str) -> pd.DataFrame:
    """Return a checked copy of a sessions table that has rows and holds the scale.

    Raises
    ------
    AllianceError
        If there are no rows, or no such scale.
    """
    sessions = tidy(sessions, SESSIONS)
    if sessions.empty:
        raise AllianceError("There is nothing to draw: the sessions table is empty.")
    scales = scale_columns(sessions)
    if scale not in scales:
        raise AllianceError(
            f"The sessions have no scale '{scale}'.{suggest(scale, scales)}\n"
            f"To fix: choose one of {join_names(scales) or 'the numeric columns (there are none)'}."
        )
    return sessions


def rows_of_clients(sessions: pd.DataFrame, clients) -> pd.DataFrame:
    """Return the rows of the clients named; an unknown name is an error."""
    if not len(clients):
        raise AllianceError("There is nothing to draw: choose at least one client.")
    known = set(sessions["client"])
    for client in clients:
        if str(client) not in known:
            raise AllianceError(
                f"There is no client '{client}' in the sessions."
                f"{suggest(client, sorted(known))}\n"
                "To fix: use the identifier as it stands in the column client; "
                "identifiers are text ('007' is not '7')."
            )
    return sessions[sessions["client"].isin([str(client) for client in clients])]


def rows_of_rater(sessions: pd.DataFrame, rater: str) -> pd.DataFrame:
    """Return the rows of one rater; an unknown name is an error."""
    raters = list(sessions["rater"].unique())
    if rater not in raters:
        raise AllianceError(
            f"There are no ratings by '{rater}'.{suggest(rater, raters)}\n"
            f"To fix: choose one of {join_names(raters)}."
        )
    return sessions[sessions["rater"].eq(rater)]


def main_rater(sessions: pd.DataFrame) -> str:
    """Return whose ratings to draw where none is named: the client's own, or the only ones."""
    raters = list(sessions["rater"].unique())
    if len(raters) > 1 and "client" not in raters:
        raise AllianceError(
            f"Several raters rated these sessions: {join_names(raters)}.\n"
            f"To fix: name one, e.g. rater='{raters[0]}'."
        )
    return raters[0] if len(raters) == 1 else "client"


def worth_showing(sessions: pd.DataFrame, found) -> str:
    """Return the client with the deepest rupture found, or the first if there is none."""
    episodes = None if found is None else found.frame
    if episodes is None or episodes.empty:
        return sessions["client"].iloc[0]
    return episodes.loc[episodes["depth"].idxmax(), "client"]


def standings(chosen: pd.DataFrame, found) -> pd.DataFrame:
    """Return where each course in the rows chosen stands.

    Returns
    -------
    DataFrame
        By client and rater: ``standing`` (empty if `found` is None) and ``depth`` of the
        deepest fall among the episodes of that outcome, 0 without one.
    """
    table = chosen.groupby(_COURSE)[[]].first()
    if found is None:
        return table.assign(standing="", depth=0.0)
    judged = _judged(found.flags).groupby([found.flags[name] for name in _COURSE]).any()
    judged = judged.reindex(table.index, fill_value=False)
    worst = (
        found.frame[_COURSE]
        .assign(
            standing=found.frame["outcome"],
            depth=(found.frame["before"] - found.frame["lowest"]).abs().astype(float),
            rank=found.frame["outcome"].map(OUTCOMES.index),
        )
        .sort_values(["rank", "depth"], ascending=[True, False])
        .drop_duplicates(_COURSE)
        .set_index(_COURSE)[["standing", "depth"]]
    )
    table = table.join(worst)
    without = judged.map({True: "none", False: "not judged"})
    return table.assign(
        standing=table["standing"].fillna(without), depth=table["depth"].fillna(0.0)
    )


def courses_of(
    chosen: pd.DataFrame, sessions: pd.DataFrame, found, scale: str, table: pd.DataFrame
) -> list[Course]:
    """Return the courses of a table of `standings`, in its order.

    Parameters
    ----------
    chosen : DataFrame
        The rows to draw, of one questionnaire.
    sessions : DataFrame
        All rows: they tell which sessions took place although this rater's form is missing.
    found : result of `find_ruptures`, or None
    scale : str
    table : DataFrame
        Rows of `standings`.
    """
    clients = table.index.get_level_values("client")
    near = sessions[sessions["client"].isin(clients)]
    spans = near.groupby("client")["session"].agg(["min", "max"])
    rows = _by_course(chosen, clients)
    flags = {} if found is None else _by_course(found.flags, clients)
    episodes = {} if found is None else _by_course(found.frame, clients)
    courses = []
    for here, standing in table["standing"].items():
        scores = rows[here].set_index("session")[scale].astype(float).sort_index()
        first, last = spans.loc[here[0]]
        courses.append(
            Course(
                client=here[0],
                rater=here[1],
                scores=scores,
                missed=np.setdiff1d(_every_number(here[0], first, last), scores.index),
                flags=None if found is None else _flags(flags.get(here, found.flags[:0])),
                episodes=None if found is None else _sorted(episodes.get(here, found.frame[:0])),
                standing=standing,
            )
        )
    return courses


def require_scores(course: Course | None, rater: str, scale: str) -> Course:
    """Return the course if it has a score to draw."""
    if course is None or course.rated.empty:
        raise AllianceError(
            f"There is nothing to draw: '{rater}' gave this client no {scale} score."
        )
    return course


def posterior_of(posterior: pd.DataFrame, course: Course) -> pd.Series:
    """Return the posterior probability of rupture by session of a course, 0 to 1."""
    missing = [name for name in POSTERIOR if name not in posterior.columns]
    if missing:
        raise AllianceError(
            f"The posterior lacks {join_names(missing)}.\nTo fix: give a table with the columns "
            f"{join_names(POSTERIOR)}."
        )
    here = posterior["client"].eq(course.client) & posterior["rater"].eq(course.rater)
    values = posterior[here].set_index("session")["posterior"].dropna().astype(float).sort_index()
    if not values.between(0, 1).all():
        raise AllianceError("The posterior must lie between 0 and 1: it is a probability.")
    return values


def _every_number(client: str, first: int, last: int) -> np.ndarray:
    if last - first > _MOST_NUMBERS:
        raise AllianceError(
            f"The session numbers of client '{client}' run from {first} to {last}.\n"
            "To fix: number the sessions 1, 2, 3 ...; a date is not a session number."
        )
    return np.arange(first, last + 1)


def _by_course(frame: pd.DataFrame, clients) -> dict:
    return dict(iter(frame[frame["client"].isin(clients)].groupby(_COURSE)))


def _sorted(episodes: pd.DataFrame) -> pd.DataFrame:
    return episodes.sort_values("onset", ignore_index=True)


def _flags(flags: pd.DataFrame) -> pd.DataFrame:
    flags = flags.set_index("session")[["reference", "limit", "flagged"]].sort_index()
    flags = flags.assign(flagged=_flagged(flags))
    return flags.astype({"reference": float, "limit": float})


def _judged(flags: pd.DataFrame) -> pd.Series:
    if flags["flagged"].dtype == "boolean":
        return flags["flagged"].notna()
    return flags[["reference", "limit"]].notna().any(axis=1) | _flagged(flags)


def _flagged(flags: pd.DataFrame) -> pd.Series:
    return flags["flagged"].astype("boolean").fillna(False).astype(bool)
