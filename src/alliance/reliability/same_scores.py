"""Do two raters, or two sessions, give the same client the same score? For every scale of a table."""

from __future__ import annotations

from itertools import combinations

import pandas as pd

from alliance.reliability.intraclass import icc


def score_agreement(scores: pd.DataFrame, scales: list[str]) -> pd.DataFrame:
    """Return the intraclass correlations of a sessions table; see `Reliability.agreement`."""
    raters = sorted(scores["rater"].unique())
    found = []
    for scale in scales:
        scored = scores[scores[scale].notna()]
        for pair in combinations(raters, 2):
            found.append(_raters_agree(scored, pair, scale))
        found += [_session_to_session(scored, who, scale) for who in raters]
    return pd.concat(found, ignore_index=True).sort_values(
        ["question", "rater"], kind="stable", ignore_index=True
    )


def _raters_agree(scored: pd.DataFrame, pair: tuple[str, str], scale: str) -> pd.DataFrame:
    both = scored[scored["rater"].isin(pair)]
    twice = both.duplicated(["client", "session"], keep=False)
    both = both[twice]
    # One session for each client, since sessions of a client are not independent.
    first = both["session"].eq(both.groupby("client")["session"].transform("min"))
    found = icc(both[first], targets="client", raters="rater", scores=scale)
    found.insert(0, "scale", scale)
    found.insert(0, "rater", " and ".join(pair))
    found.insert(0, "question", "raters agree")
    return found


def _session_to_session(scored: pd.DataFrame, who: str, scale: str) -> pd.DataFrame:
    own = scored[scored["rater"] == who].sort_values(["client", "session"])
    own = own.assign(order=own.groupby("client").cumcount() + 1)
    found = icc(own[own["order"] <= 2], targets="client", raters="order", scores=scale)
    found.insert(0, "scale", scale)
    found.insert(0, "rater", who)
    found.insert(0, "question", "session to session")
    return found
