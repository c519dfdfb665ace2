"""The answer: the gain for each repaired rupture on every rung, and what it is worth in this study."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from alliance.model.gain_ladder import MANY_CLIENTS
from alliance.results import Result


@dataclass(frozen=True, eq=False, kw_only=True)
class RepairGain(Result):
    """How much stronger the alliance is after a repaired rupture, by what one is willing to assume.

    Parameters
    ----------
    frame : DataFrame
        One row a rung, the one that assumes least first: ``estimate``, ``low`` and ``high`` in
        points of the scale, positive for a stronger alliance; the same in pooled standard
        deviations (``_sd``); ``z``, two-sided ``p``, as they hold with clients' own growth left
        free where that is asked (see `repair_gain`); ``repairs_a_client`` (expected repaired
        ruptures), ``answered`` (enough of them), ``stronger`` (claimed on this rung).
    sessions : DataFrame
        One row a used session: client, case where known, session, score, the probability of a
        ``rupture``, expected ``repairs`` completed before, and the ``undisturbed`` score expected
        without any rupture, in points.
    around : DataFrame
        The average course around a rupture, for the picture.
    studies : DataFrame
        How often simulated studies like this one are called ``stronger``, by the gain put in
        (``gain_sd``); ``low`` to ``high`` for the number of studies and, with a gain, for what is
        not known of the course model. No rows if none were asked for.
    observed : DataFrame
        The difference between clients with repaired and with uninterrupted courses at the end,
        and what studies without any gain show of it.
    counts : mapping of str to int
    parameters : DataFrame
        The fitted course model, one column a rung, in pooled SD.
    moderators : DataFrame
        How the gain differs with each moderator or arm: ``difference`` for one SD of a number or
        between arms, with interval, and the likelihood ratio ``chi2`` with ``p``; no rows if none
        was named.
    sources : DataFrame
        What each source of a rupture log reports, by rung: the ``share`` (with interval) of
        ruptures that it reports (``rate`` "sensitivity"), of a reported rupture's sessions, and
        of sessions without one ("false reports"), and how likely a rupture that stays open is
        reported once more ("open ones go on"); no rows without a log.
    scale, rater, instrument : str
    scores : {"raw", "normal"}
    point : float
        Points of the scale in one pooled SD.
    confidence : float
    draws : int
    """

    sessions: pd.DataFrame
    around: pd.DataFrame
    studies: pd.DataFrame
    observed: pd.DataFrame
    counts: Mapping[str, int]
    parameters: pd.DataFrame
    moderators: pd.DataFrame
    sources: pd.DataFrame
    scale: str
    rater: str
    instrument: str
    scores: str
    point: float
    confidence: float
    draws: int

    @property
    def headline(self) -> pd.Series:
        """The rung that assumes least: the only one that *stronger* is claimed from."""
        return self.frame.iloc[0]

    @property
    def answered(self) -> bool:
        """Whether enough repaired ruptures are to be expected for an answer."""
        return bool(self.headline["answered"])

    @property
    def stronger(self) -> bool:
        """Whether the alliance is claimed to be stronger after repairs."""
        return bool(self.headline["stronger"])

    def facts(self) -> Mapping[str, object]:
        """Return the headline, the rungs and the rates of studies like this one."""
        rows = self.studies.to_dict("records")
        return {
            "head": self.headline.to_dict(),
            "others": self.frame.iloc[1:].to_dict("records"),
            "null": rows[0] if rows else None,
            "gain": rows[-1] if rows else None,
            "sources": self._sources(),
            "many": MANY_CLIENTS,
            "naive": self.observed.iloc[0].to_dict(),
        }

    def _sources(self) -> list[dict[str, object]]:
        """Return one entry a source: its sensitivity and rate of false reports, first rung."""
        first = self.sources[self.sources["rung"] == self.headline["rung"]]
        return [
            {"name": name, **rows.set_index("rate").T.to_dict()}
            for name, rows in first.groupby("source", sort=False)
        ]
