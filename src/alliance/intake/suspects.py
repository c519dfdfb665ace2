"""Suspects: answers that an instrument does not allow, sorted by what probably happened."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pandas as pd

from alliance.errors import Problem
from alliance.instruments import Instrument
from alliance.intake.problems import WHO, Option, known_problem, problem_of, settled_by

NOT_APPLICABLE_CODES = (
    *(8, 9, 77, 88, 97, 98, 99, 777, 888, 999, 9999),
    *(-1, -7, -8, -9, -77, -88, -99, -999),
)
WIDE_CODES = 20
FEWEST_FORMS = 20
FEWEST_ZEROS = 3
MILLIMETRE_SHARE = 0.5
MORE_OPTIONS_SHARE = 0.05
Explanation = Callable[[np.ndarray, np.ndarray, Instrument], Problem | None]


def find_suspects(
    forms: pd.DataFrame, instrument: Instrument
) -> tuple[list[Problem], np.ndarray | None]:
    """Sort the answers outside an instrument's range by what probably happened.

    `forms`: client, session, rater and item_1 ... item_n as numbers; the index is the row in the
    file. Returns `problems`: serious ones, at most one of each kind; `wrong` (forms, items): the
    answers that cannot stand; none where all can.
    """
    ends = _ends(forms, instrument)
    if ends is not None:
        clash = _whole_file(forms, ends, instrument, _CLASHES)
        return ([clash], None) if clash else ([], None)
    answers = forms[instrument.item_columns].to_numpy(float)
    outside = (answers < instrument.minimum) | (answers > instrument.maximum)
    broken = np.zeros_like(outside)
    if instrument.whole_numbers:
        broken = np.isfinite(answers) & (answers != np.floor(answers)) & ~outside
    codes = _declared_codes(answers, outside, instrument)
    coded = outside & np.isin(answers, codes)
    problems = []
    if coded.any():
        problems.append(_does_not_apply(codes, show_cells(forms, coded, answers), instrument))
    known = np.where(coded, np.nan, answers)
    given = known[np.isfinite(known)]
    explanations = (*_CLASHES, _other_start, _millimetres, _more_options)
    problem = _whole_file(known, given, instrument, explanations)
    if problem:
        problems.append(problem)
    else:
        problems += _cells(forms, known, outside & ~coded, instrument)
    if broken.any() and not problem:
        problems.append(
            known_problem("not a whole number", show_cells(forms, broken, answers), of=instrument)
        )
    return problems, outside | broken


def _ends(forms: pd.DataFrame, instrument: Instrument) -> np.ndarray | None:
    """Return the least and the greatest answer to each item; None if an answer is not allowed."""
    ends = []
    for name in instrument.item_columns:
        answers = forms[name].to_numpy(float)
        with np.errstate(invalid="ignore"):
            low, high = np.fmin.reduce(answers), np.fmax.reduce(answers)
        if low < instrument.minimum or high > instrument.maximum:
            return None
        if instrument.whole_numbers and np.any(np.floor(answers) < answers):
            return None
        ends += [low, high]
    return np.array(ends)[np.isfinite(ends)]


def show_cells(forms: pd.DataFrame, marked: np.ndarray, answers: np.ndarray) -> pd.DataFrame:
    """Return the marked cells as rows for a problem: client, session, rater, item, found."""
    rows, items = np.nonzero(marked)
    shown = forms.iloc[rows][WHO]
    return shown.assign(item=items + 1, found=[_shown(value) for value in answers[rows, items]])


def _shown(value: float) -> str:
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else f"{value:g}"


def _does_not_apply(codes: np.ndarray, rows: pd.DataFrame, instrument: Instrument) -> Problem:
    shown = ", ".join(map(_shown, codes))
    options = " ".join(f"--missing {_shown(code)}" for code in codes)
    problem = known_problem("does not apply", rows, shown=shown, of=instrument, options=options)
    declared = {"missing_codes": tuple(map(float, codes))}
    return settled_by(problem, Option(label="no answer", settings=declared))


def _whole_file(
    answers: np.ndarray | pd.DataFrame,
    given: np.ndarray,
    instrument: Instrument,
    explanations: Iterable[Explanation],
) -> Problem | None:
    """Return the problem that explains the answers of a file all at once, if there is one."""
    found = (explains(answers, given, instrument) for explains in explanations if len(given))
    return next(filter(None, found), None)


def _two_codes(answers: np.ndarray, given: np.ndarray, instrument: Instrument) -> Problem | None:
    if not instrument.key.startswith("wai") or len(answers) < FEWEST_FORMS:
        return None
    values = set(np.unique(given))
    if values not in ({0.0, 1.0}, {1.0, 2.0}):
        return None
    low, high = sorted(values)
    return known_problem("two answers only", low=low, high=high, count=len(answers))


def _health_assessment(
    answers: np.ndarray, given: np.ndarray, instrument: Instrument
) -> Problem | None:
    if instrument.key != "haq-ii" or given.min() != 0 or given.max() > 3:
        return None
    return known_problem("health assessment")


def _other_start(answers: np.ndarray, given: np.ndarray, instrument: Instrument) -> Problem | None:
    """Return a problem if the answers run without a gap, but from another lowest code.

    Codes count from 0, from 1 or around 0; where they do, none of them means "no answer".
    """
    low, high = instrument.minimum, instrument.maximum
    values, counts = np.unique(given, return_counts=True)
    if not instrument.whole_numbers or not len(values):
        return None
    # Zeros of questionnaires that are all zeros may stand for blanks.
    mixed = (answers == 0).any(axis=1) & (np.nan_to_num(answers) != 0).any(axis=1)
    if values[0] == 0 and (answers[mixed] == 0).sum() < FEWEST_ZEROS:
        return None
    for first in (0.0, 1.0, (low - high) / 2):
        run = values[(values >= first) & (values <= first + high - low)]
        inside = counts[np.isin(values, run)].sum()
        outside = counts[np.isin(values, run) & ((values < low) | (values > high))].sum()
        starts_there = first != low and len(run) > 2 and run[0] == first
        unbroken = starts_there and np.array_equal(run, np.arange(first, run[-1] + 1))
        rest = np.setdiff1d(values, run)
        if (
            unbroken
            and outside >= FEWEST_ZEROS
            and inside >= 0.9 * counts.sum()
            and not _beside(rest, run)
        ):
            problem = known_problem("first code", first=first, last=run[-1], of=instrument)
            option = Option(label=f"from {first:g}", settings={"first_code": first})
            return settled_by(problem, option)
    return None


def _beside(rest: np.ndarray, run: np.ndarray) -> bool:
    """Return whether a value follows directly on a run, which is longer then than it seems."""
    return bool(np.isin(rest, [run[0] - 1, run[-1] + 1]).any())


_CLASHES = (_two_codes, _health_assessment)


def _millimetres(answers: np.ndarray, given: np.ndarray, instrument: Instrument) -> Problem | None:
    high = instrument.maximum
    far = (given > high).mean() > MILLIMETRE_SHARE
    if instrument.whole_numbers or not high < given.max() <= 10 * high or not far:
        return None
    problem = known_problem("0-100 units", greatest=given.max(), of=instrument)
    return settled_by(problem, Option(label="in millimetres", settings={"divide_by": 10}))


def _more_options(answers: np.ndarray, given: np.ndarray, instrument: Instrument) -> Problem | None:
    low, high = instrument.minimum, instrument.maximum
    often = (given > high).mean() >= MORE_OPTIONS_SHARE
    if not instrument.whole_numbers or not high < given.max() <= high + 2 or not often:
        return None
    return known_problem(
        "more options", least=given[given >= low].min(), greatest=given.max(), of=instrument
    )


def _cells(
    forms: pd.DataFrame, answers: np.ndarray, outside: np.ndarray, instrument: Instrument
) -> Iterator[Problem]:
    blank = (answers == 0).all(axis=1) & (instrument.minimum > 0)
    yield from problem_of("blanks scored as 0", forms[blank])
    typed = outside & ~blank[:, None]
    if typed.any():
        kind = "whole numbers" if instrument.whole_numbers else "numbers"
        yield known_problem(
            "answer out of range", show_cells(forms, typed, answers), of=instrument, kind=kind
        )


def _declared_codes(answers: np.ndarray, outside: np.ndarray, instrument: Instrument) -> np.ndarray:
    """Return the values that look like codes: usual ones that recur or that nobody types."""
    values, counts = np.unique(answers[outside], return_counts=True)
    usual = np.isin(values, NOT_APPLICABLE_CODES)
    if not instrument.whole_numbers:
        # On a line, 77 and 99 may be millimetres.
        usual &= (values < 0) | (values > 10 * instrument.maximum)
    # Inside an unbroken run of codes a value is an answer, whatever else it may stand for.
    given = np.unique(answers[np.isfinite(answers)])
    inside = np.isin(values - 1, given) & np.isin(values + 1, given)
    codes = usual & ~inside & ((counts >= 2) | (np.abs(values) > WIDE_CODES))
    return np.asarray(values[codes])
