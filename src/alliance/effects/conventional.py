"""The analyses of repair in common use, by name: from sessions and ruptures to all of them at once."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.checks import check_integer, check_number
from alliance.course import Courses, courses
from alliance.effects.conventional_courses import Therapies
from alliance.effects.conventional_criteria import criterion_of
from alliance.effects.conventional_estimates import Estimate
from alliance.effects.conventional_kinds import KINDS, Kind
from alliance.effects.conventional_rates import false_positive_rates
from alliance.errors import AllianceError, suggest
from alliance.results import Result
from alliance.ruptures import OUTCOMES, Ruptures


@dataclass(frozen=True, eq=False, kw_only=True)
class ConventionalAnalyses(Result):
    """The analyses of repair in common use, of one study, each with its measured error rate.

    Parameters
    ----------
    frame : DataFrame
        One row each: ``analysis``, ``compares``, ``estimate``, ``standard_error``, ``df``, ``low``,
        ``high``, ``p`` (points, positive for better after repair; NaN if it could not be
        computed; df is infinite for a normal test), ``estimate_in_sd`` (standard deviations of
        all scores), ``n`` (in words), ``false_positive_lowest``, ``false_positive_highest``
        (measured rates over null worlds and criteria, 0-1; NaN if none was measured),
        ``warning``, ``reason`` (why there is no estimate).
    groups : mapping of str to mapping of str to int
        For each analysis the clients (or sessions) behind it, by group.
    outcome, rater : str
    landmark : int
        Session of the landmark.
    confidence : float
        Level of the intervals, 0-1.
    criterion : str
        The measured criterion that found the ruptures; empty if it is another, and the rates are
        those of all criteria that were measured.
    unit : float
        Standard deviation of all scores, points.
    rows, excluded : int
        Rated sessions used, and rows of this rater without an outcome.
    clients, not_judged, in_neither : int
        Clients with an outcome; those in whom ruptures could not be looked for; those with both
        repaired and other ruptures, who are in no group of the comparisons of groups.
    """

    groups: Mapping[str, Mapping[str, int]]
    outcome: str
    rater: str
    landmark: int
    confidence: float
    criterion: str
    unit: float
    rows: int
    excluded: int
    clients: int
    not_judged: int
    in_neither: int

    def row_notes(self) -> Sequence[str]:
        """Return why each analysis misleads, or why it was not computed."""
        return [
            f"Not computed: {row.reason}." if row.reason else row.warning
            for row in self.frame.itertuples()
        ]

    def facts(self) -> Mapping[str, object]:
        """Return how many analyses are significant, and the extremes of their measured rates."""
        frame = self.frame
        return {
            "computed": int(frame["estimate"].notna().sum()),
            "significant": int((frame["p"] < 0.05).sum()),
            "lowest": frame["false_positive_lowest"].min(),
            "highest": frame["false_positive_highest"].max(),
        }


def conventional_analyses(
    sessions: pd.DataFrame | Courses,
    found: Ruptures,
    *,
    outcome: str | None = None,
    landmark: int = 8,
    confidence: float = 0.95,
    names: Sequence[str] | None = None,
    higher_is_better: bool | None = None,
) -> ConventionalAnalyses:
    """Run the analyses of repair that are in common use, each with its measured error rate.

    Parameters
    ----------
    sessions : DataFrame or Courses
        A sessions table with the outcome; sessions are numbered from 1.
    found : Ruptures
        From `find_ruptures`, of the same clients.
    outcome : str, optional
        Column with the outcome; the scale in which ruptures were found if not given.
    landmark : int
        Session of the landmark analyses, 1 or more.
    confidence : float
        Level of the intervals, 0-1.
    names : sequence of str, optional
        Which analyses; all if not given.
    higher_is_better : bool, optional
        Of the outcome; as in `found` if not given.

    Returns
    -------
    ConventionalAnalyses

    Raises
    ------
    AllianceError
        If a column or analysis is unknown, or sessions are not numbered from 1.

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
    >>> study = simulate.simulate(simulate.worlds()["R0d"], clients=80, seed=1)
    >>> found = find_ruptures(study.sessions, rules.running_high())
    >>> usual = conventional_analyses(study.sessions, found, names=["repairs so far, fixed effects"])
    >>> usual.groups["repairs so far, fixed effects"]["clients"]
    80
    """
    check_number(confidence, "confidence", 0.001, 0.999)
    check_integer(landmark, "landmark", 1)
    kinds = _chosen(names)
    chosen = outcome_courses(sessions, found, outcome=outcome, higher_is_better=higher_is_better)
    therapies = therapies_of(chosen, found)
    criterion = None if found.prospective else criterion_of(found.rule)
    made = {kind: kind.run(therapies, landmark) for kind in kinds}
    grouped = therapies.repaired | therapies.not_repaired | therapies.uninterrupted
    return ConventionalAnalyses(
        frame=_frame(made, chosen.total_sd, confidence, criterion),
        groups={kind.name: dict(one.n) for kind, one in made.items()},
        outcome=chosen.scale,
        rater=chosen.rater,
        landmark=landmark,
        confidence=confidence,
        criterion=criterion or "",
        unit=chosen.total_sd,
        rows=len(chosen.scores),
        excluded=chosen.counts["without a score"],
        clients=therapies.clients,
        not_judged=int((~therapies.judged).sum()),
        in_neither=int((therapies.judged & ~grouped).sum()),
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


def outcome_courses(
    sessions: pd.DataFrame | Courses,
    found: Ruptures,
    *,
    outcome: str | None = None,
    higher_is_better: bool | None = None,
) -> Courses:
    """Return the scores in which ruptures were found, or of another outcome, from session 1 on."""
    # A table of one questionnaire need not name it as the ruptures do.
    several = not isinstance(sessions, Courses) and "instrument" in sessions.columns
    chosen = courses(
        sessions,
        scale=found.scale if outcome is None else outcome,
        rater=found.rater or None,
        instrument=found.instrument or None if several else None,
        higher_is_better=found.higher_is_better if higher_is_better is None else higher_is_better,
    )
    # A client without a score has neither a first nor a last one.
    chosen = chosen.take(chosen.lengths > 0)
    if not chosen.count:
        raise AllianceError(f"No session rated by {chosen.rater} has a value of {chosen.scale}.")
    chosen.require_numbers_from_one()
    return chosen


def therapies_of(chosen: Courses, found: Ruptures) -> Therapies:
    """Return scores and the ruptures of the same rater as arrays."""
    names = pd.Index(chosen.clients)
    known = found.clients.set_index("client")
    episodes = found.frame
    of_client = names.get_indexer(episodes["client"])
    # Ruptures of clients who have no value of this outcome.
    episodes, of_client = episodes[of_client >= 0], of_client[of_client >= 0]
    return Therapies(
        score=chosen.scores,
        session=chosen.sessions,
        client=chosen.owner,
        judged=known["judged"].reindex(names).eq(True).to_numpy(dtype=bool),
        episode_client=of_client,
        onset=episodes["onset"].to_numpy(),
        end=episodes["end"].to_numpy(),
        outcome=np.array([OUTCOMES.index(name) for name in episodes["outcome"]], dtype=int),
    )


def _frame(
    made: Mapping[Kind, Estimate], unit: float, confidence: float, criterion: str | None
) -> pd.DataFrame:
    rows = []
    for kind, one in made.items():
        # Without a measured criterion: the extremes over all of them.
        rates = false_positive_rates(kind.name)
        if criterion is not None:
            rates = rates[rates["detection"] == criterion]
        low, high = one.interval(confidence)
        rows.append(
            {
                "analysis": kind.name,
                "compares": kind.compares,
                "estimate": one.estimate,
                "standard_error": one.standard_error,
                "df": one.df,
                "low": low,
                "high": high,
                "p": one.p,
                "estimate_in_sd": one.estimate / unit if unit > 0 else math.nan,
                "n": ", ".join(f"{count} {group}" for group, count in one.n.items()),
                "false_positive_lowest": rates["rate"].min(),
                "false_positive_highest": rates["rate"].max(),
                "warning": kind.warning,
                "reason": one.reason,
            }
        )
    return pd.DataFrame(rows)
