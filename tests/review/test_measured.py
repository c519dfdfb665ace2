"""Measured on simulated clinics: who comes first, and the flags expected in noise."""

from pathlib import Path

import pandas as pd
import pytest

CALIBRATION = Path(__file__).parents[2] / "calibration"


def measured(name):
    """Return a table that calibration/review.py wrote."""
    path = CALIBRATION / name
    if not path.exists():
        pytest.skip(f"{name} is not measured yet: python calibration/review.py")
    return pd.read_csv(path)


def test_measured_the_first_ten_hold_twice_what_the_lowest_scores_do():
    table = measured("review_first_ten.csv")
    hits = table.groupby("order")["first_ten"].sum()
    assert hits["by the review"] >= 2 * hits["by lowest score"]


def test_measured_the_flags_expected_in_clinics_without_ruptures_are_those_found():
    from scipy.stats import poisson

    table = measured("review_noise.csv")
    assert len(table) == 12
    for row in table.itertuples():
        # Two-sided 99.9 % limits: the counts of twelve rows are compared at once.
        low, high = poisson.ppf([0.0005, 0.9995], row.expected)
        assert low <= row.found <= high, row
