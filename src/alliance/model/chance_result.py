"""The result: what was found beside what is found in noise, as numbers and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from alliance.model.chance_table import paper_table
from alliance.model.noise import Noise
from alliance.results.notebook import in_html
from alliance.rules import Rule

if TYPE_CHECKING:
    from alliance.results import PublicationTable

NULLS = ("shuffled", "simulated")
COUNTS = ("judged", "with_rupture", "ruptures", "repaired", "unrepaired", "open")
WITH_RUPTURE, PER_CLIENT, REPAIRED, OPEN = QUANTITIES = (
    "clients with a rupture",
    "episodes per client",
    "episodes repaired",
    "episodes open",
)
_KEY = ["rule", "rater"]


@dataclass(frozen=True, eq=False, kw_only=True)
class ChanceBaseline:
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
    noises : mapping of str to Noise
        The fitted model without ruptures by rater; empty if it was not asked for.
    nulls : tuple of str
    draws : int
    scale : str
    higher_is_better, prospective, overlapping : bool
    instrument : str, optional
    """

    frame: pd.DataFrame
    counts: pd.DataFrame
    rules: tuple[Rule, ...]
    noises: Mapping[str, Noise]
    nulls: tuple[str, ...]
    draws: int
    scale: str
    higher_is_better: bool
    prospective: bool
    overlapping: bool
    instrument: str | None = None

    @property
    def shares(self) -> pd.DataFrame:
        """The rows of `frame` that are shares, as `alliance.figures.chance_strip` draws them."""
        return self.frame[self.frame["quantity"].isin([WITH_RUPTURE, REPAIRED])]

    @property
    def false_episodes(self) -> pd.DataFrame:
        """The number of episodes to expect in these data if there were no rupture.

        Returns
        -------
        DataFrame
            One row for each rule, rater and null: ``episodes`` found, the number ``expected``
            in noise, and ``low`` and ``high`` of the middle 95% of draws.

        Notes
        -----
        Right where there are no ruptures (within about a tenth in simulated data with ceilings
        and unequal volatility); an upper estimate where there are. In simulated studies with
        ruptures in half of the clients, falls of 0.65 points numbered 164 against 170 expected,
        though the noise alone held 112; for rules in the client's own SD (own-mean: 34 against
        26, noise alone 25) the estimate stayed right.
        """
        rows = []
        for key, null, found, drawn in _compared(self.counts, self.nulls):
            low, high = np.quantile(drawn["ruptures"], [0.025, 0.975])
            numbers = {"episodes": int(found["ruptures"]), "expected": drawn["ruptures"].mean()}
            rows.append({**key, "null": null, **numbers, "low": low, "high": high})
        return pd.DataFrame(rows, columns=[*_KEY, "null", "episodes", "expected", "low", "high"])

    def expected(self) -> pd.DataFrame:
        """Return what noise gives in one row for each rater, to stand beside the counts.

        Returns
        -------
        DataFrame
            ``rater``, and for each null ``prevalence_<null>``, ``repair_rate_<null>`` and
            ``ruptures_<null>``.
        """
        names = {WITH_RUPTURE: "prevalence", REPAIRED: "repair_rate"}
        rows = self.frame[self.frame["quantity"].isin(names)]
        column = rows["quantity"].map(names) + "_" + rows["null"]
        table = rows.assign(column=column).pivot(index="rater", columns="column", values="expected")
        false = self.false_episodes
        for null in self.nulls:
            drawn = false[false["null"] == null].set_index("rater")["expected"]
            table[f"ruptures_{null}"] = drawn
        return table.rename_axis(columns=None).reset_index()

    def summary(self) -> pd.DataFrame:
        """Return observed and expected values side by side.

        Returns
        -------
        DataFrame
            One row for each rule, rater and quantity: ``n``, ``observed``, and for each null its
            name (the expected value), ``<null>_low``, ``<null>_high`` and ``<null>_p``.
        """
        key = [*_KEY, "quantity"]
        table = self.frame[[*key, "n", "observed"]].drop_duplicates(key)
        for null in self.nulls:
            part = self.frame.loc[
                self.frame["null"] == null, [*key, "expected", "low", "high", "p"]
            ]
            names = {name: f"{null}_{name}" for name in ("low", "high", "p")}
            table = table.merge(part.rename(columns={"expected": null, **names}), on=key)
        return table.reset_index(drop=True)

    def text(self) -> str:
        """Return what was found and what noise gives, in sentences for a report."""
        many = self.frame["rater"].nunique() > 1
        paragraphs = [
            _paragraph(rows, self.counts, self.nulls, self.scale, rater if many else "")
            for (_, rater), rows in self.frame.groupby(_KEY, sort=False)
        ]
        if not paragraphs:
            return "There were no sessions to judge."
        how = f"Expected values are means of {self.draws} draws, with the middle 95% of draws."
        return "\n".join([*paragraphs, how])

    def plot(self, ax=None, *, save=None):
        """Draw found and expected shares; see `alliance.figures.chance_strip`."""
        from alliance import figures

        shares = self.shares
        if shares["rater"].nunique() > 1:
            shares = shares.assign(rule=shares["rule"] + " (" + shares["rater"] + ")")
        return figures.chance_strip(shares, ax=ax, save=save)

    def to_table(self, *, number: int | None = None) -> PublicationTable:
        """Return the table for a paper; see `alliance.results`."""
        return paper_table(self, number)

    def _repr_html_(self) -> str:
        return in_html(self.summary(), self.text())


def shares_of(counts: pd.DataFrame, nulls: Sequence[str]) -> pd.DataFrame:
    """Return the `frame` of a `ChanceBaseline` from its counts."""
    rows = []
    for key, null, found, drawn in _compared(counts, nulls):
        n, observed = _quantities(found.to_frame().T)
        _, values = _quantities(drawn)
        for quantity in QUANTITIES:
            row = {**key, "quantity": quantity, "n": int(n[quantity].iloc[0])}
            seen = float(observed[quantity].iloc[0])
            rows.append({**row, "observed": seen, "null": null, **_beside(seen, values[quantity])})
    numbers = ["observed", "null", "expected", "low", "high", "p", "draws"]
    frame = pd.DataFrame(rows, columns=[*_KEY, "quantity", "n", *numbers])
    places = frame["quantity"].map(QUANTITIES.index)
    order = frame.assign(place=places, rank=frame.groupby(_KEY, sort=False).ngroup())
    return frame.loc[order.sort_values(["rank", "place"], kind="stable").index].reset_index(
        drop=True
    )


def _compared(counts: pd.DataFrame, nulls: Sequence[str]):
    """Yield (key, null, observed counts, counts of the draws)."""
    for (rule, rater), part in counts.groupby(_KEY, sort=False):
        found = part.loc[part["null"] == "observed", list(COUNTS)].iloc[0]
        for null in nulls:
            drawn = part.loc[part["null"] == null, list(COUNTS)]
            if len(drawn):
                yield {"rule": rule, "rater": rater}, null, found, drawn


def _quantities(counts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    settled = counts["repaired"] + counts["unrepaired"]
    below = dict(
        zip(
            QUANTITIES,
            (counts["judged"], counts["judged"], settled, counts["ruptures"]),
            strict=True,
        )
    )
    above = ("with_rupture", "ruptures", "repaired", "open")
    n = pd.DataFrame(below)
    values = {
        name: counts[top] / n[name].where(n[name] > 0)
        for name, top in zip(QUANTITIES, above, strict=True)
    }
    return n, pd.DataFrame(values).astype(float)


def _beside(seen: float, values: pd.Series) -> dict:
    values = values.dropna().to_numpy()
    if not len(values):
        return {"expected": np.nan, "low": np.nan, "high": np.nan, "p": np.nan, "draws": 0}
    low, high = np.quantile(values, [0.025, 0.975])
    as_much = np.count_nonzero(values >= seen - 1e-12)
    return {
        "expected": values.mean(),
        "low": low,
        "high": high,
        "p": (1 + as_much) / (1 + len(values)) if np.isfinite(seen) else np.nan,
        "draws": len(values),
    }


_WHERE = {
    "shuffled": "in the clients' own sessions put in random order",
    "simulated": "in simulated courses without any rupture",
}


def _paragraph(
    rows: pd.DataFrame, counts: pd.DataFrame, nulls: Sequence[str], scale: str, rater: str
) -> str:
    by = {name: part for name, part in rows.groupby("quantity")}
    name = rows["rule"].iloc[0]
    found = counts[(counts["null"] == "observed") & (counts["rule"] == name)]
    found = found[found["rater"] == rows["rater"].iloc[0]].iloc[0]
    who = f" rated by {rater}" if rater else ""
    if not found["judged"]:
        return f"Rule {name}, {scale}{who}: no client could be judged."
    sentences = [
        f"Rule {name}, {scale}{who}: {_share(by[WITH_RUPTURE]['observed'].iloc[0])} of "
        f"{found['judged']} clients judged had a rupture; the same rule finds one "
        f"{_expected(by[WITH_RUPTURE])}.",
        _repair_sentence(by[REPAIRED], found),
        _false_sentence(by[PER_CLIENT], found),
        _verdict(by[PER_CLIENT]),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _share(value: float) -> str:
    return f"{100 * value:.0f}%"


def _expected(rows: pd.DataFrame) -> str:
    return " and ".join(
        f"in {_share(row.expected)} ({_share(row.low)} to {_share(row.high)}) {_WHERE[row.null]}"
        for row in rows.itertuples()
    )


def _repair_sentence(rows: pd.DataFrame, found: pd.Series) -> str:
    settled = found["repaired"] + found["unrepaired"]
    still = f"; {found['open']} still open are not counted" if found["open"] else ""
    if not settled:
        return "No episode could be followed to its end." if found["ruptures"] else ""
    expected = rows[rows["draws"] > 0]
    noise = " and ".join(
        f"{_share(row.expected)} ({_share(row.low)} to {_share(row.high)}) {_WHERE[row.null]}"
        for row in expected.itertuples()
    )
    beside = f", against {noise}" if noise else ""
    return (
        f"{_share(found['repaired'] / settled)} of {settled} episodes were repaired{beside}{still}."
    )


def _false_sentence(rows: pd.DataFrame, found: pd.Series) -> str:
    row = rows.iloc[-1]
    low, mean, high = (
        value * found["judged"] for value in (row["low"], row["expected"], row["high"])
    )
    return (
        f"{found['ruptures']} episodes were found in all; without any rupture this rule would "
        f"find up to about {mean:.0f} ({low:.0f} to {high:.0f}) in these data."
        if row["null"] == "simulated"
        else f"{found['ruptures']} episodes were found in all, and about {mean:.0f} ({low:.0f} to "
        f"{high:.0f}) in random order."
    )


def _verdict(rows: pd.DataFrame) -> str:
    row = rows.iloc[-1]
    if row["observed"] > row["high"]:
        return "That is more than noise gives."
    if row["observed"] >= row["low"]:
        return "That is no more than noise gives: an episode found by this rule proves nothing."
    return f"That is fewer: {_FEWER[row['null']]}."


_FEWER = {
    "shuffled": "neighbouring sessions resemble each other, which shuffling undoes",
    "simulated": "a few deep falls look to the model like much noise everywhere, so the number "
    "expected is too high",
}
