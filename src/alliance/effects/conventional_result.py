"""What the analyses in common use say, side by side, with what each is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alliance.results import Result, Spec


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

    def table_columns(self) -> Sequence[Spec]:
        """Return the columns of `summary` and `to_table`, in order."""
        false = "False positives, %"
        return (
            Spec(name="analysis"),
            Spec(name="n", head="n"),
            Spec(name="estimate", kind="number"),
            Spec(name="low", head=f"{100 * self.confidence:g}% CI", kind="interval", high="high"),
            Spec(name="p", kind="p"),
            Spec(name="false_positive_lowest", head="Lowest", kind="percent", under=false),
            Spec(name="false_positive_highest", head="Highest", kind="percent", under=false),
        )

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
