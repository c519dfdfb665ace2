"""Before and after by kind of history: who changed reliably, and the usual comparisons of kinds."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.checks import check_number
from alliance.course.choosing import rows_of
from alliance.effects.conventional_rates import drop_and_return, outcome_rates
from alliance.effects.gains import MIN_EXPOSED
from alliance.effects.outcome_scores import Outcome, gather_outcome
from alliance.effects.within import Estimate, hc3_contrast
from alliance.instruments import Instrument
from alliance.joins import Joined, join_clients, require_one_case
from alliance.results import Result
from alliance.ruptures import Ruptures
from alliance.ruptures.history import KINDS, Histories

CHANGES = ("improved", "deteriorated", "no reliable change")
NOT_TWICE = "not measured twice"
COMPARED = KINDS[:4]
DETECTION = "fall from the session before"
CONTRASTS = {
    "repaired v uninterrupted": ("repaired", "uninterrupted"),
    "unrepaired v uninterrupted": ("unrepaired", "uninterrupted"),
    "mixed v uninterrupted": ("mixed", "uninterrupted"),
    "repaired v unrepaired": ("repaired", "unrepaired"),
}


@dataclass(frozen=True, eq=False, kw_only=True)
class OutcomeByHistory(Result):
    """Change of an outcome from a client's first score to the last, by kind of history.

    Parameters
    ----------
    frame : DataFrame
        One row for each ``contrast`` of kinds: ``estimate`` (points by which the last score is
        better, adjusted), ``standard_error``, ``df``, ``low``, ``high``, ``p``; ``clients`` and
        those they are ``compared_with``; ``false_positive_lowest`` and
        ``false_positive_highest``, the measured range of false positives. NaN where fewer than 8
        clients are of a kind.
    change : DataFrame
        One row for each ``kind``: ``clients``, ``improved``, ``deteriorated``, ``no reliable
        change``, ``not measured twice``, mean ``first``, ``last`` and ``better_by``.
    clients : DataFrame
        client, kind, sessions (rated on the alliance), scores (of the outcome), first, last,
        better_by (points), change.
    outcome : Outcome
    rater : str
        Whose histories.
    confidence : float
        Level of the intervals, 0-1.
    unmatched : int
        Scores of clients without a history.
    joined : Joined
        Which clients of the outcome were found in the sessions.
    """

    change: pd.DataFrame
    clients: pd.DataFrame
    outcome: Outcome
    rater: str
    confidence: float
    unmatched: int
    joined: Joined

    def preface(self) -> str:
        """Return which clients of the outcome have no session."""
        return self.joined.text()

    def facts(self) -> Mapping[str, object]:
        """Return who changed how, and which contrasts could be made."""
        counts = self.clients["change"].value_counts()
        made = self.frame[self.frame["estimate"].notna()]
        return {
            "twice": int(self.clients["better_by"].notna().sum()),
            "changes": {name: int(counts.get(name, 0)) for name in CHANGES},
            "compared": len(made),
            "significant": made.loc[made["p"] < 0.05, "contrast"].tolist(),
            "highest": made["false_positive_highest"].max(),
            "least": MIN_EXPOSED,
        }


def outcome_by_history(
    histories: Histories,
    outcomes: pd.DataFrame,
    *,
    rater: str | None = None,
    outcome_scale: str = "total",
    outcome_instrument: str | Instrument | None = None,
    outcome_higher_is_better: bool | None = None,
    reliable_change: float | None = None,
    confidence: float = 0.95,
) -> OutcomeByHistory:
    """Compare the change of an outcome between kinds of history.

    Parameters
    ----------
    histories : Histories
        From `alliance.ruptures.history.histories`.
    outcomes : DataFrame
        An outcomes table: client, session, instrument if there are several, and a score. Each
        client's first and last score are compared.
    rater : str, optional
        Whose histories, if there are several raters.
    outcome_scale, outcome_instrument, outcome_higher_is_better
        As for `outcome_gain`.
    reliable_change : float, optional
        Change in points from which on it counts as reliable; the catalogue's if not given.
    confidence : float
        Level of the intervals, 0-1.

    Returns
    -------
    OutcomeByHistory

    Raises
    ------
    AllianceError
        If the tables or the settings cannot be used.

    Notes
    -----
    The last score is regressed on kind of history, the first score and the logarithm of the
    number of rated sessions, with standard errors that allow for unequal spread (HC3). Kinds
    with fewer than 8 clients are not compared; open and not judged histories never are.

    The kind of a history is known only when therapy is over, which is when the outcome is known,
    too: a client has to stay to have a rupture repaired (immortal time), kinds are
    chosen for how the alliance ended, and symptoms go with the alliance. None of this is an effect
    of repair; the session-by-session test is `outcome_gain`. How often each contrast
    rejects where repair leaves nothing behind was measured by ``calibration/outcomes.py``.

    References
    ----------
    Jacobson, N. S., & Truax, P. (1991). Clinical significance: A statistical approach to defining
    meaningful change in psychotherapy research. Journal of Consulting and Clinical Psychology,
    59, 12-19. https://doi.org/10.1037/0022-006X.59.1.12

    Examples
    --------
    >>> from alliance import find_ruptures, simulate
    >>> from alliance.effects import drop_and_return
    >>> from alliance.ruptures.history import histories
    >>> study = simulate.simulate(simulate.worlds()["R0d"], clients=120, seed=3)
    >>> courses = histories(find_ruptures(study.sessions, drop_and_return()))
    >>> outcome_by_history(courses, study.outcomes).change.columns.tolist()[:3]
    ['kind', 'clients', 'improved']
    """
    check_number(confidence, "confidence", 0.5, 0.9999)
    courses = rows_of(histories.frame, "rater", rater, table="histories")
    require_one_case(courses["client"])
    outcome = gather_outcome(
        outcomes,
        scale=outcome_scale,
        instrument=outcome_instrument,
        higher_is_better=outcome_higher_is_better,
        reliable_change=reliable_change,
    )
    joined = join_clients(outcome.frame["client"], courses["client"], table="outcomes").require()
    clients = _clients(courses, outcome)
    found = histories.found
    return OutcomeByHistory(
        frame=_contrasts(clients, confidence, _criterion(found)),
        change=_change(clients),
        clients=clients,
        outcome=outcome,
        rater="".join(courses["rater"].unique()),
        confidence=confidence,
        unmatched=int((~outcome.frame["client"].isin(courses["client"])).sum()),
        joined=joined,
    )


def _clients(courses: pd.DataFrame, outcome: Outcome) -> pd.DataFrame:
    """Return each course with its kind, first and last outcome and what the change counts as."""
    scores = outcome.frame.groupby("client")["score"]
    ends = scores.agg(scores="size", first="first", last="last")
    table = courses[["client", "kind", "sessions"]].reset_index(drop=True)
    table = table.join(ends, on="client").fillna({"scores": 0}).astype({"scores": "int64"})
    # Change needs two scores of the client.
    twice = table["scores"] > 1
    table["better_by"] = (outcome.sign * (table["last"] - table["first"])).where(twice)
    gain, points = table["better_by"], outcome.reliable
    counted = np.select([gain >= points, gain <= -points, gain.abs() < points], CHANGES, "unknown")
    table["change"] = pd.array(np.where(twice, counted, NOT_TWICE), dtype="str")
    return table


def _change(clients: pd.DataFrame) -> pd.DataFrame:
    """Return how many clients of each kind changed how, and the mean change."""
    grouped = clients.groupby(pd.Categorical(clients["kind"], KINDS), observed=False)
    counts = pd.crosstab(clients["kind"], clients["change"])
    counts = counts.reindex(index=KINDS, columns=[*CHANGES, NOT_TWICE], fill_value=0)
    means = grouped[["first", "last", "better_by"]].mean()
    table = pd.concat([grouped.size().rename("clients"), counts, means], axis="columns")
    return table.rename_axis("kind").reset_index().astype({"kind": "str"})


def _criterion(found: Ruptures) -> str:
    """Return the name of the rule in the table of rates, or one that was not measured."""
    # Rates were measured for one rule with look-ahead; for others none are quoted.
    measured = found.rule == drop_and_return() and not found.prospective
    return DETECTION if measured else found.rule.name


def _contrasts(clients: pd.DataFrame, confidence: float, criterion: str) -> pd.DataFrame:
    use = clients[clients["better_by"].notna() & clients["kind"].isin(COMPARED)]
    counts = use["kind"].value_counts().reindex(COMPARED, fill_value=0)
    kinds = [kind for kind in COMPARED if counts[kind] >= MIN_EXPOSED]
    rows = []
    for name, pair in CONTRASTS.items():
        found = _contrast(use[use["kind"].isin(kinds)], kinds, pair)
        low, high = found.interval(confidence)
        lowest, highest = outcome_rates(name, criterion)
        rows.append(
            {
                "contrast": name,
                "estimate": found.estimate,
                "standard_error": found.standard_error,
                "df": found.df,
                "low": low,
                "high": high,
                "p": found.p,
                "clients": int(counts[pair[0]]),
                "compared_with": int(counts[pair[1]]),
                "false_positive_lowest": lowest,
                "false_positive_highest": highest,
            }
        )
    return pd.DataFrame(rows).astype({"contrast": "str"})


def _contrast(use: pd.DataFrame, kinds: list[str], pair: tuple[str, str]) -> Estimate:
    """Regress how much better the last score is on kind, first score and log sessions (HC3).

    With the first score among the predictors this is the regression of the last score, turned
    so that higher is better.
    """
    if not set(pair) <= set(kinds):
        return Estimate(estimate=np.nan, standard_error=np.nan, df=np.nan)
    # A mean for each kind, no intercept: contrasts are differences of coefficients.
    means = [use["kind"].eq(kind) for kind in kinds]
    predictors = np.column_stack([*means, use["first"], np.log(use["sessions"])]).astype(float)
    weights = [float(kind == pair[0]) - float(kind == pair[1]) for kind in kinds]
    return hc3_contrast(use["better_by"].to_numpy(float), predictors, np.array([*weights, 0, 0]))
