"""From ruptures found to what the same rule finds in noise: resamples, counts, shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance.checks import check_integer
from alliance.course import Courses
from alliance.errors import AllianceError, join_names, suggest
from alliance.model.chance_result import COUNTS, NULLS, ChanceBaseline, shares_of
from alliance.model.noise import drawn, fit_noise
from alliance.model.resampling import Group, Resample, grouped, shuffled, stacked
from alliance.rules import Rule
from alliance.ruptures import OUTCOMES, Ruptures, scan
from alliance.ruptures.threads import in_threads

ROWS_AT_ONCE = 1 << 18
_Sampler = Callable[[np.random.Generator], Resample]
Counts = NDArray[np.int64]


def chance_baseline(
    found: Ruptures | Sequence[Ruptures],
    *,
    draws: int = 199,
    nulls: Sequence[str] = NULLS,
    seed: np.random.Generator | int = 0,
    workers: int | None = None,
) -> ChanceBaseline:
    """Say how many ruptures the same rule finds where there is nothing to find.

    Parameters
    ----------
    found : Ruptures, or several
        From `alliance.find_ruptures`; several must come from the same sessions and settings.
    draws : int
        How often noise is drawn for each null, 1 or more. The smallest p is 1 / (draws + 1).
    nulls : sequence of {"shuffled", "simulated"}
        What noise is: see Notes.
    seed : int or numpy Generator
        Source of chance; the same seed gives the same numbers with any number of workers.
    workers : int, optional
        Threads; as many as there are processors if not given.

    Returns
    -------
    ChanceBaseline

    Raises
    ------
    AllianceError
        If nothing was found on, the sessions or settings differ, or a null or the number of
        draws cannot be used.

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
    >>> from alliance import find_ruptures, rules, simulate
    >>> study = simulate.simulate(simulate.worlds()["N0"], clients=40, seed=1)
    >>> found = find_ruptures(study.sessions, rules.strauss_like())
    >>> level = chance_baseline(found, draws=19, nulls=["shuffled"])
    >>> level.frame[["quantity", "null", "draws"]].drop_duplicates().head(2)
                     quantity      null  draws
    0  clients with a rupture  shuffled     19
    1     episodes per client  shuffled     19
    """
    several = [found] if isinstance(found, Ruptures) else list(found)
    _check(several, draws, nulls)
    first = several[0]
    streams = dict(zip(NULLS, np.random.default_rng(seed).spawn(len(NULLS)), strict=True))
    counts, noises = [_observed(several)], {}
    groups = grouped(first.courses)
    if groups:
        samplers: dict[str, _Sampler] = {"shuffled": lambda rng: shuffled(groups, rng)}
        if "simulated" in nulls:
            noises[first.rater] = noise = fit_noise(groups)
            samplers["simulated"] = lambda rng: drawn(groups, noise, rng)
        rules = [each.searched_with for each in several]
        for null in nulls:
            resampled = _count_draws(
                groups,
                samplers[null],
                streams[null].spawn(draws),
                lambda part: _count(*part, rules, first.prospective, first.overlapping),
                workers,
            )
            counts.append(_counts_table(resampled, several, null))
    table = pd.concat(counts, ignore_index=True)
    return ChanceBaseline(
        frame=shares_of(table, nulls),
        counts=table,
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
    check_integer(draws, "draws", 1)
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
    settings = ("scale", "rater", "higher_is_better", "prospective", "overlapping", "instrument")
    same = all(getattr(one, name) == getattr(other, name) for name in settings)
    if one.courses is other.courses:
        return same
    return same and one.sessions.equals(other.sessions)


def _count_draws(
    groups: Sequence[Group],
    sampler: _Sampler,
    streams: Sequence[np.random.Generator],
    count: Callable[[tuple[Courses, Counts]], Counts],
    workers: int | None,
) -> Counts:
    """Return the counts of every draw, shape (draws, rules, counts).

    Each draw has its own stream of random numbers, and how many are laid side by side depends
    on the data alone, so the number of workers changes nothing but the time.
    """
    rows = sum(group.scores.size for group in groups)
    at_once = max(1, ROWS_AT_ONCE // rows)
    parts = [streams[start : start + at_once] for start in range(0, len(streams), at_once)]

    def one(part: Sequence[np.random.Generator]) -> Counts:
        return count(stacked(groups, [sampler(rng) for rng in part]))

    return np.concatenate(list(in_threads(one, parts, workers)))


def _count(
    courses: Courses, pool: Counts, rules: Sequence[Rule], prospective: bool, overlapping: bool
) -> Counts:
    """Return the `COUNTS` of each pool for each rule, shape (pools, rules, counts)."""
    pools = int(pool.max()) + 1
    tables = []
    for rule in rules:
        found = scan(
            courses, rule, prospective=prospective, overlapping=overlapping, pool=pool, workers=1
        )
        owner = pool[found.course]
        first = np.diff(found.course, prepend=-1) != 0
        fates = np.bincount(owner * len(OUTCOMES) + found.outcome, minlength=pools * len(OUTCOMES))
        tables.append(
            np.column_stack(
                [
                    np.bincount(pool[found.judged > 0], minlength=pools),
                    np.bincount(owner[first], minlength=pools),
                    np.bincount(owner, minlength=pools),
                    fates.reshape(pools, -1),
                ]
            )
        )
    return np.stack(tables, axis=1)


def _observed(found: Sequence[Ruptures]) -> pd.DataFrame:
    rows = [each.table_rows()[["rater", *COUNTS]].assign(rule=each.rule.name) for each in found]
    table = pd.concat(rows, ignore_index=True).assign(null="observed", draw=0)
    return table[["rule", "rater", "null", "draw", *COUNTS]]


def _counts_table(counts: Counts, found: Sequence[Ruptures], null: str) -> pd.DataFrame:
    draws, rules, kinds = counts.shape
    table = pd.DataFrame(counts.reshape(draws * rules, kinds), columns=list(COUNTS))
    table.insert(0, "rule", [each.rule.name for each in found] * draws)
    table.insert(1, "rater", found[0].rater)
    table.insert(2, "null", null)
    table.insert(3, "draw", np.repeat(np.arange(1, draws + 1), rules))
    return table
