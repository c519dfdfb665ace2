"""The committed calibration tables hold what is claimed of the detector."""

from pathlib import Path

import pandas as pd
import pytest

FOLDER = Path(__file__).parents[2] / "calibration"


@pytest.fixture(scope="module")
def sessions():
    return pd.read_csv(FOLDER / "pulse_sessions.csv").query("clients == 200")


@pytest.fixture(scope="module")
def episodes():
    return pd.read_csv(FOLDER / "pulse_episodes.csv").query("clients == 200")


@pytest.mark.parametrize(
    ("world", "least"), [("R0d", 0.70), ("rare", 0.55), ("R0w", 0.64), ("R0s", 0.64)]
)
def test_average_precision_and_lead(sessions, world, least):
    found = sessions[sessions["world"] == world].set_index("detector")["average_precision"]
    others = found[~found.index.str.startswith("pulse scan")]
    assert found["pulse scan"] >= least
    assert found["pulse scan"] > others.max()
    assert others.index.str.startswith("preset").sum() >= 12


@pytest.mark.parametrize(
    ("world", "most"), [("N0", 0.01), ("N0w", 0.03), ("N0s", 0.03), ("N0h", 0.03)]
)
def test_false_episodes_in_noise(episodes, world, most):
    row = episodes.query("world == @world and detector == 'pulse scan > 0.5'").iloc[0]
    assert row["false_per_client"] <= most


@pytest.mark.parametrize("world", ["R0d", "rare", "R0w", "R0s", "R0d volatile"])
def test_posterior_bins(world):
    """Predicted and true shares agree as closely as in the earlier study of the method."""
    bins = pd.read_csv(FOLDER / "pulse_bins.csv")
    bins = bins.query("world == @world and detector == 'pulse scan' and sessions >= 100")
    assert len(bins) >= 5
    assert (bins["predicted"] - bins["true"]).abs().max() <= 0.12
