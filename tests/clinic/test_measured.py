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
    assert ratio.xs("rare", level="world").min() >= 2
    assert ratio.min() >= 1.65


def test_measured_the_first_ten_against_those_of_the_best_possible_order():
    key = ["clients", "world"]
    table = pd.read_csv(CALIBRATION / "review_first_ten.csv")
    hits = table.pivot(index=key, columns="order", values="first_ten")
    best = pd.read_csv(CALIBRATION / "review_best.csv").set_index(key)
    assert len(best) == 4
    assert (hits["by the review"].reindex(best.index) >= 0.93 * best["first_ten"]).all()
    # Where half of all clients have a rupture, twice the lowest scores is more than anyone can hold.
    dense = best.xs("R0d", level="world")["expected_first_ten"]
    assert (2 * hits["by lowest score"].xs("R0d", level="world") > dense).all()


def test_the_probabilities_of_the_best_order_are_those_of_the_truth():
    best = pd.read_csv(CALIBRATION / "review_best.csv")
    # Standard deviations of the counts are below the root of the counts.
    assert ((best["open"] - best["expected_open"]).abs() < 2 * best["open"] ** 0.5).all()


def test_measured_the_flags_expected_in_clinics_without_ruptures_are_those_found():
    from scipy.stats import poisson

    table = pd.read_csv(CALIBRATION / "review_noise.csv")
    assert len(table) == 12
    for row in table.itertuples():
        # Two-sided 99.9 % limits: the counts of twelve rows are compared at once.
        low, high = poisson.ppf([0.0005, 0.9995], row.expected)
        assert low <= row.found <= high, row


def test_measured_what_the_review_shows_on_its_day():
    table = pd.read_csv(CALIBRATION / "review_day.csv")
    summed = table.groupby("what")[["of", "count"]].sum()
    share = summed["count"] / summed["of"]
    assert summed.loc["shown on the day", "of"] >= 40
    assert share["shown on the day"] >= 0.9 and share["open by the third"] >= 0.6
    bands = table[table["what"] == "in the outcome band"]
    assert len(bands) == 3 and bands["share"].between(0.77, 0.83).all()
    false = table[table["what"] == "false open ruptures"]
    assert len(false) == 3 and false["share"].max() <= 0.03
