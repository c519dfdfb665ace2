"""Suspicions: what an instrument allows but plausible data rarely hold; nothing is corrected."""

import math

import numpy as np
import pandas as pd

from alliance.errors import Problem, join_names
from alliance.instruments import Instrument
from alliance.intake.copies import copied_forms
from alliance.intake.problems import WHO, Option, known_problem, problem_of, settled_by
from alliance.scoring import compare_totals, score

FEWEST_FORMS = 20
LOOKED_AT = 20_000
NEGATIVE = -0.1
EQUAL_SHARE = 0.1
COMMON_SHARE = 0.2


def form_problems(responses: pd.DataFrame, instrument: Instrument) -> list[Problem]:
    """Return what is allowed but suspicious in single questionnaires, none of it serious.

    The same answers in two of them, artificially equal lines, lines that are all 0, ready-made
    totals that do not equal their items. `responses`: of one instrument.
    """
    items = [name for name in instrument.item_columns if name in responses.columns]
    responses = responses[responses[items].notna().any(axis=1)].reset_index(drop=True)
    if not len(responses):
        return []
    reported = any(name.startswith("reported_") for name in responses.columns)
    return [
        *(compare_totals(responses, score(responses, instrument), instrument) if reported else []),
        *_copied_answers(responses, instrument),
        *_equal_lines(responses, instrument),
        *_all_zero(responses, instrument),
    ]


def coding_problems(
    responses: pd.DataFrame, instrument: Instrument, already_reversed: tuple[int, ...] = ()
) -> list[Problem]:
    """Return what speaks for another coding of a whole file, none of it serious.

    Of a large table an even part is looked at. `already_reversed`: turned back as the user said.
    """
    responses = responses[["rater", *instrument.item_columns]]
    if len(responses) > LOOKED_AT:
        responses = responses.iloc[:: len(responses) // LOOKED_AT]
    return [
        *_unused_ends(responses, instrument),
        *_turned_items(responses, instrument, already_reversed),
    ]


def _copied_answers(responses: pd.DataFrame, instrument: Instrument) -> list[Problem]:
    copied = copied_forms(responses, instrument)
    rows = responses[copied]
    together = rows.groupby(instrument.item_columns, dropna=False).ngroup()
    return problem_of("copied answers", rows.iloc[np.argsort(together, kind="stable")])


def _equal_lines(responses: pd.DataFrame, instrument: Instrument) -> list[Problem]:
    """Find forms whose lines are equal to the last digit, if too many or too finely divided."""
    if instrument.whole_numbers:
        return []
    answers = responses[instrument.item_columns].to_numpy(float)
    extremes = (answers == instrument.minimum) | (answers == instrument.maximum)
    inside = np.isfinite(answers).all(axis=1) & ~extremes.all(axis=1)
    equal = (answers == answers[:, :1]).all(axis=1) & inside
    # A line of 10 cm is read to the millimetre: 9.125 is a quarter of a total.
    quarters = equal & (np.abs(answers[:, 0] * 10 - np.round(answers[:, 0] * 10)) > 1e-6)
    if quarters.sum() < 1 and equal.sum() <= EQUAL_SHARE * inside.sum():
        return []
    return problem_of(
        "equal lines",
        responses[equal].assign(found=answers[equal, 0]),
        [*WHO, "found"],
        of=instrument,
        equal=equal.sum(),
        complete=inside.sum(),
    )


def _all_zero(responses: pd.DataFrame, instrument: Instrument) -> list[Problem]:
    """Find alliance forms whose lines are all 0, which blanks may have been turned into."""
    if instrument.minimum != 0 or instrument.kind != "alliance":
        return []
    zero = responses[instrument.item_columns].eq(0).all(axis=1)
    return problem_of("all answers 0", responses[zero])


def _unused_ends(responses: pd.DataFrame, instrument: Instrument) -> list[Problem]:
    """Find files in which one end of the range never occurs, though its neighbour is common."""
    if not instrument.whole_numbers or len(responses) < FEWEST_FORMS:
        return []
    answers = responses[instrument.item_columns].to_numpy(float)
    given = answers[np.isfinite(answers)]
    low, high = instrument.minimum, instrument.maximum
    # Nobody need be well or fully content; but codes that are shifted leave the other end empty.
    if instrument.kind == "alliance":
        end, value, near, first = "highest", high, high - 1, low - 1
    else:
        end, value, near, first = "lowest", low, low + 1, low + 1
    if not len(given) or (given == value).any() or (given == near).mean() < COMMON_SHARE:
        return []
    problem = known_problem(
        f"{end} answer missing", count=len(given), value=value, near=near, first=first
    )
    option = Option(label=f"from {first:g}", settings={"first_code": first})
    return [settled_by(problem, option)]


def _turned_items(
    responses: pd.DataFrame, instrument: Instrument, already_reversed: tuple[int, ...]
) -> list[Problem]:
    """Find items that run against the rest once reversed items are reversed."""
    problems = []
    for rater, forms in responses.groupby("rater"):
        answers = forms[instrument.item_columns].to_numpy(float, copy=True)
        places = np.array(instrument.reversed_items, dtype=int) - 1
        answers[:, places] = instrument.minimum + instrument.maximum - answers[:, places]
        against = [int(item) for item in np.flatnonzero(_runs_against(answers)) + 1]
        # One rater's form may be recoded, and another's not.
        groups = {
            "not already reversed": {*already_reversed},
            "already reversed": {*instrument.reversed_items} - {*already_reversed},
            "flipped items": {*range(1, instrument.items + 1)} - {*instrument.reversed_items},
        }
        for name, items in groups.items():
            found = [item for item in against if item in items]
            if found and name == "already reversed":
                problems.append(_already_reversed(rater, found))
            elif found:
                named = join_names(found, instrument.items)
                problems.append(known_problem(name, named=named, rater=rater))
    return problems


def _runs_against(answers: np.ndarray) -> np.ndarray:
    """Return the items (columns) whose correlation with the rest is negative beyond chance (2.5 %)."""
    answers = answers[np.isfinite(answers).all(axis=1)]
    count, items = answers.shape
    if count < FEWEST_FORMS or items < 3:
        return np.zeros(items, dtype=bool)
    centred = answers - answers.mean(axis=0)
    # The middle one of the other items: a few turned ones cannot turn it.
    middles = _middle_of_others(centred)
    middles -= middles.mean(axis=0)
    spread = np.sqrt((centred**2).sum(axis=0) * (middles**2).sum(axis=0))
    together = (centred * middles).sum(axis=0)
    r = np.divide(together, spread, out=np.zeros(items), where=spread > 0)
    beyond = np.arctanh(np.clip(r, -0.999999, 0.999999)) + 1.96 / math.sqrt(count - 3) < 0
    return np.asarray((r < NEGATIVE) & beyond)


def _middle_of_others(values: np.ndarray) -> np.ndarray:
    """Return the median of the other columns, for each row and column; the row is sorted once."""
    in_order = np.sort(values, axis=1)
    others = values.shape[1] - 1
    low, high = (in_order[:, [k, k + 1]] for k in ((others - 1) // 2, others // 2))
    # Where the column taken out stands at a place or before it, the next one moves there.
    ends = [np.where(values <= two[:, :1], two[:, 1:], two[:, :1]) for two in (low, high)]
    return np.asarray((ends[0] + ends[1]) / 2)


def _already_reversed(rater: str, items: list[int]) -> Problem:
    named = ", ".join(map(str, items))
    problem = known_problem(
        "already reversed", named=named, rater=rater, options=" ".join(map(str, items))
    )
    return settled_by(
        problem,
        Option(label="they are already reversed", settings={"already_reversed": tuple(items)}),
        Option(label="they are as ticked", settings={}),
    )
