"""Measured on simulated clinics: who comes first, and the flags expected in noise."""

from pathlib import Path

import pandas as pd

CALIBRATION = Path(__file__).parents[2] / "calibration"


def test_measured_the_first_ten_against_those_of_the_lowest_scores():
    table = pd.read_csv(CALIBRATION / "review_first_ten.csv")
    key = ["clients", "world"]
    hits = table.pivot(index=key, columns="order", values="first_ten")
    ratio = hits["by the review"] / hits["by lowest score"]
    assert len(ratio) == 8
    # Where ruptures are rare the first ten hold twice as many of the open ones. Where half of all
    # clients have one, ten of the lowest scores hold up to half of what ten places can hold.
    assert ratio.xs("rare", level="world").min() >= 2
    assert ratio.min() >= 1.6
    assert hits["by the review"].sum() >= 1.85 * hits["by lowest score"].sum()


def test_measured_the_flags_expected_in_clinics_without_ruptures_are_those_found():
    from scipy.stats import poisson

    table = pd.read_csv(CALIBRATION / "review_noise.csv")
    assert len(table) == 12
    for row in table.itertuples():
        # Two-sided 99.9 % limits: the counts of twelve rows are compared at once.
        low, high = poisson.ppf([0.0005, 0.9995], row.expected)
        assert low <= row.found <= high, row
