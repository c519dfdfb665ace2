"""Sessions tables in one line, and a plain-Python search for ruptures to compare with."""

import pandas as pd
import pytest

from alliance.rules import RepairRule, Rule, RuptureRule


def sessions_of(series: dict, rater: str = "client") -> pd.DataFrame:
    """Return a sessions table from {client: scores} or {client: {session: score}}."""
    rows = []
    for client, scores in series.items():
        if not isinstance(scores, dict):
            scores = dict(enumerate(scores, start=1))
        rows += [(client, number, rater, score) for number, score in scores.items()]
    table = pd.DataFrame(rows, columns=["client", "session", "rater", "total"])
    return table.astype({"client": "str", "rater": "str", "total": float})


def fall_rule(drop=1.0, tolerance=0.25, window=3, max_gap=1, **settings) -> Rule:
    """Return "fall of so many points from the session before, back within tolerance"."""
    return Rule(
        name="fall",
        rupture=RuptureRule(
            reference="previous session", unit="points", threshold=drop, max_gap=max_gap
        ),
        repair=RepairRule(target="before", amount=tolerance, window=window),
        **settings,
    )


@pytest.fixture
def worked():
    """The six worked series; made up, sessions numbered from 1."""
    return sessions_of(
        {
            "A": [5.5, 5.6, 5.5, 4.2, 5.4, 5.6, 5.7, 5.6, 5.8, 5.7],
            "B": [5.6, 5.4, 5.1, 4.8, 4.5, 4.3, 4.9, 5.4, 5.6, 5.7],
            "C": [5.8, 5.9, 5.8, 5.9, 4.6, 4.5, 4.6, 4.4, 4.5, 4.5],
            "D": [7, 7, 7, 7, 6.9, 7, 7, 7, 7, 7],
            "E": [5.0, 5.2, 4.0, 5.1, 5.3, 5.4, 5.3, 4.1, 5.2, 5.5, 5.6, 5.6],
            "F": [5.5, 5.6, 3.0, 5.5, 5.6],
        }
    )
