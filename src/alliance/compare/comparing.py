"""All rules on one data set: what each finds, what it finds in noise, how far they agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from alliance.compare.comparison import RuleComparison
from alliance.compare.measures import agreement
from alliance.errors import AllianceError
from alliance.model import ChanceBaseline, chance_baseline
from alliance.rules import Rule, load, presets
from alliance.ruptures import Ruptures, find_ruptures
from alliance.tables import SESSIONS, tidy

SRS_HIGHEST_ITEM = 10


def compare_rules(
    sessions: pd.DataFrame,
    rules: Iterable[Rule | str] | Mapping[str, Rule | str] | None = None,
    *,
    scale: str = "total",
    higher_is_better: bool = True,
    prospective: bool = False,
    max_gap: int | None = None,
    instrument: str | None = None,
    rater: str | None = None,
    chance: bool = True,
    draws: int = 99,
    rng: np.random.Generator | int = 0,
    workers: int | None = None,
) -> RuleComparison:
    """Compare what several rules find in the same sessions.

    Parameters
    ----------
    sessions : DataFrame
        A sessions table: client, session, rater and a column for the scale.
    rules : several Rule or str, optional
        From `alliance.rules` or names of presets; a mapping names them. All presets if not given.
    scale, higher_is_better, prospective, max_gap, instrument
        As in `alliance.find_ruptures`.
    rater : str, optional
        Whose ratings, if the table holds several.
    chance : bool
        Also find ruptures where there are none to find; see `alliance.model.chance_baseline`.
    draws, rng, workers
        As in `alliance.model.chance_baseline`.

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
    another questionnaire, too few sessions. Whether a rule was made for these
    scores is read from the columns ``instrument`` and ``metric``; without them, scores that never
    exceed 10 are taken not to be totals of the Session Rating Scale.

    Agreement by session compares flagged sessions; a rule that compares with a level goes on
    flagging while the score stays low, one that looks for falls flags the first session only.

    Examples
    --------
    >>> from alliance import simulate
    >>> study = simulate.simulate(simulate.worlds()["R0d"], clients=30, rng=1)
    >>> compared = compare_rules(study.sessions, ["own-mean", "xmr", "srs-level"], chance=False)
    >>> compared.frame["judged"].tolist()
    [26, 28, 0]
    >>> compared.frame["why_not"].iloc[-1]
    'made for totals of the Session Rating Scale (0 to 40); these are simulated'
    """
    chosen = _named(presets() if rules is None else rules)
    sessions = _of_one_rater(tidy(sessions, SESSIONS), rater)
    settings = {
        "scale": scale,
        "higher_is_better": higher_is_better,
        "prospective": prospective,
        "max_gap": max_gap,
        "instrument": instrument,
    }
    found, why_not = _find_all(sessions, chosen, settings)
    usable = [each for each in found.values() if each.clients["judged"].any()]
    level = (
        chance_baseline(usable, draws=draws, seed=rng, workers=workers)
        if chance and usable
        else None
    )
    rows = [_row(rule, found.get(name), why_not.get(name, "")) for name, rule in chosen.items()]
    frame = pd.DataFrame(rows)
    return RuleComparison(
        frame=frame if level is None else frame.join(_expected(level), on="rule"),
        sessions=agreement(_judgements(usable, _flagged)),
        clients=agreement(_judgements(usable, _with_rupture)),
        found=found,
        chance=level,
        scale=scale,
        prospective=prospective,
    )


def _named(rules) -> dict[str, Rule]:
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


def _of_one_rater(sessions: pd.DataFrame, rater: str | None) -> pd.DataFrame:
    raters = sorted(sessions["rater"].unique())
    if rater is None and len(raters) > 1:
        raise AllianceError(
            f"The sessions were rated by {', '.join(raters)}; rules are compared on one rater.\n"
            f"To fix: name one, e.g. rater='{raters[0]}'."
        )
    if rater is None:
        return sessions
    if rater not in raters:
        raise AllianceError(f"No session was rated by '{rater}'. Raters: {', '.join(raters)}.")
    return sessions[sessions["rater"] == rater]


def _find_all(
    sessions: pd.DataFrame, rules: Mapping[str, Rule], settings: dict
) -> tuple[dict[str, Ruptures], dict[str, str]]:
    found, why_not, last = {}, {}, None
    for name, rule in rules.items():
        why_not[name] = _misfit(rule, sessions, settings["scale"], settings["instrument"])
        if why_not[name]:
            continue
        try:
            found[name] = each = find_ruptures(sessions, rule, **settings)
        except AllianceError as error:
            why_not[name], last = str(error).splitlines()[0], error
            continue
        if not each.clients["judged"].any():
            reasons = each.clients["reason"].value_counts()
            why_not[name] = (
                f"no client could be judged: {reasons.index[0]}"
                if len(reasons)
                else ("there are no sessions")
            )
    if last is not None and not found:
        raise last
    return found, why_not


def _misfit(rule: Rule, sessions: pd.DataFrame, scale: str, instrument: str | None) -> str:
    if scale not in sessions.columns:
        return ""  # find_ruptures says what is wrong
    if instrument is not None and "instrument" in sessions.columns:
        sessions = sessions[sessions["instrument"] == instrument]
    if rule.name.startswith("srs-"):
        return _not_srs(sessions, scale)
    if rule.name == "v-episode" and (_values(sessions, "metric") == {"sum"}):
        return "made for item means from 1 to 7; these scores are sums"
    return ""


def _not_srs(sessions: pd.DataFrame, scale: str) -> str:
    made_for = "made for totals of the Session Rating Scale (0 to 40)"
    instruments = _values(sessions, "instrument")
    if instruments:
        return "" if "srs" in instruments else f"{made_for}; these are {', '.join(instruments)}"
    highest = pd.to_numeric(sessions[scale], errors="coerce").max()
    return f"{made_for}; no score exceeds {SRS_HIGHEST_ITEM}" * bool(highest <= SRS_HIGHEST_ITEM)


def _values(sessions: pd.DataFrame, column: str) -> set[str]:
    return set(sessions[column].dropna().unique()) if column in sessions.columns else set()


def _row(rule: Rule, found: Ruptures | None, why_not: str) -> dict:
    names = ("judged", "with_rupture", "prevalence", "ruptures", "repaired", "unrepaired", "open")
    counts = dict.fromkeys([*names, "repair_rate"], np.nan) | dict.fromkeys(
        ["judged", "with_rupture", "ruptures", "repaired", "unrepaired", "open"], 0
    )
    if found is not None and len(found.clients):
        counts |= found.summary().iloc[0][list(counts)].to_dict()
    per_client = counts["ruptures"] / counts["judged"] if counts["judged"] else np.nan
    return {
        "rule": rule.name,
        **counts,
        "per_client": per_client,
        "provenance": rule.provenance,
        "repair_provenance": rule.repair_provenance,
        "why_not": why_not,
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


def _judgements(found: Iterable[Ruptures], answers) -> pd.DataFrame:
    return pd.DataFrame({each.rule.name: answers(each) for each in found})


def _flagged(found: Ruptures) -> pd.Series:
    return found.flags.set_index(["client", "rater", "session"])["flagged"]


def _with_rupture(found: Ruptures) -> pd.Series:
    clients = found.clients.set_index(["client", "rater"])
    return clients["ruptures"].gt(0).astype("boolean").where(clients["judged"])
