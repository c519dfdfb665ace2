"""The usual analyses of repair, by name: from sessions and ruptures to all of them at once."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from alliance.effects.conventional_courses import Courses
from alliance.effects.conventional_criteria import criterion_of
from alliance.effects.conventional_kinds import KINDS, Kind
from alliance.effects.conventional_rates import false_positive_rates
from alliance.effects.conventional_result import (
    ConventionalAnalyses,
    ConventionalAnalysis,
    frame_of,
)
from alliance.errors import AllianceError, join_names, suggest
from alliance.ruptures import OUTCOMES, Ruptures
from alliance.tables import SESSIONS, scale_columns, tidy


def conventional_analyses(
    sessions: pd.DataFrame,
    found: Ruptures,
    *,
    outcome: str | None = None,
    higher_is_better: bool | None = None,
    rater: str | None = None,
    landmark: int = 8,
    level: float = 0.95,
    names: Sequence[str] | None = None,
) -> ConventionalAnalyses:
    """Run the analyses of repair that are in common use, each with its measured error rate.

    Parameters
    ----------
    sessions : DataFrame
        A sessions table with the outcome; sessions are numbered from 1.
    found : Ruptures
        From `find_ruptures`, of the same clients.
    outcome : str, optional
        Column with the outcome; the scale in which ruptures were found if not given.
    higher_is_better : bool, optional
        Of the outcome; as in `found` if not given.
    rater : str, optional
        Needed if ruptures were found in the scores of several raters.
    landmark : int
        Session of the landmark analyses, 1 or more.
    level : float
        Of the intervals, 0-1.
    names : sequence of str, optional
        Which analyses; all if not given.

    Returns
    -------
    ConventionalAnalyses

    Raises
    ------
    AllianceError
        If a column, rater or analysis is unknown, or sessions are not numbered from 1.

    Notes
    -----
    They are here because reviewers and replicators ask for them, and so that their error can
    be seen. Comparing clients after the fact selects on the outcome; a rupture must stand out
    against a high session and a repair end in one; courses that last longer have more of both.
    Groups: *repaired*, clients all of whose ruptures were repaired; *not repaired*, none;
    *uninterrupted*, judged and without a rupture. Clients with both are in no group.

    References
    ----------
    Anderson, J. R., Cain, K. C., & Gelber, R. D. (1983). Analysis of survival by tumor
    response. Journal of Clinical Oncology, 1, 710-719.
    https://doi.org/10.1200/JCO.1983.1.11.710

    Examples
    --------
    >>> from alliance import rules, simulate
    >>> from alliance.ruptures import find_ruptures
    >>> study = simulate.simulate(simulate.worlds()["R0d"], clients=80, rng=1)
    >>> found = find_ruptures(study.sessions, rules.running_high())
    >>> usual = conventional_analyses(study.sessions, found, names=["repairs so far, fixed effects"])
    >>> usual.analyses[0].n["clients"]
    80
    """
    if not 0 < level < 1:
        raise AllianceError(f"level must lie between 0 and 1, not {level}.")
    if landmark < 1:
        raise AllianceError(f"landmark must be a session, 1 or later, not {landmark}.")
    kinds = _chosen(names)
    rater = one_rater(found, rater)
    outcome = found.scale if outcome is None else outcome
    better = found.higher_is_better if higher_is_better is None else higher_is_better
    rows, set_aside = rated_rows(sessions, found, outcome, rater)
    courses = courses_of(rows, found, outcome, rater, 1 if better else -1)
    criterion = None if found.prospective else criterion_of(found.rule)
    analyses = tuple(_run(kind, courses, landmark, level, criterion) for kind in kinds)
    unit = float(np.std(courses.score, ddof=1)) if len(courses.score) > 1 else math.nan
    grouped = courses.repaired | courses.not_repaired | courses.uninterrupted
    return ConventionalAnalyses(
        frame=frame_of(analyses, unit),
        analyses=analyses,
        outcome=outcome,
        rater=rater,
        landmark=landmark,
        level=level,
        unit=unit,
        rows=len(rows),
        set_aside=set_aside,
        clients=courses.clients,
        not_judged=int((~courses.judged).sum()),
        in_neither=int((courses.judged & ~grouped).sum()),
    )


def _chosen(names: Sequence[str] | None) -> tuple[Kind, ...]:
    if names is None:
        return KINDS
    known = {kind.name: kind for kind in KINDS}
    for name in names:
        if name not in known:
            raise AllianceError(
                f"There is no analysis '{name}'.{suggest(name, known)} Known: {'; '.join(known)}."
            )
    return tuple(known[name] for name in names)


def one_rater(found: Ruptures, rater: str | None) -> str:
    """Return the rater asked for, or the only one in whose scores ruptures were looked for."""
    raters = found.clients["rater"].unique().tolist()
    if rater is None and len(raters) != 1:
        raise AllianceError(
            f"Ruptures were found in the scores of {join_names(raters) or 'nobody'}.\n"
            "To fix: name one rater with rater=."
        )
    if rater is not None and rater not in raters:
        raise AllianceError(f"There is no rater '{rater}'. Raters: {join_names(raters)}.")
    return rater or raters[0]


def rated_rows(
    sessions: pd.DataFrame, found: Ruptures, outcome: str, rater: str
) -> tuple[pd.DataFrame, int]:
    """Return the rater's rows with an outcome, in order, and how many had none."""
    frame = tidy(sessions, SESSIONS)
    scales = scale_columns(frame)
    if outcome not in scales:
        raise AllianceError(
            f"The sessions table has no scale '{outcome}'.{suggest(outcome, scales)} "
            f"Scales: {join_names(scales) or 'none'}."
        )
    own = frame[frame["rater"] == rater]
    if "instrument" in own.columns and found.instrument:
        own = own[own["instrument"] == found.instrument]
    rated = own[own[outcome].notna()]
    if rated.empty:
        raise AllianceError(f"No session rated by {rater} has a value of {outcome}.")
    if rated.duplicated(["client", "session"]).any():
        raise AllianceError(
            "A session has several questionnaires of the same rater.\n"
            "To fix: keep the rows of one instrument."
        )
    if rated["session"].min() < 1:
        raise AllianceError(
            f"Sessions must be numbered from 1; the lowest number is {rated['session'].min()}.\n"
            "To fix: renumber the sessions, because growth is taken to follow their logarithm."
        )
    rated = rated.sort_values(["client", "session"], ignore_index=True)
    return rated, len(own) - len(rated)


def courses_of(rows: pd.DataFrame, found: Ruptures, outcome: str, rater: str, sign: int) -> Courses:
    """Return rated rows and the ruptures of a rater as arrays, higher better for sign 1."""
    client, names = pd.factorize(rows["client"])
    known = found.clients[found.clients["rater"] == rater].set_index("client")
    episodes = found.frame[found.frame["rater"] == rater]
    of_client = pd.Index(names).get_indexer(episodes["client"])
    episodes, of_client = episodes[of_client >= 0], of_client[of_client >= 0]
    judged = known["judged"].reindex(names)
    return Courses(
        score=sign * rows[outcome].to_numpy(dtype=float),
        session=rows["session"].to_numpy(),
        client=client,
        judged=judged.eq(True).to_numpy(dtype=bool),
        episode_client=of_client,
        onset=episodes["onset"].to_numpy(),
        end=episodes["end"].to_numpy(),
        outcome=np.array([OUTCOMES.index(name) for name in episodes["outcome"]], dtype=int),
    )


def _run(
    kind: Kind, courses: Courses, landmark: int, level: float, criterion: str | None
) -> ConventionalAnalysis:
    rates = false_positive_rates(kind.name)
    if criterion is not None:
        rates = rates[rates["detection"] == criterion].reset_index(drop=True)
    made = kind.run(courses, landmark)
    low, high = made.interval(level)
    return ConventionalAnalysis(
        name=kind.name,
        compares=kind.compares,
        warning=kind.warning,
        estimate=made.estimate,
        se=made.se,
        df=made.df,
        low=low,
        high=high,
        p=made.p,
        n=made.n,
        note=made.note,
        rates=rates,
        same_criterion=criterion is not None,
    )
