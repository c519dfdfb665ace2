"""What became of an outcome by kind of history: counts, contrasts and what they are worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from alliance.effects.gains import MIN_EXPOSED
from alliance.effects.outcome_scores import Outcome
from alliance.joins import Joined
from alliance.results import Result, Spec

CHANGES = ("improved", "deteriorated", "no reliable change")
NOT_TWICE = "not measured twice"


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

    def table_columns(self) -> Sequence[Spec]:
        """Return the columns of `summary` and `to_table`, in order."""
        false = "False positives, %"
        return (
            Spec(name="contrast"),
            Spec(name="clients", kind="count", under="n"),
            Spec(name="compared_with", kind="count", under="n"),
            Spec(name="estimate", kind="number"),
            Spec(name="low", head=f"{100 * self.confidence:g}% CI", kind="interval", high="high"),
            Spec(name="p", kind="p"),
            Spec(name="false_positive_lowest", head="Lowest", kind="percent", under=false),
            Spec(name="false_positive_highest", head="Highest", kind="percent", under=false),
        )

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
