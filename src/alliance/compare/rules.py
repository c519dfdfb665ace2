"""All rules on one data set: what each finds, what it finds in noise, how far they agree."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Unpack

import numpy as np
import pandas as pd

from alliance.arrays import Bools
from alliance.compare.measures import Agreement, agreement
from alliance.course import Choice, Courses, courses
from alliance.errors import AllianceError
from alliance.model import ChanceBaseline, chance_baseline
from alliance.results import Result, Spec
from alliance.rules import Rule, load, presets
from alliance.ruptures import Ruptures, Scan, misfit
from alliance.ruptures.finding import search

# What a rule that could not be used found.
_NOTHING = {
    "judged": 0,
    "with_rupture": 0,
    "prevalence": np.nan,
    "ruptures": 0,
    "repaired": 0,
    "unrepaired": 0,
    "open": 0,
    "repair_rate": np.nan,
}


@dataclass(frozen=True, eq=False, kw_only=True)
class RuleComparison(Result):
    """What several rules find in the same sessions, beside noise and beside each other.

    Parameters
    ----------
    frame : DataFrame
        One row for each rule: clients ``judged`` and ``with_rupture``, ``prevalence``;
        ``ruptures``, of them ``repaired``, ``unrepaired``, ``open``; ``repair_rate`` (open ones
        left out), ``per_client`` (ruptures per client judged); ``provenance``,
        ``repair_provenance``; ``reason``, why the rule could not be used (empty if it could).
        With chance levels also, for prevalence, repair_rate and per_client and each null, the
        expected value (``prevalence_shuffled``), ``..._low``, ``..._high`` and ``..._p``.
    sessions : Agreement
        Between the rules on flagged sessions, over sessions judged by both.
    clients : Agreement
        Between the rules on clients with a rupture, over clients judged by both.
    found : mapping of str to Ruptures
    chance : ChanceBaseline, optional
    scale : str
    prospective : bool
    """

    sessions: Agreement
    clients: Agreement
    found: Mapping[str, Ruptures]
    chance: ChanceBaseline | None
    scale: str
    prospective: bool

    def table_columns(self) -> Sequence[Spec]:
        """Return what each rule found, and beside it what noise gives."""
        nulls = () if self.chance is None else self.chance.nulls

        def beside(name: str, under: str) -> list[Spec]:
            heads = {name: "Found", **{f"{name}_{null}": null.capitalize() for null in nulls}}
            return [
                Spec(name=column, head=head, kind="percent", under=under)
                for column, head in heads.items()
                if column in self.frame
            ]

        return (
            Spec(name="rule"),
            Spec(name="judged", head="Clients judged", kind="count"),
            *beside("prevalence", "Clients with a rupture, %"),
            Spec(name="ruptures", kind="count"),
            Spec(name="open", kind="count"),
            *beside("repair_rate", "Repaired, %"),
        )

    def row_notes(self) -> Sequence[str]:
        """Return where each rule comes from, or why it could not be used."""
        return tuple(
            f"Could not be used: {row.reason}."
            if row.reason
            else f"Rule: {row.provenance}; its repair: {row.repair_provenance}."
            for row in self.frame.itertuples()
        )

    def facts(self) -> Mapping[str, object]:
        """Return the rules used and not used, and how far those used agree by session."""
        used = self.frame[self.frame["reason"] == ""].sort_values("prevalence", kind="stable")
        null = "" if self.chance is None else self.chance.nulls[-1]
        high = used.get(f"per_client_{null}_high", np.inf)
        names = used.loc[used["per_client"] > high, "rule"]
        kappas = self.sessions.kappa.to_numpy()
        kappas = kappas[np.triu_indices(len(kappas), 1)]
        kappas = kappas[np.isfinite(kappas)]
        rows = used.to_dict("records")
        return {
            "used": rows,
            "least": rows[0] if rows else None,
            "most": rows[-1] if rows else None,
            "excluded": self.frame[self.frame["reason"] != ""].to_dict("records"),
            "null": null,
            "beyond": [name for name in self.frame["rule"] if name in set(names)],
            "kappas": [kappas.min(), np.median(kappas), kappas.max()] if len(kappas) else [],
        }


def compare_rules(
    sessions: pd.DataFrame | Courses,
    rules: Iterable[Rule | str] | Mapping[str, Rule | str] | None = None,
    *,
    prospective: bool = False,
    max_gap: int | None = None,
    chance: bool = True,
    draws: int = 99,
    seed: np.random.Generator | int = 0,
    workers: int | None = None,
    **choice: Unpack[Choice],
) -> RuleComparison:
    """Compare what several rules find in the same sessions.

    Parameters
    ----------
    sessions : DataFrame or Courses
        A sessions table: client, session, rater and a column for the scale.
    rules : several Rule or str, optional
        From `alliance.rules` or names of presets; a mapping names them. All presets if not given.
    prospective, max_gap
        As in `alliance.find_ruptures`.
    chance : bool
        Also find ruptures where there are none to find; see `alliance.model.chance_baseline`.
    draws, seed, workers
        As in `alliance.model.chance_baseline`.
    **choice
        Which scores are meant, see `alliance.courses`.

    Returns
    -------
    RuleComparison

    Raises
    ------
    AllianceError
        If the table or the scale cannot be used, or no rule can.

    Notes
    -----
    A rule that cannot be used on these data is kept in the table with the reason: made for
    another questionnaire, too few sessions.

    Agreement by session compares flagged sessions; a rule that compares with a level goes on
    flagging while the score stays low, one that looks for falls flags the first session only.

    Examples
    --------
    >>> from alliance import simulate
    >>> study = simulate.simulate(simulate.worlds()["R0d"], clients=30, seed=1)
    >>> compared = compare_rules(study.sessions, ["own-mean", "xmr", "srs-level"], chance=False)
    >>> compared.frame["judged"].tolist()
    [26, 28, 0]
    >>> compared.frame["reason"].iloc[-1]
    'made for totals of the Session Rating Scale (0 to 40); these are simulated'
    """
    named = _named(presets() if rules is None else rules)
    chosen = courses(sessions, **choice)
    found, reasons = _find_all(chosen, named, prospective=prospective, max_gap=max_gap)
    usable = [each for each in found.values() if each.scan.judged.any()]
    level = (
        chance_baseline(usable, draws=draws, seed=seed, workers=workers)
        if chance and usable
        else None
    )
    rows = [_row(rule, found.get(name), reasons.get(name, "")) for name, rule in named.items()]
    frame = pd.DataFrame(rows)
    return RuleComparison(
        frame=frame if level is None else frame.join(_expected(level), on="rule"),
        sessions=agreement(_judgements(usable, _flagged)),
        clients=agreement(_judgements(usable, _with_rupture)),
        found=found,
        chance=level,
        scale=chosen.scale,
        prospective=prospective,
    )


def _named(rules: Iterable[Rule | str] | Mapping[str, Rule | str]) -> dict[str, Rule]:
    if isinstance(rules, Mapping):
        return {name: replace(load(rule), name=name) for name, rule in rules.items()}
    several = [load(rule) for rule in ([rules] if isinstance(rules, Rule | str) else rules)]
    names = [rule.name for rule in several]
    if len(set(names)) < len(names) or not names:
        raise AllianceError(
            "Every rule to compare needs a name of its own, and there must be at least one.\n"
            "To fix: give a mapping, e.g. {'strict': own_mean(threshold=3), 'usual': own_mean()}."
        )
    return dict(zip(names, several, strict=True))


def _find_all(
    chosen: Courses, rules: Mapping[str, Rule], *, prospective: bool, max_gap: int | None
) -> tuple[dict[str, Ruptures], dict[str, str]]:
    """Return what each rule found, and why some could not be used."""
    found: dict[str, Ruptures] = {}
    reasons, last = {}, None
    for name, rule in rules.items():
        reasons[name] = misfit(rule, chosen)
        if reasons[name]:
            continue
        try:
            found[name] = each = search(
                chosen, rule.with_max_gap(max_gap), prospective=prospective, each_session=True
            )
        except AllianceError as error:
            reasons[name], last = str(error).splitlines()[0], error
            continue
        # Kept in the table with the reason, not dropped: the reader asked about this rule.
        if not each.scan.judged.any():
            reasons[name] = _nobody(each)
    if last is not None and not found:
        raise last
    return found, reasons


def _nobody(found: Ruptures) -> str:
    """Return why no client could be judged: the most frequent reason."""
    why = found.clients["reason"].value_counts()
    return f"no client could be judged: {why.index[0]}" if len(why) else "there are no sessions"


def _row(rule: Rule, found: Ruptures | None, reason: str) -> dict[str, object]:
    counts = _NOTHING if found is None else {name: found.row[name] for name in _NOTHING}
    return {
        "rule": rule.name,
        **counts,
        "per_client": counts["ruptures"] / counts["judged"] if counts["judged"] else np.nan,
        "provenance": rule.provenance,
        "repair_provenance": rule.repair_provenance,
        "reason": reason,
    }


def _expected(level: ChanceBaseline) -> pd.DataFrame:
    short = {
        "clients with a rupture": "prevalence",
        "episodes repaired": "repair_rate",
        "episodes per client": "per_client",
    }
    frame = level.frame[level.frame["quantity"].isin(short)]
    columns = frame["quantity"].map(short) + "_" + frame["null"]
    values = ["expected", "low", "high", "p"]
    wide = frame.assign(column=columns).pivot(index="rule", columns="column", values=values)
    order = [(value, column) for column in columns.unique() for value in values]
    names = [f"{column}_{value}".removesuffix("_expected") for value, column in order]
    return wide[order].set_axis(names, axis="columns")


def _judgements(
    found: Iterable[Ruptures], answers: Callable[[Scan], tuple[Bools, Bools]]
) -> pd.DataFrame:
    """Return by rule yes or no; `answers` says which are yes, and which are none at all."""
    return pd.DataFrame(
        {each.rule.name: pd.arrays.BooleanArray(*answers(each.scan)) for each in found}
    )


def _flagged(found: Scan) -> tuple[Bools, Bools]:
    if found.sessions is None:
        raise TypeError("The rules are compared session by session.")
    return found.sessions.flagged, ~found.sessions.judged


def _with_rupture(found: Scan) -> tuple[Bools, Bools]:
    return found.counts().sum(axis=1) > 0, found.judged == 0
