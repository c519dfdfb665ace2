"""Standard error of measurement and reliable change: published numbers, and laws."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.errors import AllianceError
from alliance.reliability import reliable_change, standard_error_of_measurement


# As computed by R's suddengains::define_crit1_cutoff(sd, reliability), which takes z = 1.96.
@pytest.mark.parametrize(
    ("sd", "reliability", "sem", "difference", "points", "digits"),
    [
        (10.5, 0.931, 2.758, 3.901, 7.645, 3),
        (6.396073, 0.931, 1.680111, 2.376036, 4.65703, 5),
        (10.5, 0.961, 2.073584, 2.93249, 5.747681, 5),
    ],
)
def test_published_numbers(sd, reliability, sem, difference, points, digits):
    found = reliable_change(sd, reliability)
    assert round(found.sem, digits) == round(sem, digits)
    assert round(found.sem_of_difference, digits) == round(difference, digits)
    assert round(found.points, digits) == round(points, digits)
    assert standard_error_of_measurement(sd, reliability) == found.sem


# Threshold in SD units at 95 %, worked with a pocket calculator: 1.96 * sqrt(2 * (1 - r)).
@pytest.mark.parametrize(("r", "in_sd"), [(0.92, 0.78), (0.84, 1.11), (0.78, 1.30), (0.64, 1.66)])
def test_thresholds_in_sd_units(r, in_sd):
    assert round(reliable_change(1, r).points, 2) == in_sd


def test_ninety_per_cent_uses_1_645():
    assert reliable_change(1, 0.5, 0.9).points == pytest.approx(1.645, abs=1e-12)


@given(
    sd=st.floats(0.01, 100),
    lower=st.floats(0, 1),
    upper=st.floats(0, 1),
    factor=st.floats(0.1, 10),
)
def test_more_reliable_means_smaller_threshold_and_units_go_through(sd, lower, upper, factor):
    lower, upper = sorted((lower, upper))
    low, high = reliable_change(sd, lower), reliable_change(sd, upper)
    assert high.points <= low.points
    assert reliable_change(sd * factor, lower).points == pytest.approx(low.points * factor)
    assert reliable_change(sd, 1).points == 0


def test_unknown_stays_unknown():
    assert math.isnan(reliable_change(math.nan, 0.9).points)
    assert math.isnan(reliable_change(1, math.nan).points)


def test_text_names_the_coefficient_and_warns_of_alpha():
    text = reliable_change(10.5, 0.931, 0.9, coefficient="Cronbach's alpha").text()
    assert "Cronbach's alpha of 0.931" in text
    assert "90%" in text
    assert "smaller threshold than a retest coefficient" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-1, 0.9), "standard deviation"),
        ((math.inf, 0.9), "standard deviation"),
        ((1, 1.2), "reliability must lie between 0 and 1"),
        ((1, -0.1), "reliability must lie between 0 and 1"),
        ((1, 0.9, 95), "confidence"),
    ],
)
def test_impossible_values(arguments, message):
    with pytest.raises(AllianceError, match=message):
        reliable_change(*arguments)
