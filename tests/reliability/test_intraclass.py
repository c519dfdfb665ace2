"""Intraclass correlations: by hand, against R's psych, and as laws."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance.errors import AllianceError, DataError
from alliance.reliability import icc

WITNESS = Path(__file__).parent / "witness"
NAMES = {
    "ICC1": "ICC(1,1)",
    "ICC2": "ICC(A,1)",
    "ICC3": "ICC(C,1)",
    "ICC1k": "ICC(1,k)",
    "ICC2k": "ICC(A,k)",
    "ICC3k": "ICC(C,k)",
}
COLUMNS = {
    "ICC": "icc",
    "F": "F",
    "df1": "df1",
    "df2": "df2",
    "p": "p",
    "lower bound": "ci95_lower",
    "upper bound": "ci95_upper",
}


def long(wide):
    """One row for each client and rater, from a table with one column for each rater."""
    wide = pd.DataFrame(wide)
    return pd.DataFrame(
        {
            "client": np.tile(wide.index, wide.shape[1]),
            "by": np.repeat(wide.columns.to_numpy(), len(wide)),
            "total": wide.to_numpy().T.ravel(),
        }
    )


def rated(wide, **changes):
    return icc(long(wide), targets="client", raters="by", scores="total", **changes).set_index(
        "type"
    )


def test_four_clients_and_two_raters_by_hand():
    # Scores (1,2) (3,3) (4,5) (6,7), mean 3.875. Sum of squares: clients 27.375 (3 df, mean square
    # 9.125), raters 1.125 (1 df), rest .375 (3 df, mean square .125).
    found = rated({"client": [1, 3, 4, 6], "therapist": [2, 3, 5, 7]})["icc"]
    assert found["ICC(C,1)"] == pytest.approx((9.125 - 0.125) / (9.125 + 0.125))
    assert found["ICC(A,1)"] == pytest.approx(9 / (9.25 + 2 * (1.125 - 0.125) / 4))
    # One-way: raters and rest together 1.5 on 4 df.
    assert found["ICC(1,1)"] == pytest.approx((9.125 - 0.375) / (9.125 + 0.375))
    assert found["ICC(C,k)"] == pytest.approx(1 - 0.125 / 9.125)


def test_against_psych():
    # Closed formulas on both sides; R printed 12 digits.
    table = pd.read_csv(WITNESS / "reference.csv")
    expected = table[table["data"] == "pairs"].set_index("quantity")["value"]
    found = rated(pd.read_csv(WITNESS / "pairs.csv"))
    for theirs, ours in NAMES.items():
        for quantity, column in COLUMNS.items():
            assert found.loc[ours, column] == pytest.approx(
                expected[f"{theirs} {quantity}"], rel=1e-8
            )
    assert found["targets"].eq(40).all() and found["dropped"].eq(0).all()


scores = st.integers(0, 2**32 - 1).map(
    lambda seed: (
        np.random.default_rng(seed).normal(5, 1, (12, 1))
        + np.random.default_rng(seed + 1).normal(0, 1, (12, 3))
    )
)


@settings(max_examples=15, deadline=None)
@given(values=scores, seed=st.integers(0, 99))
def test_labels_and_order_do_not_matter(values, seed):
    rng = np.random.default_rng(seed)
    found = rated(values)["icc"]
    relabelled = pd.DataFrame(
        values[rng.permutation(12)][:, rng.permutation(3)], columns=list("xyz")
    )
    shuffled = long(relabelled).sample(frac=1, random_state=seed)
    again = icc(shuffled, targets="client", raters="by", scores="total").set_index("type")["icc"]
    assert again.tolist() == pytest.approx(found.tolist(), abs=1e-9)


@settings(max_examples=15, deadline=None)
@given(values=scores, lift=st.floats(3, 9))
def test_a_rater_who_scores_higher_lowers_agreement_but_not_consistency(values, lift):
    lifted = values - values.mean(axis=0) + [0, 0, lift]
    plain, higher = rated(values - values.mean(axis=0))["icc"], rated(lifted)["icc"]
    assert higher["ICC(C,1)"] == pytest.approx(plain["ICC(C,1)"], abs=1e-9)
    assert abs(higher["ICC(A,1)"]) < abs(plain["ICC(A,1)"])


def test_a_target_without_all_scores_is_dropped_and_counted():
    found = rated({"a": [1, 3, 4, 6, np.nan], "b": [2, 3, 5, 7, 9]})
    assert found["targets"].eq(4).all() and found["dropped"].eq(1).all()
    assert found.loc["ICC(C,1)", "icc"] == pytest.approx(9 / 9.25)


def test_raters_may_have_any_name():
    assert rated({"client": [1, 3, 4, 6], "by": [2, 3, 5, 7]})["icc"].notna().all()


@pytest.mark.filterwarnings("ignore:The inplace keyword")
@pytest.mark.parametrize("raters", [2, 3, 5])
def test_against_pingouin(raters):
    import pingouin

    drawn = np.random.default_rng(raters).normal(0, 1, (15, raters + 1))
    wide = pd.DataFrame(drawn[:, :1] + drawn[:, 1:], columns=list("abcde")[:raters])
    theirs = pingouin.intraclass_corr(long(wide), targets="client", raters="by", ratings="total")
    ours = rated(wide)
    assert ours.index.tolist() == theirs["Type"].tolist()
    for column, name in {"icc": "ICC", "F": "F", "df2": "df2", "p": "pval"}.items():
        np.testing.assert_allclose(ours[column], theirs[name], rtol=1e-9)
    # pingouin rounds intervals to two decimals.
    limits = np.array(theirs["CI95"].to_list())
    np.testing.assert_allclose(ours[["ci95_lower", "ci95_upper"]], limits, atol=0.0051)


@pytest.mark.parametrize(
    ("wide", "note"),
    [
        ({"a": [1, 2, 3, 4]}, "fewer than 2 raters"),
        ({"a": [3, 3, 3, 3], "b": [3, 3, 3, 3]}, "the scores do not vary"),
        ({"a": [1, np.nan, 3], "b": [2, 3, 4]}, "only 2 scored by every rater, 3 needed"),
    ],
)
def test_undefined_says_why(wide, note):
    found = rated(wide)
    assert found["icc"].isna().all() and found["note"].eq(note).all()
    assert len(found) == 6


def test_raters_who_never_differ_agree_fully():
    found = rated({"a": [1, 2, 3, 5], "b": [1, 2, 3, 5]})
    assert found["icc"].tolist() == pytest.approx([1] * 6)


def test_two_scores_of_one_rater_are_refused():
    table = pd.DataFrame({"client": ["a", "a", "b"], "by": ["x", "x", "x"], "total": [1, 2, 3]})
    with pytest.raises(DataError, match=r"Each by may score a client once \(2 rows\)"):
        icc(table, targets="client", raters="by", scores="total")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"targets": "clinet"}, "Did you mean 'client'"),
        ({"scores": "by"}, "must hold numbers"),
    ],
)
def test_columns_that_are_none(columns, message):
    table = long({"a": [1, 3, 4, 6], "b": [2, 3, 5, 7]})
    with pytest.raises(AllianceError, match=message):
        icc(table, **({"targets": "client", "raters": "by", "scores": "total"} | columns))
