"""Alpha, omega and item-rest correlations: by hand, against R's psych, and as laws."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from alliance.errors import AllianceError
from alliance.reliability import (
    cronbach_alpha,
    item_rest_correlations,
    mcdonald_omega,
    one_factor_loadings,
)

WITNESS = Path(__file__).parent / "witness"
# Closed formulas in double precision on both sides, printed by R with 12 digits.
EXACT = 1e-9
# psych::fa stops its optimiser before the last digits: the fourth of a loading is common ground.
FITTED = 2e-4


def data_set(name):
    frame = pd.read_csv(WITNESS / f"{name}.csv")
    if name == "reversed":
        frame[["item_4", "item_10"]] = 8 - frame[["item_4", "item_10"]]
    return frame


def reference(name):
    table = pd.read_csv(WITNESS / "reference.csv")
    return table[table["data"] == name].set_index("quantity")["value"]


def correlated(seed, rows=30, items=5):
    rng = np.random.default_rng(seed)
    return np.rint(rng.normal(4, 1, (rows, 1)) + rng.normal(0, 0.8, (rows, items)))


def test_alpha_of_three_clients_and_three_items_by_hand():
    # items   1  2  1 | 4     Variances of the items: (0, -1, 1 around 2) 1,
    #         2  2  3 | 7     (-2/3, -2/3, 4/3) 4/3 and (-5/3, 1/3, 4/3) 7/3: together 14/3.
    #         3  4  4 | 11    Variance of the sums 4, 7, 11: 37/3.
    # alpha = 3/2 * (1 - (14/3) / (37/3)) = 3/2 * 23/37 = 69/74
    alpha = cronbach_alpha([[1, 2, 1], [2, 2, 3], [3, 4, 4]])
    assert alpha.value == pytest.approx(69 / 74, abs=1e-12)
    assert (alpha.items, alpha.rows, alpha.dropped) == (3, 3, 0)
    assert float(alpha) == alpha.value


def test_one_factor_by_hand():
    # Loadings .6, .7, .9 give the correlations .42, .54, .63 without residual.
    exact = np.array([[1, 0.42, 0.54], [0.42, 1, 0.63], [0.54, 0.63, 1]])
    assert one_factor_loadings(exact) == pytest.approx([0.6, 0.7, 0.9], abs=1e-8)


@pytest.mark.parametrize("name", ["complete", "missing", "reversed"])
def test_against_psych(name):
    frame, expected = data_set(name), reference(name)
    alpha, omega = cronbach_alpha(frame), mcdonald_omega(frame)
    assert alpha.rows == omega.rows == expected["rows"]
    assert alpha.rows + alpha.dropped == len(frame)
    found = [alpha.value, alpha.lower, alpha.upper]
    assert found == pytest.approx(
        expected[["alpha", "alpha_lower", "alpha_upper"]].tolist(), abs=EXACT
    )
    assert omega.value == pytest.approx(expected["omega"], abs=FITTED)
    statistics = item_rest_correlations(frame)
    for column, quantity in {
        "mean": "item_mean",
        "sd": "item_sd",
        "item_rest": "item_rest",
    }.items():
        wanted = expected.filter(like=f"{quantity}_").tolist()
        assert statistics[column].tolist() == pytest.approx(wanted, abs=EXACT)
    assert statistics["item"].tolist() == list(frame.columns)


@pytest.mark.parametrize("name", ["complete", "missing", "reversed"])
def test_factor_against_psych(name):
    complete, expected = data_set(name).dropna(), reference(name)
    loadings = one_factor_loadings(complete.corr())
    assert loadings == pytest.approx(expected.filter(like="loading_").to_numpy(), abs=FITTED)
    standardised = (complete - complete.mean()) / complete.std()
    omega = mcdonald_omega(standardised)
    assert omega.value == pytest.approx(expected["omega_standardised"], abs=FITTED)


def test_the_data_set_with_missing_cells_has_some():
    assert cronbach_alpha(data_set("missing")).dropped == 13


def test_interval_rests_on_the_rows_used():
    # pingouin's own listwise deletion computes the interval with the rows before dropping.
    frame = data_set("missing")
    with_gaps, without = cronbach_alpha(frame), cronbach_alpha(frame.dropna())
    assert (with_gaps.lower, with_gaps.upper) == (without.lower, without.upper)


def test_interval_agrees_with_pingouin_to_its_three_decimals():
    import pingouin

    frame = data_set("complete")
    value, limits = pingouin.cronbach_alpha(frame, ci=0.9)
    alpha = cronbach_alpha(frame, confidence=0.9)
    assert alpha.value == pytest.approx(value, abs=1e-12)
    assert [round(alpha.lower, 3), round(alpha.upper, 3)] == limits.tolist()


tables = st.integers(0, 2**32 - 1).map(correlated)


@settings(max_examples=25, deadline=None)
@given(items=tables, constant=st.integers(-9, 9), factor=st.sampled_from([0.1, 2.0, 25.0]))
def test_alpha_does_not_know_origin_unit_direction_or_order(items, constant, factor):
    alpha = cronbach_alpha(items).value
    rng = np.random.default_rng(0)
    for changed in (
        items + constant,
        items * factor,
        items.min() + items.max() - items,
        rng.permutation(items, axis=0),
        rng.permutation(items, axis=1),
    ):
        assert cronbach_alpha(changed).value == pytest.approx(alpha, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(items=tables)
def test_omega_does_not_know_the_sign_of_the_factor_origin_unit_or_order(items):
    omega = mcdonald_omega(items).value
    rng = np.random.default_rng(0)
    for changed in (-items, 3 * items + 5, rng.permutation(items), rng.permutation(items, axis=1)):
        assert mcdonald_omega(changed).value == pytest.approx(omega, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), share=st.floats(0.1, 0.9), items=st.integers(3, 8))
def test_omega_is_alpha_where_all_items_are_alike(seed, share, items):
    # Rows turned so that their covariances are exactly equal.
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(40, items))
    rows = np.linalg.qr(rows - rows.mean(axis=0))[0]
    alike = (
        rows @ np.linalg.cholesky(np.full((items, items), share) + (1 - share) * np.eye(items)).T
    )
    by_formula = items * share / (1 + (items - 1) * share)
    assert cronbach_alpha(alike).value == pytest.approx(by_formula, abs=1e-9)
    assert mcdonald_omega(alike).value == pytest.approx(by_formula, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(items=tables, item=st.integers(0, 4))
def test_item_rest_is_the_plain_correlation(items, item):
    rest = np.delete(items, item, axis=1).sum(axis=1)
    assume(np.ptp(items[:, item]) > 0 and np.ptp(rest) > 0)
    found = item_rest_correlations(items)["item_rest"]
    assert found[item] == pytest.approx(np.corrcoef(items[:, item], rest)[0, 1], abs=1e-9)


@pytest.mark.parametrize(
    ("items", "note"),
    [
        (np.full((9, 4), 3.0), "does not vary"),
        (np.full((9, 4), 0.1), "does not vary"),
        (np.ones((9, 1)), "fewer than 2 items"),
        ([[1, 2], [2, 1]], "only 2 complete rows, 3 needed"),
        (np.full((9, 4), np.nan), "only 0 complete rows, 3 needed"),
        (np.empty((0, 4)), "only 0 complete rows, 3 needed"),
    ],
)
def test_undefined_says_why(items, note):
    for coefficient in (cronbach_alpha(items), mcdonald_omega(items)):
        assert np.isnan([coefficient.value, coefficient.lower, coefficient.upper]).all()
        assert note in coefficient.note
    assert item_rest_correlations(items)["item_rest"].isna().all()


def test_an_item_without_variance_leaves_alpha_but_no_omega():
    items = np.column_stack([correlated(1, items=3), np.full(30, 5.0)])
    assert cronbach_alpha(items).value > 0
    assert mcdonald_omega(items).note == "no omega: every row has the same answer to item 4"
    assert item_rest_correlations(items)["item_rest"].isna().tolist() == [False, False, False, True]


def test_doubtful_says_why():
    column = correlated(1, items=1)
    identical = np.repeat(column, 4, axis=1)
    assert cronbach_alpha(identical).value == 1
    assert "split from a total" in cronbach_alpha(identical).note
    assert "doubtful" in mcdonald_omega(identical).note
    opposed = np.column_stack([column, -column + correlated(2, items=1) / 9, column * 0.1])
    assert cronbach_alpha(opposed).value < 0
    assert "negative" in cronbach_alpha(opposed).note


def test_two_items_have_an_alpha_but_no_omega():
    items = correlated(3, items=2)
    assert 0 < cronbach_alpha(items).value < 1
    assert mcdonald_omega(items).note == "omega needs 3 items"


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([1, 2, 3], "must be a table"),
        ([["a", "b"], ["c", "d"]], "must be numbers"),
        (pd.DataFrame({"a": ["x"], "b": [1]}), "must be numbers"),
        ([[1.0, np.inf], [1, 2]], "finite"),
    ],
)
def test_items_that_are_none(items, message):
    for function in (cronbach_alpha, mcdonald_omega, item_rest_correlations):
        with pytest.raises(AllianceError, match=message):
            function(items)


def test_confidence_in_per_cent_is_refused():
    with pytest.raises(AllianceError, match="between 0 and 1"):
        cronbach_alpha(correlated(1), confidence=95)
