"""Stretches against the package that detects change points in signals, and by trying every cut."""

from itertools import combinations

import numpy as np
import pytest

from alliance.ruptures.segmenting import stretch_means, stretch_starts


def courses(length, width, seed):
    rng = np.random.default_rng(seed)
    scores = rng.normal(4, 0.6, (length, width))
    scores[:, ::2] = scores[:, ::2].round(1)
    scores[length // 2 :, ::3] -= 1
    return scores


@pytest.mark.parametrize("length", [2, 3, 5, 8, 11, 20, 40])
@pytest.mark.parametrize("minimum", [1, 2, 3])
def test_same_stretches_as_the_package_ruptures(length, minimum):
    """Where stretches need 2 or more sessions the package now and then misses the best cut."""
    from ruptures import Pelt

    if length < 2 * minimum:
        pytest.skip("too short for two stretches")
    scores = courses(length, 24, seed=length * 10 + minimum)
    cost = 1.5 * 0.36 * np.log(length)
    starts = stretch_starts(scores, np.full(24, cost), minimum)
    differ = 0
    for column in range(24):
        course, ours = scores[:, column], np.nonzero(starts[:, column])[0].tolist()
        pelt = Pelt(model="l2", min_size=minimum, jump=1).fit_predict(course, pen=cost)[:-1]
        if ours != pelt:
            differ += 1
            assert minimum > 1
            assert loss(course, ours, cost) < loss(course, pelt, cost)
    assert differ <= 1


def test_no_cut_is_better():
    scores = courses(9, 6, seed=1)
    cost = np.full(6, 0.4)
    starts = stretch_starts(scores, cost, 1)
    for column in range(6):
        found = loss(scores[:, column], np.nonzero(starts[:, column])[0], 0.4)
        every = (
            loss(scores[:, column], cuts, 0.4)
            for count in range(9)
            for cuts in combinations(range(1, 9), count)
        )
        assert found == pytest.approx(min(every))


def loss(course, cuts, cost):
    parts = np.split(course, list(cuts))
    return sum(((part - part.mean()) ** 2).sum() for part in parts) + cost * len(cuts)


def test_means_by_hand():
    scores = np.array([[6.0], [5.0], [3.0], [2.0], [4.0]])
    starts = np.array([[False], [False], [True], [False], [True]])
    here, before = stretch_means(scores, starts)
    assert here.ravel().tolist() == [5.5, 5.5, 2.5, 2.5, 4.0]
    assert before.ravel()[2:].tolist() == [5.5, 5.5, 2.5]
    assert np.isnan(before.ravel()[:2]).all()


def test_a_flat_course_is_one_stretch_even_if_changes_cost_nothing():
    assert not stretch_starts(np.full((6, 2), 4.3), np.zeros(2), 1).any()
