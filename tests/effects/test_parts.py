"""Parts of the items: shared out by hand, scored like the whole, refused where they do not fit."""

import numpy as np
import pandas as pd
import pytest

from alliance import AllianceError, score
from alliance.effects import repair_gain, score_parts, split_items
from alliance.instruments import load
from alliance.simulate import simulate, worlds


def form(**answers) -> pd.DataFrame:
    row = {"client": ["a"], "session": [1], "rater": ["client"]}
    return pd.DataFrame(row | {name: [value] for name, value in answers.items()})


def test_wai_sr_by_hand():
    # task 1 2 10 12, bond 3 5 7 9, goal 4 6 8 11: each in turn, in the order of their numbers.
    first, second = split_items(load("wai-sr"))
    assert set(first) == {1, 10} | {3, 7} | {4, 8}
    assert set(second) == {2, 12} | {5, 9} | {6, 11}


@pytest.mark.parametrize("name", ["wai-sr", "wai-s", "wai-36", "srs", "csrs", "haq-ii", "arm-5"])
def test_halves_are_a_partition_and_hold_every_scale(name):
    instrument = load(name)
    first, second = split_items(instrument)
    assert sorted(first + second) == sorted(instrument.scales["total"])
    assert abs(len(first) - len(second)) <= 1
    for items in instrument.scales.values():
        if len(items) > 1:
            assert set(items) & set(first)
            assert set(items) & set(second)


@pytest.mark.parametrize("name", ["wai-sr", "wai-36", "srs", "haq-ii"])
def test_thirds_are_a_partition_of_like_size(name):
    instrument = load(name)
    parts = split_items(instrument, parts=3)
    assert sorted(sum(parts, ())) == sorted(instrument.scales["total"])
    sizes = [len(part) for part in parts]
    assert max(sizes) - min(sizes) <= 1


def test_never_more_parts_than_items():
    assert split_items(load("srs"), parts=9) == ((1,), (2,), (3,), (4,))


def test_scores_of_the_halves_by_hand():
    answers = {f"item_{item}": item % 5 + 1 for item in range(1, 13)}  # 2 3 4 5 1 2 3 4 5 1 2 3
    frame, parts = score_parts(form(**answers), instrument="wai-sr")
    assert frame["part_1"].item() == pytest.approx((2 + 4 + 5 + 3 + 4 + 1) / 6)  # 1 3 4 7 8 10
    assert frame["part_2"].item() == pytest.approx((3 + 1 + 2 + 5 + 2 + 3) / 6)  # 2 5 6 9 11 12
    assert frame["whole"].item() == pytest.approx(35 / 12)
    assert parts.in_catalogue


def test_halves_of_a_sum_are_on_the_scale_of_the_sum():
    frame, _ = score_parts(form(item_1=9, item_2=8, item_3=10, item_4=7), instrument="srs")
    assert frame[["whole", "part_1", "part_2"]].iloc[0].tolist() == [34, 38, 30]


def test_reversed_items_are_turned():
    instrument = load("haq-ii")
    assert instrument.reversed_items
    low, high = instrument.minimum, instrument.maximum
    best = {
        f"item_{item}": low if item in instrument.reversed_items else high
        for item in range(1, instrument.items + 1)
    }
    frame, _ = score_parts(form(**best), instrument=instrument)
    assert frame["part_1"].item() == frame["part_2"].item() == frame["whole"].item()


def blank(*items):
    answers = {f"item_{item}": 4.0 for item in range(1, 13)}
    return form(**answers | {f"item_{item}": np.nan for item in items})


def test_a_part_needs_half_of_its_items():
    first = split_items(load("wai-sr"), parts=3)[0]
    frame, _ = score_parts(blank(*first[:2]), instrument="wai-sr", parts=3)
    assert frame[["part_1", "part_2", "part_3"]].iloc[0].tolist() == [4, 4, 4]
    first = split_items(load("wai-sr"), parts=4)[0]
    frame, _ = score_parts(blank(*first[:2]), instrument="wai-sr", parts=4)
    assert np.isnan(frame["part_1"].item())
    assert frame["part_2"].item() == 4


def test_parts_are_missing_where_the_whole_is():
    frame, _ = score_parts(blank(1, 2, 3), instrument="wai-sr")
    assert frame[["whole", "part_1", "part_2"]].isna().all(axis=None)


def test_a_scale_of_its_own():
    first, second = split_items(load("wai-sr"), "bond")
    assert (first, second) == ((3, 7), (5, 9))
    with pytest.raises(AllianceError, match="no scale 'bnd'"):
        split_items(load("wai-sr"), "bnd")


@pytest.fixture(scope="module")
def study():
    return simulate(worlds()["A5w"], clients=80, rng=3)


def test_scores_that_do_not_follow_from_the_items_are_refused(study):
    wrong = study.sessions.assign(
        total=study.sessions["total"].sample(frac=1, random_state=1).to_numpy()
    )
    with pytest.raises(AllianceError, match="do not follow from the items"):
        repair_gain(wrong, items=study.responses)


def test_sums_and_means_both_follow_from_the_items(study):
    means = repair_gain(study.sessions, items=study.responses)
    sums = repair_gain(score(study.responses, metric="sum"), items=study.responses)
    assert sums.estimate == pytest.approx(means.estimate)
    assert sums.total_sd == pytest.approx(12 * means.total_sd)


def test_several_instruments_must_be_told_apart(study):
    both = pd.concat([study.responses, study.responses.assign(instrument="srs")])
    with pytest.raises(AllianceError, match="several instruments: srs, wai-sr"):
        score_parts(both)
