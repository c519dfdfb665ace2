"""Pulses and their prior shares, against tables worked by hand and a sum over unseen sessions."""

import numpy as np
import pulse_by_brute_force as brute
import pytest

from alliance.model.gain_sets import LONGEST
from alliance.model.parameters import STAYS


def shares(times):
    kinds, closed, _ = brute.pulses(times)
    names = zip(kinds.first.tolist(), kinds.last.tolist(), closed.tolist(), strict=True)
    return dict(zip(names, zip(kinds.mends, kinds.lasts, strict=True), strict=True))


def test_four_sessions_without_gap_by_hand():
    # A repaired rupture lasts 1, 2, 3 ... sessions with chance 1/2, 1/4, 1/8 ...
    found = shares([1, 2, 3, 4])
    assert found == {
        (1, 1, True): (1 / 2, 0),
        (1, 2, True): (1 / 4, 0),
        (2, 2, True): (1 / 2, 0),
        (1, 3, False): (1 / 4, 1),
        (2, 3, False): (1 / 2, 1),
        (3, 3, False): (1, 1),
    }


def test_every_begin_falls_on_one_pulse():
    # Without gaps the shares of one beginning add up to 1, repaired or not.
    found = shares([1, 2, 3, 4, 5])
    for first in range(1, 5):
        mends = sum(share[0] for pulse, share in found.items() if pulse[0] == first)
        lasts = sum(share[1] for pulse, share in found.items() if pulse[0] == first)
        assert (mends, lasts) == (1, 1)


@pytest.mark.parametrize("times", [[1, 4, 5, 9], [2, 3, 7, 8, 12], [1, 2, 3, 30]])
def test_gaps_add_up_unseen_begins_and_ends(times):
    """Sum over every session at which a rupture could have begun and ended unseen."""
    for (first, last, closed), (mends, lasts) in shares(times).items():
        begins = range(times[first - 1] + 1, times[first] + 1)
        if closed:
            ends = range(times[last], times[last + 1])
            hand = sum((1 - STAYS) * STAYS ** (end - begin) for begin in begins for end in ends)
            assert lasts == 0
        else:
            hand = sum(STAYS ** (times[-1] - begin) for begin in begins)
            assert lasts == len(begins)
        assert mends == pytest.approx(hand)


def test_cover_and_longest():
    kinds, closed, cover = brute.pulses(range(1, 10))
    for i in range(len(kinds.first)):
        covered = np.flatnonzero(cover[:, i])
        assert (covered[0], covered[-1]) == (kinds.first[i], kinds.last[i])
        assert not closed[i] or len(covered) <= LONGEST
    assert not cover[0].any()


def test_pulses_are_ordered_by_their_first_session():
    # The sum over pairs takes those that begin late enough from the end.
    kinds, _, _ = brute.pulses(range(1, 10))
    assert (np.diff(kinds.first) >= 0).all()
    for first in range(1, 9):
        assert kinds.begin[first] == np.flatnonzero(kinds.first >= first)[0]
