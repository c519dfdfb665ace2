"""The same bytes with one process and with two; all in one file, which begins two processes once."""

import importlib.util
import pickle
import sys
from pathlib import Path

import pandas as pd

from alliance.effects import planned_power, planning, repair_gain
from alliance.model.gain_assumptions import LADDER
from alliance.simulate import simulate, worlds

SCRIPT = Path(__file__).parents[2] / "calibration" / "outcomes.py"


def test_the_answer():
    study = simulate(worlds()["R0d"], clients=14, seed=5).sessions
    few = study[study["session"] <= 7]
    rungs = LADDER[:1]
    one, two = (repair_gain(few, draws=2, seed=3, rungs=rungs, workers=count) for count in (1, 2))
    assert len(one.studies) and pickle.dumps(one.studies) == pickle.dumps(two.studies)
    pd.testing.assert_frame_equal(one.observed, two.observed)


def test_planned_power(monkeypatch):
    monkeypatch.setattr(planning, "MIN_REPLICATIONS", 1)
    one, two = (
        planned_power(0.8, clients=20, analyses=["log"], replications=2, workers=count, seed=3)
        for count in (1, 2)
    )
    assert pickle.dumps(one.studies) == pickle.dumps(two.studies)


def test_the_calibration_of_outcomes(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("outcomes", SCRIPT)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    monkeypatch.setattr(script, "CLIENTS", 60)
    tables = []
    for workers in (1, 2):
        written = tmp_path / f"{workers}.csv"
        options = {"replications": 1, "histories": 1, "worlds": "R0d", "workers": workers}
        options |= {"keep": tmp_path / f"kept{workers}", "to": written}
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        monkeypatch.setattr(sys, "argv", ["outcomes.py", *words])
        script.main()
        tables.append(written.read_bytes())
    assert tables[0] == tables[1] and tables[0].count(b"\n") > 3
