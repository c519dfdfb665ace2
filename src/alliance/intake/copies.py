"""Copies: questionnaires whose answers agree with another one's more exactly than chance allows."""

from typing import NamedTuple, Self

import numpy as np
import pandas as pd

from alliance.instruments import Instrument

FALSE_HITS = 0.005
FEWEST_ITEMS = 10
FEWEST_DIFFERENT = 3
NEIGHBOURS = 100
HABIT, HABIT_WEIGHT = 0.7, 20


def copied_forms(responses: pd.DataFrame, instrument: Instrument) -> np.ndarray:
    """Return the questionnaires whose answers stand in another one too, beyond chance.

    `responses`: Table RESPONSES of one instrument. Returns one for each row. False for instruments
    with fewer than 10 items or with decimals.

    Questionnaires often agree by chance: with 3,000 forms of 12 items some 500 have a twin. For
    each form the number of twins to be expected is computed (ours, not a published method):

    - in other courses, from how often each answer was given to each item in the forms with a
      similar score (twins left out), items taken as independent once the score is known;
    - in the same course (one client, one rater), allowing for habit: with a probability
      estimated from successive forms an item is answered as the last time.

    Listed are twins among the least expected forms, which together would have 0.005 twins by this
    reckoning. In simulated studies twins are two to three times as frequent as it says (answers
    to items are not quite independent), so about two files in a hundred without copies show some.
    Forms with fewer than 3 different answers, or one answer in more than half of the items, are
    never listed: many people tick one column.
    """
    if instrument.items < FEWEST_ITEMS or not instrument.whole_numbers or len(responses) < 2:
        return np.zeros(len(responses), dtype=bool)
    codes, options = _coded(responses, instrument)
    candidates = _particular(codes, options)
    forms = pd.DataFrame(
        {
            "vector": pd.DataFrame(codes).groupby(list(range(codes.shape[1]))).ngroup(),
            "course": responses.groupby(["client", "rater"]).ngroup().to_numpy(),
            "session": responses["session"].to_numpy(),
        }
    )
    if not (forms["vector"].duplicated(keep=False) & candidates).any():
        return np.zeros(len(responses), dtype=bool)
    # Equal answers of two clients cannot be a habit.
    elsewhere = forms.groupby("vector")["course"].transform("nunique").to_numpy() > 1
    same_course = forms.duplicated(["vector", "course"], keep=False).to_numpy()
    by_chance, by_habit = _expected_twins(forms, codes, options)
    least = _least_expected(by_chance, forms["vector"], candidates) & elsewhere
    habit = _least_expected(by_habit, forms["vector"], candidates)
    return np.asarray(least | (habit & same_course))


def _least_expected(expected: np.ndarray, vector: pd.Series, candidates: np.ndarray) -> np.ndarray:
    """Return the candidates with the fewest expected twins, `FALSE_HITS` of them together."""
    # Twins are listed together or not at all.
    most = pd.Series(expected).groupby(vector).transform("max").to_numpy()
    # The rarest first, until together they would be expected FALSE_HITS times.
    order = np.sort(most[candidates])
    place = np.searchsorted(np.cumsum(order), FALSE_HITS)
    return np.asarray(candidates & (most < (order[place] if place < len(order) else np.inf)))


def _coded(responses: pd.DataFrame, instrument: Instrument) -> tuple[np.ndarray, int]:
    """Return the answers as codes 0, 1, 2 ... (the last: unanswered), and the number of codes."""
    answers = responses[instrument.item_columns].to_numpy(float)
    unanswered = int(instrument.maximum - instrument.minimum) + 1
    codes = np.where(np.isnan(answers), unanswered, answers - instrument.minimum)
    return codes.astype(int), unanswered + 1


def _particular(codes: np.ndarray, options: int) -> np.ndarray:
    """Return the forms that were neither left mostly blank nor ticked by habit."""
    counts = np.stack([(codes == code).sum(axis=1) for code in range(options - 1)], axis=1)
    given = counts.sum(axis=1)
    different = (counts > 0).sum(axis=1)
    # One box ticked in more than half of the items.
    by_habit = counts.max(axis=1) * 2 > given
    return np.asarray((given >= FEWEST_ITEMS) & (different >= FEWEST_DIFFERENT) & ~by_habit)


def _expected_twins(
    forms: pd.DataFrame, codes: np.ndarray, options: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return for each form how many twins to expect in other courses and in its own."""
    course = forms["course"].to_numpy()
    twins = forms.groupby("vector")["vector"].transform("size").to_numpy()
    near = _near(codes, options, twins)
    same = _chance(near, codes, codes)
    habit = _habit(course, forms["session"].to_numpy(), codes, near)
    own = (np.bincount(course)[course] - 1) * np.prod(habit + (1 - habit) * same, axis=1)
    return near.forms * np.exp(np.log(same).sum(axis=1)), own


class _Near(NamedTuple):
    """What stands in the forms with a score like each form's: answers (scores, items, codes)."""

    answers: np.ndarray
    score: np.ndarray
    forms: np.ndarray
    twins: np.ndarray

    def of(self, forms: np.ndarray) -> Self:
        """Return the same for some of the forms."""
        return self._replace(
            score=self.score[forms], forms=self.forms[forms], twins=self.twins[forms]
        )


def _near(codes: np.ndarray, options: int, twins: np.ndarray) -> _Near:
    given = codes != options - 1
    mean = np.where(given, codes, 0).sum(axis=1) / np.maximum(given.sum(axis=1), 1)
    scores, score = np.unique(np.round(mean * codes.shape[1]), return_inverse=True)
    counts = np.zeros((len(scores), codes.shape[1], options))
    for item in range(codes.shape[1]):
        np.add.at(counts[:, item], (score, codes[:, item]), 1)
    first, last = _windows(np.bincount(score))
    # Sums over neighbouring scores as differences of cumulative ones.
    added = np.concatenate([np.zeros((1, *counts.shape[1:])), counts.cumsum(axis=0)])
    answers = added[last] - added[first]
    forms = answers[:, 0].sum(axis=1)[score]
    return _Near(answers=answers, score=score, forms=forms - 1, twins=twins)


def _chance(near: _Near, own: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Return how likely the codes asked for are near forms with the codes `own`, by item."""
    items = np.arange(own.shape[1])
    answers = near.answers[near.score[:, None], items, asked]
    # Its own answers and its twins' must not vouch for a form.
    answers = answers - near.twins[:, None] * (own == asked)
    others = near.forms + 1 - near.twins
    return np.asarray((answers + 0.5) / (others + 0.5 * near.answers.shape[2])[:, None])


def _windows(forms: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for each score the first and the last of the neighbouring scores taken with it.

    The score before and the one after at least; more until there are `NEIGHBOURS` forms.
    """
    first, last = np.arange(len(forms)), np.arange(1, len(forms) + 1)
    added = np.concatenate([[0], forms.cumsum()])
    wide = np.ones(len(forms), dtype=bool)
    while wide.any():
        first = np.where(wide, np.maximum(first - 1, 0), first)
        last = np.where(wide, np.minimum(last + 1, len(forms)), last)
        everything = (first == 0) & (last == len(forms))
        wide = (added[last] - added[first] < NEIGHBOURS) & ~everything
    return first, last


def _habit(course: np.ndarray, session: np.ndarray, codes: np.ndarray, near: _Near) -> float:
    """Return how often an item is answered as the last time, beyond chance."""
    order = np.lexsort((session, course))
    before, after = order[:-1], order[1:]
    # Exact repetitions are what is looked for: they must not count as habit.
    follows = (course[before] == course[after]) & (codes[before] != codes[after]).any(axis=1)
    before, after = before[follows], after[follows]
    if not len(before):
        return HABIT
    agreed = (codes[before] == codes[after]).mean()
    by_chance = _chance(near.of(before), codes[before], codes[after]).mean()
    found = np.clip((agreed - by_chance) / max(1 - by_chance, 1e-9), 0, 1)
    # Until the file shows more, people are taken to repeat seven answers in ten.
    return float((found * len(before) + HABIT * HABIT_WEIGHT) / (len(before) + HABIT_WEIGHT))
