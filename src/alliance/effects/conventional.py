"""The analyses of repair in common use, by name: from sessions and ruptures to all of them at once."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from alliance.checks import check_integer, check_number
from alliance.course import Courses
from alliance.effects import conventional_estimates
from alliance.effects.conventional_courses import Therapies, outcome_courses
from alliance.effects.conventional_estimates import Comparison
from alliance.effects.conventional_rates import criterion_of, false_positive_rates
from alliance.errors import AllianceError, suggest
from alliance.files import stated
from alliance.results import Result
from alliance.ruptures import Ruptures


@dataclass(frozen=True, eq=False, kw_only=True)
class Kind:
    """One analysis of the literature, as ``conventional.toml`` states it."""

    name: str
    compares: str  # What the estimate is, in words
    warning: str  # One line: why a small p-value of it says little
    function: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    mixed: bool = False  # Whether it fits a mixed model and so takes long

    def run(self, therapies: Therapies, session: int) -> Comparison:
        """Return the estimate; `session` is that of the landmark."""
        analysis: Callable[..., Comparison] = getattr(conventional_estimates, self.function)
        landmark = {"session": session} if self.function == "landmark" else {}
        return analysis(therapies, **landmark, **self.settings)


KINDS = tuple(Kind(**entry) for entry in stated("effects/conventional.toml")["analysis"])


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
    therapies = Therapies.of_ruptures(chosen, found)
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
    if not len(names):
        raise AllianceError("There is no analysis to make.\nTo fix: name one or more.")
    known = {kind.name: kind for kind in KINDS}
    for name in names:
        if name not in known:
            raise AllianceError(
                f"There is no analysis '{name}'.{suggest(name, known)} Known: {'; '.join(known)}."
            )
    return tuple(known[name] for name in names)


def _frame(
    made: Mapping[Kind, Comparison], unit: float, confidence: float, criterion: str | None
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


def repairs_so_far(
    sessions: pd.DataFrame | Courses,
    found: Ruptures,
    *,
    outcome: str | None = None,
) -> pd.DataFrame:
    """Return the rated sessions with the number of repairs completed before each.

    Parameters
    ----------
    sessions : DataFrame
        A sessions table with the outcome; sessions are numbered from 1.
    found : Ruptures
        From `find_ruptures`, of the same clients.
    outcome : str, optional
        Column with the outcome; the scale in which ruptures were found if not given.

    Returns
    -------
    DataFrame
        The rows with an outcome of clients in whom ruptures could be looked for, sorted by client
        and session, and the column ``repairs_so_far``.

    Raises
    ------
    AllianceError
        If a column is unknown, or sessions are not numbered from 1.

    Notes
    -----
    Made to be handed to a program of one's own, such as ``pingouin.rm_corr`` or a mixed model. What
    such analyses are worth is said by `conventional_analyses`.

    Examples
    --------
    >>> from alliance import rules
    >>> from alliance.ruptures import find_ruptures
    >>> scores = [5.5, 5.6, 5.5, 4.2, 5.4, 5.6, 5.7]
    >>> sessions = pd.DataFrame(
    ...     {"client": "007", "session": range(1, 8), "rater": "client", "total": scores}
    ... )
    >>> found = find_ruptures(sessions, rules.own_mean())
    >>> repairs_so_far(sessions, found)["repairs_so_far"].tolist()
    [0, 0, 0, 0, 0, 1, 1]
    """
    chosen = outcome_courses(sessions, found, outcome=outcome)
    therapies = Therapies.of_ruptures(chosen, found)
    rated = chosen.table[chosen.table[chosen.scale].notna()]
    rated = rated.assign(repairs_so_far=therapies.repairs_before.astype(int))
    return rated[therapies.judged[chosen.owner]].reset_index(drop=True)
