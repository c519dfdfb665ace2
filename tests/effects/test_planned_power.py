"""Planned power: more clients find more, the same bytes from a seed, words, refusals."""

import pickle
from dataclasses import replace

import matplotlib
import numpy as np
import pytest

from alliance import AllianceError
from alliance.effects import Plan, PlannedPower, planned_power, planning, repair_gain
from alliance.simulate import simulate, worlds

matplotlib.use("Agg")


@pytest.fixture(scope="module")
def found():
    return planned_power(
        0.8, clients=[16, 32, 64], analyses=["log"], replications=10, workers=1, seed=3
    )


def test_more_clients_more_power(found):
    assert found.frame["power"].iloc[-1] > found.frame["power"].iloc[0]
    assert found.frame["smoothed"].is_monotonic_increasing
    assert (found.frame["low"] <= found.frame["power"]).all()
    need = found.needed.iloc[0]
    assert need["low"] <= need["clients"] <= need["high"]


def test_a_row_is_what_the_answer_of_that_study_is(monkeypatch):
    # One study is enough to compare; a plan is refused fewer than ten.
    monkeypatch.setattr(planning, "MIN_REPLICATIONS", 1)
    rows = planned_power(0.8, clients=24, replications=1, workers=1, seed=5).studies
    world = worlds()["R0d"].but(gain=0.8)
    stream = np.random.SeedSequence(5, spawn_key=(24, 0))
    study = simulate(world, 24, np.random.default_rng(stream))
    alone = repair_gain(study.sessions, draws=0).headline
    row = rows[rows["replication"] == 0].iloc[0]
    unit = world.score_points_per_sd
    assert row["estimate"] * unit == pytest.approx(alone["estimate"], rel=1e-6)
    assert row["answered"] == alone["answered"]


def test_words_table_and_picture(found):
    assert len(found.text().split()) <= 120
    assert "0.80 SD" in found.text()
    assert found.to_table().columns[1].head == "Clients"
    assert found.plot().get_ylim()[1] > 100
    assert isinstance(pickle.loads(pickle.dumps(found)), PlannedPower)


@pytest.mark.parametrize("analysis", planning.ANALYSES)
def test_every_analysis_is_drawn_under_a_name(found, analysis):
    drawn = replace(found, frame=found.frame.assign(analysis=analysis)).plot()
    assert len(drawn.get_legend().get_texts()) == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"clients": 5}, "clients"),
        ({"analyses": ["rules"]}, "analyses"),
        ({"replications": 3}, "replications"),
        ({"power": 2}, "power"),
        ({"plan": "R0x"}, "no world"),
        ({"plan": Plan(world=worlds()["N0"])}, "nothing to gain"),
    ],
)
def test_what_cannot_be_planned_is_refused(settings, message):
    with pytest.raises(AllianceError, match=message):
        planned_power(0.3, **settings)
