"""The funnel: each therapist's share beside what chance alone gives with as many clients."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance.arrays import Floats
from alliance.clinic.random_effects import RandomEffects, fit_random_effects
from alliance.clinic.words import Words
from alliance.errors import AllianceError


@dataclass(frozen=True, eq=False, kw_only=True)
class Funnel:
    """Shares by therapist, ordered by the therapist's code, never by the share.

    Attributes
    ----------
    frame : DataFrame
        One row for each therapist with enough clients: therapist, clients, events, share, low and
        high (between which chance alone keeps 95 % of shares with as many clients), outside,
        shrunken (the share by the random-effects model) with shrunken_low and shrunken_high (95 %).
    what : str
        What the share is of.
    pooled : float
        Share over all therapists, small ones included.
    sd : float
        SD between therapists on the log-odds scale.
    suppressed : int
        Therapists not shown because they have too few clients.
    min_clients : int
    """

    frame: pd.DataFrame
    what: str
    pooled: float
    sd: float
    suppressed: int
    min_clients: int

    def text(self, words: Words) -> str:
        """Return what the funnel says, and what it cannot say."""
        outside, shown = int(self.frame["outside"].sum()), len(self.frame)
        said = [
            words(
                "funnel.says", pooled=self.pooled, outside=outside, shown=shown, chance=0.05 * shown
            ),
            words("funnel.differ", sd=self.sd) if self.sd else words("funnel.equal"),
            words("funnel.suppressed", n=self.suppressed, min=self.min_clients),
            words("funnel.ask"),
        ]
        return " ".join(said)


def funnel(table: pd.DataFrame, *, what: str, min_clients: int = 5) -> Funnel:
    """Compare therapists' shares with what chance alone gives.

    Parameters
    ----------
    table : DataFrame
        One row for each client: therapist and event (True or False).
    what : str
        What the share is of, as a key of `Words`: ``repaired`` or ``dropped``.
    min_clients : int
        Therapists with fewer clients count in the pooled share but are not shown.

    Returns
    -------
    Funnel

    Raises
    ------
    AllianceError
        If fewer than two therapists can be compared, or all clients fared alike.

    Examples
    --------
    >>> table = pd.DataFrame({"therapist": ["a"] * 6 + ["b"] * 6, "event": [True, False] * 6})
    >>> funnel(table, what="Drop-out").frame["share"].tolist()
    [0.5, 0.5]
    """
    table = table.dropna(subset=["therapist"])
    grouped = table.groupby("therapist")["event"]
    events, trials = grouped.sum().astype(int), grouped.size()
    shown = trials >= min_clients
    if shown.sum() < 2:
        raise AllianceError(
            f"Fewer than two therapists have {min_clients} clients or more with such an ending."
        )
    fitted = fit_random_effects(events.to_numpy(), trials.to_numpy())
    # The share of all clients, those of therapists not shown included.
    pooled = float(events.sum() / trials.sum())
    frame = _frame(events, trials, pooled, fitted)[shown.to_numpy()]
    return Funnel(
        frame=frame.sort_values("therapist", ignore_index=True),
        what=what,
        pooled=pooled,
        sd=fitted.sd,
        suppressed=int((~shown).sum()),
        min_clients=min_clients,
    )


def _frame(
    events: pd.Series, trials: pd.Series, pooled: float, fitted: RandomEffects
) -> pd.DataFrame:
    low, high = limits(trials.to_numpy(), pooled)
    share = (events / trials).to_numpy()
    return pd.DataFrame(
        {
            "therapist": pd.array(events.index, dtype="str"),
            "clients": trials.to_numpy(),
            "events": events.to_numpy(),
            "share": share,
            "low": low,
            "high": high,
            # A share exactly at the limit is inside.
            "outside": (share < low - 1e-12) | (share > high + 1e-12),
            "shrunken": fitted.shares,
            "shrunken_low": fitted.limits[0],
            "shrunken_high": fitted.limits[1],
        }
    )


def limits(
    trials: NDArray[np.number[Any]], share: float, *, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Return the funnel: the lowest and highest share that chance alone does not make surprising.

    Parameters
    ----------
    trials : ndarray of int
    share : float
        Of all, 0-1.
    level : float
        0-1.

    Notes
    -----
    Exact binomial: a count lies outside if one as small, or one as large, has a probability below
    (1 - level) / 2. As counts are whole numbers, fewer than 1 - level of equal therapists lie
    outside.

    References
    ----------
    Spiegelhalter, D. J. (2005). Funnel plots for comparing institutional performance. Statistics in
    Medicine, 24, 1185-1202. doi:10.1002/sim.1970

    Examples
    --------
    >>> low, high = limits(np.array([10]), 0.5)
    >>> low.tolist(), high.tolist()
    ([0.2], [0.8])
    """
    from scipy.special import bdtr, bdtrik  # scipy.stats would take half a second to import.

    def quantile(tail: float) -> Floats:
        count = np.ceil(bdtrik(tail, trials, share))
        lower = np.maximum(count - 1, 0)
        return np.asarray(np.where(bdtr(lower, trials, share) >= tail, lower, count) / trials)

    tail = (1 - level) / 2
    # A count at which the tail is exactly the limit is not surprising yet.
    return quantile(tail), quantile(1 - tail)
