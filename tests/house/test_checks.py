"""What a caller passes is checked in one way, and numbers of numpy are numbers."""

import numpy as np
import pytest

from alliance.checks import check_choice, check_integer, check_number
from alliance.errors import AllianceError


@pytest.mark.parametrize("value", [5, np.int64(5), np.uint8(5)])
def test_whole_numbers(value):
    found = check_integer(value, "window", 1)
    assert (found, type(found)) == (5, int)


@pytest.mark.parametrize("value", [0, 5.0, True, np.True_, "5", None, np.float64(5)])
def test_what_is_no_whole_number(value):
    with pytest.raises(AllianceError, match="window must be a whole number, 1 or more"):
        check_integer(value, "window", 1)


@pytest.mark.parametrize("value", [0.5, np.float64(0.5), np.float32(0.5), 1, np.int64(1)])
def test_numbers(value):
    found = check_number(value, "share", 0, 1)
    assert found == value and type(found) in (int, float)


@pytest.mark.parametrize("value", [-1, 2, np.nan, np.inf, "1", None, True])
def test_what_is_no_number_within_the_limits(value):
    with pytest.raises(AllianceError, match="share must be a number, 0 to 1"):
        check_number(value, "share", 0, 1)


def test_choices():
    assert check_choice("mean", ("mean", "sum"), "metric") == "mean"
    with pytest.raises(AllianceError, match="no metric 'meen'. Did you mean 'mean'"):
        check_choice("meen", ("mean", "sum"), "metric")
