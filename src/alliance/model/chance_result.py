"""The result: what was found beside what is found in noise, as numbers and in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.arrays import Floats, Ints
from alliance.results import Result, Spec
from alliance.rules import Rule

NULLS = ("shuffled", "simulated")
COUNTS = ("judged", "with_rupture", "ruptures", "repaired", "unrepaired", "open")
WITH_RUPTURE, PER_CLIENT, REPAIRED, OPEN = QUANTITIES = (
    "clients with a rupture",
    "episodes per client",
    "episodes repaired",
    "episodes open",
)
_KEY = ["rule", "rater"]
FALSE = [
    *_KEY,
    "episodes",
    "expected",
    "low",
    "high",
    "share_true",
    "in_noise",
    "in_noise_low",
    "in_noise_high",
    "verdict",
]
# A study whose noise alone varies farther than this above its mean cannot say "no more".
TOO_WIDE = 1.5
_NULL_HEADS = {"shuffled": "Own sessions shuffled", "simulated": "Simulated without ruptures"}


@dataclass(frozen=True, eq=False, kw_only=True)
class ChanceBaseline(Result):
    """What rules found beside what they find where there is nothing to find.

    Parameters
    ----------
    frame : DataFrame
        One row for each ``rule``, ``rater``, ``quantity`` and ``null``: ``n``, the clients or
        episodes behind the ``observed`` value; the mean ``expected`` in noise, ``low`` and
        ``high`` of the middle 95% of draws; ``p``, the share of draws with as much as observed
        or more, the data counted as one draw; ``draws`` in which the quantity was defined.
        Quantities: "clients with a rupture" (share of those judged), "episodes per client"
        (judged), "episodes repaired" (share of those repaired or unrepaired: open ones are left
        out), "episodes open" (share of all).
    counts : DataFrame
        One row for each rule, rater, null (or "observed") and draw: clients ``judged`` and
        ``with_rupture``; ``ruptures``, of them ``repaired``, ``unrepaired``, ``open``.
    rules : tuple of Rule
    truth : DataFrame
        One row for each rule and rater: ``episodes`` found, and how many of them are expected to
        be ``false``, with ``low`` and ``high`` of a 95% interval; NaN without a model.
    parameters : mapping of str to float
        Of the course model fitted with ruptures, in SD; empty if it was not asked for.
    constant : int
        Clients with two or more scores that are all the same; they say nothing of noise.
    nulls : tuple of str
    draws : int
    scale : str
    higher_is_better, prospective, overlapping : bool
    instrument : str
        Key of the questionnaire; empty where it is not known.
    """

    counts: pd.DataFrame
    rules: tuple[Rule, ...]
    truth: pd.DataFrame
    parameters: Mapping[str, float]
    constant: int
    nulls: tuple[str, ...]
    draws: int
    scale: str
    higher_is_better: bool
    prospective: bool
    overlapping: bool
    instrument: str = ""

    @property
    def shares(self) -> pd.DataFrame:
        """The rows of `frame` that `alliance.figures.chance_strip` draws.

        They are shares; those of shuffled sessions only where another order could differ.
        """
        differs = (self.frame["null"] == "simulated") | (self.frame["low"] < self.frame["high"])
        return self.frame[self.frame["quantity"].isin([WITH_RUPTURE, REPAIRED]) & differs]

    @property
    def measured(self) -> tuple[str, ...]:
        """The nulls that stand in the table: shuffling is a picture, unless nothing else is there."""
        return tuple(null for null in self.nulls if null == "simulated") or self.nulls

    @property
    def long_tail(self) -> bool:
        """Whether the noise has a tail, whose far end cannot be told from ruptures."""
        return bool(self.parameters.get("skew", 0.0))

    @property
    def false_episodes(self) -> pd.DataFrame:
        """How many of the episodes found are expected to be false, and how many noise gives.

        Returns
        -------
        DataFrame
            One row for each rule and rater: ``episodes`` found; how many of them are expected to
            be false (``expected``, ``low`` to ``high``) and the ``share_true``; the number found
            in courses without any rupture (``in_noise``, ``in_noise_low`` to ``in_noise_high``);
            and the ``verdict``: "more" than noise gives; "true", no more than noise gives, though
            most of those found lie where the model sees ruptures, which keep as many false ones
            from being found; "alike", no more, and most are false; "" where the study cannot tell
            (its noise varies widely, or has a long tail).
        """
        simulated = self.counts[self.counts["null"] == "simulated"]
        if simulated.empty:
            return pd.DataFrame(columns=FALSE)
        table = self.truth.rename(columns={"false": "expected"})
        drawn = simulated.pivot(index="draw", columns="rule", values="ruptures")[table["rule"]]
        low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
        table = table.assign(
            share_true=1 - table["expected"] / table["episodes"].where(table["episodes"] > 0),
            in_noise=drawn.mean().to_numpy(),
            in_noise_low=low,
            in_noise_high=high,
        )
        verdicts = ["" if self.long_tail else _verdict(row) for row in table.to_dict("records")]
        return table.assign(verdict=verdicts)[FALSE]

    def table_rows(self) -> pd.DataFrame:
        """Return observed and expected values side by side.

        Returns
        -------
        DataFrame
            One row for each rule, rater and quantity: ``n``, ``observed``, and for each null its
            name (the expected value), ``<null>_low``, ``<null>_high`` and ``<null>_p``.
        """
        key = [*_KEY, "quantity"]
        table = self.frame[[*key, "n", "observed"]].drop_duplicates(key)
        for null in self.measured:
            part = self.frame.loc[
                self.frame["null"] == null, [*key, "expected", "low", "high", "p"]
            ]
            names = {name: f"{null}_{name}" for name in ("low", "high", "p")}
            table = table.merge(part.rename(columns={"expected": null, **names}), on=key)
        return table.reset_index(drop=True)

    def table_columns(self) -> Sequence[Spec]:
        """Return rule, quantity, what was found, and for each null what is found in noise."""
        columns = [
            Spec(name="rule"),
            Spec(name="rater"),
            Spec(name="quantity"),
            Spec(name="n", kind="count"),
            Spec(name="observed", head="Found", kind="number"),
        ]
        for null in self.measured:
            under, ends = _NULL_HEADS[null], (f"{null}_low", f"{null}_high")
            columns += [
                Spec(name=null, head="Expected", kind="number", under=under),
                Spec(name=ends[0], head="95% of draws", kind="interval", high=ends[1], under=under),
                Spec(name=f"{null}_p", head="p", kind="p", under=under),
            ]
        return columns

    def facts(self) -> Mapping[str, object]:
        """Return what one rule found and noise gives, or how several rules stand to noise."""
        one = self.frame["rule"].nunique() == 1
        stand = self.false_episodes.to_dict("records")
        verdicts = ("more", "true", "alike", "")
        return {
            # Of the data, by the first rule.
            "n": next(iter(self.counts[self.counts["null"] == "observed"].to_dict("records")), {}),
            "quantity": self._by_quantity() if one else {},
            "doubt": stand[0] if one and stand else {},
            "verdict": stand[0]["verdict"] if one and stand else "",
            "tail": self.long_tail,
            "stand": stand,
            "by": {
                each: [row["rule"] for row in stand if row["verdict"] == each] for each in verdicts
            },
        }

    def _by_quantity(self) -> dict[str, list[dict[str, object]]]:
        """Return by quantity one row for each null in which it was defined."""
        names = {WITH_RUPTURE: "with_rupture", REPAIRED: "repaired"}
        rows = self.frame[(self.frame["draws"] > 0) & self.frame["null"].isin(self.measured)]
        return {
            name: rows[rows["quantity"] == quantity].to_dict("records")
            for quantity, name in names.items()
        }


def shares_of(counts: pd.DataFrame, nulls: Sequence[str]) -> pd.DataFrame:
    """Return the `frame` of a `ChanceBaseline` from its counts."""
    rows = []
    for key, part in counts.groupby(_KEY, sort=False):
        table, null = part[list(COUNTS)].to_numpy(), part["null"].to_numpy()
        n, observed = _quantities(table[null == "observed"])
        beside = {
            name: _beside(observed[0], _quantities(table[null == name])[1])
            for name in nulls
            if (null == name).any()
        }
        for place, quantity in enumerate(QUANTITIES):
            seen = float(observed[0, place])
            row = {**dict(zip(_KEY, key, strict=True)), "quantity": quantity, "n": n[0, place]}
            rows += [
                {**row, "observed": seen, "null": name, **values[place]}
                for name, values in beside.items()
            ]
    numbers = ["observed", "null", "expected", "low", "high", "p", "draws"]
    return pd.DataFrame(rows, columns=[*_KEY, "quantity", "n", *numbers])


def _quantities(counts: Ints) -> tuple[Ints, Floats]:
    """Return what each of `QUANTITIES` is a share of, and its value; shape (draws, quantities)."""
    judged, ruptured, ruptures, repaired, unrepaired, still_open = counts.T
    n = np.column_stack([judged, judged, repaired + unrepaired, ruptures])
    above = np.column_stack([ruptured, ruptures, repaired, still_open])
    return n, np.divide(above, n, out=np.full(n.shape, np.nan), where=n > 0)


def _beside(observed: Floats, drawn: Floats) -> list[dict[str, float]]:
    """Return for each quantity what was drawn of it, shape (draws, quantities), beside the observed."""
    ends = np.quantile(drawn, [0.025, 0.975], axis=0)
    rows = []
    for seen, values, (low, high) in zip(observed.tolist(), drawn.T, ends.T.tolist(), strict=True):
        known = values[~np.isnan(values)]
        if 0 < len(known) < len(values):
            low, high = np.quantile(known, [0.025, 0.975]).tolist()
        as_much = np.count_nonzero(known >= seen - 1e-12)
        rows.append(
            {
                "expected": known.mean() if len(known) else np.nan,
                "low": low,
                "high": high,
                "p": (1 + as_much) / (1 + len(known))
                if len(known) and np.isfinite(seen)
                else np.nan,
                "draws": len(known),
            }
        )
    return rows


def _verdict(row: Mapping[str, float]) -> str:
    """Return what may be said of the episodes found; see `ChanceBaseline.false_episodes`."""
    if not row["episodes"]:
        return ""
    if row["episodes"] > row["in_noise_high"]:
        return "more"
    if row["high"] < row["episodes"] / 2:
        return "true"
    narrow = row["in_noise_high"] <= TOO_WIDE * row["in_noise"]
    return "alike" if narrow and row["expected"] > row["episodes"] / 2 else ""
