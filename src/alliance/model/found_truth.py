"""How many of the ruptures found are true, by the course model fitted to the same scores."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from alliance.arrays import Floats, Ints
from alliance.model.quiet import QuietModel
from alliance.ruptures import OUTCOMES, Ruptures, Scan

TRUTH = ("rule", "rater", "episodes", "false", "low", "high")
LIKELY = 6
NORMAL_975 = 1.959964


def no_truth(found: Sequence[Ruptures]) -> pd.DataFrame:
    """Return the table of `how_many_true` where no model was fitted."""
    rows = [(each.rule.name, each.rater, len(each.frame), np.nan, np.nan, np.nan) for each in found]
    return pd.DataFrame(rows, columns=list(TRUTH))


def how_many_true(
    model: QuietModel,
    found: Sequence[Ruptures],
    rows: Ints,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return for each rule how many of its episodes are expected to be false.

    `rows` says where each row of the model's courses lies in those that were searched. An episode
    is true if a rupture lies in any of its sessions, the one of repair left out. The interval adds
    the variance of a sum of independent episodes and that of the parameters, whose likely values
    are tried on the clients fitted.
    """
    whole, likely = model.rupture_chances(), model.likely_chances(LIKELY, rng)
    fitted = np.zeros(len(model.courses.scores), dtype=bool)
    fitted[model.study.rows] = True
    place = np.argsort(rows)
    told = []
    for each in found:
        spans = _spans(each.scan, place)
        false = _false(*spans, *whole)
        some = fitted[spans[0]]
        shares = (
            [_false(*spans, *chances)[some].mean() for chances in likely] if some.any() else [0.0]
        )
        # Not knowing the parameters, and chance given them.
        spread = len(false) ** 2 * np.var(shares) + (false * (1 - false)).sum()
        reach = NORMAL_975 * np.sqrt(spread)
        expected = false.sum()
        ends = np.clip([expected - reach, expected + reach], 0, len(false))
        told.append((each.rule.name, each.rater, len(each.frame), expected, *ends))
    return pd.DataFrame(told, columns=list(TRUTH))


def _spans(seen: Scan, place: Ints) -> tuple[Ints, Ints]:
    """Return the first and the last session of each episode, that of its repair left out."""
    onset, end = place[seen.onset], place[seen.end]
    last = np.maximum(end - (seen.outcome == OUTCOMES.index("repaired")), onset)
    # In the model's order, so that sums of floats do not hang on the clients' names.
    order = np.argsort(onset)
    return onset[order], last[order]


def _false(
    first: Ints,
    last: Ints,
    within: Floats,
    begins: Floats,
) -> Floats:
    """Return for each episode the probability that no rupture lies in it."""
    summed = np.concatenate([[0.0], begins.cumsum()])
    # A rupture lies in it that covers its first session, or begins at a later one.
    touched = within[first] + summed[last + 1] - summed[first + 1]
    return np.asarray(1 - np.minimum(touched, 1.0))
