"""From ruptures found to what the same rule finds in noise: deals, counts, shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count

import numpy as np
import pandas as pd

from alliance.errors import AllianceError, join_names, suggest
from alliance.model.chance_result import COUNTS, NULLS, ChanceBaseline, shares_of
from alliance.model.noise import Noise, drawn, fit_noise
from alliance.model.resampling import Deal, Group, grouped, shuffled, stacked
from alliance.rules import Rule
from alliance.ruptures import OUTCOMES, Ruptures, Series, find_ruptures, scan

ROWS_AT_ONCE = 1 << 18


def chance_baseline(
    sessions: pd.DataFrame,
    rule: Rule | str | Sequence[Rule | str],
    *,
    scale: str = "total",
    higher_is_better: bool = True,
    prospective: bool = False,
    max_gap: int | None = None,
    instrument: str | None = None,
    overlapping: bool = False,
    draws: int = 199,
    nulls: Sequence[str] = NULLS,
    rng: np.random.Generator | int = 0,
    workers: int | None = None,
) -> ChanceBaseline:
    """Find ruptures, and say how many the same rule finds where there is nothing to find.

    Parameters
    ----------
    sessions : DataFrame
        A sessions table: client, session, rater and a column for the scale.
    rule : Rule or str, or several
        From `alliance.rules`, or names of presets. Several rules meet the same noise.
    scale, higher_is_better, prospective, max_gap, instrument, overlapping
        As in `alliance.find_ruptures`.
    draws : int
        How often noise is drawn for each null, 1 or more. The smallest p is 1 / (draws + 1).
    nulls : sequence of {"shuffled", "simulated"}
        What noise is: see Notes.
    rng : numpy Generator or int
        Source of chance; the same seed gives the same numbers with any number of workers.
    workers : int, optional
        Threads; as many as there are processors if not given.

    Returns
    -------
    ChanceBaseline

    Raises
    ------
    AllianceError
        If the table, the scale, a rule, a null or the number of draws cannot be used.

    Notes
    -----
    *Shuffled*: each client's own scores are put in another order over the same session numbers.
    Level, spread, gaps and ceiling stay; order, and with it growth and carry-over, is lost. Real
    ruptures stay in as scattered low scores, so this null asks whether the *order* of scores
    holds ruptures. Rules that look only at how low a score lies (an own-mean rule without minimum
    drop) flag the same sessions in any order: for them only repair can differ.

    *Simulated*: a model without ruptures (own level and growth over log session, first-order
    autoregression, measurement error, own volatility) is fitted to the scores' normal scores by
    maximum likelihood, and series are drawn from it at the same sessions. The drawn values get
    the data's own scores by rank, so that rounding and the share at the ceiling are kept exactly.
    Where there are ruptures, they widen the fitted noise, so that the number expected from noise
    is rather too high than too low.

    Whatever a rule pools over clients is pooled anew in each draw. Neither null changes how many
    sessions a client has: that longer courses hold more "ruptures" stays true in both.

    References
    ----------
    Phipson, B., & Smyth, G. K. (2010). Permutation P-values should never be zero. Statistical
    Applications in Genetics and Molecular Biology, 9, 39. https://doi.org/10.2202/1544-6115.1585

    Examples
    --------
    >>> from alliance import rules, simulate
    >>> study = simulate.simulate(simulate.worlds()["N0"], clients=40, rng=1)
    >>> level = chance_baseline(study.sessions, rules.strauss_like(), draws=19, nulls=["shuffled"])
    >>> level.frame[["quantity", "null", "draws"]].drop_duplicates().head(2)
                     quantity      null  draws
    0  clients with a rupture  shuffled     19
    1     episodes per client  shuffled     19
    """
    several = [rule] if isinstance(rule, Rule | str) else list(rule)
    found = [
        find_ruptures(
            sessions,
            each,
            scale=scale,
            higher_is_better=higher_is_better,
            prospective=prospective,
            max_gap=max_gap,
            instrument=instrument,
            overlapping=overlapping,
        )
        for each in several
    ]
    return chance_of(found, draws=draws, nulls=nulls, rng=rng, workers=workers)


def chance_of(
    found: Ruptures | Sequence[Ruptures],
    *,
    draws: int = 199,
    nulls: Sequence[str] = NULLS,
    rng: np.random.Generator | int = 0,
    workers: int | None = None,
) -> ChanceBaseline:
    """Say how many ruptures the same rule finds where there is nothing to find.

    Parameters
    ----------
    found : Ruptures, or several
        From `alliance.find_ruptures`; several must come from the same sessions and settings.
    draws, nulls, rng, workers
        As in `chance_baseline`.

    Returns
    -------
    ChanceBaseline

    Raises
    ------
    AllianceError
        If nothing was found on, or the sessions or settings differ.
    """
    several = [found] if isinstance(found, Ruptures) else list(found)
    _check(several, draws, nulls)
    first = several[0]
    rules = [each.rule if each.higher_is_better else each.rule.mirrored() for each in several]
    streams = dict(zip(NULLS, np.random.default_rng(rng).spawn(len(NULLS)), strict=True))
    counts, noises = [_observed(several)], {}
    for rater, series in _by_rater(first):
        groups = grouped(series)
        if not groups:
            continue
        deals = {"shuffled": lambda rng, groups=groups: shuffled(groups, rng)}
        if "simulated" in nulls:
            noises[rater] = noise = fit_noise(groups)
            deals["simulated"] = _from(groups, noise)
        for null in nulls:
            drawn_counts = _count_draws(
                groups,
                deals[null],
                streams[null].spawn(draws),
                lambda part: _count(part, rules, first.prospective, first.overlapping),
                workers or cpu_count() or 1,
            )
            counts.append(_counts_table(drawn_counts, several, rater, null))
    counts = pd.concat(counts, ignore_index=True)
    return ChanceBaseline(
        frame=shares_of(counts, nulls),
        counts=counts,
        rules=tuple(each.rule for each in several),
        noises=noises,
        nulls=tuple(nulls),
        draws=draws,
        scale=first.scale,
        higher_is_better=first.higher_is_better,
        prospective=first.prospective,
        overlapping=first.overlapping,
        instrument=first.instrument,
    )


def _check(found: Sequence[Ruptures], draws: int, nulls: Sequence[str]) -> None:
    if not found:
        raise AllianceError("There is no rule to measure.\nTo fix: name one or more.")
    names = [each.rule.name for each in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise AllianceError(
            f"Several rules are called {join_names(twice)}.\nTo fix: give each a name of its own, "
            "with dataclasses.replace(rule, name=...)."
        )
    if not isinstance(draws, int) or draws < 1:
        raise AllianceError(f"draws must be a whole number, 1 or more; it is {draws!r}.")
    unknown = [null for null in nulls if null not in NULLS]
    if unknown or isinstance(nulls, str) or not len(nulls):
        hint = suggest(str(unknown[0]), NULLS) if unknown else ""
        raise AllianceError(f"nulls must name one or more of {join_names(NULLS)}.{hint}")
    for each in found[1:]:
        if not _alike(found[0], each):
            raise AllianceError(
                f"The rules {names[0]} and {each.rule.name} were not used on the same sessions "
                "with the same settings."
            )


def _alike(one: Ruptures, other: Ruptures) -> bool:
    settings = ("scale", "higher_is_better", "prospective", "overlapping", "instrument")
    same = all(getattr(one, name) == getattr(other, name) for name in settings)
    return same and one.sessions.equals(other.sessions)


def _by_rater(found: Ruptures):
    sign = 1 if found.higher_is_better else -1
    for rater, clients in found.clients.groupby("rater", sort=True):
        rows = found.flags[found.flags["rater"] == rater]
        yield (
            rater,
            Series(
                scores=sign * rows["score"].to_numpy(),
                sessions=rows["session"].to_numpy(),
                offsets=np.concatenate([[0], np.cumsum(clients["sessions"])]),
            ),
        )


def _from(groups: Sequence[Group], noise: Noise) -> Callable[[np.random.Generator], Deal]:
    return lambda rng: drawn(groups, noise, rng)


def _count_draws(groups, deal, streams, count, workers: int) -> np.ndarray:
    """Return the counts of every draw, shape (draws, rules, counts).

    Each draw has its own stream of random numbers, and how many are laid side by side depends
    on the data alone, so the number of workers changes nothing but the time.
    """
    rows = sum(group.scores.size for group in groups)
    at_once = max(1, ROWS_AT_ONCE // rows)
    parts = [streams[start : start + at_once] for start in range(0, len(streams), at_once)]

    def one(part: Sequence[np.random.Generator]) -> np.ndarray:
        return count(stacked(groups, [deal(rng) for rng in part]))

    if workers == 1 or len(parts) == 1:
        return np.concatenate([one(part) for part in parts])
    with ThreadPoolExecutor(min(workers, len(parts))) as pool:
        return np.concatenate(list(pool.map(one, parts)))


def _count(
    series: Series, rules: Sequence[Rule], prospective: bool, overlapping: bool
) -> np.ndarray:
    """Return the `COUNTS` of each pool for each rule, shape (pools, rules, counts)."""
    pools = int(series.pool.max()) + 1
    tables = []
    for rule in rules:
        found = scan(series, rule, prospective=prospective, overlapping=overlapping, workers=1)
        pool = series.pool[found.series]
        first = np.diff(found.series, prepend=-1) != 0
        fates = np.bincount(pool * len(OUTCOMES) + found.outcome, minlength=pools * len(OUTCOMES))
        tables.append(
            np.column_stack(
                [
                    np.bincount(series.pool[found.judged > 0], minlength=pools),
                    np.bincount(pool[first], minlength=pools),
                    np.bincount(pool, minlength=pools),
                    fates.reshape(pools, -1),
                ]
            )
        )
    return np.stack(tables, axis=1)


def _observed(found: Sequence[Ruptures]) -> pd.DataFrame:
    tables = []
    for each in found:
        table = each.summary(chance=False)[["rater", *COUNTS]]
        table.insert(0, "rule", each.rule.name)
        tables.append(table)
    table = pd.concat(tables, ignore_index=True)
    table.insert(2, "null", "observed")
    table.insert(3, "draw", 0)
    return table


def _counts_table(
    counts: np.ndarray, found: Sequence[Ruptures], rater: str, null: str
) -> pd.DataFrame:
    draws, rules, kinds = counts.shape
    table = pd.DataFrame(counts.reshape(draws * rules, kinds), columns=list(COUNTS))
    table.insert(0, "rule", [each.rule.name for each in found] * draws)
    table.insert(1, "rater", rater)
    table.insert(2, "null", null)
    table.insert(3, "draw", np.repeat(np.arange(1, draws + 1), rules))
    return table
