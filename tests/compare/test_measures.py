"""Kappa, Jaccard and average precision, worked by hand and against other programs' numbers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance.compare import agreement, average_precision, kappa
from alliance.errors import AllianceError


def judged(first, second):
    return pd.DataFrame({"first": first, "second": second}).astype("boolean")


def test_kappa_by_hand():
    # Both yes 20, only the first 5, only the second 10, neither 15: they agree on 35 of 50 = .70.
    # First says yes to .50, second to .60: expected .5 x .6 + .5 x .4 = .50. (.70 - .50) / .50 = .40
    assert kappa(20, 5, 10, 50) == pytest.approx(0.40)
    answers = np.repeat([[1, 1], [1, 0], [0, 1], [0, 0]], [20, 5, 10, 15], axis=0).astype(bool)
    result = agreement(judged(*answers.T))
    assert result.kappa.loc["first", "second"] == pytest.approx(0.40)
    assert result.jaccard.loc["first", "second"] == pytest.approx(20 / 35)
    assert result.judged.loc["first", "second"] == 50
    assert result.both.loc["second", "first"] == 20


@given(st.lists(st.integers(0, 40), min_size=4, max_size=4).filter(lambda cells: sum(cells) > 0))
def test_kappa_is_that_of_statsmodels(cells):
    from statsmodels.stats.inter_rater import cohens_kappa

    both, first, second, neither = cells
    own = kappa(both, first, second, sum(cells))
    if np.isnan(own):
        assert max(cells[0], cells[3]) == sum(cells)
    else:
        other = cohens_kappa(np.array([[both, first], [second, neither]]), return_results=False)
        assert own == pytest.approx(other, abs=1e-12)


def test_only_cases_judged_by_both_count():
    result = agreement(judged([True, True, False, None, False], [True, None, False, True, True]))
    # Rows 1, 3 and 5 remain: yes-yes, no-no, no-yes. kappa = (2/3 - 4/9) / (1 - 4/9) = .4
    assert result.judged.loc["first", "second"] == 3
    assert result.kappa.loc["first", "second"] == pytest.approx(0.4)
    assert result.jaccard.loc["first", "second"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("first", "second"), [([0, 0], [0, 0]), ([1, 1], [1, 1]), ([None, 1], [1, None])]
)
def test_no_variation_gives_no_kappa_and_not_nought(first, second):
    assert np.isnan(agreement(judged(first, second)).kappa.loc["first", "second"])


def test_one_judge_without_variation_gives_nought():
    assert agreement(judged([1, 1, 1, 1], [1, 0, 1, 0])).kappa.loc["first", "second"] == 0


answers = st.lists(st.tuples(*[st.sampled_from([True, False, None])] * 2), min_size=1, max_size=30)


@settings(max_examples=25, deadline=None)
@given(answers, st.randoms(use_true_random=False))
def test_laws(pairs, random):
    table = judged([a for a, _ in pairs], [b for _, b in pairs])
    result = agreement(table)
    shuffled = agreement(table.sample(frac=1, random_state=random.randrange(99)))
    swapped = agreement(table[["second", "first"]])
    flipped = agreement(~table)
    for name in ("kappa", "jaccard", "judged", "both"):
        pd.testing.assert_frame_equal(getattr(result, name), getattr(shuffled, name))
        pd.testing.assert_frame_equal(getattr(result, name), getattr(result, name).T)
        pd.testing.assert_frame_equal(
            getattr(result, name), getattr(swapped, name).loc[table.columns, table.columns]
        )
    pd.testing.assert_frame_equal(result.kappa, flipped.kappa)
    own = np.diag(result.kappa)
    assert np.all(np.isnan(own) | np.isclose(own, 1))
    values = result.kappa.to_numpy()
    assert np.all(np.isnan(values) | (np.abs(values) <= 1 + 1e-12))


def test_average_precision_by_hand():
    # In order of score: yes, no, yes, no. Precision at the two yeses: 1/1 and 2/3; mean 5/6.
    assert average_precision([0, 1, 0, 1], [1, 4, 3, 2]) == pytest.approx(5 / 6)
    # One tie of a yes and a no: precision at the step is 1/2 for the whole of it.
    assert average_precision([1, 0, 1], [2, 2, 1]) == pytest.approx(0.5 * 1 / 2 + 0.5 * 2 / 3)
    # Without information it is the share of yes; not judged comes last.
    assert average_precision([1, 0, 0, 0], [5, 5, 5, 5]) == 0.25
    assert average_precision([1, 0, 1], [np.nan, 1, 2]) == pytest.approx((1 + 2 / 3) / 2)
    assert np.isnan(average_precision([0, 0], [1, 2]))
    with pytest.raises(AllianceError, match="same length"):
        average_precision([1, 0], [1.0])


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=25))
def test_average_precision_does_not_depend_on_order_or_scale(pairs):
    truth, score = (np.array(part) for part in zip(*pairs, strict=True))
    one = average_precision(truth, score)
    np.testing.assert_allclose(average_precision(truth[::-1], np.exp(score[::-1])), one)
