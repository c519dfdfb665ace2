"""What the kept table shows: single specifications deceive, the joint p does not."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alliance.effects import STATISTICS

TABLE = Path(__file__).parents[2] / "calibration" / "multiverse.csv"
NULL = ["N0", "N0h", "N0s", "R0d", "R0s", "R0S"]
REJECTED = {"median t": "median_t_rejected", "share significant": "share_rejected"}


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(TABLE).set_index("world")


def test_most_studies_without_a_gain_hold_a_significant_specification(table):
    without = table.loc[NULL]
    assert (without["true_gain"] == 0).all()
    assert np.average(without["any_significant"], weights=without["replications"]) > 0.6
    assert np.average(without["share_significant"], weights=without["replications"]) > 0.08


@pytest.mark.parametrize("statistic", STATISTICS)
def test_the_joint_p_holds_its_level(table, statistic):
    """In each world, and over all of them, within the limits of 99.9 % of measured rates."""
    without = table.loc[NULL]
    count, rate = without["replications"], without[REJECTED[statistic]]
    assert (rate <= 0.05 + 3.3 * np.sqrt(0.05 * 0.95 / count)).all()
    together = np.average(rate, weights=count)
    assert together <= 0.05 + 3.3 * np.sqrt(0.05 * 0.95 / count.sum())


@pytest.mark.parametrize("statistic", STATISTICS)
def test_a_gain_is_found_more_often_than_none(table, statistic):
    name = REJECTED[statistic]
    found = table.loc["A3d"]
    assert found["true_gain"] > 0
    assert found[name] - 2 * found[f"{name}_se"] > table.loc[NULL, name].mean()
    assert found["median_sd"] > table.loc[NULL, "median_sd"].max()
