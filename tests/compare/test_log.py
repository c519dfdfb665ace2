"""Ruptures found against ruptures logged: by hand, against R, and laws."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import alliance as al
from alliance.compare.circular_shift import circular_shift
from alliance.compare.records import matched
from alliance.compare.two_by_two import estimates, tables_by_client, wilson
from alliance.ruptures import find_ruptures

WITNESS = Path(__file__).parent / "witness"


def course(client: str, scores: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "client": client,
            "session": range(1, len(scores) + 1),
            "rater": "client",
            "total": scores,
        }
    )


@pytest.fixture(scope="module")
def found():
    """Falls of a point: found in a at 4 (repaired at 5), in b at 3 and, never repaired, at 8."""
    a = course("a", [5, 5, 5, 3, 5, 5, 5, 5, 5, 5])
    b = course("b", [5, 5, 3.5, 5, 5, 5, 5, 3, 3, 3])
    return find_ruptures(pd.concat([a, b]), al.rules.v_episode())


LOG = pd.DataFrame(
    {
        "client": ["a", "a", "b", "b", "b"],
        "session": [4, 8, 4, 8, 9],
        "tension": 1,
        "resolution": [1, 0, 0, 0, 0],
    }
)


def test_by_hand(found):
    """Session by session: found a4 b3 b8 b9 b10; logged a4 a8 b4 b8 b9.

    | | logged | not |
    |---|---|---|
    | found | a4 b8 b9: 3 | b3 b10: 2 |
    | not | a8 b4: 2 | the other 11 (nobody is judged at session 1) |
    """
    assert found.frame["onset"].tolist() == [4, 3, 8]
    told = al.compare_with_log(found, LOG, asked="rated", window=1, draws=0)
    at = told.frame.set_index(["level", "measure"])["value"]
    assert len(told.sessions) == 18
    assert at["session", "sensitivity"] == pytest.approx(3 / 5)
    assert at["session", "ppv"] == pytest.approx(3 / 5)
    assert at["session", "specificity"] == pytest.approx(11 / 13)
    observed, expected = 14 / 18, (5 * 5 + 13 * 13) / 18**2
    assert at["session", "kappa"] == pytest.approx((observed - expected) / (1 - expected))
    # Ruptures: a4 with a4, b3 with b4 (next to each other), b8-10 with b8-9; a8 stays alone.
    assert at["episode", "sensitivity"] == pytest.approx(3 / 4)
    assert at["episode", "ppv"] == 1
    strict = al.compare_with_log(found, LOG, asked="rated", window=0, draws=0)
    at = strict.frame.set_index(["level", "measure"])["value"]
    assert at["episode", "sensitivity"] == pytest.approx(2 / 4)
    assert at["episode", "ppv"] == pytest.approx(2 / 3)
    assert strict.logged.set_index(["client", "onset"])["found"].to_dict() == {
        ("a", 4): True,
        ("a", 8): False,
        ("b", 4): False,
        ("b", 8): True,
    }


def test_not_asked_is_not_a_no(found):
    with pytest.raises(al.AllianceError, match="in which nobody was asked"):
        al.compare_with_log(found, LOG, draws=0)
    calm = pd.DataFrame({"client": "a", "session": [1, 2], "tension": 0})
    some = al.compare_with_log(found, pd.concat([LOG, calm]), draws=0)
    assert len(some.sessions) == 6 and some.counts["judged_not_asked"] == 12
    asked = pd.DataFrame({"client": ["b"] * 10, "session": range(1, 11)})
    declared = al.compare_with_log(found, LOG, asked=asked, draws=0)
    assert len(declared.sessions) == 11  # client b, and the two that client a did report
    more = pd.DataFrame({"client": ["b"], "session": [99], "tension": [1]})
    assert (
        al.compare_with_log(found, pd.concat([LOG, more]), asked="rated", draws=0).counts[
            "logged_not_judged"
        ]
        == 1
    )


def test_numbers_of_r():
    rows = pd.read_csv(WITNESS / "sessions.csv")
    theirs = pd.read_csv(WITNESS / "numbers.csv", skipinitialspace=True).set_index("measure")
    counts = tables_by_client(rows["found"], rows["logged"], rows["client"].to_numpy() - 1)
    ours = estimates(counts).set_index("measure")
    columns = ["value", "of", "low", "high", "simple_low", "simple_high"]
    assert_allclose(ours[columns], theirs.loc[ours.index, columns].astype(float), rtol=1e-6)


def test_intervals_where_the_jackknife_says_nothing():
    one = estimates(np.array([[3.0, 1, 2, 9]])).set_index("measure")
    assert one[["low", "high"]].isna().all(axis=None)
    perfect = estimates(np.array([[2.0, 0, 0, 4], [1, 0, 0, 3]])).set_index("measure")
    assert perfect.loc["sensitivity", ["low", "high"]].tolist() == list(wilson(1, 3, 0.95))
    none = estimates(np.zeros((2, 4)))
    assert none["value"].isna().all() and none["of"].eq(0).all()


def test_chance_is_met_by_records_that_know_nothing_of_each_other():
    rng = np.random.default_rng(4)
    world = al.simulate.worlds()["R0d"]
    first = al.simulate.simulate(world, clients=150, seed=rng)
    second = al.simulate.simulate(world, clients=150, seed=rng)
    found = find_ruptures(first.sessions, al.rules.own_mean())
    told = al.compare_with_log(found, second.log, asked="rated", draws=99, seed=1)
    known = told.frame.dropna(subset=["chance"])
    assert len(known) == 6
    # A witness that can fail: the same clients' own log lies far above chance.
    assert (known["value"] <= known["chance_high"] + 0.02).all()
    own = al.compare_with_log(found, first.log, asked="rated", draws=99, seed=1).frame
    own = own.dropna(subset=["chance"])
    assert (own["value"] > own["chance_high"]).all() and (own["p"] <= 0.01).all()


def test_the_pulse_detector_and_the_same_seed():
    study = al.simulate.simulate(al.simulate.worlds()["R0d"], clients=60, seed=2)
    scan = al.model.find_pulses(study.sessions)
    one = al.compare_with_log(scan, study.log, asked="rated", draws=20, seed=5)
    same = al.compare_with_log(scan, study.log, asked="rated", draws=20, seed=5)
    pd.testing.assert_frame_equal(one.frame, same.frame)
    assert "pulse detector (threshold 0.5)" in one.text()
    judged = scan.frame["probability"].notna().sum()
    assert one.counts["compared"] + one.counts["judged_not_asked"] == judged


def test_order_and_names_do_not_matter(found):
    told = al.compare_with_log(found, LOG, asked="rated", draws=0).frame
    shuffled = LOG.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(
        al.compare_with_log(found, shuffled, asked="rated", draws=0).frame, told
    )


def test_the_result_shows_itself(found):
    import matplotlib.pyplot as plt

    told = al.compare_with_log(found, LOG, asked="rated", draws=19)
    assert "chance" in told.summary() and "jackknife" in told.methods()
    assert "<table" in told._repr_html_()
    ax = told.plot()
    assert len(ax.get_yticks()) == told.frame["value"].notna().sum()
    assert len(told.to_table().rows) == 7
    plt.close(ax.figure)
    with pytest.raises(al.AllianceError, match="must come from"):
        al.compare_with_log(LOG, LOG)


SPANS = st.lists(st.tuples(st.integers(1, 20), st.integers(0, 4)), max_size=5)


@settings(deadline=None, max_examples=25)
@given(SPANS, SPANS, st.integers(0, 3))
def test_pairs_are_one_to_one_near_and_as_many_as_can_be(first, second, window):
    one = np.array([(a, a + b) for a, b in first]).reshape(-1, 2)
    other = np.array([(a, a + b) for a, b in second]).reshape(-1, 2)
    pairs = matched(one, other, window)
    assert len({a for a, _ in pairs}) == len({b for _, b in pairs}) == len(pairs)
    near = [
        [max(o[0] - f[1], f[0] - o[1], 0) <= window for o in other.tolist()] for f in one.tolist()
    ]
    assert all(near[a][b] for a, b in pairs)
    assert len(pairs) == most_pairs(near)
    assert len(matched(other, one, window)) == len(pairs)


def most_pairs(near: list[list[bool]]) -> int:
    """Try everything: the largest number of one-to-one pairs."""
    if not near:
        return 0
    first, *rest = near
    best = most_pairs(rest)
    for place, fits in enumerate(first):
        if fits:
            left = [[fit and at != place for at, fit in enumerate(row)] for row in rest]
            best = max(best, 1 + most_pairs(left))
    return best


@given(st.lists(st.integers(1, 6), min_size=1, max_size=4), st.integers(0, 99))
def test_shifting_keeps_every_client_and_the_order_within(lengths, seed):
    offsets = np.append(0, np.cumsum(lengths))
    values = np.arange(offsets[-1])
    made, steps = circular_shift(values, offsets, np.random.default_rng(seed))
    for start, end, step in zip(offsets, offsets[1:], steps, strict=False):
        assert np.roll(values[start:end], step).tolist() == made[start:end].tolist()
