"""Numbers are written as the APA manual (7th edition, 6.36 and table 6.5) asks."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance import results
from alliance.errors import AllianceError

MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("p", "written"),
    [
        (0.0321, ".032"),
        (0.05, ".050"),
        (0.000999, "< .001"),
        (0.001, ".001"),
        (0, "< .001"),
        (0.9996, "> .999"),
        (1, "> .999"),
    ],
)
def test_exact_p(p, written):
    assert results.p_value(p) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.874, ".87"),
        (-0.126, f"{MINUS}.13"),
        (1, "1.00"),
        (0, ".00"),
        (-0.001, ".00"),
        (0.999, "1.00"),
    ],
)
def test_what_cannot_exceed_one_has_no_leading_zero(value, written):
    assert results.bounded(value) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.5, "0.50"), (-1234.567, f"{MINUS}1,234.57"), (-0.001, "0.00"), (12, "12.00")],
)
def test_other_numbers_keep_it(value, written):
    assert results.number(value) == written


@given(st.floats(-1, 1))
def test_written_coefficients_are_the_rounded_value(value):
    text = results.bounded(value).replace(MINUS, "-")
    assert float(text) == pytest.approx(value, abs=0.005 + 1e-9)
    assert not text.lstrip("-").startswith("0")


def test_a_correlation_above_one_is_refused():
    with pytest.raises(AllianceError, match="exceeds 1"):
        results.bounded(1.2)
    with pytest.raises(AllianceError, match="between 0 and 1"):
        results.p_value(1.2)


def test_missing_is_a_dash_in_numbers_and_nothing_in_words():
    missing = [None, np.nan, pd.NA]
    for make in (
        results.counts,
        results.numbers,
        results.coefficients,
        results.p_values,
        results.percents,
    ):
        assert make("x", missing).cells == (results.DASH,) * 3
    assert results.words("x", missing).cells == ("", "", "")
    assert results.intervals("CI", [1, np.nan], [np.nan, 2]).cells == (results.DASH, results.DASH)


def test_intervals_have_brackets_and_per_cent_no_sign():
    assert results.intervals("CI", [-0.5], [0.25]).cells == (f"[{MINUS}0.50, 0.25]",)
    assert results.intervals("CI", [0.5], [0.25], results.bounded).cells == ("[.50, .25]",)
    assert results.percents("%", [0.456]).cells == ("46",)
