"""From ruptures found to what the same rule finds in noise: resamples, counts, shares."""

from collections.abc import Sequence
from functools import cache, partial

import numpy as np
import pandas as pd

from alliance.arrays import Floats, Ints
from alliance.checks import check_integer
from alliance.course import Courses
from alliance.errors import AllianceError, join_names, suggest
from alliance.model.chance_result import COUNTS, NULLS, ChanceBaseline, shares_of
from alliance.model.found_truth import how_many_true, no_truth
from alliance.model.quiet import QuietSampler, fit_quiet
from alliance.ruptures import OUTCOMES, Ruptures
from alliance.ruptures.threads import in_threads

ROWS_AT_ONCE = 1 << 18
# So many sets of parameters share in the draws.
PARAMETERS = 40
Streams = Sequence[np.random.Generator]


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
    *Simulated*: the course model is fitted to the scores together with its ruptures (bent growth,
    own level and growth, drift, carry-over, error, noise that settles or has a long tail, own
    volatility), and courses are drawn from it *without* ruptures at the same sessions, as coarse
    and as limited as the scores are. The draws share in the uncertainty of the parameters.
    Clients whose scores are all the same say nothing of noise: they stay as they are. What is
    found is also held against the fitted model itself: an episode is counted false with the
    probability that no rupture lies in it.

    *Shuffled*: each client's own scores in another order over the same session numbers. It is a
    picture only: order is lost, and with it growth and carry-over, so that falls from session to
    session are expected too often; and rules that look only at how low a score lies flag the same
    sessions in any order.

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
    each_found = found if isinstance(found, list | tuple) else [found]
    several = [Ruptures.expected(each) for each in each_found]
    _check(several, draws, nulls)
    first = several[0]
    # A stream of its own for each null: leaving one out does not change the other.
    streams = dict(zip(NULLS, np.random.default_rng(seed).spawn(len(NULLS)), strict=True))
    order = in_order(first.courses)
    courses = first.courses.take(order)
    quiet, jobs, tell = None, [], partial(no_truth, several)
    asked = [null for null in NULLS if null in nulls and len(order)]
    if "shuffled" in asked:
        each = _parts(streams["shuffled"].spawn(draws), _at_once(courses))
        jobs += [partial(shuffled, courses, part) for part in each]
    if "simulated" in asked:
        quiet, rng = fit_quiet(courses), streams["simulated"]
        alike = min(_at_once(courses), -(-draws // PARAMETERS))
        sampler = QuietSampler.of(quiet)
        jobs += [partial(_simulate, sampler, part) for part in _parts(rng.spawn(draws), alike)]
        tell = partial(how_many_true, quiet, several, first.courses.rows_of(order), rng)
    count = partial(_count_draws, jobs, courses, several, workers)
    # Side by side: one is compiled, the other is not.
    truth, drawn = in_threads(lambda work: work(), [tell, count], workers)
    counts = [_observed(several)]
    if jobs:
        counts += map(_counts_table, np.split(drawn, len(asked)), [several] * len(asked), asked)
    table = pd.concat(counts, ignore_index=True)
    return ChanceBaseline(
        frame=shares_of(table, nulls),
        counts=table,
        truth=truth,
        rules=tuple(each.rule for each in several),
        parameters={} if quiet is None else quiet.parameters,
        constant=_constant(first.courses),
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


def in_order(courses: Courses) -> Ints:
    """Return the numbers of the courses that are not empty, by length.

    Within a length they are sorted by their session numbers and scores, so that neither the
    clients' names nor the order of rows decides which random number a client meets.
    """
    order = [np.zeros(0, dtype=np.int64)]
    for length in np.unique(courses.lengths[courses.lengths > 0]):
        which = np.flatnonzero(courses.lengths == length)
        rows = courses.offsets[which][:, None] + np.arange(length)
        key = np.hstack([courses.scores[rows], courses.sessions[rows]])
        order.append(which[np.lexsort(key.T[::-1])])
    return np.concatenate(order)


def shuffled(courses: Courses, rngs: Sequence[np.random.Generator]) -> Floats:
    """Return each course's own scores in another order, once for each generator.

    The courses are sorted by length. Shape (generators, sessions).
    """
    lengths, counts = np.unique(courses.lengths, return_counts=True)
    ends = np.cumsum(lengths * counts).tolist()
    drawn = np.tile(courses.scores, (len(rngs), 1))
    for rng, own in zip(rngs, drawn, strict=True):
        for length, start, end in zip(lengths, [0, *ends], ends, strict=False):
            part = own[start:end].reshape(-1, length)
            rng.permuted(part, axis=1, out=part)
    return drawn


def _at_once(courses: Courses) -> int:
    """Return how many draws make a search worth its while, by the data alone."""
    return max(1, ROWS_AT_ONCE // len(courses.scores))


def _parts(streams: Streams, size: int) -> list[Streams]:
    """Return the draws' own streams of random numbers, some at a time."""
    return [streams[start : start + size] for start in range(0, len(streams), size)]


def _simulate(sampler: QuietSampler, rngs: Streams) -> Floats:
    """Return draws that share their parameters."""
    return sampler.draw(sampler.model.likely(rngs[0]), rngs)


def _count_draws(
    jobs: Sequence[partial[Floats]],
    courses: Courses,
    found: Sequence[Ruptures],
    workers: int | None,
) -> Ints:
    """Return the counts of every draw, shape (draws, rules, counts)."""
    if not jobs:
        return np.zeros((0, len(found), len(COUNTS)), dtype=np.int64)
    sizes = np.array([len(job.args[1]) for job in jobs])
    place = (np.cumsum(sizes) - 1) // _at_once(courses)
    batches = np.split(np.arange(len(jobs)), np.flatnonzero(np.diff(place)) + 1)

    @cache
    def laid_out(samples: int) -> tuple[Courses, Ints]:
        laid = courses.take(np.tile(np.arange(courses.count), samples))
        return laid, np.repeat(np.arange(samples), courses.count)

    def count(batch: Ints) -> Ints:
        drawn = np.concatenate([jobs[job]() for job in batch])
        laid, pool = laid_out(len(drawn))
        return _count(laid.with_scores(drawn.ravel()), pool, found)

    return np.concatenate(list(in_threads(count, batches, workers)))


def _count(courses: Courses, pool: Ints, found: Sequence[Ruptures]) -> Ints:
    """Return the `COUNTS` of each pool for each rule, shape (pools, rules, counts)."""
    pools = int(pool.max()) + 1

    def one(each: Ruptures) -> Ints:
        seen = each.again(courses, pool=pool, workers=1)
        owner = pool[seen.course]
        first = np.diff(seen.course, prepend=-1) != 0
        # One count for each pool and outcome.
        fates = np.bincount(owner * len(OUTCOMES) + seen.outcome, minlength=pools * len(OUTCOMES))
        return np.column_stack(
            [
                np.bincount(pool[seen.judged > 0], minlength=pools),
                np.bincount(owner[first], minlength=pools),
                np.bincount(owner, minlength=pools),
                fates.reshape(pools, -1),
            ]
        )

    return np.stack([one(each) for each in found], axis=1)


def _constant(courses: Courses) -> int:
    """Return how many clients have two or more scores that are all the same."""
    pieces = np.split(courses.scores, courses.offsets[1:-1])
    return sum(len(own) > 1 and bool(np.ptp(own) == 0) for own in pieces)


def _observed(found: Sequence[Ruptures]) -> pd.DataFrame:
    same = {"null": "observed", "draw": 0}
    table = pd.DataFrame([{"rule": each.rule.name, **each.row, **same} for each in found])
    return table[["rule", "rater", "null", "draw", *COUNTS]]


def _counts_table(counts: Ints, found: Sequence[Ruptures], null: str) -> pd.DataFrame:
    draws, rules, kinds = counts.shape
    table = pd.DataFrame(counts.reshape(draws * rules, kinds), columns=list(COUNTS))
    table.insert(0, "rule", [each.rule.name for each in found] * draws)
    table.insert(1, "rater", found[0].rater)
    table.insert(2, "null", null)
    table.insert(3, "draw", np.repeat(np.arange(1, draws + 1), rules))
    return table
