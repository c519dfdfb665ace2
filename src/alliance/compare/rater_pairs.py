"""Two raters of the same sessions side by side, and random pairs of raters who never met."""

from dataclasses import dataclass, replace
from typing import Self, Unpack

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance.arrays import Bools, Floats, Ints
from alliance.course import Choice, courses
from alliance.errors import AllianceError
from alliance.joins import require_one_case


@dataclass(frozen=True, eq=False, kw_only=True)
class RaterPairs:
    """Scores of two raters in points, clients x sessions from first to last number; NaN: none."""

    clients: NDArray[np.object_]
    numbers: Ints
    first: Floats
    second: Floats
    scale: str = "total"

    def random_pairs(self, rng: np.random.Generator) -> Self:
        """Return every client's first ratings with another client's second ratings."""
        count = len(self.clients)
        order = rng.permutation(count)
        # A shift of a random order: nobody keeps the own partner.
        partner = np.empty(count, dtype=np.int64)
        partner[order] = np.roll(order, 1)
        return replace(self, second=self.second[partner])


def rater_pairs(
    sessions: pd.DataFrame, first: str, second: str, **choice: Unpack[Choice]
) -> RaterPairs:
    """Return the clients with a session that both rated; an error if there are fewer than three."""
    choices: list[Choice] = [{**choice, "rater": rater} for rater in (first, second)]
    chosen = [courses(sessions, **one) for one in choices]
    for one in chosen:
        require_one_case(one.clients)
    parts = [one.frame.set_index(["client", "session"])["score"] for one in chosen]
    wide = pd.concat(parts, axis="columns", keys=["first", "second"])
    both = wide.dropna().index.get_level_values("client").unique()
    clients = np.array(sorted(both), dtype=object)
    if len(clients) < 3:
        raise AllianceError(
            f"Only {len(clients)} clients have a session that {first} and {second} both rated; "
            "3 are needed."
        )
    known = wide[wide.index.get_level_values("client").isin(clients)]
    session = known.index.get_level_values("session")
    # Every number gets a column, so that neighbours in the table are neighbours in time.
    numbers = np.arange(session.min(), session.max() + 1)
    tables = {
        name: known[name].unstack("session").reindex(index=clients, columns=numbers)
        for name in ("first", "second")
    }
    return RaterPairs(
        clients=clients,
        numbers=numbers,
        first=tables["first"].to_numpy(float),
        second=tables["second"].to_numpy(float),
        scale=chosen[0].scale,
    )


def profile_correlations(pairs: RaterPairs, min_sessions: int) -> Floats:
    """Return each client's correlation of the raters; NaN if few sessions, or if one never varies."""
    shared = ~np.isnan(pairs.first) & ~np.isnan(pairs.second)
    one, other = _centred(pairs.first, shared), _centred(pairs.second, shared)
    spread = np.sqrt((one**2).sum(1) * (other**2).sum(1))
    # A rater who always says the same has no correlation with anybody.
    usable = (shared.sum(1) >= min_sessions) & (spread > 1e-9)
    found: Floats = np.full(len(spread), np.nan)
    np.divide((one * other).sum(1), spread, out=found, where=usable)
    return found


def _centred(table: Floats, shared: Bools) -> Floats:
    """Return the deviations from each client's mean over the shared sessions, 0 elsewhere."""
    inside = np.where(shared, table, 0.0)
    mean = inside.sum(1) / np.maximum(shared.sum(1), 1)
    return np.where(shared, inside - mean[:, None], 0.0)


def lagged(
    outcome: Floats, leader: Floats, numbers: Ints, own: bool = False
) -> tuple[Floats, Floats, Ints]:
    """Return the rows of a lagged regression: outcome, predictors, client.

    Predictors are the leader's score one session before, log session number and, with `own`, the
    outcome's own score one session before.
    """
    now, before = outcome[:, 1:], leader[:, :-1]
    use = ~np.isnan(now) & ~np.isnan(before)
    if own:
        use &= ~np.isnan(outcome[:, :-1])
    client, at = np.nonzero(use)
    # Growth is shared by most courses: left out, two growing raters would seem to follow each
    # other.
    growth = np.log(np.maximum(numbers[1:], 1))
    columns = [before[use], growth[at], *([outcome[:, :-1][use]] if own else [])]
    return now[use], np.column_stack(columns), client
