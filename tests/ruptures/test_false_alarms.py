"""False alarms in pure noise: the committed table, and some of its cells computed afresh."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

CALIBRATION = Path(__file__).parents[2] / "calibration"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("false_alarms", CALIBRATION / "false_alarms.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def too_far(table: pd.DataFrame, errors: float) -> pd.DataFrame:
    """Return the cells that differ from the earlier simulation by more than error and rounding."""
    error = np.hypot(table["standard_error"], table["earlier_standard_error"])
    away = (table["flagged_percent"] - table["earlier_percent"]).abs()
    return table[away > table["earlier_rounded_to"] / 2 + errors * error]


def test_the_committed_table_agrees_with_the_earlier_one():
    table = pd.read_csv(CALIBRATION / "false_alarms.csv")
    assert len(table) == 10 * 2 * 5
    assert (table["series"] >= 20_000).all()
    assert too_far(table, errors=3.5).empty


def test_cells_computed_afresh(script):
    table = pd.read_csv(CALIBRATION / "false_alarms.csv").set_index(["rule", "noise", "sessions"])
    rng = np.random.default_rng(77)
    for noise, sessions in (("independent", 10), ("lag-1 correlation .4", 30)):
        data = script.noise(4000, sessions, script.LAG_ONE[noise], rng)
        for name in ("own mean - 2 SD", "fall of 2 own SD", "XmR limit"):
            committed = table.loc[(name, noise, sessions)]
            ours = script.false_alarms(data, script.rules()[name])
            error = np.hypot(script.standard_error(ours, 4000), committed["standard_error"])
            assert abs(ours - committed["flagged_percent"]) < 4 * error, (name, noise)


def test_own_mean_cannot_fire_in_five_sessions(script):
    table = pd.read_csv(CALIBRATION / "false_alarms.csv")
    cells = table[(table["rule"] == "own mean - 2 SD") & (table["sessions"] == 5)]
    assert (cells["flagged_percent"] == 0).all()


def test_noise_has_the_correlation_it_says(script):
    scores = script.noise(2000, 30, 0.4, np.random.default_rng(1)).scores.reshape(2000, 30)
    assert np.corrcoef(scores[:, :-1].ravel(), scores[:, 1:].ravel())[0, 1] == pytest.approx(
        0.4, abs=0.02
    )
    assert scores.std() == pytest.approx(1, abs=0.02)
